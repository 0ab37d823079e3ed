"""Advisories in the Open Source Vulnerability format, schema 1.7 (https://ossf.github.io/osv-schema/)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from posture.advisories.feeds.formats import ecosystems as known
from posture.advisories.feeds.formats import rpm_modules
from posture.advisories.feeds.formats.osv_ranges import Interval, intervals
from posture.advisories.feeds.formats.osv_severity import severity_and_score
from posture.advisories.feeds.formats.reading import (
    Malformed,
    a_list,
    an_object,
    cve_of,
    instant,
    json_value,
    name,
    shown,
    text,
    word,
)
from posture.advisories.feeds.records import Advisory, Affected, Record, Refusal, Scheme, State
from posture.model.text import visible

_IDENTIFIERS = ("aliases", "upstream")  # the flaw itself; "related" may be another one
_NAME_LIMIT = 214  # npm's, the longest of all
# Bug fixes and enhancements, which are published beside the advisories.
_NO_SECURITY = re.compile(r"(?:AL|RH|RL|RX)(?:BA|EA)-|(?:open)?SUSE-[FOR]U-")


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of ``affected`` in an ecosystem that is judged."""

    described: dict[str, Any]
    ecosystem: str
    kind: known.Ecosystem


def _affected_lines(entry: _Entry, found: Iterable[Interval], advisory: str, title: str) -> Iterator[Affected]:
    described, ecosystem, kind = entry.described, entry.ecosystem, entry.kind
    package = an_object(described["package"], "package")
    specific = an_object(described.get("ecosystem_specific"), "ecosystem_specific")
    source = known.package_name(ecosystem, word(package.get("name"), "the package's name", _NAME_LIMIT))
    channel = known.channel(ecosystem, advisory, specific.get("availability"), package.get("purl"))
    for each in found:
        for module in _modules(each, kind.scheme, title):
            yield Affected(
                ecosystem=known.stored_name(ecosystem),
                name=source,
                scheme=kind.scheme,
                state=each.state,
                fixed="" if each.state is State.NOT_AFFECTED else each.fixed,
                introduced=each.introduced,
                last=each.last,
                binary=kind.binary,
                module=module,
                channel=channel,
            )


def _modules(interval: Interval, scheme: Scheme, title: str) -> tuple[str, ...]:
    """The streams that a line is about: one line for each that the title names, as it does not tell which."""
    if scheme is Scheme.RPM and rpm_modules.is_modular(interval.fixed or interval.last):
        return rpm_modules.streams(title)
    return ("",)


def _cves(record: dict[str, Any], identity: str, distribution: bool) -> tuple[str, ...]:
    """The CVEs that a record is about.

    Distributions wrote them into "related" before the schema had "upstream" (1.7), and AlmaLinux still does.
    """
    listed: list[Any] = [identity]
    for field in _IDENTIFIERS:
        listed += a_list(record.get(field), field)
    found = dict.fromkeys(cve for value in listed if (cve := cve_of(value)))
    if not found and distribution:
        found = dict.fromkeys(cve for value in a_list(record.get("related"), "related") if (cve := cve_of(value)))
    return tuple(found)


def _url(record: dict[str, Any]) -> str:
    """The advisory's own page, else the first page it refers to."""
    pages: dict[str, str] = {}
    for value in a_list(record.get("references"), "references"):
        reference = an_object(value, "a reference")
        url = reference.get("url")
        if isinstance(url, str) and url.startswith(("https://", "http://")) and len(url) <= 500 and url.isprintable():
            pages.setdefault("ADVISORY" if reference.get("type") == "ADVISORY" else "other", visible(url))
    return pages.get("ADVISORY") or pages.get("other", "")


def _entries(record: dict[str, Any], kept: frozenset[str], identity: str) -> tuple[list[_Entry], list[Refusal]]:
    """The entries of ``affected`` in an ecosystem that is judged and asked for, and those that cannot be read."""
    found: list[_Entry] = []
    refused: list[Refusal] = []
    for value in a_list(record.get("affected"), "affected"):
        try:
            described = an_object(value, "an entry of affected")
            package = an_object(described.get("package"), "package")
            if not package:
                continue  # commits of a repository, no package
            ecosystem = name(package.get("ecosystem"), "the ecosystem")
            kind = known.judged(ecosystem)
            if kind and (not kept or ecosystem.partition(":")[0] in kept):
                found.append(_Entry(described, ecosystem, kind))
        except Malformed as error:
            refused.append(Refusal(identity, str(error)))
    return found, refused


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _advisory(record: dict[str, Any], identity: str, kept: frozenset[str]) -> Iterator[Record | Refusal]:
    entries, refused = _entries(record, kept, identity)
    yield from dict.fromkeys(refused)
    if not entries:
        return
    title = record.get("summary") or record.get("details")
    lines: list[Affected] = []
    for entry in entries:
        try:
            found, backwards = intervals(entry.described, entry.kind.scheme)
            lines += _affected_lines(entry, found, identity, _text(title))
            for each in backwards:
                yield Refusal(
                    identity, f"a range begins with {each.introduced} and ends with {each.fixed or each.last}"
                )
        except Malformed as error:
            yield Refusal(identity, f"{shown(entry.ecosystem)}: {error}")
    severity, score, unread = severity_and_score(record, [entry.described for entry in entries])
    yield from (Refusal(identity, why) for why in unread)
    cves = _cves(record, identity, any(entry.kind.distribution for entry in entries))
    if lines and (cves or not _NO_SECURITY.match(identity)):
        yield Advisory(
            id=identity,
            affected=tuple(dict.fromkeys(lines)),
            cves=cves,
            severity=severity,
            score=score,
            published=instant(record.get("published"), "published"),
            modified=instant(record.get("modified"), "modified"),
            summary=text(title, "summary"),
            url=_url(record),
            withdrawn=instant(record.get("withdrawn"), "withdrawn") is not None,
        )


def _record(value: object, file: str, kept: frozenset[str]) -> Iterator[Record | Refusal]:
    label = visible(file, 120)
    try:
        record = an_object(value, "the record")
        label = word(record.get("id"), "the id")
        yield from _advisory(record, label, kept)
    except Malformed as error:
        yield Refusal(label, str(error))


def read(files: Iterable[tuple[str, bytes]], ecosystems: frozenset[str]) -> Iterator[Record | Refusal]:
    """The advisories of JSON files that hold one record or a list of them; files of other kinds are passed over.

    `ecosystems` are those to keep, by OSV's name without the release; none: all that can be judged. A record about
    other ecosystems only (Go, Maven...) yields nothing, nor does a notice of AlmaLinux or Rocky about ordinary faults
    (ALBA, ALEA) that names no CVE.
    """
    for file, data in files:
        if not file.endswith(".json"):
            continue
        try:
            value = json_value(data)
        except Malformed as error:
            yield Refusal(visible(file, 120), str(error))
            continue
        for each in value if isinstance(value, list) else [value]:
            yield from _record(each, file, ecosystems)
