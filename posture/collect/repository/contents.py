"""The contents of a repository, every one once, wherever in its history it stood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import BinaryIO

from posture.collect.repository.git import GitFailed, Running, running

LARGEST = 4 << 20  # bytes of a content that is read; what is larger is counted
MOST_BYTES = 8 << 30  # read of one repository
_DAMAGED = "the repository is damaged: git fsck says where"


@dataclass(slots=True)
class Tally:
    """What was read, and what was left out."""

    read: int = 0
    read_bytes: int = 0
    too_large: int = 0
    gap: str = ""
    listed: set[bytes] = field(default_factory=set)  # object ids of all blobs that are here


def contents(folder: Path, tally: Tally, over: Callable[[], bool]) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Each blob, commit and tag as (kind, object id, bytes), in the order of the packs.

    What no branch reaches any more is there, too, until git throws it away.

    Raises:
        GitFailed: the repository is damaged.
    """
    ids = _ids(folder, tally, over)
    with running(folder, "cat-file", "--batch", "--buffer", over=over, feed=True) as git:
        feeder = Thread(target=_feed, args=(git.input, ids), daemon=True)
        feeder.start()
        for _ in ids:
            blob = _next(git)
            if blob is None:
                tally.gap = _ended(tally, len(ids))
                git.stop()
                break
            tally.read += 1
            tally.read_bytes += len(blob[2])
            yield blob
            if over() or tally.read_bytes > MOST_BYTES:
                tally.gap = _ended(tally, len(ids))
                git.stop()
                break
        feeder.join(10)


def _ids(folder: Path, tally: Tally, over: Callable[[], bool]) -> list[bytes]:
    words = ("cat-file", "--batch-all-objects", "--unordered", "--buffer",
             "--batch-check=%(objecttype) %(objectname) %(objectsize)")  # fmt: skip
    wanted = []
    with running(folder, *words, over=over) as git:
        for line in git.output:
            if line.count(b" ") != 2 or not line.endswith(b"\n"):
                if git.late:  # cut off
                    break
                raise GitFailed(_DAMAGED)
            kind, name, size = line.split()
            if kind == b"blob":
                tally.listed.add(bytes.fromhex(name.decode("ascii")))
            if kind != b"tree":
                if int(size) > LARGEST:
                    tally.too_large += 1
                else:
                    wanted.append(name)
        if git.late:
            tally.gap = "the time was over before its contents were counted"
            git.stop()
    return wanted


def _feed(stream: BinaryIO, ids: list[bytes]) -> None:
    """Write while the output is read: neither side may wait for the other."""
    try:
        stream.writelines(b"\n".join(ids[at : at + 1024]) + b"\n" for at in range(0, len(ids), 1024))
        stream.close()
    except (OSError, ValueError):  # git has ended, or was
        return


def _ended(tally: Tally, of: int) -> str:
    return f"the reading ended after {tally.read:,} of {of:,} contents"


def _next(git: Running) -> tuple[bytes, bytes, bytes] | None:
    """The next content; None when the watch has ended git."""
    head = git.output.readline(256).split()
    if len(head) == 3 and head[2].isdigit():
        size = int(head[2])
        data = git.output.read(size)
        if len(data) == size and git.output.read(1) == b"\n":
            return head[1], bytes.fromhex(head[0].decode("ascii")), data
    git.process.poll()
    if git.late:
        return None
    raise GitFailed(_DAMAGED)
