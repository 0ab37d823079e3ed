"""What an index offers, as it is built and as it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from posture.facts.packages import PendingUpdate
from posture.model.severity import Severity


@dataclass(frozen=True, slots=True)
class Offer:
    """One version of one package, to be stored. `key` is None when the version does not parse."""

    name: str
    architecture: str
    version: str
    source: str
    key: bytes | None
    module: str = ""


class Candidate(NamedTuple):
    """One version of a package on offer. `key` is None when it does not parse; `module` is its stream (nodejs:18)."""

    pocket: str
    version: str
    key: bytes | None
    architecture: str = ""
    module: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """An advisory of the repository itself. `severity` is its word for it, None where it has none; `issued` aware."""

    id: str
    security: bool
    severity: Severity | None = None
    issued: datetime | None = None
    cves: tuple[str, ...] = ()
    title: str = ""
    url: str = ""
    reboot: bool = False


@dataclass(frozen=True, slots=True)
class Mended:
    """A package that a notice names, in the version that mends it."""

    name: str
    version: str
    architecture: str
    module: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Mend:
    """The same, as it is read for one package."""

    version: str
    key: bytes
    architecture: str
    module: str
    notice: Notice


class Standing(Enum):
    """How an installed package stands to an index. PENDING and CURRENT are compared ones."""

    CURRENT = "current"
    PENDING = "pending"
    UNCLEAR = "not comparable"
    FOREIGN = "foreign"
    NEWER = "newer"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The standing of one package, with its update where one is pending."""

    standing: Standing
    update: PendingUpdate | None = None
