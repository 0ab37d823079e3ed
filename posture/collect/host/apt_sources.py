"""The sources of apt (sources.list(5)), with what the lists that were fetched of them say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from posture.collect.host.update_lines import ConfigFile, UpdateLines
from posture.facts.updates import UpdateSource
from posture.model.text import visible

LISTS = "/var/lib/apt/lists/"
_YES = frozenset({"yes", "true", "with", "on", "enable", "1"})  # apt.conf(5)
_NO = frozenset({"no", "false", "without", "off", "disable", "0"})
_ONE_LINE = re.compile(r"\s*deb\s+(?:\[([^\]]*)\]\s*)?(cdrom:\[[^\]]*\]\S*|\S+)\s+(\S+)\s*([^#]*)")
_QUOTED = re.compile(r"[\\|{}\[\]<>\"^~_=!@#$%&]")  # what apt writes as %xx in the name of a list
_MOST = 1000  # sources

# Settings that let through what is not signed, or is old: apt.conf(5), apt-get(8), apt-secure(8).
_WEAK = {
    "APT::Get::AllowUnauthenticated": _YES,
    "Acquire::AllowInsecureRepositories": _YES,
    "Acquire::AllowWeakRepositories": _YES,
    "Acquire::AllowDowngradeToInsecureRepositories": _YES,
    "Acquire::Check-Valid-Until": _NO,
}


def apt_sources(lines: UpdateLines) -> tuple[UpdateSource, ...]:
    """Every source of binary packages, in the order apt reads them."""
    files = lines.below("/etc/apt/sources.list")
    every = (s for file in files for s in (_stanzas if file.path.endswith(".sources") else _one_lines)(file))
    return tuple(_with_list(source, lines) for source in islice(every, _MOST))


def apt_pins(lines: UpdateLines) -> tuple[str, ...]:
    """The stanzas of the preferences."""
    pins: list[str] = []
    for file in lines.below("/etc/apt/preferences"):
        pins += ["; ".join(f"{name.title()}: {value}" for name, value in stanza.items()) for stanza in _fields(file)]
    return tuple(visible(pin) for pin in pins[:200])


def apt_refreshed(lines: UpdateLines) -> datetime | None:
    """When apt last got a list: they bear their server's time, so the file system's word counts.

    The folder of unfinished downloads and the stamp of apt.systemd.daily move though no server answered, which apt-get
    tells as a warning; the other stamp is written where one did.
    """
    stamps = (LISTS, "/var/lib/apt/periodic/update-success-stamp")
    return max((when.changed for path, when in lines.written.items() if path.startswith(stamps)), default=None)


def apt_weakened(lines: UpdateLines) -> tuple[str, ...]:
    """Settings for all sources that switch a protection off."""
    set_so = dict(lines.apt or ())
    return tuple(
        f'{name} "{visible(set_so[name])}"' for name, bad in _WEAK.items() if set_so.get(name, "").lower() in bad
    )


def _one_lines(file: ConfigFile) -> Iterator[UpdateSource]:
    for line in file.lines:
        if match := _ONE_LINE.match(line):
            options = dict(word.partition("=")[::2] for word in (match[1] or "").lower().split())
            yield _source(file.path, match[2], match[3], match[4].split(), options, enabled=True)


def _stanzas(file: ConfigFile) -> Iterator[UpdateSource]:
    for stanza in _fields(file):
        if "deb" not in stanza.get("types", "").split():
            continue
        enabled = stanza.get("enabled", "yes").lower() not in _NO
        for uri in stanza.get("uris", "").split()[:20]:
            for suite in stanza.get("suites", "").split()[:50]:
                yield _source(file.path, uri, suite, stanza.get("components", "").split(), stanza, enabled=enabled)


def _fields(file: ConfigFile) -> Iterator[dict[str, str]]:
    """Stanzas of fields, names in lower case; a line that begins with a space goes on with the one before."""
    stanza: dict[str, str] = {}
    name = ""
    for line in (*file.lines, ""):
        if not line.strip():
            if stanza:
                yield stanza
            stanza, name = {}, ""
        elif line[0] in " \t":
            if name:
                stanza[name] += f" {line.strip()}"
        else:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            stanza[name] = value.strip()


def _source(  # noqa: PLR0913  # what a source is made of
    path: str, uri: str, suite: str, components: list[str], options: dict[str, str], *, enabled: bool
) -> UpdateSource:
    trusted = any(options.get(name, "").lower() in _YES for name in ("trusted", "allow-insecure"))
    parts = tuple(visible(part, 60) for part in components[:20])
    return UpdateSource(
        name=visible(" ".join((suite, *parts))),
        location=visible(uri),
        enabled=enabled,
        verified=not trusted,
        path=visible(path),
        suite=visible(suite),
        components=parts,
    )


def _with_list(source: UpdateSource, lines: UpdateLines) -> UpdateSource:
    """The source with what its list says, if it was fetched; its suite stays as configured where there is none."""
    stem = LISTS + _list_name(source.location, source.suite)
    path = next((path for path in (f"{stem}_InRelease", f"{stem}_Release") if path in lines.heads), "")
    if not path:
        return source
    head = lines.heads[path]
    when = lines.written.get(path)
    return UpdateSource(
        name=source.name,
        location=source.location,
        enabled=source.enabled,
        verified=source.verified,
        path=source.path,
        origin=visible(head.get("Origin", "")),
        suite=visible(head.get("Suite", "")) or source.suite,
        codename=visible(head.get("Codename", "")),
        components=source.components,
        signed=signed_date(head.get("Date", "")),
        valid_until=signed_date(head.get("Valid-Until", "")),
        fetched=when.changed if when else None,
    )


def _list_name(uri: str, suite: str) -> str:
    """How apt names the list of a source: its address without scheme and user, slashes as underscores."""
    place = re.sub(r"^[a-z0-9+.-]+:(?://)?", "", uri.rstrip("/"))
    place = place.rpartition("@")[2] if "@" in place.partition("/")[0] else place
    whole = f"{place}/{suite.rstrip('/')}" if suite.endswith("/") else f"{place}/dists/{suite}"
    return _QUOTED.sub(lambda found: f"%{ord(found[0]):02x}", whole).replace("/", "_")


def signed_date(text: str) -> datetime | None:
    """A date of a Release file (Debian repository format: always UTC); None when it is none."""
    try:
        return datetime.strptime(re.sub(r"(GMT|\+0000|Z)$", "UTC", text.strip()), "%a, %d %b %Y %H:%M:%S UTC").replace(
            tzinfo=UTC
        )
    except ValueError:
        return None
