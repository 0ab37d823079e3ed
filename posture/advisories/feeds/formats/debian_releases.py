"""Debian's releases by codename, as OSV names them (``Debian:12``), from the shipped table of distro-info-data."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources


@cache
def _versions() -> dict[str, str]:
    table = resources.files("posture.advisories").joinpath("data", "debian.csv").read_text(encoding="utf-8")
    return {row["series"]: row["version"] for row in csv.DictReader(table.splitlines()) if row["version"]}


def ecosystem_of(codename: str) -> str | None:
    """OSV's ecosystem of a codename; None for one that the table does not know or that has no number (sid)."""
    version = _versions().get(codename)
    return f"Debian:{version}" if version else None
