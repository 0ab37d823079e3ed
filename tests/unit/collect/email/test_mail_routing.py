"""Exchangers and sending hosts of domains good and bad, through a real Knot and a real validating Unbound."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from dns_lab import DnsLab, Signed, Zone, dns_lab

from posture.collect.dns import lookup
from posture.collect.dns.lookup import Lookup
from posture.collect.dns.resolvers import named_resolvers
from posture.collect.email.asked import DomainAsked
from posture.collect.email.routing import MOST_EXCHANGERS, read_routing
from posture.collect.email.sending_hosts import MOST_HOSTS, read_sending_hosts
from posture.collect.email.spf.read import read_spf
from posture.collect.network.identity import Identity
from posture.facts.email.routing import Exchanger, MailRouting, SendingHosts
from posture.facts.email.servers import MailServer, MailServers
from posture.facts.email.spf import SpfPolicy
from posture.facts.email.zone import DnsZone, Security
from posture.facts.unavailable import Unavailable
from posture.model.resource import Resource, ResourceKind

NET = "198.51.100.0/24"
MANY = "\n".join(f"@ MX {number} m{number}\nm{number} A 198.51.100.{number}" for number in range(1, 26))
PTR = """
10 PTR mx.bakery.example.
11 PTR nobody.bakery.example.
12 PTR elsewhere.bakery.example.
13 PTR mail.dead.example.
17 PTR seventeen.bakery.example.
"""
BAKERY = """
@ A 198.51.100.2
@ MX 10 mx
mx A 198.51.100.10
mx AAAA 2001:db8::10
_25._tcp.mx TLSA 3 1 1 aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899
elsewhere A 198.51.100.99
seventeen A 198.51.100.17
@ TXT "v=spf1 mx ip4:198.51.100.11 ip4:198.51.100.12 ip4:198.51.100.13 ip4:198.51.100.16/30 ip4:192.0.2.1 -all"
"""
CRANKY = """
@ MX 10 198.51.100.7.
@ MX 20 localhost.
@ MX 30 nobody.cranky.example.
@ MX 40 inside.cranky.example.
@ MX 50 alias.cranky.example.
@ MX 60 empty.cranky.example.
@ MX 70 mx.dead.example.
@ MX 80 mixed.cranky.example.
inside A 10.0.0.5
alias CNAME mx.bakery.example.
empty TXT "no address"
mixed A 10.0.0.6
mixed A 198.51.100.6
"""
ZONES = {
    "bakery.example": Zone(BAKERY, Signed.YES),
    "cranky.example": CRANKY,
    "null.example": "@ MX 0 .",
    "both.example": "@ MX 0 .\n@ MX 10 mx.bakery.example.\n@ MX 20 mx.bakery.example.",
    "implicit.example": "@ A 198.51.100.3",
    "bare.example": '@ TXT "nothing"',
    "many.example": MANY,
    "forged.example": Zone("@ MX 10 mx.bakery.example.", Signed.WRONG_KEY),
    "parent.example": '@ CAA 0 issue "ca.example"\nshop A 198.51.100.4\n*.wild TXT "anything"\nwild A 198.51.100.5',
    "dead.example": Zone("", Signed.DEAD),
    "100.51.198.in-addr.arpa": PTR,
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsLab]:
    with dns_lab(tmp_path_factory.mktemp("routing"), ZONES) as running:
        yield running


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less of it with dead zones than outside tests."""
    monkeypatch.setattr(lookup, "SECONDS", 1.0)


def routing(lab: DnsLab, domain: str) -> MailRouting:
    fact = lab.look(domain)[MailRouting]
    assert isinstance(fact, MailRouting)
    return fact


def test_an_exchanger_is_followed_to_its_addresses_and_tlsa_records(lab: DnsLab):
    """With what DNSSEC says of each step."""
    found = routing(lab, "bakery.example")
    (one,) = found.exchangers
    assert (found.security, found.problems, found.null_mx, found.implicit) == (Security.SECURE, (), False, False)
    assert (one.name, one.preference, one.addresses) == ("mx.bakery.example", 10, ("198.51.100.10", "2001:db8::10"))
    assert (one.security, one.tlsa_security, one.error, one.unknown) == (Security.SECURE, Security.SECURE, "", "")
    assert [(tlsa.usage, tlsa.selector, tlsa.matching) for tlsa in one.tlsa] == [(3, 1, 1)]


def test_what_cannot_take_mail_is_told_apart(lab: DnsLab):
    """An address for a name, this machine, no such name, no address, an inner network; a dead zone is not known."""
    found = {one.name: one for one in routing(lab, "cranky.example").exchangers}

    def error(name: str) -> str:
        return found[name].error

    assert "an address, where" in error("198.51.100.7")
    assert "every machine for itself" in error("localhost")
    assert error("nobody.cranky.example") == "the DNS has no such name"
    assert error("inside.cranky.example") == "no address of the internet: 10.0.0.5"
    assert error("empty.cranky.example") == "it has no address"
    assert error("mixed.cranky.example") == ""
    assert (found["alias.cranky.example"].alias, error("alias.cranky.example")) == ("mx.bakery.example", "")
    dead = found["mx.dead.example"]
    assert (dead.error, dead.addresses) == ("", ())
    assert "mx.dead.example" in dead.unknown


