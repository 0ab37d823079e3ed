from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest

from posture.collect.network.plan import looked_from, planned, questions, tonight
from posture.collect.scope import own_address
from posture.facts.network import OpenPort, PortSweep, Vantage
from posture.model.resource import Resource, ResourceKind


def never(_name):
    raise AssertionError("a plan resolves nothing")


def host(address: str) -> Resource:
    return Resource(ResourceKind.HOST, "web1", address)


def test_an_address_gets_its_exact_commands(make_gate):
    """The plan names the sweep, its address and the authorization."""
    gate = make_gate(resolver=never)
    lines = planned(host("198.51.100.20"), gate)
    assert "198.51.100.20 -n -Pn -s" in lines[0]
    assert "--max-rate 5000 --max-retries 2" in lines[0]
    assert any("<all other ports of 1-65535>" in line for line in lines)
    assert all(line.startswith("198.51.100.20: ") for line in lines)
    assert "MSA-7.1" in lines[0]
    assert any("-sV" in line for line in lines)
    assert any("once more" in line for line in lines)
    assert gate.log.actions == []


def test_what_all_hosts_are_asked_stands_once():
    """Each exchange that may follow, and none of it among a host's own commands."""
    asked = list(questions())
    for part in ("USER anonymous", "53/udp", "TLS", "GET requests", "SSH server"):
        assert any(part in line for line in asked), part
    assert len(set(asked)) == len(asked)


def test_the_address_to_let_through_is_told_without_a_packet():
    """Nothing is told for this machine itself, nor for a name, which is not resolved."""
    assert looked_from(host("198.51.100.20")) == own_address(ip_address("198.51.100.20"))
    assert looked_from(host("web.bakery.example")) == looked_from(host("127.0.0.1")) == ""


def test_an_ipv6_address_is_swept_as_such(make_gate):
    assert " -6 " in planned(host("::1"), make_gate())[0]


def test_the_names_of_websites_are_told(make_gate):
    """By which names web servers are asked besides; none of them is resolved."""
    shop = replace(host("198.51.100.20"), names=("www.bakery.example", "shop.bakery.example"))
    told = [line for line in planned(shop, make_gate(resolver=never)) if "shop.bakery.example" in line]
    (line,) = told
    assert line.startswith("198.51.100.20: each web server also by the names www.bakery.example, shop.bakery.example")


def test_a_rolling_night_is_told_with_its_ports(make_gate):
    """What is looked at tonight, how many that is, and how old the oldest look at any port is."""
    gate = make_gate(resolver=never)
    began = gate.clock() - timedelta(days=1)
    here = {"source": own_address(ip_address("198.51.100.20"))}
    known = PortSweep(
        "198.51.100.20",
        Vantage.OUTSIDE,
        "1-65535",
        (OpenPort("198.51.100.20", 50_123),),
        0,
        began,
        began,
        "nmap",
        **here,
    )
    night = tonight(host("198.51.100.20"), gate, known)
    told, *commands = planned(host("198.51.100.20"), gate, night)
    assert f"{night.count:,} TCP ports tonight: 1 found open before, {len(night.always)} looked at every night" in told
    assert "1-4681 in turn" in told
    assert "older than 1 day" in told
    assert any("<the other ports of 1-4681>" in line for line in commands)
    assert any("found open before: 50123" in line for line in commands)
    assert not any("1-65535" in line for line in commands)


def test_a_customers_rate_is_the_rate_of_the_commands(make_gate):
    """What the inventory allows is what nmap is told, less the quarter that is for questions."""
    gate = make_gate(resolver=never)
    gate.customer = replace(gate.customer, rate=700)
    lines = planned(host("198.51.100.20"), gate)
    assert "--max-rate 525 " in lines[0]
    assert any("at most 525 packets per second" in line for line in lines)


def test_a_host_that_is_not_known_is_looked_at_whole(make_gate):
    """Also in a rolling night, and it says why; a name stays unresolved."""
    for address in ("198.51.100.20", "web.bakery.example"):
        gate = make_gate(resolver=never)
        lines = planned(host(address), gate, tonight(host(address), gate, None))
        assert any("all TCP ports tonight: nothing is known" in line for line in lines)
        assert any("<all other ports of 1-65535>" in line for line in lines)


def test_a_name_is_not_resolved(make_gate):
    """Where the name leads is left open."""
    lines = planned(host("web.bakery.example"), make_gate(resolver=never))
    assert "<the address of web.bakery.example>" in lines[1]


@pytest.mark.parametrize("address", ["203.0.113.1", "", "::ffff:203.0.113.1"])
def test_what_may_not_be_contacted_has_no_commands(make_gate, address):
    lines = planned(host(address), make_gate())
    assert len(lines) == 1
    assert "nothing" in lines[0]


def test_an_ended_authorization_plans_nothing(make_gate):
    (line,) = planned(host("198.51.100.20"), make_gate(valid_for=timedelta(seconds=-1)))
    assert "MSA-7.1" in line
    assert "nmap" not in line
