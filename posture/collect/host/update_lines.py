"""The section on updates, its lines sorted by what they tell; text is not yet neutralised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from posture.collect.host.sections import Section, tagged
from posture.facts.unavailable import Unavailable

MOST_LINES = 20_000


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A configuration file, of it the lines that were asked for."""

    path: str
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Written:
    """When a file was written by its own word (its server's, of a fetched list), and when the file system last did."""

    modified: datetime
    changed: datetime


@dataclass(frozen=True, slots=True)
class UpdateLines:
    """What the section holds.

    `heads` are header fields of lists that were fetched, by path. `apt` is its configuration, None where apt did not
    tell it. `units` are systemd's, by name, each with LoadState, UnitFileState and ActiveState. `services` are those of
    Ubuntu Pro with their states. `cron` says whether its daemon runs, None where that is not known; `jobs` are those
    that name a package manager: file and command.
    """

    manager: str
    systemd: bool
    files: list[ConfigFile]
    unreadable: list[str]
    written: Mapping[str, Written]
    heads: Mapping[str, Mapping[str, str]]
    apt: list[tuple[str, str]] | None
    tools: frozenset[str]
    units: Mapping[str, Mapping[str, str]]
    services: Mapping[str, str]
    os: Mapping[str, str]
    cron: bool | None
    jobs: list[tuple[str, str]]
    jobs_unread: list[str]

    def below(self, *places: str) -> list[ConfigFile]:
        """The files whose paths begin so."""
        return [file for file in self.files if file.path.startswith(places)]

    def latest(self, *places: str) -> datetime | None:
        """When the last of the files below these paths was written by its own word."""
        return max((when.modified for path, when in self.written.items() if path.startswith(places)), default=None)


def update_lines(section: Section) -> UpdateLines | Unavailable:
    """Sort the section's lines; a section without its end is none."""
    rows = list(tagged(section.body))[:MOST_LINES]
    if not rows or rows[-1][0] != "complete":
        why = "it has no awk" if section.status == 127 else section.cut or f"it ended with status {section.status}"
        return Unavailable(f"how the host gets its updates could not be read whole: {why}")
    texts: dict[str, list[str]] = {}
    for tag, text in rows:
        texts.setdefault(tag, []).append(text)
    runs = texts.get("cron-runs", [])
    return UpdateLines(
        manager=texts.get("manager", [""])[0],
        systemd="systemd" in texts.get("init", []),
        files=_files(rows),
        unreadable=texts.get("unreadable", []),
        written=dict(filter(None, map(_written, texts.get("time", [])))),
        heads=_heads(texts.get("head", [])),
        apt=[_setting(text) for text in texts.get("apt", [])] if "apt-config" in texts else None,
        tools=frozenset(texts.get("tool", [])),
        units=_units(texts.get("unit", [])),
        services=dict(_pair(text, "\t") for text in texts.get("pro", [])),
        os=dict(_pair(text.replace('"', "").replace("'", ""), "=") for text in reversed(texts.get("os", []))),
        cron=None if "unknown" in runs else bool(runs),
        jobs=[_pair(text, "\t") for text in texts.get("cron", [])],
        jobs_unread=texts.get("job-unreadable", []),
    )


def _pair(text: str, between: str) -> tuple[str, str]:
    name, _, value = text.partition(between)
    return name, value.strip()


def _setting(text: str) -> tuple[str, str]:
    """``Name "value";`` as apt-config prints it."""
    name, value = _pair(text, " ")
    return name, value.removesuffix(";").strip('"')


def _files(rows: list[tuple[str, str]]) -> list[ConfigFile]:
    found: list[ConfigFile] = []
    for tag, text in rows:
        if tag == "file":
            found.append(ConfigFile(text, []))
        elif tag == "line" and found:
            found[-1].lines.append(text)
    return found


def _units(properties: list[str]) -> dict[str, Mapping[str, str]]:
    """Systemd's properties, a line each, an empty one between units."""
    found: dict[str, Mapping[str, str]] = {}
    unit: dict[str, str] = {}
    for text in (*properties, ""):
        if text.strip():
            unit.update([_pair(text, "=")])
        else:
            found[unit.get("Id", "")] = unit
            unit = {}
    return found


def _heads(lines: list[str]) -> dict[str, dict[str, str]]:
    """``PATH:Field: value`` of Release files, ``PATH:<revision>value<`` of repomd.xml."""
    found: dict[str, dict[str, str]] = {}
    for text in lines:
        path, line = _pair(text, ":")
        name, value = _pair(line.strip("<"), ">" if line.startswith("<") else ":")
        found.setdefault(path, {}).setdefault(name, value)
    return found


def _written(text: str) -> tuple[str, Written] | None:
    modified, changed, path = (*text.split("\t", 2), "", "")[:3]
    if not path or not all(part.isascii() and part.isdecimal() and len(part) <= 11 for part in (modified, changed)):
        return None
    return path, Written(datetime.fromtimestamp(int(modified), UTC), datetime.fromtimestamp(int(changed), UTC))