def test_a_null_mx_is_one_by_itself_only(lab: DnsLab):
    """Beside other exchangers it is a mistake, as is the same exchanger twice."""
    assert routing(lab, "null.example").null_mx
    both = routing(lab, "both.example")
    assert not both.null_mx
    assert [(one.name, one.preference) for one in both.exchangers] == [("mx.bakery.example", 10)]
    assert ["null MX" in problem or "more than once" in problem for problem in both.problems] == [True, True]


def test_without_mx_the_own_address_takes_the_mail(lab: DnsLab):
    """Where it has one."""
    implicit = routing(lab, "implicit.example")
    assert implicit.implicit
    assert [(one.name, one.addresses) for one in implicit.exchangers] == [("implicit.example", ("198.51.100.3",))]
    bare = routing(lab, "bare.example")
    assert (bare.implicit, bare.exchangers) == (False, ())
    assert routing(lab, "nobody.example").problems == ("the DNS has no such name",)


def test_so_many_exchangers_are_looked_at_and_no_more(lab: DnsLab):
    """Those that senders try first; the rest is counted."""
    found = routing(lab, "many.example")
    assert [one.preference for one in found.exchangers] == list(range(1, MOST_EXCHANGERS + 1))
    assert found.left_out == 5


def test_records_that_nobody_can_believe_are_not_known(lab: DnsLab):
    """Signatures that do not hold: never "it takes no mail"."""
    assert isinstance(lab.look("forged.example")[MailRouting], Unavailable)


def test_the_zone_tells_caa_of_a_parent_and_wildcards(lab: DnsLab):
    """CAA records of the nearest name that has some; a name that nobody made and has texts; a lookup that failed."""
    parent, shop, wild = (
        lab.look(name)[DnsZone] for name in ("parent.example", "shop.parent.example", "wild.parent.example")
    )
    assert (parent.caa_at, shop.caa_at, shop.exists) == ("parent.example", "parent.example", True)
    assert [record.value for record in shop.caa] == ["ca.example"]
    assert (parent.wildcard_txt, wild.wildcard_txt) == (False, True)
    bare, bogus = lab.look("bare.example")[DnsZone], lab.look("forged.example")[DnsZone]
    assert (bare.caa, bare.caa_at, bare.caa_unknown) == ((), "", "")
    assert "signatures" in bogus.caa_unknown


def asked(lab: DnsLab, *networks: str) -> DomainAsked:
    """A look at the bakery that asks the DNS alone: none of its addresses is contacted."""
    gate, now = lab.gate(networks), datetime.now(UTC)
    questions = Lookup(
        gate, gate.permit_service("bakery.example", "ask the DNS"), named_resolvers(lab.resolver), lambda: 60.0
    )
    domain, who = Resource(ResourceKind.DOMAIN, "bakery.example"), Identity("Coma Cloud", "security@auditor.example")
    return DomainAsked(domain, questions, gate, lambda: now, now + timedelta(minutes=1), who, now)


def sending(lab: DnsLab, *networks: str, greets: str = "") -> SendingHosts:
    one = asked(lab, *networks)
    servers = MailServers(one.at, (MailServer("198.51.100.10", 25, helo=greets),))
    known = {MailRouting: read_routing(one), SpfPolicy: read_spf(one), MailServers: servers}
    return read_sending_hosts(one, known)


def test_sending_hosts_are_those_of_the_customer_that_spf_lets_send(lab: DnsLab):
    """Each with its names and those that lead back; of a network only the addresses that have a name."""
    hosts = {one.address: one for one in sending(lab, NET).hosts}
    assert set(hosts) == {"198.51.100.10", "198.51.100.11", "198.51.100.12", "198.51.100.13", "198.51.100.17"}
    assert hosts["198.51.100.10"].confirmed == ("mx.bakery.example",)
    assert hosts["198.51.100.17"].confirmed == ("seventeen.bakery.example",)
    assert (hosts["198.51.100.11"].names, hosts["198.51.100.11"].confirmed) == (("nobody.bakery.example",), ())
    assert (hosts["198.51.100.12"].names, hosts["198.51.100.12"].confirmed) == (("elsewhere.bakery.example",), ())
    assert "dead.example" in hosts["198.51.100.13"].unknown
    assert hosts["198.51.100.10"].pointer == "10.100.51.198.in-addr.arpa"


def test_what_is_nobody_elses_business_is_left_alone(lab: DnsLab):
    """Of addresses outside the customer's networks no name is asked."""
    assert [one.address for one in sending(lab, "198.51.100.12/32").hosts] == ["198.51.100.12"]
    assert sending(lab).hosts == ()


@pytest.mark.parametrize(
    ("name", "leads_to"), [("mx.bakery.example", "198.51.100.10"), ("elsewhere.bakery.example", "198.51.100.99")]
)
def test_the_name_a_host_greets_with_is_followed(lab: DnsLab, name: str, leads_to: str):
    """Where its mail server was asked."""
    (one,) = (host for host in sending(lab, "198.51.100.10/32", greets=name).hosts)
    assert (one.greeting, one.greeting_at) == (name, (leads_to,))


def test_only_so_many_sending_hosts_are_looked_at(lab: DnsLab):
    """The rest is counted."""
    exchangers = tuple(Exchanger(f"m{n}.bakery.example", 10, (f"198.51.100.{n}",)) for n in range(100, 140))
    one = asked(lab, NET)
    found = read_sending_hosts(one, {MailRouting: MailRouting("bakery.example", one.at, exchangers)})
    assert (len(found.hosts), found.left_out) == (MOST_HOSTS, 40 - MOST_HOSTS)
