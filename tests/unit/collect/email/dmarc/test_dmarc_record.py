"""DMARC records as RFC 9989 reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.collect.email.dmarc.record import POLICIES, is_dmarc, is_uri, mailbox_host, read_record


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("v=DMARC1", True),
        ("v=DMARC1;p=none", True),
        ("v = DMARC1 ; p=none", True),
        ("v=DMARC1 p=none", False),
        ("v=dmarc1; p=none", False),
        ("v=DMARC2; p=none", False),
        ("p=none; v=DMARC1", False),
        (" v=DMARC1; p=none", False),
        ("v=spf1 -all", False),
    ],
)
def test_v_comes_first_and_its_value_in_capitals(text: str, is_one: bool):
    """RFC 9989, 4.7 and 4.8: everything else is no DMARC record."""
    assert is_dmarc(text) is is_one


@pytest.mark.parametrize(
    ("tags", "applies"),
    [
        ("p=reject", ("reject", "reject", "reject")),
        ("p=reject; sp=none", ("reject", "none", "none")),
        ("p=none; np=reject", ("none", "none", "reject")),
        ("p=none; sp=quarantine; np=reject", ("none", "quarantine", "reject")),
        ("P=reject", ("", "", "")),
        ("p=REJECT", ("reject", "reject", "reject")),
        ("sp=none; adkim=s; p=quarantine", ("quarantine", "none", "none")),
        ("p=reject; sp=rejct; rua=mailto:d@bakery.example", ("none", "none", "none")),
        ("p=reject; np=", ("", "", "")),
        ("rua=mailto:d@bakery.example", ("none", "none", "none")),
        ("rua=d@bakery.example", ("", "", "")),
        ("", ("", "", "")),
    ],
)
def test_what_applies_to_whom(tags: str, applies: tuple[str, str, str]):
    """The defaults of 4.7, and 4.10.1 for what is no policy: with a good rua as if p=none, else none at all."""
    record = read_record(f"v=DMARC1; {tags}")
    assert (record.policy, record.for_subdomains, record.for_nonexistent) == applies
    assert bool(record.broken) == (applies[0] == "" or "rejct" in tags or "p=" not in tags)


def test_a_tag_that_stands_twice_makes_the_record_none():
    """RFC 6376, 3.2, whose form the record has."""
    record = read_record("v=DMARC1; p=reject; p=none")
    assert record.policy == ""
    assert "the tag p stands more than once" in record.broken


def test_unknown_and_historic_tags_change_nothing():
    """Unknown ones are told; those of RFC 7489 are read for receivers that still do."""
    record = read_record("v=DMARC1; p=reject; pet=cat; pct=20; ri=3600; rf=afrf")
    assert (record.policy, record.percent) == ("reject", 20)
    assert record.problems == ("there is no tag pet",)


def test_mistakes_beside_the_policy_are_overlooked():
    """Wrong values fall back to their defaults, what is no tag is left out (RFC 9989, 4.7)."""
    record = read_record("v=DMARC1; p=reject; adkim=strict; pct=all; t=yes; fo=9; ; nonsense")
    assert (record.policy, record.strict_dkim, record.percent, record.testing) == ("reject", False, 100, False)
    assert len(record.problems) == 5
    assert record.broken == ""


def test_reports_go_to_each_address_and_sizes_are_forgotten():
    """RFC 9989 dropped the size at the end."""
    record = read_record("v=DMARC1; p=none; rua=mailto:a@x.example!10m, mailto:b@y.example; ruf=https://z.example/")
    assert record.aggregate == ("mailto:a@x.example", "mailto:b@y.example")
    assert record.failure == ("https://z.example/",)


@pytest.mark.parametrize(
    ("uri", "host", "valid"),
    [
        ("mailto:d@Bakery.example", "bakery.example", True),
        ("mailto:d@bakery.example?subject=x", "bakery.example", True),
        ("mailto:d@_reports.bakery.example", "_reports.bakery.example", True),
        ("mailto:d@localhost", "", False),
        ("mailto:", "", False),
        ("mailto:a@b@bakery.example", "", False),
        ("d@bakery.example", "", False),
        ("https://bakery.example/r", "", True),
        ("mailto: d@bakery.example", "", False),
        ("mailto:d@" + "a" * 64 + ".example", "", False),
    ],
)
def test_addresses_are_told_from_what_is_none(uri: str, host: str, valid: bool):
    """A mailbox needs a domain that can exist."""
    assert (mailbox_host(uri), is_uri(uri)) == (host, valid)


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader_or_becomes_an_unknown_policy(text: str):
    """Whatever stands behind v=DMARC1."""
    record = read_record(f"v=DMARC1;{text}")
    assert {record.policy, record.for_subdomains, record.for_nonexistent} <= {*POLICIES, ""}
    assert record.policy or record.broken
