"""Where the names of certificates lead: asked of a real resolver, and nothing is sent to the addresses it tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from dns_lab import DnsLab, Signed, Zone, dns_lab
from factories_tls import ENDPOINT, shown, tls

from posture.collect.network.tls_names import MOST_NAMES, where_names_lead
from posture.facts.network import PortSweep, Vantage
from posture.facts.tls import NamedCertificate
from posture.facts.unavailable import Unavailable
from posture.model.resource import Resource, ResourceKind
from posture.sdk import Leads, TlsEndpoint, TlsEndpoints, TlsNames

ADDRESS = "198.51.100.2"
WEB1 = Resource(ResourceKind.HOST, "web1", ADDRESS)
MAIL1 = Resource(ResourceKind.HOST, "mail1", "198.51.100.3")
RECORDS = """
@ A 198.51.100.2
www A 198.51.100.2
mail A 198.51.100.3
both A 198.51.100.2
both AAAA 2001:db8::7
pair A 198.51.100.2
pair A 198.51.100.4
shop A 203.0.113.7
db A 198.51.100.4
blog CNAME bakery.hosting.example.
cdn CNAME edge.hosting.example.
quiet TXT "no address"
"""


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsLab]:
    zones = {
        "bakery.example": RECORDS,
        "hosting.example": "edge A 203.0.113.80",
        "silent.example": Zone("", Signed.DEAD),
    }
    with dns_lab(tmp_path_factory.mktemp("dns"), zones) as running:
        yield running


def led(lab: DnsLab, *names: str, resource: Resource = WEB1, resolver: str = "", seconds: float = 60) -> TlsNames:
    """Where names of one certificate lead."""
    seen = tls(_showing(*names))
    gate = lab.gate(("198.51.100.0/28",), (WEB1, MAIL1))
    until = now() + timedelta(seconds=seconds)
    told = where_names_lead(resource, gate, now, until, resolver or lab.resolver, _facts(seen))
    assert isinstance(told, TlsNames)
    return told


def _showing(*names: str) -> TlsEndpoint:
    return replace(ENDPOINT, certificate=shown(names=names))


def _facts(seen: TlsEndpoints | Unavailable) -> dict:
    return {PortSweep: PortSweep(ADDRESS, Vantage.OUTSIDE, "443", (), 0, now(), now(), ""), TlsEndpoints: seen}


@pytest.mark.parametrize(
    ("name", "leads", "others", "agreed", "alias"),
    [
        ("www.bakery.example", Leads.HERE, (), (), ""),
        ("mail.bakery.example", Leads.LISTED, (), (), ""),
        ("both.bakery.example", Leads.HERE, ("2001:db8::7",), (), ""),
        ("pair.bakery.example", Leads.ELSEWHERE, ("198.51.100.4",), ("198.51.100.4",), ""),
        ("shop.bakery.example", Leads.ELSEWHERE, ("203.0.113.7",), (), ""),
        ("db.bakery.example", Leads.ELSEWHERE, ("198.51.100.4",), ("198.51.100.4",), ""),
        ("cdn.bakery.example", Leads.ELSEWHERE, ("203.0.113.80",), (), "edge.hosting.example"),
        ("old.bakery.example", Leads.NOWHERE, (), (), ""),
        ("blog.bakery.example", Leads.NOWHERE, (), (), "bakery.hosting.example"),
        ("quiet.bakery.example", Leads.NO_ADDRESS, (), (), ""),
    ],
)
def test_where_a_name_leads(lab, name, leads, others, agreed, alias):
    """To the host, its neighbours, machines nobody looks at, or nowhere; a CNAME into nothing is told with its end."""
    (told,) = led(lab, name).names
    assert (told.leads, told.others, told.agreed, told.alias) == (leads, others, agreed, alias)


def test_no_answer_is_not_no_name(lab):
    """A zone whose server is silent leaves its names unknown, and takes nothing from the others."""
    told = {one.name: one for one in led(lab, "a.silent.example", "www.bakery.example", seconds=2).names}
    assert told["a.silent.example"].leads is Leads.UNKNOWN
    assert told["a.silent.example"].reason
    assert told["www.bakery.example"].leads is Leads.HERE


def test_nothing_is_contacted(lab):
    """The log has questions to the resolver alone."""
    del lab.actions[:]
    led(lab, "shop.bakery.example", "www.bakery.example")
    (action,) = lab.actions
    assert action.what.startswith("ask the DNS: DNS questions to the resolver 127.0.0.1")
    assert action.target == "web1"


def test_what_a_stranger_wrote_is_asked_only_where_it_is_a_name(lab):
    """Wildcards, addresses, private names and nonsense are left alone, and a name in two writings is asked once."""
    told = led(
        lab, "*.bakery.example", "WWW.bakery.example.", "www.bakery.example", "198.51.100.2", "localhost",
        "db.internal", "x" * 300 + ".example", "a b.example", "-o.example", "\\x00.example", "printer", "*.", "",
    )  # fmt: skip
    assert [one.name for one in told.names] == ["www.bakery.example"]
    assert told.wildcards == ("*.bakery.example",)


def test_a_certificate_with_hundreds_of_names_is_asked_in_part(lab):
    """What is left is counted."""
    told = led(lab, *(f"n{at}.bakery.example" for at in range(MOST_NAMES + 12)))
    assert (len(told.names), told.left) == (MOST_NAMES, 12)


def test_a_host_without_names_asks_nobody(lab):
    """There need be no resolver then."""
    del lab.actions[:]
    assert led(lab, "198.51.100.2", resolver="no resolver").names == ()
    assert lab.actions == []


def test_a_machine_that_looks_at_itself_asks_nobody(lab):
    """Through loopback, no name leads to what was seen."""
    del lab.actions[:]
    told = led(lab, "www.bakery.example", resource=Resource(ResourceKind.HOST, "here", "127.0.0.1", local=True))
    assert (told.names, lab.actions) == ((), [])
    assert "loopback" in told.not_asked


def test_names_that_anybody_may_have_written_are_not_asked(lab):
    """A self-signed certificate proves no name."""
    del lab.actions[:]
    seen = tls(replace(ENDPOINT, certificate=shown(names=("old.bakery.example",), self_signed=True)))
    told = where_names_lead(WEB1, lab.gate(), now, now() + timedelta(seconds=9), lab.resolver, _facts(seen))
    assert (told.names, lab.actions) == ((), [])


def test_without_a_resolver_names_are_unknown(lab):
    """They are not taken for gone."""
    (told,) = led(lab, "www.bakery.example", resolver="dns.example").names
    assert told.leads is Leads.UNKNOWN
    assert "POSTURE_RESOLVER" in told.reason


def test_certificates_by_further_names_count(lab):
    """What a server shows under another name tells of more names."""
    named = NamedCertificate("shop.bakery.example", shown(names=("shop.bakery.example",)))
    endpoint = replace(ENDPOINT, certificate=None, named=(named,))
    gate = lab.gate(("198.51.100.0/28",), (WEB1,))
    told = where_names_lead(WEB1, gate, now, now() + timedelta(seconds=9), lab.resolver, _facts(tls(endpoint)))
    assert [(one.name, one.ports) for one in told.names] == [("shop.bakery.example", (443,))]


def test_tls_that_was_not_looked_at_tells_no_names(lab):
    """The reason is the one of the look at TLS."""
    gate = lab.gate(("198.51.100.0/28",), (WEB1,))
    until = now() + timedelta(seconds=9)
    told = where_names_lead(WEB1, gate, now, until, lab.resolver, _facts(Unavailable("nobody answered")))
    assert told == Unavailable("nobody answered")
