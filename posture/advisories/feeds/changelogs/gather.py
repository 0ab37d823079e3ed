"""The feed of the format ``debian-changelogs``: its locations are releases, ``apt:bookworm``, not addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from posture.advisories.errors import NoSources, RefreshError
from posture.advisories.feeds.changelogs.harvest import Harvest, Limits, harvest
from posture.advisories.feeds.changelogs.memory import ENDING
from posture.advisories.feeds.changelogs.pockets import security_pockets
from posture.advisories.feeds.formats.debian_releases import ecosystem_of
from posture.advisories.indexes.apt.archives import Archives

SCHEME = "apt:"


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that is known after an update: `files` to parse, and what each pocket gave or why it gave nothing."""

    files: tuple[Path, ...]
    harvests: tuple[Harvest, ...]
    failures: tuple[RefreshError, ...]


def codename(location: str) -> str:
    """The release that a location names.

    Raises:
        NoSources: it names no release of Debian.
    """
    name = location.removeprefix(SCHEME)
    if name == location or ecosystem_of(name) is None:
        raise NoSources(f"{location} names no release of Debian: write {SCHEME}bookworm")
    return name


def gather(
    folder: Path, locations: Iterable[str], until: float, archives: Archives, limits: Limits | None = None
) -> Gathered:
    """Read what is new in each release's security pocket; `folder` keeps it from one update to the next.

    `limits` hold for each pocket.

    Raises:
        NoSources: a location names no release, or its archive is not known.
        RefreshError: no pocket could be read.
    """
    pockets = security_pockets(map(codename, locations), archives)
    harvests: list[Harvest] = []
    failures: list[RefreshError] = []
    for pocket in pockets:
        try:
            harvests.append(harvest(folder, pocket, until, limits or Limits()))
        except RefreshError as error:
            failures.append(error)
    if failures and not harvests:
        raise failures[0]
    return Gathered(_files(folder, [pocket.suite for pocket in pockets]), tuple(harvests), tuple(failures))


def _files(folder: Path, suites: Sequence[str]) -> tuple[Path, ...]:
    """The files of the releases that are asked for; those of others may lie beside them."""
    paths = [folder / f"{suite}.{ENDING}" for suite in suites]
    return tuple(path for path in paths if path.is_file())
