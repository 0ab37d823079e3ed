"""The families that this program knows."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from posture.advisories.feeds.config import Feeds
from posture.advisories.indexes.apk import mirrors as apk_mirrors
from posture.advisories.indexes.apk.family import ApkFamily
from posture.advisories.indexes.apt.archives import ETC_APT, Archives
from posture.advisories.indexes.apt.family import AptFamily
from posture.advisories.indexes.family import Family
from posture.advisories.indexes.rpm.family import RpmFamily
from posture.advisories.indexes.rpm.mirrors import repositories
from posture.advisories.release_life import MACHINE_DATA

NO_FEEDS = Feeds((), ())


def known_families(
    sources_file: Path | None = None,
    *,
    etc_apt: Path = ETC_APT,
    tables: Path = MACHINE_DATA,
    feeds: Feeds = NO_FEEDS,
) -> tuple[Family, ...]:
    """All of them, each with its mirrors: those of `feeds`; for apt's see Archives (`sources_file`, `etc_apt`)."""
    return (
        AptFamily(Archives(sources_file, etc_apt, feeds), tables),
        RpmFamily(partial(repositories, feeds)),
        ApkFamily(partial(apk_mirrors.repositories, feeds)),
    )
