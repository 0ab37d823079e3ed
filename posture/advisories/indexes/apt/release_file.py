"""The signed head of an archive's index: the part of InRelease that the signature covers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from posture.advisories.errors import Refused
from posture.advisories.indexes.apt.archive import ORIGINS, pockets
from posture.advisories.indexes.name import IndexName

SIZE_LIMIT = 10_000_000  # bytes; apt's own limit (Acquire::MaxReleaseFileSize)
_BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """What the distribution signed of one suite. Times are aware, UTC."""

    origin: str
    suite: str
    codename: str
    date: datetime
    valid_until: datetime | None
    architectures: frozenset[str]

    def pocket(self, wanted: IndexName) -> str | None:
        """Which pocket of `wanted` this is by what was signed, not by the address it came from; None: another archive.

        Debian names the pocket as the codename ("bookworm-security"; "buster/updates" once), Ubuntu as the suite.
        """
        if self.origin != ORIGINS[wanted.distribution]:
            return None
        if self.codename == f"{wanted.release}/updates":
            return f"{wanted.release}-security"
        name = self.suite if wanted.distribution == "ubuntu" else self.codename
        return name if name in pockets(wanted) else None


def _signed_text(text: str) -> str:
    """The text the signature covers (RFC 9580, section 7), without the dash escapes."""
    lines = text.splitlines()
    if not lines or lines[0] != _BEGIN:
        return text  # a Release file with its signature apart
    if _SIGNATURE not in lines or "" not in lines:
        raise Refused("the index is not a signed message")
    body = lines[lines.index("") + 1 : lines.index(_SIGNATURE)]
    return "\n".join(line.removeprefix("- ") for line in body)


def _time(value: str) -> datetime:
    try:
        read = parsedate_to_datetime(value)
    except ValueError as error:
        raise Refused(f"the index carries no valid date: {value[:60]!r}") from error
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def read_release(path: Path) -> ReleaseFile:
    """Read an InRelease or Release file that apt has verified.

    Raises:
        Refused: it is none, or has no date.
    """
    with path.open("rb") as file:
        text = file.read(SIZE_LIMIT).decode("utf-8", "replace")
    fields: dict[str, str] = {}
    for line in _signed_text(text).splitlines():
        name, colon, value = line.partition(":")
        if colon and not line.startswith(" "):
            fields.setdefault(name.lower(), value.strip())
    until = fields.get("valid-until")
    return ReleaseFile(
        origin=fields.get("origin", ""),
        suite=fields.get("suite", ""),
        codename=fields.get("codename", ""),
        date=_time(fields.get("date", "")),
        valid_until=_time(until) if until else None,
        architectures=frozenset(fields.get("architectures", "").split()),
    )
