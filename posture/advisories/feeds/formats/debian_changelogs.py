"""Advisories out of changelogs: what posture.advisories.feeds.changelogs has gathered of a security pocket.

An upload to a release that names CVEs says that every earlier version lacked their fixes. The advisory's id is the
upload itself, ``openssl 3.0.17-1~deb12u3``. Uploads give an urgency, which Debian sets to high for every security
update: no severity.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from posture.advisories.feeds.changelogs.memory import ENDING
from posture.advisories.feeds.formats.reading import (
    Malformed,
    a_list,
    an_object,
    cve_of,
    instant,
    json_value,
    name,
    word,
)
from posture.advisories.feeds.records import Advisory, Affected, Dated, Record, Refusal, Scheme
from posture.model.text import visible


def _upload(value: object, source: str, ecosystem: str) -> Advisory:
    upload = an_object(value, "an upload")
    version = word(upload.get("version"), "the version")
    at = instant(upload.get("at"), "the date")
    cves = dict.fromkeys(cve for each in a_list(upload.get("cves"), "the CVEs") if (cve := cve_of(each)))
    return Advisory(
        id=f"{source} {version}",
        affected=(Affected(ecosystem, source, Scheme.DPKG, fixed=version),),
        cves=tuple(cves),
        published=at,
        modified=at,
        summary=f"changelog of {source} {version}",
        url=f"https://security-tracker.debian.org/tracker/source-package/{source}",
    )


def _suite(data: bytes) -> Iterator[Record | Refusal]:
    document = an_object(json_value(data), "the file")
    ecosystem = name(document.get("ecosystem"), "the ecosystem")
    for source, value in an_object(document.get("sources"), "sources").items():
        label = visible(source, 120)
        try:
            known = an_object(value, "a source")
            for upload in a_list(known.get("uploads"), "uploads"):
                yield _upload(upload, word(source, "the source"), ecosystem)
        except Malformed as error:
            yield Refusal(label, str(error))
    if at := instant(document.get("date"), "the date"):
        yield Dated(at)


def read(files: Iterable[tuple[str, bytes]], ecosystems: frozenset[str]) -> Iterator[Record | Refusal]:
    """One advisory for each upload that names CVEs, and the date of each pocket's signed index."""
    if ecosystems and "Debian" not in ecosystems:
        return
    for file, data in files:
        if file.endswith(ENDING):
            try:
                yield from _suite(data)
            except Malformed as error:
                yield Refusal(visible(file, 120), str(error))
