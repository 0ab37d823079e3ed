"""Installed packages of rpm."""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from posture.collect.host.sections import Section
from posture.facts.packages import InstalledPackages, Package
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

_NONE = "(none)"
_MOST_WILD = 50  # patterns with wildcards; each costs a look at every package
_PARALLEL = ("kernel", "kmod-", "gpg-pubkey", "multiversion-kernel")  # installed beside each other by design

Row = tuple[str, str, str, str, str, str, str, str]  # name, epoch, version, release, arch, source rpm, label, vendor


def installed(section: Section, rows: list[list[str]], observed: datetime) -> InstalledPackages | Unavailable:
    """The packages of ``rpm -qa``, without the keys it keeps among them; kernels as often as they are installed.

    rpm lists what it can of a damaged or locked database, so any error it printed makes the list unusable. The source's
    epoch stands in no binary package: it is that of the binary with the source's own version and release, if one is
    installed. Broken are packages installed twice, which an update that was interrupted leaves behind.
    """
    if why := _not_whole(section, rows):
        return Unavailable(f"the list of installed packages could not be read whole: {why}")
    listed = [_row(row) for row in rows if row[0] == "p" and len(row) >= 9]
    real = [row for row in listed if row[0] != "gpg-pubkey"]
    if not real:
        return Unavailable("rpm lists no package: its database is empty, or not where rpm looks for it")
    epochs = {(row[5], f"{row[2]}-{row[3]}"): row[1] for row in real if row[1]}
    holds = _Holds(row[1] for row in rows if row[0] == "hold" and len(row) == 2)
    packages = tuple(_package(row, epochs, holds) for row in real)
    twice = Counter((p.name, p.architecture) for p in packages if not p.name.startswith(_PARALLEL))
    broken = tuple(dict.fromkeys(name for (name, _), count in twice.items() if count > 1))
    return InstalledPackages("rpm", packages, broken, observed)


def _not_whole(section: Section, rows: list[list[str]]) -> str:
    if section.cut:
        return section.cut
    if section.status == 127:
        return "the program rpm is not there"
    said = [row[1] for row in rows if row[0] == "said" and len(row) > 1]
    errors = [visible(text, 160) for text in said if not text.startswith("status ")]
    if errors:
        return f"rpm said: {errors[0]}. Its database may be locked by a running update or be damaged (rpm --rebuilddb)"
    if "status 0" in said and all(len(row) >= 9 for row in rows if row[0] == "p"):
        return ""
    if any(text in {"status 124", "status 137"} for text in said):
        return "rpm -qa did not end in time; its database may be locked by a running update"
    return f"rpm -qa ended with {visible(said[-1]) if said else 'no status'}"


def _row(row: list[str]) -> Row:
    name, epoch, version, release, architecture, source, label, vendor = (visible(field.strip()) for field in row[1:9])
    epoch = "" if epoch in {_NONE, "0"} else epoch
    return name, epoch, version, release, "" if architecture == _NONE else architecture, source, label, vendor


def _package(row: Row, epochs: dict[tuple[str, str], str], holds: _Holds) -> Package:
    name, epoch, version, release, architecture, source_rpm, label, vendor = row
    full = _evr(epoch, f"{version}-{release}")
    source, source_version = _source(source_rpm)
    return Package(
        name,
        architecture,
        full,
        source or name,
        _evr(epochs.get((source_rpm, source_version), ""), source_version) if source else full,
        held=holds.hold(row),
        module=":".join(label.split(":")[:2]) if label != _NONE else "",
        vendor="" if vendor == _NONE else vendor,
    )


def _evr(epoch: str, version: str) -> str:
    return f"{epoch}:{version}" if epoch else version


def _source(source_rpm: str) -> tuple[str, str]:
    """Name and version-release of ``openssl-3.0.7-27.el9.src.rpm``; empty where there is none."""
    stem = re.sub(r"\.(no)?src\.rpm$", "", source_rpm)
    name, _, release = stem.rpartition("-")
    name, _, version = name.rpartition("-")
    return (name, f"{version}-{release}") if name and stem != source_rpm else ("", "")


class _Holds:
    """Patterns of versionlock, zypper's locks and exclude=: of a name, or of name, epoch, version and release.

    A line of versionlock that begins with ``!`` keeps a version away, it holds none.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        wanted = [pattern[:200] for pattern in patterns if not pattern.startswith("!")]
        self._exact = frozenset(wanted)
        wild = [fnmatch.translate(pattern) for pattern in wanted if re.search(r"[*?\[]", pattern)][:_MOST_WILD]
        self._wild = re.compile("|".join(wild)) if wild else None

    def hold(self, row: Row) -> bool:
        """Whether one of them means this package."""
        if not self._exact and not self._wild:
            return False
        name, epoch, version, release, architecture, *_ = row
        epoch = epoch or "0"
        forms = (
            name,
            f"{name}.{architecture}",
            f"{name}-{version}-{release}",
            f"{name}-{version}-{release}.{architecture}",
            f"{name}-{epoch}:{version}-{release}",
            f"{name}-{epoch}:{version}-{release}.{architecture}",
            f"{epoch}:{name}-{version}-{release}.{architecture}",
        )
        return any(form in self._exact or (self._wild and self._wild.match(form)) for form in forms)
