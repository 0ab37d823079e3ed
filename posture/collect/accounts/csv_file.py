"""An export with the header of docs/accounts.md: works for every directory that can write a list."""

from __future__ import annotations

import csv
import io
import os
import stat
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from posture.collect.accounts.asked import Asked, SourceFault
from posture.collect.accounts.fields import moment
from posture.facts.people import DirectoryAccount, DirectoryAccounts, MfaKind, MfaRequirement
from posture.model.text import visible

COLUMNS: Final = (
    "user", "active", "admin", "mfa_enrolled", "mfa_type", "mfa_enforced", "service", "last_login", "exported_at",
)  # fmt: skip
MOST_BYTES: Final = 16 * 1024 * 1024
MOST_ROWS: Final = 100_000
MOST_TOLD: Final = 20  # wrong lines that are named
_YES: Final = frozenset({"yes", "true", "1", "y", "enabled", "active"})
_NO: Final = frozenset({"no", "false", "0", "n", "disabled", "inactive", "suspended"})
KINDS: Final[Mapping[str, MfaKind]] = {
    "passkey": MfaKind.PASSKEY, "webauthn": MfaKind.PASSKEY, "fido2": MfaKind.PASSKEY,
    "security-key": MfaKind.SECURITY_KEY, "u2f": MfaKind.SECURITY_KEY, "yubikey": MfaKind.SECURITY_KEY,
    "smartcard": MfaKind.SECURITY_KEY,
    "totp": MfaKind.TOTP, "otp": MfaKind.TOTP, "app": MfaKind.TOTP, "hotp": MfaKind.TOTP,
    "push": MfaKind.PUSH, "sms": MfaKind.SMS, "call": MfaKind.SMS, "phone": MfaKind.SMS,
    "email": MfaKind.EMAIL, "recovery": MfaKind.RECOVERY, "backup-codes": MfaKind.RECOVERY,
}  # fmt: skip


class _Wrong(Exception):
    """A line that cannot be read as an account. The message says what is wrong in it, without its text."""


class _Row(NamedTuple):
    account: DirectoryAccount
    exported: datetime | None


def read_csv(asked: Asked) -> DirectoryAccounts:
    """The accounts of the file.

    A wrong line is a gap with its number; what a missing column would say is unknown.

    Raises:
        SourceFault: the file cannot be read, or its header is none.
    """
    path = asked.setting("path")
    text = _text(Path(path))
    lines = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    columns = _header(lines)
    rows: list[_Row] = []
    wrong: list[str] = []
    for line, row in _rows(lines, wrong):
        try:
            rows.append(_account(row))
        except _Wrong as error:
            wrong.append(f"line {line}: {error}")
    exported, gaps = _age(rows, asked)
    if len(wrong) > MOST_TOLD:
        wrong = [*wrong[:MOST_TOLD], f"and {len(wrong) - MOST_TOLD} more lines"]
    missing = [name for name in ("active", "admin", "mfa_enrolled", "mfa_type", "last_login") if name not in columns]
    limits = [f"the export has no column {', '.join(missing)}"] if missing else []
    return DirectoryAccounts(
        "csv",
        visible(path, 120),
        tuple(row.account for row in rows),
        _requirement(rows),
        tuple(gaps + wrong),
        tuple(limits),
        asked.clock(),
        exported,
    )


def _text(path: Path) -> str:
    shown = visible(str(path), 120)
    try:
        # Without O_NONBLOCK a named pipe would hold up the run.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise SourceFault(f"{shown} is not a regular file")
            raw = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "its name has a NUL"
        raise SourceFault(f"{shown} cannot be read: {said}") from None
    if len(raw) > MOST_BYTES:
        raise SourceFault(f"{shown} is larger than {MOST_BYTES} bytes")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SourceFault(f"{shown}, line {line}: it is not UTF-8; export it again as UTF-8") from None


