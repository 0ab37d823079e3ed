"""What a run of a PAM stack can end with, whatever its modules say (pam.conf(5); pam_dispatch.c of Linux-PAM)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from posture.sdk import PamEntry

MOST: Final = 20_000  # states of a run that are looked at

Proofs = frozenset[str]
Answer = tuple[str, Proofs]
"""What a module may return (``success``, ``auth_err``, ``ignore``...), and what has been proven to it when it does."""

_UNDECIDED, _GOOD, _BAD = 0, 1, -1
_NOTHING: Final[Proofs] = frozenset()


@dataclass(frozen=True, slots=True)
class _Run:
    """A run before the entry at `place`. `saved` is what held when the substack of each level was entered."""

    place: int = 0
    level: int = 0  # of the entry before
    impression: int = _UNDECIDED
    success: bool = False
    saved: tuple[tuple[int, bool], ...] = ((_UNDECIDED, False),)
    proofs: Proofs = _NOTHING


def successes(
    entries: tuple[PamEntry, ...], answers: Callable[[PamEntry], Iterable[Answer]]
) -> tuple[Proofs, ...] | None:
    """What has been proven in the runs that succeed, those that prove more than another left out.

    Args:
        entries: the stack.
        answers: all that a module may say.

    Returns:
        nothing where no run succeeds, None where there are too many to look at.
    """
    found: set[Proofs] = set()
    seen: set[_Run] = set()
    todo = [_Run()]
    while todo:
        run = todo.pop()
        if run in seen:
            continue
        seen.add(run)
        if len(seen) > MOST:
            return None
        if run.place >= len(entries):
            if run.impression == _GOOD and run.success:
                found.add(run.proofs)
        else:
            todo += _after(run, entries, answers)
    return least(found)


def least(found: Iterable[Proofs]) -> tuple[Proofs, ...]:
    """Those sets that hold no other one, in a fixed order."""
    every = set(found)
    fewest = (one for one in every if not any(other < one for other in every))
    return tuple(sorted(fewest, key=sorted))


def _after(run: _Run, entries: tuple[PamEntry, ...], answers: Callable[[PamEntry], Iterable[Answer]]) -> Iterator[_Run]:
    entry = entries[run.place]
    level = entry.level
    if run.level < level:
        kept = run.saved[:level] + ((_UNDECIDED, False),) * (level - len(run.saved))
        run = replace(run, saved=(*kept, (run.impression, run.success)))
    run = replace(run, level=level)
    if not entry.module:
        yield replace(run, place=run.place + 1)
        return
    control = dict(entry.control)
    for code, proofs in answers(entry):
        action = control.get(code, control.get("default", "bad"))
        yield _acted(replace(run, proofs=run.proofs | proofs), entries, action, success=code == "success")


def _acted(run: _Run, entries: tuple[PamEntry, ...], action: str, *, success: bool) -> _Run:
    """The run after an action; it goes on at the next entry, behind a substack or a jump."""
    following = run.place + 1
    if action in {"ok", "done"}:
        if run.impression == _UNDECIDED or (run.impression == _GOOD and run.success):
            run = replace(run, impression=_GOOD, success=success)
        if action == "done" and run.impression == _GOOD:
            following = _end_of(entries, run.place, run.level)
    elif action in {"bad", "die"}:
        run = replace(run, impression=_BAD, success=False)
        if action == "die":
            following = _end_of(entries, run.place, run.level)
    elif action == "reset":
        impression, succeeded = run.saved[run.level]
        run = replace(run, impression=impression, success=succeeded)
    elif action.isdecimal():
        following, left = _jumped(entries, run.place, run.level, int(action))
        if left:
            run = replace(run, impression=_BAD, success=False)
    return replace(run, place=following)


def _end_of(entries: tuple[PamEntry, ...], place: int, level: int) -> int:
    """Where a run goes on when a decision ends the substack of this level."""
    return next((n for n in range(place + 1, len(entries)) if entries[n].level < level), len(entries))


def _jumped(entries: tuple[PamEntry, ...], place: int, level: int, over: int) -> tuple[int, int]:
    """Where a run goes on after a jump over some entries, and how many there were too few; a substack counts once."""
    here = place
    while over and here + 1 < len(entries) and entries[here + 1].level >= level:
        here += 1
        while here + 1 < len(entries) and entries[here + 1].level > level:
            here += 1
        over -= 1
    return here + 1, over
