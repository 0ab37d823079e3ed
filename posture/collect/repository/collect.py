"""Every secret in a repository's whole history: all branches, tags, stashes, what was thrown away, commit messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from posture.collect.leaks.allow_list import LARGEST, NAME, Excuse, read, sorted_out
from posture.collect.leaks.detector import Detector
from posture.collect.repository.contents import Tally, contents
from posture.collect.repository.git import GitFailed, output
from posture.collect.repository.history import History, Origin, history
from posture.collect.repository.shape import common_folder, require_plain
from posture.facts.leaks import MESSAGE, LeakedSecret, RepositoryLeaks

MOST = 2_000  # secrets told of one repository
_NOWHERE = Origin("", None, "", 1 << 60)
_QUICK = 30.0  # seconds for a question with a short answer


@dataclass(slots=True)
class _Gathered:
    """The secrets found so far, each once a path, with the oldest commit that has it; `left` counts those not kept."""

    known: dict[tuple[str, str, str], tuple[int, LeakedSecret]] = field(default_factory=dict)
    left: int = 0

    def add(self, secret: LeakedSecret, number: int) -> None:
        """Take one more; the line is that of a content that is still there, where one is."""
        key = (secret.rule, secret.fingerprint, secret.path)
        before = self.known.get(key)
        if before is None and len(self.known) >= MOST:
            self.left += 1
        elif before is None:
            self.known[key] = (number, secret)
        else:
            first, other = before if before[0] <= number else (number, secret)
            standing = secret if secret.current else before[1]
            current = secret.current or before[1].current
            told = replace(standing, commit=other.commit, author_date=other.author_date, current=current)
            self.known[key] = (first, told)


def leaks_of(folder: Path, detector: Detector, now: datetime, over: Callable[[], bool]) -> RepositoryLeaks:
    """Search a repository of this machine.

    Args:
        folder: its own folder: a bare repository, or ``.git``.
        detector: rules, engine and key.
        now: for what has expired.
        over: whether the time is over; what was not read until then is a gap.

    Raises:
        GitFailed: it is no repository, or damaged.
    """
    require_plain(common_folder(folder), over)
    search = _Search(history(folder, over), detector, now)
    past, tally, gathered = search.past, Tally(), search.gathered
    for kind, name, data in contents(folder, tally, over):
        search.judge(kind, name, data)
    if past.damaged and not tally.read:
        raise GitFailed(past.gap)
    missing = 0 if tally.gap else len(past.origin.keys() - tally.listed)
    excuses, wrong = _excuses(folder, now)
    found = sorted((secret for _, secret in gathered.known.values()), key=lambda one: (one.path, one.line, one.rule))
    secrets, allowed, ended = sorted_out(found, excuses, now)
    return RepositoryLeaks(
        secrets=secrets,
        allowed=allowed,
        expired_allowances=ended,
        commits=past.commits,
        blobs=tally.read,
        gaps=tuple(filter(None, (*_cut_off(folder, missing), *_gaps(past, tally, gathered), *wrong))),
        rules=detector.rules.digest,
        observed=now,
    )


@dataclass(frozen=True, slots=True)
class _Search:
    past: History
    detector: Detector
    now: datetime
    gathered: _Gathered = field(default_factory=_Gathered)

    def judge(self, kind: bytes, name: bytes, data: bytes) -> None:
        """Add the secrets of one content."""
        message = kind != b"blob"
        origin = Origin(name.hex(), None, MESSAGE, 0) if message else self.past.origin.get(name, _NOWHERE)
        for seen in self.detector.seen(origin.path, data, self.now):
            told = self.detector.told(seen, origin.path)
            current = message or name in self.past.current
            found = replace(told, commit=origin.commit, author_date=origin.date, current=current)
            self.gathered.add(found, origin.number)


def _cut_off(folder: Path, missing: int) -> Iterable[str]:
    """What this copy of the repository does not have (git-clone(1), --depth and --filter)."""
    common = common_folder(folder)
    if any((common / name).exists() for name in ("shallow", "info/grafts")):
        yield "it is a shallow copy: its history is cut off; make a whole one (git fetch --unshallow)"
    if missing:
        yield f"{missing:,} contents of its history are not in this copy; make a whole one (git clone --mirror)"


def _gaps(past: History, tally: Tally, gathered: _Gathered) -> Iterable[str]:
    yield past.gap
    yield tally.gap
    if tally.too_large:
        yield f"{tally.too_large} of its contents are larger than what is read"
    if gathered.left:
        yield f"only the first {MOST:,} secrets are told; {gathered.left:,} more places have some"


def _excuses(folder: Path, now: datetime) -> tuple[tuple[Excuse, ...], tuple[str, ...]]:
    """The allow list of the newest commit; no other one counts."""
    try:
        size = int(output(folder, ("cat-file", "-s", f"HEAD:{NAME}"), 64, _QUICK))
        if size > LARGEST:
            return (), (f"{NAME} is larger than {LARGEST >> 20} MiB",)
        return read(output(folder, ("cat-file", "blob", f"HEAD:{NAME}"), LARGEST, _QUICK), now)
    except (GitFailed, ValueError):
        return (), ()