def _header(lines: csv.DictReader[str]) -> frozenset[str]:
    try:
        names = [name.strip().casefold() for name in lines.fieldnames or ()]
    except csv.Error as error:
        raise SourceFault(f"line 1 is no header: {error}") from None
    if "user" not in names:
        raise SourceFault(f"line 1 has no column user; the header is {','.join(COLUMNS)}, separated by commas")
    if unknown := [name for name in names if name not in COLUMNS]:
        shown = ", ".join(visible(name, 40) for name in unknown[:5])
        raise SourceFault(f"line 1 names columns that are not known: {shown}; known are {', '.join(COLUMNS)}")
    if len(names) != len(set(names)):
        raise SourceFault("line 1 names a column twice")
    lines.fieldnames = names
    return frozenset(names)


def _rows(lines: csv.DictReader[str], wrong: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line with its number. Where the form breaks, the rest is not guessed at."""
    for _ in range(MOST_ROWS):
        try:
            row = next(lines, None)
        except csv.Error as error:
            # The inner reader's number: DictReader's own is that of the last line that was whole.
            wrong.append(f"line {lines.reader.line_num}: {visible(str(error), 80)}; what follows was not read")
            return
        if row is None:
            return
        if None in row or None in row.values():
            wrong.append(f"line {lines.line_num}: it has not as many fields as the header")
            continue
        yield lines.line_num, {name: value.strip() for name, value in row.items()}
    wrong.append(f"no more than {MOST_ROWS} lines are read")


def _account(row: Mapping[str, str]) -> _Row:
    name = _plain(row["user"])
    if not name:
        raise _Wrong("user is empty")
    kinds = tuple(dict.fromkeys(_kind(word) for word in row.get("mfa_type", "").replace("|", ";").split(";") if word))
    enrolled = _flag(row, "mfa_enrolled")
    if enrolled is False and kinds:
        raise _Wrong("mfa_enrolled says no, and mfa_type names a factor")
    account = DirectoryAccount(
        visible(name, 254),
        active=_flag(row, "active"),
        admin=_flag(row, "admin"),
        enrolled=enrolled,
        kinds=kinds,
        enforced=_flag(row, "mfa_enforced"),
        service=_flag(row, "service") is True,
        last_login=_moment(row, "last_login"),
    )
    return _Row(account, _moment(row, "exported_at"))


def _plain(value: str) -> str:
    """A value as it was before it was made safe for spreadsheets, which read =, +, - and @ as formulas (OWASP)."""
    return value[1:] if value[:1] == "'" and value[1:2] in {"=", "+", "-", "@"} else value


def _flag(row: Mapping[str, str], column: str) -> bool | None:
    word = row.get(column, "").casefold()
    if word in {"", "unknown"}:
        return None
    if word not in _YES | _NO:
        raise _Wrong(f"{column} is neither yes nor no")
    return word in _YES


def _kind(word: str) -> MfaKind:
    return KINDS.get(word.strip().casefold().replace("_", "-"), MfaKind.UNKNOWN)


def _moment(row: Mapping[str, str], column: str) -> datetime | None:
    word = row.get(column, "")
    if word.casefold() in {"", "never", "unknown"}:
        return None
    found = moment(word)
    if found is None:
        raise _Wrong(f"{column} is no time like 2026-03-02T09:30:00+01:00")
    return found


def _age(rows: list[_Row], asked: Asked) -> tuple[datetime | None, list[str]]:
    """When the list was made: by the inventory, else the oldest that a line says."""
    exported = moment(asked.setting("exported_at")) or min((row.exported for row in rows if row.exported), default=None)
    if exported is None:
        return None, [
            "when the list was exported is not known: add the column exported_at, or the field to the inventory"
        ]
    if exported > asked.clock():
        return None, ["the list is said to have been exported in the future: correct exported_at"]
    return exported, []


def _requirement(rows: list[_Row]) -> MfaRequirement:
    told = [row.account.enforced for row in rows if row.account.active is not False and not row.account.service]
    if told and None not in told:
        return MfaRequirement(None, "the column mfa_enforced of the export")
    return MfaRequirement(None, "the export does not say whether the second factor must be used (column mfa_enforced)")
