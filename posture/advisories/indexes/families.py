"""The families that this program knows."""

from __future__ import annotations

from pathlib import Path

from posture.advisories.indexes.apt.family import ETC_APT, AptFamily
from posture.advisories.indexes.family import Family
from posture.advisories.release_life import MACHINE_DATA


def known_families(
    sources_file: Path | None = None, *, etc_apt: Path = ETC_APT, tables: Path = MACHINE_DATA
) -> tuple[Family, ...]:
    """All of them, each with its mirrors. `sources_file` names apt's archives (sources.list(5))."""
    return (AptFamily(sources_file, etc_apt, tables),)
