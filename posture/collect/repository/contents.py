"""The contents of a repository, every one once, wherever in its history it stood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import BinaryIO

from posture.collect.repository.git import GitFailed, running

LARGEST = 4 << 20  # bytes of a content that is read; what is larger is counted
MESSAGE = "commit message"  # what stands for the path of a commit or a tag
MOST_BYTES = 8 << 30  # read of one repository


@dataclass(slots=True)
class Tally:
    """What was read, and what was left out."""

    read: int = 0
    read_bytes: int = 0
    too_large: int = 0
    gap: str = ""


def contents(folder: Path, tally: Tally, over: Callable[[], bool]) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Each blob, commit and tag as (kind, object id, bytes), in the order of the packs.

    What no branch reaches any more is there, too, until git throws it away.

    Raises:
        GitFailed: the repository is damaged.
    """
    ids = _ids(folder, tally)
    with running(folder, "cat-file", "--batch", "--buffer", feed=True) as git:
        feeder = Thread(target=_feed, args=(git.input, ids), daemon=True)
        feeder.start()
        for _ in ids:
            blob = _next(git.output)
            tally.read += 1
            tally.read_bytes += len(blob[2])
            yield blob
            if over() or tally.read_bytes > MOST_BYTES:
                tally.gap = f"the reading ended after {tally.read:,} of {len(ids):,} contents"
                git.stop()
                break
        feeder.join(10)


def _ids(folder: Path, tally: Tally) -> list[bytes]:
    words = ("cat-file", "--batch-all-objects", "--unordered", "--buffer",
             "--batch-check=%(objecttype) %(objectname) %(objectsize)")  # fmt: skip
    wanted = []
    with running(folder, *words) as git:
        for line in git.output:
            kind, name, size = line.split()
            if kind != b"tree":
                if int(size) > LARGEST:
                    tally.too_large += 1
                else:
                    wanted.append(name)
    return wanted


def _feed(stream: BinaryIO, ids: list[bytes]) -> None:
    """Write while the output is read: neither side may wait for the other."""
    try:
        stream.writelines(b"\n".join(ids[at : at + 1024]) + b"\n" for at in range(0, len(ids), 1024))
        stream.close()
    except (OSError, ValueError):  # git has ended, or was
        return


def _next(stream: BinaryIO) -> tuple[bytes, bytes, bytes]:
    head = stream.readline(256).split()
    if len(head) != 3 or not head[2].isdigit():
        raise GitFailed("the repository is damaged: git fsck says where")
    size = int(head[2])
    data = stream.read(size)
    if len(data) != size or stream.read(1) != b"\n":
        raise GitFailed("the repository is damaged: git fsck says where")
    return head[1], bytes.fromhex(head[0].decode("ascii")), data
