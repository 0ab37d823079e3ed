"""The files of a folder on this machine, for a search that its owner asks for."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

LARGEST = 4 << 20  # bytes of a file that is read
MOST_FILES = 500_000

# What package managers unpack, git's own objects, and what programs build: other people's published work.
SKIPPED = frozenset({
    ".git", ".hg", ".svn", "node_modules", "site-packages", "dist-packages", "__pycache__", ".venv", ".tox",
    ".mypy_cache", ".pytest_cache", ".ruff_cache",
})  # fmt: skip


@dataclass(slots=True)
class Walked:
    """What was read, and what was left out."""

    files: int = 0
    too_large: int = 0
    unreadable: int = 0
    gap: str = ""


def files_in(root: Path, walked: Walked, over: Callable[[], bool]) -> Iterator[tuple[str, bytes]]:
    """Each regular file below a folder, or the file itself, as (path below it, bytes); links are not followed."""
    if root.is_file():
        yield from _read(root.resolve(), root.name, walked)  # what was named may be a link
        return
    for folder, folders, names in os.walk(root, onerror=lambda _: _missed(walked)):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        for name in sorted(names):
            path = Path(folder) / name
            yield from _read(path, str(path.relative_to(root)), walked)
            if over() or walked.files >= MOST_FILES:
                walked.gap = f"the search ended after {walked.files:,} files"
                return


def _missed(walked: Walked) -> None:
    walked.unreadable += 1


def opened(path: Path) -> BinaryIO:
    """A file to be read: a pipe does not hold up the search, nor does a link lead out of the folder.

    Raises:
        OSError: it is a link, or cannot be read.
    """
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")


def _read(path: Path, name: str, walked: Walked) -> Iterator[tuple[str, bytes]]:
    try:
        with opened(path) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return
            if status.st_size > LARGEST:
                walked.too_large += 1
                return
            data = file.read(LARGEST)
    except OSError:
        if not path.is_symlink():
            walked.unreadable += 1
        return
    walked.files += 1
    yield name, data
