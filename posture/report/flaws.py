"""The published flaws that a finding on software names, read from its evidence, and the software as package URLs.

A finding holds what was seen as lines that its check wrote, a package or an advisory each. Tests hold this reading
against what the checks write; a line of another form is left out, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from posture.model.finding import Finding
from posture.model.text import visible

_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_ID = r"[A-Z][A-Za-z0-9]*-[A-Za-z0-9:._-]{2,44}"
_MANAGERS = {"dpkg": "deb", "apt": "deb", "deb": "deb", "rpm": "rpm", "dnf": "rpm", "apk": "apk"}
_LANGUAGES = {"pip": "pypi", "npm": "npm", "composer": "composer", "gems": "gem"}
_SEVERITY = re.compile(r"\b(critical|high|medium|low)\b")
_SCORE = re.compile(r"\bCVSS ([0-9]{1,2}\.[0-9])\b")
_FIXED = re.compile(r"\bfixed in (\S+?)(?=[,):]|\s|$)")
_UPDATE = re.compile(r"(?P<name>\S+) (?P<version>\S+) -> (?:\S+ )?(?P<candidate>\S+) \(")
_ADVISORY = re.compile(rf"(?P<id>{_ID}) in (?P<packages>[^(]+?)(?: \(reachable at .*?\))?: (?P<words>.*)")
_SOFTWARE = re.compile(rf"(?P<name>.+?) (?P<version>\S+): (?P<id>{_ID})(?P<words>[, ].*)?")
_UNFIXED = re.compile(r"(?P<name>\S+) (?P<version>\S+): (?P<words>.*)")


@dataclass(frozen=True, slots=True)
class Component:
    """A piece of software on a resource; `purl` is its package URL (ECMA-427)."""

    name: str
    version: str
    purl: str


@dataclass(frozen=True, slots=True)
class KnownFlaw:
    """A flaw by its CVE, or by its advisory where that names none; `fixed` is False where nobody offers a fix.

    `severity` is empty and `score` None where its publisher says none. `fix` is the version that mends it, if told.
    """

    id: str
    advisory: str
    components: tuple[Component, ...]
    severity: str = ""
    score: float | None = None
    exploited: bool = False
    fixed: bool = True
    fix: str = ""


def known_flaws(finding: Finding) -> tuple[KnownFlaw, ...]:
    """The flaws, each id once, in the order of the evidence; empty for findings that are not about software."""
    if finding.check.family != "packages":
        return ()
    found: dict[str, KnownFlaw] = {}
    for flaw in _read(finding):
        found.setdefault(flaw.id, flaw)
    return tuple(found.values())


def _read(finding: Finding) -> Iterator[KnownFlaw]:
    lines = [(evidence.source, line) for evidence in finding.evidence for line in evidence.observed.splitlines()]
    kind = _MANAGERS.get(str(dict(finding.details).get("manager", "")), "")
    waiting: dict[str, Component] = {}
    for source, line in lines:
        if source.startswith("installed packages against") and (match := _UPDATE.match(line)):
            waiting[match["name"]] = _package(match["name"], match["version"], kind, finding)
    for source, line in lines:
        if source.startswith("advisories that these updates answer"):
            yield from _advisory(line, waiting)
        elif source.startswith("known flaws for which"):
            yield from _unfixed(line, kind, finding)
        elif source.startswith(("versions on disk against", "version told to the network")):
            yield from _software(line, finding)


def _advisory(line: str, waiting: dict[str, Component]) -> Iterator[KnownFlaw]:
    match = _ADVISORY.fullmatch(line)
    if match is None:
        return
    components = tuple(waiting[name] for name in match["packages"].split() if name in waiting)
    for name in dict.fromkeys(_CVE.findall(f"{match['id']} {match['words']}")) or (match["id"],):
        yield KnownFlaw(name, match["id"], components, *_grave(match["words"]))


def _software(line: str, finding: Finding) -> Iterator[KnownFlaw]:
    match = _SOFTWARE.fullmatch(line)
    if match is None:
        return
    words = (match["words"] or "").partition(": ")[0]
    fix = _FIXED.search(words)
    component = (_language(match["name"], match["version"], finding),)
    yield KnownFlaw(match["id"], match["id"], component, *_grave(words), fix=fix[1] if fix else "")


def _unfixed(line: str, kind: str, finding: Finding) -> Iterator[KnownFlaw]:
    match = _UNFIXED.fullmatch(line)
    if match is None:
        return
    component = (_package(match["name"], match["version"], kind, finding),)
    for name in _CVE.findall(match["words"]):
        yield KnownFlaw(name, name, component, fixed=False)


def _grave(words: str) -> tuple[str, float | None, bool]:
    severity, score = _SEVERITY.search(words), _SCORE.search(words)
    return severity[1] if severity else "", float(score[1]) if score else None, "exploited" in words


def _package(name: str, version: str, kind: str, finding: Finding) -> Component:
    """A package of the distribution; of a kind that is not known, a generic one."""
    system = finding.system
    namespace = f"{_part(system.id)}/" if kind and system.id else ""
    distro = f"?distro={_part(f'{system.id}-{system.version}')}" if namespace and system.version else ""
    return _component(name, version, f"{kind or 'generic'}/{namespace}", distro)


def _language(name: str, version: str, finding: Finding) -> Component:
    """A package of a language, where the finding's commands tell of which; else a generic one."""
    details = dict(finding.details)
    for key, kind in _LANGUAGES.items():
        told = details.get(key)
        if isinstance(told, tuple) and any(re.split(r">=|(?<=.)@", one)[0] == name for one in told):
            return _component(name, version, f"{kind}/")
    return _component(name, version, "generic/")


def _component(name: str, version: str, kind: str, qualifiers: str = "") -> Component:
    path = "/".join(_part(part) for part in name.split("/") if part) or "unnamed"
    purl = f"pkg:{kind}{path}@{_part(version)}{qualifiers}"
    return Component(visible(name), visible(version), purl)


def _part(text: str) -> str:
    return quote(visible(text), safe="")
