"""DKIM keys through a real DNS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dns_lab import DnsLab, Signed, Zone, dns_lab

from posture.facts.email.dkim import DkimKeys
from posture.facts.unavailable import Unavailable

P = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
KEY = f'"v=DKIM1; k=ed25519; p={P}"'
OTHER = f'"v=DKIM1; k=ed25519; t=y; p={P}"'
ZONES = {
    "keyed.example": Zone(
        f'summer._domainkey TXT {KEY}\ngoogle._domainkey TXT {OTHER}\nk1._domainkey TXT "v=DKIM1; p="'
    ),
    "keyless.example": Zone("@ A 198.51.100.2"),
    "hidden.example": Zone(f"only-they-know._domainkey TXT {KEY}"),
    "starry.example": Zone(f"*._domainkey TXT {KEY}\nselector1._domainkey TXT {OTHER}"),
    "lent.example": Zone(
        "s1._domainkey CNAME summer._domainkey.keyed.example.\nselector2._domainkey CNAME gone.keyed.example."
    ),
    "doubled.example": Zone(f"mail._domainkey TXT {KEY}\nmail._domainkey TXT {OTHER}"),
    "forged.example": Zone(f"mail._domainkey TXT {KEY}", Signed.WRONG_KEY),
}  # fmt: skip


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsLab]:
    with dns_lab(tmp_path_factory.mktemp("dkim"), ZONES) as running:
        yield running


def keys(lab: DnsLab, domain: str, **settings: str) -> DkimKeys:
    found = lab.look(domain, **settings)[DkimKeys]
    assert isinstance(found, DkimKeys)
    return found


def test_given_selectors_come_first_and_common_ones_are_found_too(lab: DnsLab):
    """What the inventory names counts; what many use is tried."""
    found = keys(lab, "keyed.example", dkim_selectors="summer,winter")
    assert [(key.selector, key.given) for key in found.keys] == [("summer", True), ("google", False), ("k1", False)]
    assert found.missing == ("winter",)
    assert [key.testing for key in found.keys] == [False, True, False]
    assert [key.revoked for key in found.keys] == [False, False, True]
    assert found.tried > 50


def test_a_domain_without_any_name_below_domainkey_has_no_key(lab: DnsLab):
    """NXDOMAIN rules out all that is below (RFC 8020)."""
    found = keys(lab, "keyless.example", dkim_selectors="summer")
    assert (found.nothing_below, found.keys, found.missing) == (True, (), ("summer",))


def test_a_selector_that_nobody_knows_is_not_ruled_out(lab: DnsLab):
    """The name exists without records, so somebody has a key below it."""
    found = keys(lab, "hidden.example")
    assert (found.nothing_below, found.keys) == (False, ())


def test_a_wildcard_proves_nothing(lab: DnsLab):
    """Only what differs from the answer to a made-up selector is somebody's key."""
    found = keys(lab, "starry.example")
    assert found.wildcard
    assert [key.selector for key in found.keys] == ["selector1"]


def test_an_alias_is_followed_and_told(lab: DnsLab):
    """The key that is lent is read; an alias to nowhere is a key that cannot be used."""
    lent, gone = sorted(keys(lab, "lent.example").keys, key=lambda key: key.selector)
    assert (lent.alias, lent.kind, lent.error) == ("summer._domainkey.keyed.example", "ed25519", "")
    assert gone.selector == "selector2"
    assert "gone.keyed.example, which has no key" in gone.error


def test_two_records_under_one_selector_are_an_error(lab: DnsLab):
    """Which one counts is left open (RFC 6376, 3.6.2.2)."""
    (key,) = keys(lab, "doubled.example").keys
    assert "2 records" in key.error


def test_no_answer_is_no_missing_key(lab: DnsLab):
    """Where no resolver believes the zone, nothing is known."""
    assert isinstance(lab.look("forged.example")[DkimKeys], Unavailable)
