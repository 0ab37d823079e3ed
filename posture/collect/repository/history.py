"""Where each content of a repository came in: its first commit, its path, and whether it is still there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from posture.collect.repository.git import GitFailed, OutOfTime, running

MOST_CONTENTS = 2_000_000
MOST_CHANGES = 50_000_000  # of files, told by git in all commits together
_LOOK = 4_096  # changes between looks at the clock
_BLOCK = 1 << 20
_MARK = b"\x01"  # begins a commit's line; git's raw lines begin with a colon
_LINK, _MODULE = b"120000", b"160000"


@dataclass(frozen=True, slots=True)
class Origin:
    """The oldest commit that brought a content, when it was written, its path there, the commit's place in time."""

    commit: str
    date: datetime | None
    path: str
    number: int


@dataclass(slots=True)
class History:
    """The contents (blobs) of all commits by object id (raw bytes), the ids that a branch's newest commit has.

    `gap` says why it is not whole, empty when it is; `damaged` is set where git itself gave up.
    """

    origin: dict[bytes, Origin] = field(default_factory=dict)
    current: set[bytes] = field(default_factory=set)
    commits: int = 0
    gap: str = ""
    damaged: bool = False


def history(folder: Path, over: Callable[[], bool]) -> History:
    """Walk all commits of all references and reflogs, the oldest first.

    Args:
        folder: the repository's own.
        over: whether the time is over; then what is known so far is returned, with its gap.
    """
    known = History()
    try:
        _note_origins(folder, known, over)
        if not known.gap:
            _note_current(folder, known, over)
    except OutOfTime:
        known.gap = f"the time was over after {known.commits:,} commits"
    except GitFailed as error:
        known.gap, known.damaged = f"its history could not be followed to the end: {error}", True
    return known


def _note_origins(folder: Path, known: History, over: Callable[[], bool]) -> None:
    # A merge is compared with each of its parents (-m): what only the merge brought is in none of them.
    words = ("log", "--all", "--reflog", "--reverse", "--topo-order", "-m", "--root", "--raw", "--no-abbrev", "-z",
             "--no-renames", "--no-color", "--format=%x01%H %at")  # fmt: skip
    with running(folder, *words, over=over) as git:
        _walk(git.output, known, over)
        if known.gap:
            git.stop()


def _walk(stream: BinaryIO, known: History, over: Callable[[], bool]) -> None:
    commit, date, target = "", None, b""
    for number, token in enumerate(map(_bare, _tokens(stream)), 1):
        if target:  # a path, whatever it looks like
            _note(known, target, Origin(commit, date, token.decode("utf-8", "replace"), known.commits))
            target = b""
        elif token.startswith(_MARK):
            commit, _, seconds = token[1:].decode("ascii", "replace").partition(" ")
            date = _moment(seconds)
            known.commits += 1
        elif token.startswith(b":"):
            target = token
        known.gap = _limit(known, number // 2, over if number % _LOOK == 0 else bool)
        if known.gap:
            return


def _limit(known: History, changes: int, over: Callable[[], bool]) -> str:
    if over():
        return f"the time was over after {known.commits:,} commits"
    if len(known.origin) > MOST_CONTENTS:
        return f"it has more than {MOST_CONTENTS:,} contents"
    if changes > MOST_CHANGES:
        return f"its first {known.commits:,} commits change more than {MOST_CHANGES:,} files"
    return ""


def _bare(token: bytes) -> bytes:
    return token.lstrip(b"\n")


def _note(known: History, raw: bytes, origin: Origin) -> None:
    """A raw line: ``:mode mode id id status`` (git-diff-tree(1), RAW OUTPUT FORMAT)."""
    fields = raw[1:].split(b" ")
    if len(fields) < 5 or fields[1] in (_LINK, _MODULE) or not fields[3].strip(b"0"):
        return
    known.origin.setdefault(bytes.fromhex(fields[3].decode("ascii")), origin)


def _note_current(folder: Path, known: History, over: Callable[[], bool]) -> None:
    """Every tree is opened once, however many branches and folders have it: ls-tree would open it as often."""
    words = ("rev-list", "--objects", "--no-object-names", "--no-walk", "--missing=allow-any", "--ignore-missing",
             "--branches", "HEAD")  # fmt: skip
    with running(folder, *words, over=over) as git:
        for line in git.output:
            name = bytes.fromhex(line.strip().decode("ascii"))
            if name in known.origin:
                known.current.add(name)


def _tokens(stream: BinaryIO) -> Iterator[bytes]:
    """What stands between NUL bytes; a token of more than a block is no path of this world, and is cut."""
    rest = b""
    while block := stream.read(_BLOCK):
        *whole, rest = (rest + block).split(b"\0")
        yield from whole
        rest = rest[:_BLOCK]
    if rest:
        yield rest


def _moment(seconds: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
