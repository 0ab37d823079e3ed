"""Secrets found where they should not be. The value itself never leaves the place it was found in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.model.severity import Severity

MESSAGE = "commit message"
"""What stands for the path where a secret stands in the message of a commit or a tag."""


@dataclass(frozen=True, slots=True)
class LeakedSecret:
    """A secret in a file, a commit or a page.

    `rule` is the id of what it is (``github-token``), `kind` its name for people. `line` counts from 1, 0 for the whole
    file. `start` are its first four characters (fewer of a short one, none of a very short one), `fingerprint` the
    first 32 hexadecimal digits of HMAC-SHA256 over it with a key of the customer's own, so that equal secrets have
    equal ones. `proof` says what shows offline that it is one (``checksum right``, ``decodes to AWS account 1111...``),
    `note` what it opens as far as its form tells. `expired` is when it ended, where its form tells. For files of a host
    `owner`, `mode` and `readers` (as PrivateKey.readers) tell who can read it. For repositories `commit` is the oldest
    commit that has it, `author_date` that commit's date, and `current` whether the newest commit of any branch still
    has it.
    """

    rule: str
    kind: str
    severity: Severity
    path: str
    line: int
    start: str
    fingerprint: str
    proof: str = ""
    note: str = ""
    expired: datetime | None = None
    owner: str = ""
    mode: int = 0
    readers: tuple[str, ...] | None = None
    commit: str = ""
    author_date: datetime | None = None
    current: bool = True


@dataclass(frozen=True, slots=True)
class LooseFile:
    """A file of a kind that holds credentials, which others than its owner can read; told without reading it."""

    path: str
    kind: str
    owner: str
    mode: int
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HostLeaks:
    """Secrets in the files of a host under `places`.

    `files` counts those read. `gaps` say in words what was not looked at (no python3, folders that could not be opened,
    a limit that ended the search), empty if nothing. `rules` is the version of the rules (a digest).
    """

    secrets: tuple[LeakedSecret, ...]
    loose: tuple[LooseFile, ...]
    places: tuple[str, ...]
    files: int
    gaps: tuple[str, ...]
    rules: str
    observed: datetime


@dataclass(frozen=True, slots=True)
class AllowedLeak:
    """A secret that the repository's own allow list excuses: why, by whom, until when."""

    fingerprint: str
    path: str
    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class RepositoryLeaks:
    """Secrets in a repository's whole history.

    `commits` and `blobs` count what was read. `allowed` are those that its allow list excuses, `expired_allowances`
    those whose excuse has ended (they are among `secrets`, too). `gaps` as in HostLeaks.
    """

    secrets: tuple[LeakedSecret, ...]
    allowed: tuple[AllowedLeak, ...]
    expired_allowances: tuple[AllowedLeak, ...]
    commits: int
    blobs: int
    gaps: tuple[str, ...]
    rules: str
    observed: datetime
