"""The DMARC policy through a real DNS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dns_lab import DnsLab, Signed, Zone, dns_lab

from posture.facts.email.dmarc import DmarcPolicy
from posture.facts.unavailable import Unavailable

ZONES = {
    "good.example": Zone(
        '_dmarc TXT "v=DMARC1; p=reject; rua=mailto:d@good.example,mailto:d@reports.test; ruf=mailto:d@silent.test"'
    ),
    "reports.test": Zone('good.example._report._dmarc TXT "v=DMARC1"\n@ MX 10 mx\nmx A 198.51.100.9'),
    "silent.test": Zone("@ A 198.51.100.9"),
    "sold.example": Zone(
        '_dmarc TXT "v=DMARC1; p=none; rua=mailto:d@mail.sold.example,mailto:x@gone.test,d@sold.example"'
    ),
    "astray.example": Zone(
        '@ TXT "v=DMARC1; p=reject"\n_dmarc.astray.example TXT "v=DMARC1; p=none"\n_dmarc TXT "v=dmarc1; p=none"'
    ),
    "family.example": Zone(
        '_dmarc TXT "v=DMARC1; p=reject; sp=quarantine; np=none"\nshop A 198.51.100.3\n'
        'own A 198.51.100.4\n_dmarc.own TXT "v=DMARC1; p=reject"'
    ),
    "twice.example": Zone('_dmarc TXT "v=DMARC1; p=reject"\n_dmarc TXT "v=DMARC1; p=none"'),
    "forged.example": Zone("@ A 198.51.100.2", Signed.WRONG_KEY),
    "shop.forged.example": Zone('_dmarc TXT "v=DMARC1; p=reject"'),
    "bare.forged.example": Zone("@ A 198.51.100.2"),
}  # fmt: skip


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsLab]:
    with dns_lab(tmp_path_factory.mktemp("dmarc"), ZONES) as running:
        yield running


def policy(lab: DnsLab, domain: str) -> DmarcPolicy:
    found = lab.look(domain)[DmarcPolicy]
    assert isinstance(found, DmarcPolicy)
    return found


def test_who_is_to_have_reports_must_agree(lab: DnsLab):
    """The domain itself need not, another organization does (RFC 9990, 4)."""
    found = policy(lab, "good.example")
    assert (found.policy, found.found_at, found.organizational) == ("reject", "good.example", "good.example")
    assert [(one.external, one.agreed) for one in found.aggregate] == [(False, None), (True, True)]
    assert [(one.external, one.agreed) for one in found.failure] == [(True, False)]


def test_addresses_that_reach_nobody_are_told(lab: DnsLab):
    """A domain that is gone, a mailto: that is missing; a subdomain is no other organization."""
    own, gone, bare = policy(lab, "sold.example").aggregate
    assert (own.external, "there is no domain" in own.error) == (False, True)
    assert "there is no domain gone.test" in gone.error
    assert "mailto: is missing" in bare.error


def test_records_where_nobody_looks_are_found(lab: DnsLab):
    """At the domain itself, at a doubled name, and in the wrong form at the right one."""
    found = policy(lab, "astray.example")
    assert (found.policy, found.texts) == ("", ())
    assert [one.partition(":")[0] for one in found.elsewhere] == [
        "_dmarc.astray.example", "astray.example", "_dmarc.astray.example.astray.example",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("domain", "applies"),
    [
        ("family.example", ("reject", "quarantine", "none")),
        ("shop.family.example", ("quarantine", "quarantine", "none")),
        ("made-up.family.example", ("none", "quarantine", "none")),
        ("own.family.example", ("reject", "quarantine", "none")),
    ],
)
def test_a_subdomain_has_what_the_parent_says_of_it(lab: DnsLab, domain: str, applies: tuple[str, str, str]):
    """One that exists, one that does not, and one with a record of its own, which is not for what is below it."""
    found = policy(lab, domain)
    assert (found.policy, found.subdomains, found.nonexistent) == applies
    assert found.organizational == "family.example"


def test_two_records_are_no_policy(lab: DnsLab):
    """RFC 9989, 4.10."""
    found = policy(lab, "twice.example")
    assert (found.policy, len(found.texts), found.found_at) == ("", 2, "")
    assert "2 records" in found.broken


def test_no_answer_is_no_missing_policy(lab: DnsLab):
    """Where no resolver believes the zone, nothing is known."""
    assert isinstance(lab.look("forged.example")[DmarcPolicy], Unavailable)


def test_a_parent_that_does_not_answer_leaves_it_unknown(lab: DnsLab):
    """Its record might be the one that applies: to the domain, or only to what is below a domain with its own."""
    bare, shop = policy(lab, "bare.forged.example"), policy(lab, "shop.forged.example")
    assert (bare.policy, bare.subdomains) == ("", "")
    assert (shop.policy, shop.subdomains) == ("reject", "")
    assert all("_dmarc.forged.example" in found.unknown for found in (bare, shop))
