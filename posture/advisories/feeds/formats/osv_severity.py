"""How bad an OSV record says its flaw is: the publisher's word first, else the score of its CVSS vectors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from posture.advisories.feeds.formats.reading import Malformed, a_list, an_object, shown
from posture.advisories.feeds.formats.severities import base_score, by_score, by_word, worst
from posture.model.severity import Severity

_CVSS = ("CVSS_V4", "CVSS_V3", "CVSS_V2")
# The package itself is the attack. GitHub rates every one of them critical, OpenSSF gives no severity.
_MALWARE = "MAL-"
_TITLE = re.compile(r"(Critical|Important|Moderate|Low):")  # AlmaLinux, Rocky: "Important: nginx security update"


def _ratings(record: dict[str, Any], affected: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every entry of a ``severity`` list: the record's, its packages', and those Ubuntu gives for each CVE."""
    lists = [record.get("severity")]
    for entry in affected:
        lists.append(entry.get("severity"))
        specific = an_object(entry.get("database_specific"), "database_specific")
        cves = an_object(specific.get("cves_map"), "cves_map").get("cves")
        lists += [an_object(cve, "a CVE").get("severity") for cve in a_list(cves, "cves")]
    for listed in lists:
        for value in a_list(listed, "severity"):
            yield an_object(value, "a severity")


def _words(record: dict[str, Any], affected: list[dict[str, Any]]) -> Iterator[Severity | None]:
    specific = [an_object(record.get("database_specific"), "database_specific")]
    for entry in affected:
        specific.append(an_object(entry.get("database_specific"), "database_specific"))
        specific.append(an_object(entry.get("ecosystem_specific"), "ecosystem_specific"))
    for each in specific:
        yield by_word(each.get("severity"))
        yield by_word(each.get("urgency"))  # Debian's, in records of a CVE
    title = record.get("summary")
    if isinstance(title, str) and (found := _TITLE.match(title)):
        yield by_word(found[1])


def severity_and_score(
    record: dict[str, Any], affected: list[dict[str, Any]]
) -> tuple[Severity | None, float | None, tuple[str, ...]]:
    """The severity, the highest CVSS score (version 3 first, which most give), and what of it could not be read.

    Raises:
        Malformed: a field has another type than the schema says.
    """
    words = list(_words(record, affected))
    scores: dict[str, float] = {}
    unread: dict[str, None] = {}
    for rating in _ratings(record, affected):
        kind, value = rating.get("type"), rating.get("score")
        if kind == "Ubuntu":
            words.append(by_word(value))
        elif kind in _CVSS and isinstance(value, str):
            try:
                scores[kind] = max(base_score(value), scores.get(kind, 0.0))
            except Malformed as error:
                unread[str(error)] = None
        else:
            unread[f"a severity of an unknown kind: {shown(kind)}"] = None
    score = next((scores[kind] for kind in ("CVSS_V3", "CVSS_V4", "CVSS_V2") if kind in scores), None)
    if str(record.get("id")).startswith(_MALWARE):
        words.append(Severity.CRITICAL)
    told = worst(words)
    return by_score(score) if told is None else told, score, tuple(unread)
