"""A domain through a real Knot and a real validating Unbound."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dns_lab import DnsLab, Signed, Zone, dns_lab

from posture.facts.email.zone import DnsZone, Security
from posture.facts.unavailable import Unavailable


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsLab]:
    zones = {
        "bakery.example": Zone('@ CAA 0 issue "letsencrypt.org"', Signed.YES),
        "florist.example": Zone("www A 198.51.100.2"),
        "forged.example": Zone("@ A 198.51.100.2", Signed.WRONG_KEY),
        "stripped.example": Zone("@ A 198.51.100.2", Signed.STRIPPED),
        "dead.example": Zone("", Signed.DEAD),
    }
    with dns_lab(tmp_path_factory.mktemp("dns"), zones) as running:
        yield running


@pytest.mark.parametrize(
    ("domain", "security"),
    [
        ("bakery.example", Security.SECURE),
        ("florist.example", Security.INSECURE),
        ("forged.example", Security.BOGUS),
        ("stripped.example", Security.BOGUS),
    ],
)
def test_what_dnssec_says_of_a_domain_is_what_the_resolver_found(lab: DnsLab, domain: str, security: Security):
    """Signed, not signed, signed with a key that nobody vouches for, and robbed of its signatures."""
    zone = lab.look(domain)[DnsZone]
    assert isinstance(zone, DnsZone)
    assert (zone.exists, zone.security) == (True, security)


def test_a_domain_whose_servers_are_silent_is_not_known(lab: DnsLab):
    """No answer is no domain without records."""
    assert isinstance(lab.look("dead.example")[DnsZone], Unavailable)


def test_a_domain_that_nobody_registered_does_not_exist(lab: DnsLab):
    """NXDOMAIN is an answer."""
    zone = lab.look("nobody.example")[DnsZone]
    assert isinstance(zone, DnsZone)
    assert not zone.exists


def test_a_change_is_seen_at_once(lab: DnsLab):
    """The lab serves what was published last."""
    lab.change("florist.example", '@ CAA 128 issue "ca.example"')
    zone = lab.look("www.florist.example")[DnsZone]
    assert isinstance(zone, DnsZone)
    assert not zone.exists
    zone = lab.look("florist.example")[DnsZone]
    assert isinstance(zone, DnsZone)
    assert [(record.value, record.critical) for record in zone.caa] == [("ca.example", True)]
