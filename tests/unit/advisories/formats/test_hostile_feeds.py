"""A feed in a stranger's hands: a reason is told for whatever comes, nothing is raised, nothing grows without bound."""

import json
from dataclasses import astuple

import pytest

from posture.advisories.feeds.formats import reading
from posture.advisories.feeds.records import Advisory

JSON_FORMATS = ("osv", "kev", "endoflife", "alpine_secdb")


@pytest.mark.parametrize("format_name", JSON_FORMATS)
@pytest.mark.parametrize(
    "content",
    [b"{", b'{"id": "\xff"}', b"[" * 200_000, b'{"a":' * 100_000, b'{"id": ' + b"9" * 10_000 + b"}"],
    ids=["cut", "not-utf8", "deep-lists", "deep-objects", "long-number"],
)
def test_json_that_is_none_is_refused_by_file(parsed, format_name, content):
    """Cut, in another encoding, nested without end, with a number of ten thousand digits."""
    records, refused = parsed(format_name, content, "php.json")
    assert (records, [each.what for each in refused]) == ([], ["php.json"])


@pytest.mark.parametrize("format_name", JSON_FORMATS)
def test_a_document_of_too_many_values_is_refused_before_it_is_parsed(parsed, format_name, monkeypatch):
    """A few bytes each can cost a hundred in memory."""
    monkeypatch.setattr(reading, "MOST_VALUES", 100)
    records, [refused] = parsed(format_name, b"[" + b"[]," * 100 + b"[]]", "php.json")
    assert not records
    assert "more than 100 values" in refused.why


@pytest.mark.parametrize("format_name", JSON_FORMATS)
def test_a_document_of_40_megabytes_is_refused(parsed, format_name):
    """No real one is so large."""
    records, [refused] = parsed(format_name, b'{"id": "' + b"A" * (40 << 20) + b'"}', "php.json")
    assert not records
    assert refused.why == "larger than 32 MiB"


@pytest.mark.parametrize("format_name", ["endoflife", "alpine_secdb"])
def test_a_yaml_bomb_is_refused(parsed, format_name):
    """Aliases of aliases of aliases, a billion in the end."""
    bomb = "a: &a [x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join(['*' + old] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    content = f"---\n{bomb}---\n" if format_name == "endoflife" else bomb
    records, [refused] = parsed(format_name, content.encode(), "php.md" if format_name == "endoflife" else "main.yaml")
    assert not records
    assert "aliases" in refused.why


@pytest.mark.parametrize("content", [b"[" * 100_000, b"a: [\n", b"a: !!python/object/apply:os.system [id]\n", b"\x00"])
def test_yaml_that_is_deep_cut_or_active_is_refused_or_plain_text(parsed, content):
    """No object is ever made of it."""
    records, [refused] = parsed("alpine_secdb", content, "main.yaml")
    assert not records
    assert refused.what == "main.yaml"


VALUES = [None, True, 7, 0.5, "", "x" * 10_000, "a b\x1b[31m\u202e", [], [[]], {}, {"a": 1}, ["x"], "0"]
_RECORD = {
    "id": "USN-1-1",
    "published": "2024-01-01T00:00:00Z",
    "summary": "s",
    "aliases": ["CVE-2024-0001"],
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "references": [{"type": "ADVISORY", "url": "https://example.test/"}],
    "affected": [
        {
            "package": {"ecosystem": "Debian:12", "name": "a"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1"}]}],
            "versions": ["0.5"],
            "ecosystem_specific": {"urgency": "low"},
        }
    ],
    "database_specific": {"severity": "LOW"},
    "withdrawn": None,
}
_CATALOGUE = {"count": 1, "dateReleased": "2024-01-01T00:00:00Z", "vulnerabilities": [{"cveID": "CVE-2024-0001"}]}
_SECDB = {"distroversion": "v3.20", "packages": [{"pkg": {"name": "a", "secfixes": {"1-r0": ["CVE-2024-0001"]}}}]}
_RELEASE = {"name": "8", "eolFrom": "2024-01-01", "latest": {"name": "8.1"}, "releaseDate": "2020-01-01"}
_PRODUCTS = {"generated_at": "2024-01-01T00:00:00Z", "result": [{"name": "php", "releases": [_RELEASE]}]}


def _altered(value):
    """The value with each of its parts, one at a time, replaced by each of VALUES."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield from VALUES
    for key, part in parts:
        for other in _altered(part):
            copy = dict(value) if isinstance(value, dict) else list(value)
            copy[key] = other
            yield copy


def _texts(value):
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize(
    ("format_name", "whole"),
    [("osv", _RECORD), ("kev", _CATALOGUE), ("alpine_secdb", _SECDB), ("endoflife", _PRODUCTS)],
)
def test_any_value_in_any_place_is_read_or_refused(parsed, format_name, whole):
    """Of each format every field in turn: no exception, only short printable text, and a reason where it is lost."""
    for value in _altered(whole):
        records, refused = parsed(format_name, value, "feed.json")
        assert all(len(text) < 600 and text.isprintable() for text in _texts([*map(astuple, [*records, *refused])]))
        assert all(each.what and each.why for each in refused)


def test_one_broken_package_does_not_lose_the_rest_of_an_advisory(parsed):
    """It is told by the advisory's id."""
    broken = {"package": {"ecosystem": "Debian:12", "name": "b"}, "ranges": {"type": "ECOSYSTEM"}}
    strange = {"package": {"ecosystem": "Atlantis:1", "name": "c"}, "ranges": []}
    content = {**_RECORD, "affected": [*_RECORD["affected"], broken, strange]}
    records, refused = parsed("osv", content)
    assert [[line.name for line in each.affected] for each in records] == [["a"]]
    assert {(each.what, each.why) for each in refused} == {
        ("USN-1-1", "Debian:12: ranges is no list"),
        ("USN-1-1", "the ecosystem is not known: Atlantis:1"),
    }


def test_a_vector_that_is_none_is_told_and_the_advisory_stays(parsed):
    """Without a score."""
    content = {**_RECORD, "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:Z"}, {"type": "odd", "score": "1"}]}
    [advisory], refused = parsed("osv", content)
    assert isinstance(advisory, Advisory)
    assert advisory.score is None
    assert len(refused) == 2


def test_ranges_and_versions_without_end_are_refused(parsed):
    """Holding each against each would take hours."""
    many = [{"introduced": "1.0"}, {"fixed": "2.0"}]
    entry = {"package": {"ecosystem": "PyPI", "name": "a"}}
    ranges = {**entry, "ranges": [{"type": "ECOSYSTEM", "events": many}] * 10_000}
    versions = {**entry, "ranges": [{"type": "ECOSYSTEM", "events": many}], "versions": ["3.0"] * 100_000}
    records, refused = parsed("osv", {"id": "X-1", "affected": [ranges, versions]})
    assert not records
    assert [each.why for each in refused] == ["PyPI: more than 500 ranges", "PyPI: more than 20000 versions"]


def test_lines_without_end_are_refused_by_number(parsed):
    """In the lists that are read line by line."""
    _, [refused] = parsed("debian_list", b"[16 Jan 2025] DSA-1-1 " + b"a" * 10_000_000, "list")
    assert refused.what == "list line 1"
    json.dumps(refused.why)
