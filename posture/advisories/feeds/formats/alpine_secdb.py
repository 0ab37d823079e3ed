"""Alpine's security database: JSON of secdb.alpinelinux.org, YAML before 2020. A file is a branch's repository.

    {"distroversion": "v3.20", "reponame": "main", "packages": [{"pkg": {"name": "xz", "secfixes":
      {"5.2.5-r1": ["CVE-2022-1271"], "0": ["CVE-2020-22916"]}}}]}

A key is the first version that is free of the flaws listed; "0" says that the package never had them. The name is the
source package's ("origin").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from posture.advisories.feeds.formats.reading import (
    Malformed,
    a_list,
    an_object,
    cve_of,
    json_value,
    shown,
    word,
    yaml_value,
)
from posture.advisories.feeds.records import Advisory, Affected, Record, Refusal, Scheme, State
from posture.model.text import visible

MOST_FLAWS = 500_000  # held together until the last file is read
_BRANCH = re.compile(r"edge|v[0-9]{1,3}\.[0-9]{1,3}")
_FLAW = re.compile(r"[A-Za-z][A-Za-z0-9]{1,15}-[0-9A-Za-z][0-9A-Za-z-]{0,40}")
_NEVER = "0"

_Found = dict[str, tuple[dict[str, None], dict[Affected, None]]]  # id -> its CVEs, its lines


def _names(value: object) -> tuple[str, list[str]]:
    """The id of a flaw and the CVEs it is known by: ``CVE-2021-30473 GHSA-...``, ``XSA-201 CVE-2016-9815``."""
    words = value.replace(",", " ").replace(";", " ").split() if isinstance(value, str) and len(value) < 400 else []
    names = [each for each in words if _FLAW.fullmatch(each)]
    if not names:
        raise Malformed(f"no identifier of a flaw: {shown(value)}")
    cves = [cve for each in names if (cve := cve_of(each))]
    return (cves or names)[0], cves


def _package(described: dict[str, Any], ecosystem: str, found: _Found) -> Iterator[Refusal]:
    name = word(described.get("name"), "the package's name")
    for version, flaws in an_object(described.get("secfixes") or None, "secfixes").items():
        try:
            fixed = word(version, "the version")
            state = State.NOT_AFFECTED if fixed == _NEVER else State.FIXED
            line = Affected(ecosystem, name, Scheme.APK, state, fixed="" if fixed == _NEVER else fixed)
            listed = a_list(flaws, "the flaws")
        except Malformed as error:
            yield Refusal(f"{ecosystem} {name}", str(error))
            continue
        for flaw in listed:
            try:
                identity, cves = _names(flaw)
                of_flaw, lines = found.setdefault(identity, ({}, {}))
                of_flaw.update(dict.fromkeys(cves))
                lines[line] = None
            except Malformed as error:
                yield Refusal(f"{ecosystem} {name} {shown(version)}", str(error))


def _branch(data: bytes, found: _Found) -> Iterator[Refusal]:
    document = an_object((json_value if data.lstrip()[:1] == b"{" else yaml_value)(data), "the document")
    branch = document.get("distroversion")
    if not isinstance(branch, str) or not _BRANCH.fullmatch(branch):
        raise Malformed(f"distroversion is no branch: {shown(branch)}")
    for value in a_list(document.get("packages"), "packages"):
        if len(found) > MOST_FLAWS:
            raise Malformed(f"more than {MOST_FLAWS} flaws with the files before")
        try:
            yield from _package(an_object(an_object(value, "a package").get("pkg"), "pkg"), f"Alpine:{branch}", found)
        except Malformed as error:
            yield Refusal(f"Alpine:{branch}", str(error))


def read(files: Iterable[tuple[str, bytes]], ecosystems: frozenset[str]) -> Iterator[Record | Refusal]:
    """One advisory a flaw, over all branches and repositories given; files of other kinds are passed over."""
    if ecosystems and "Alpine" not in ecosystems:
        return
    found: _Found = {}
    for file, data in files:
        if file.endswith((".json", ".yaml")):
            try:
                yield from _branch(data, found)
            except Malformed as error:
                yield Refusal(visible(file, 120), str(error))
    for identity, (cves, lines) in found.items():
        url = f"https://security.alpinelinux.org/vuln/{identity}"
        yield Advisory(identity, tuple(lines), tuple(cves), url=url)
