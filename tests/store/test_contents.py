"""What does not change is stored once, and what was stored comes back to the byte."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from owner import as_owner
from sqlalchemy import func, select, text

from posture.facts.codec import from_json, to_json
from posture.facts.host import KernelState
from posture.facts.packages import InstalledPackages, Package
from posture.facts.unavailable import Unavailable
from posture.store import open_store, schema
from posture.store.contents import RECORD, cut, in_pieces, read
from posture.store.contents import store as keep
from posture.store.errors import NotADatabase

MOMENTS = st.sampled_from(
    ["2026-11-22T03:04:05+00:00", "2026-11-22T03:04:05.123456Z", "2026-11-22", "\0", "{}", 'a"b\\']
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40) | MOMENTS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=9) | MOMENTS, inner, max_size=6),
    max_leaves=40,
)


@given(value=VALUES, stretched=st.integers(0, 3))
def test_parts_are_the_whole(value, stretched):
    """Also strings that look like moments, keys with quotes, and what is no object."""
    if stretched and isinstance(value, dict):
        value = {f"{key}{n}": [inner, "x" * 700] for n in range(stretched) for key, inner in value.items()}
    blob = json.dumps(value, separators=(",", ":"), ensure_ascii=stretched % 2 == 0).encode("utf-8", "replace")
    assert b"".join(cut(blob)) == blob


def test_a_fact_that_changed_leaves_the_contents_of_others_as_they_are():
    """Facts are cut between facts, never in one; a text of a hostile host with half a character is one as well."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    many = tuple(Package(f"lib{n}", "amd64", "1.0", f"lib{n}", "1") for n in range(400))
    facts = {InstalledPackages: InstalledPackages("dpkg", many, (), at), KernelState: Unavailable('no, \ud800\n"x"')}
    again = {**facts, KernelState: Unavailable("not this time")}
    before, after = (in_pieces(to_json(one)) for one in (facts, again))
    assert len(before.contents) == 2
    assert len(before.contents.keys() & after.contents.keys()) == 1
    assert from_json(to_json(again)) == again


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('scratch')}/posture.db") as opened:
        yield opened.database


@given(value=VALUES | st.binary(max_size=200))
def test_what_was_stored_comes_back(scratch, value):
    blob = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    with scratch.writing("bakery") as connection:
        (stored,) = keep(scratch, connection, "bakery", [in_pieces(blob)])
        assert read(connection, "bakery", [stored, stored]) == [blob, blob]


def size(opened):
    with opened.database.reading("*") as connection:
        return connection.execute(select(func.count(), func.sum(func.length(schema.content.c.body)))).one()


def test_a_night_in_which_only_times_change_stores_no_content_again(store, make):
    """Thirty nights of the same are hardly more than one."""
    facts = json.dumps({"A": {"at": "2026-11-22T03:04:05+00:00", "ports": list(range(900))}})
    bakery = make.customer("bakery", ["a"])
    for number in range(1, 4):
        make.audit(
            store, number, [bakery], "6379/tcp", facts=facts[1:-1].replace('"', "'").replace("04", f"{number:02}")
        )
        if number == 1:
            before = size(store)
    blobs = [json.dumps({"A": {"at": f"2026-11-{n:02}T03:04:05+00:00", "ports": list(range(900))}}) for n in (1, 2, 3)]
    with store.database.writing("bakery") as connection:
        records = keep(store.database, connection, "bakery", [in_pieces(blob.encode()) for blob in blobs])
        assert [blob.decode() for blob in read(connection, "bakery", records)] == blobs
    assert size(store)[0] == before[0] + 3, "a content for each other facts of the two later nights, one for all blobs"
    assert all(record.startswith(RECORD) and len(record) < 200 for record in records)


def test_contents_are_a_customers_own(store, make):
    """Nobody learns from a digest what another customer has."""
    make.audit(store, 1, [make.customer("bakery", ["a"]), make.customer("cafe", ["a"])], "6379/tcp", facts="x" * 3000)
    with store.database.reading("*") as connection:
        rows = connection.execute(select(schema.content.c.sha256, schema.content.c.customer)).all()
    assert {row.customer for row in rows} == {"bakery", "cafe"}
    assert len({row.sha256 for row in rows}) == len(rows) / 2


@pytest.mark.parametrize("change", ["UPDATE content SET body = other", "DELETE FROM content"])
def test_a_changed_or_missing_content_is_noticed(store, make, change):
    run = make.audit(store, 1, [make.customer("bakery", ["a"])], "6379/tcp", facts="x" * 3000)
    other = "(SELECT body FROM content ORDER BY length(body) DESC LIMIT 1)"
    with as_owner(store) as connection:
        connection.execute(text(re.sub("other", other, change)))
    assert store.last_facts("bakery", "a") is None, "what nobody can vouch for narrows no look"
    with pytest.raises((NotADatabase, ValueError)):
        list(store.facts(run.id))
