"""The DNS tree walk of RFC 9989, 4.10, with its own examples."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.collect.email.dmarc.walk import Walk, targets, walk


def walked(start: str, records: Mapping[str, str | None]) -> Walk:
    """Walk over these records; None stands for no answer."""

    def ask(name: str) -> tuple[str, ...] | None:
        text = records.get(name, "")
        return None if text is None else tuple(text.split("|")) if text else ()

    return walk(start, ask)


def test_a_long_name_is_shortened_to_seven_labels():
    """The RFC's example, with its eight questions."""
    assert list(targets("a.b.c.d.e.f.g.h.i.j.mail.example.com")) == [
        "a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com",
        "i.j.mail.example.com",
        "j.mail.example.com",
        "mail.example.com",
        "example.com",
        "com",
    ]


@pytest.mark.parametrize(
    ("records", "organizational"),
    [
        ({"mail.example.com": "v=DMARC1; p=none", "example.com": "v=DMARC1; p=none"}, "example.com"),
        ({"mail.example.com": "v=DMARC1; p=none; psd=n", "example.com": "v=DMARC1; p=none"}, "mail.example.com"),
        ({"com": "v=DMARC1; p=reject; psd=y"}, "example.com"),
        ({}, "a.mail.example.com"),
    ],
)
def test_the_organizational_domain_is_found(records: dict[str, str], organizational: str):
    """The RFC's three examples, and a domain without any record."""
    assert walked("a.mail.example.com", records).organizational == organizational


def test_the_domains_own_record_goes_before_its_parents():
    """Then the organizational domain's, then the public suffix's."""
    own = walked("shop.example.com", {"shop.example.com": "v=DMARC1; p=none", "example.com": "v=DMARC1; p=reject"})
    parent = walked("a.shop.example.com", {"shop.example.com": "v=DMARC1; p=none", "example.com": "v=DMARC1; p=reject"})
    suffix = walked("a.example.com", {"com": "v=DMARC1; p=quarantine; psd=y"})
    assert [one.applied.domain for one in (own, parent, suffix) if one.applied] == [
        "shop.example.com", "example.com", "com",
    ]  # fmt: skip


def test_a_record_below_the_organizational_domain_is_not_for_names_below_it():
    """What example.com says counts for x.shop.example.com, not what shop.example.com says."""
    way = walked("shop.example.com", {"shop.example.com": "v=DMARC1; p=reject", "example.com": "v=DMARC1; p=none"})
    below = way.for_subdomains()
    assert below is not None
    assert below.domain == "example.com"


def test_several_records_are_none_and_the_walk_goes_on():
    """RFC 9989, 4.10, step 2."""
    records = {"shop.example.com": "v=DMARC1; p=reject|v=DMARC1; p=none", "example.com": "v=DMARC1; p=none"}
    way = walked("shop.example.com", records)
    assert way.own is None
    assert way.applied is not None
    assert way.applied.domain == "example.com"


def test_no_answer_ends_the_walk_and_is_told():
    """A parent that cannot be asked may have the record that applies."""
    way = walked("a.example.com", {"example.com": None})
    assert (way.stopped, way.organizational) == ("example.com", "")


LABELS = st.lists(st.sampled_from("abc"), min_size=1, max_size=14).map(".".join)
RECORDS = st.sampled_from(["v=DMARC1; p=none", "v=DMARC1; p=reject; psd=y", "v=DMARC1; p=none; psd=n", "x", "", None])


@given(LABELS, st.data())
def test_no_walk_asks_more_than_eight_times(start: str, data: st.DataObject):
    """And the organizational domain is always the domain or a name above it."""
    asked: list[str] = []

    def ask(name: str) -> tuple[str, ...] | None:
        asked.append(name)
        text = data.draw(RECORDS)
        return None if text is None else (text,)

    way = walk(start, ask)
    assert len(asked) <= 8
    assert not way.organizational or f".{start}".endswith(f".{way.organizational}")
