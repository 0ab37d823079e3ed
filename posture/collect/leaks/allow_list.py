"""The secrets that a repository's owner excuses: ``.posture-secrets.toml`` in its root, each with a reason and an end.

[[allow]]
fingerprint = "hmac:0123456789abcdef0123456789abcdef"   # as the report shows it; or a path, or both
path = "tests/data/*"                                   # alone it begins with a name, not with a wildcard
reason = "made up for the tests"
until = 2027-03-31
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase

from posture.facts.leaks import MESSAGE, AllowedLeak, LeakedSecret
from posture.model.text import visible

NAME = ".posture-secrets.toml"
LARGEST = 1 << 20
MOST = 1_000  # entries
LONGEST = timedelta(days=366)  # an excuse is looked at again once a year
LONGEST_PATH = 4_096
_SOMEWHERE = re.compile(r"[^*?\[\]/]+(?:/|$)")  # a pattern whose first part is a name
_FINGERPRINT = re.compile(r"hmac:[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Excuse:
    """An entry. `fingerprint` and `path` (a shell pattern) must both match where both are given."""

    fingerprint: str
    path: str
    reason: str
    until: datetime

    def covers(self, secret: LeakedSecret) -> bool:
        """Whether the entry is about this secret."""
        here = not self.path or fnmatchcase(secret.path, self.path)
        return here and self.fingerprint in {"", secret.fingerprint}


def read(data: bytes, now: datetime) -> tuple[tuple[Excuse, ...], tuple[str, ...]]:
    """The entries, and in words what is wrong with those that do not count."""
    try:
        entries = tomllib.loads(data.decode("utf-8-sig")).get("allow", [])
    except (ValueError, RecursionError) as error:
        return (), (f"{NAME} is no TOML: {visible(str(error), 120)}",)
    if not isinstance(entries, list):
        return (), (f"{NAME}: write each entry as [[allow]]",)
    read_ = [_excuse(entry, number, now) for number, entry in enumerate(entries[:MOST], 1)]
    wrong = [one for one in read_ if isinstance(one, str)]
    if len(entries) > MOST:
        wrong.append(f"{NAME} has more than {MOST} entries; the first {MOST} count")
    return tuple(one for one in read_ if isinstance(one, Excuse)), tuple(wrong)


def sorted_out(
    secrets: Iterable[LeakedSecret], excuses: tuple[Excuse, ...], now: datetime
) -> tuple[tuple[LeakedSecret, ...], tuple[AllowedLeak, ...], tuple[AllowedLeak, ...]]:
    """The secrets that nothing excuses, those that something does, and the excuses that have ended but would."""
    left, allowed, ended = [], [], []
    for secret in secrets:
        about = [excuse for excuse in excuses if excuse.covers(secret)]
        holding = next((excuse for excuse in about if excuse.until > now), None)
        if holding is not None:
            allowed.append(_told(secret, holding))
            continue
        left.append(secret)
        ended += [_told(secret, excuse) for excuse in about[:1]]
    return tuple(left), tuple(allowed), tuple(ended)


def _told(secret: LeakedSecret, excuse: Excuse) -> AllowedLeak:
    return AllowedLeak(secret.fingerprint, secret.path, excuse.reason, excuse.until)


def _excuse(entry: object, number: int, now: datetime) -> Excuse | str:
    where = f"{NAME}, entry {number}"
    if not isinstance(entry, dict):
        return f"{where} is no table"
    fingerprint, path, reason, until = (entry.get(name, "") for name in ("fingerprint", "path", "reason", "until"))
    if not isinstance(fingerprint, str) or not isinstance(path, str) or not (fingerprint or path):
        return f"{where} names neither fingerprint nor path"
    if fingerprint and not _FINGERPRINT.fullmatch(fingerprint):
        return f"{where}: a fingerprint is hmac: and 32 hexadecimal digits, as the report shows it"
    if not isinstance(reason, str) or not reason.strip():
        return f"{where} gives no reason"
    end = _end(until)
    if end is None:
        return f"{where} has no end: until = 2027-03-31"
    if end - now > LONGEST:
        return f"{where} holds for more than a year"
    if len(path) > LONGEST_PATH:
        return f"{where}: its path is longer than {LONGEST_PATH:,} characters"
    if not fingerprint and (path == MESSAGE or not _SOMEWHERE.match(path)):
        return f"{where} excuses too much, also what comes later: begin path with a folder's name, or add a fingerprint"
    return Excuse(fingerprint, path, visible(reason, 300), end)


def _end(value: object) -> datetime | None:
    """The end of the day, or the moment; a moment without a zone is UTC's."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time.max, UTC)
    return None
