from datetime import timedelta

import pytest

from posture.collect.network.plan import planned
from posture.model.resource import Resource, ResourceKind


def never(_name):
    raise AssertionError("a plan resolves nothing")


def host(address: str) -> Resource:
    return Resource(ResourceKind.HOST, "web1", address)


def test_an_address_gets_its_exact_commands(make_gate):
    """The plan names the sweep, its address, the authorization, and each exchange that may follow."""
    gate = make_gate(resolver=never)
    lines = planned(host("198.51.100.20"), gate)
    assert "198.51.100.20 -n -Pn -s" in lines[0]
    assert "-p 1-65535 -T4 --min-rate 5000 --max-retries 2" in lines[0]
    assert "MSA-7.1" in lines[0]
    assert any("-sV" in line for line in lines)
    assert any("once more" in line for line in lines)
    assert any("USER anonymous" in line for line in lines)
    assert gate.log.actions == []


def test_an_ipv6_address_is_swept_as_such(make_gate):
    assert " -6 " in planned(host("::1"), make_gate())[0]


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
