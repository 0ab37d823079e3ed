"""updateinfo.xml: the distribution's advisories, each with the packages that mend what it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from posture.advisories.indexes.offers import Mended, Notice
from posture.advisories.indexes.rpm.primary import evr, evr_key
from posture.advisories.indexes.rpm.xml import Element, records
from posture.model.severity import Severity
from posture.model.text import visible

MOST_CVES = 1_000  # of one advisory; a kernel's names some hundred
_TITLE = 200  # characters
_WORDS = {
    "critical": Severity.CRITICAL,
    "important": Severity.HIGH,
    "high": Severity.HIGH,
    "moderate": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "low": Severity.LOW,
}
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_LEAVE = ("description", "rights", "release", "pushcount", "solution", "sum", "filename")
_WITHDRAWN = {"retracted", "testing"}  # of the attribute status


def read_notices(chunks: Iterable[bytes], streams: Mapping[str, str]) -> Iterator[tuple[Notice, tuple[Mended, ...]]]:
    """The advisories, one at a time, without those taken back; a version that does not parse mends nothing.

    The stream of a package is that of its collection, or, where the advisory does not tell, that of its build.

    Raises:
        Refused: it is no such file, or built to hurt.
    """
    for update in records(chunks, "updates", "update", leave=_LEAVE):
        name = update.said("id")
        if not name or update.attributes.get("status", "").lower() in _WITHDRAWN:
            continue
        references = list(update.each("references", "reference"))
        yield _notice(visible(name, _TITLE), update, references), tuple(_mended(update, streams))


def _notice(name: str, update: Element, references: list[Element]) -> Notice:
    issued = update.first("issued")
    cves = (_CVE.search(f"{r.attributes.get('id', '')} {r.attributes.get('title', '')}") for r in references)
    own = (r.attributes.get("href", "") for r in references if r.attributes.get("type") == "self")
    packages = update.each("pkglist", "collection", "package")
    return Notice(
        id=name,
        security=update.attributes.get("type", "").lower() == "security",
        severity=_WORDS.get(update.said("severity").lower()),
        issued=_day(issued.attributes.get("date", "")) if issued else None,
        cves=tuple(dict.fromkeys(cve[0] for cve in cves if cve))[:MOST_CVES],
        title=visible(update.said("title"), _TITLE),
        url=visible(next(own, ""), _TITLE),
        reboot=any(package.first("reboot_suggested") for package in packages),
    )


def _day(text: str) -> datetime | None:
    """``2026-03-02 10:00:00`` (UTC), or seconds since 1970."""
    if text.isascii() and text.isdigit() and len(text) <= 11:
        return datetime.fromtimestamp(int(text), UTC)
    with suppress(ValueError):
        day = datetime.fromisoformat(text.removesuffix(" UTC").strip())
        return day.replace(tzinfo=UTC) if day.tzinfo is None else day.astimezone(UTC)
    return None


def _mended(update: Element, streams: Mapping[str, str]) -> Iterator[Mended]:
    for collection in update.each("pkglist", "collection"):
        module = collection.first("module")
        told = f"{module.attributes.get('name')}:{module.attributes.get('stream')}" if module else ""
        for package in collection.each("package"):
            name, architecture = package.attributes.get("name", ""), package.attributes.get("arch", "")
            epoch, number, release = (package.attributes.get(part, "") for part in ("epoch", "version", "release"))
            full = evr(epoch, number, release)
            key = evr_key(full)
            if not name or key is None:
                continue
            build = f"{name}-{epoch or '0'}:{number}-{release}.{architecture}"
            yield Mended(name, full, architecture, told or streams.get(build, ""), key)
