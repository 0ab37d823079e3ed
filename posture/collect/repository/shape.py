"""The files of a repository's own folder: nothing in them may have git read another place, or wait for ever.

Whoever may write a repository could name files of other people there (gitrepository-layout(5), git-config(1)): git
opens them with the rights of the auditor.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from posture.collect.repository.git import GitFailed, OutOfTime
from posture.model.text import visible

LARGEST = 1 << 20  # bytes of a configuration
MIRROR = "make a whole copy of it (git clone --mirror) and name that"
_INCLUDE = re.compile(rb"\[[ \t]*include", re.IGNORECASE)  # [include], [includeIf "..."], also where it is a comment
_PARTS = ("HEAD", "config", "config.worktree", "packed-refs", "shallow", "objects", "refs", "logs", "info", "worktrees")
_ELSEWHERE = ("objects/info/alternates", "objects/info/http-alternates")
_LOOK = 4_096  # files between looks at the clock


def common_folder(folder: Path) -> Path:
    """Where a worktree's objects, references and configuration are: the folder itself where it is no worktree's.

    Raises:
        GitFailed: `commondir` is no file of a line.
    """
    if not os.path.lexists(folder / "commondir"):
        return folder
    named = regular_text(folder / "commondir").decode("utf-8", "replace").strip()
    return (folder / named).resolve()


def require_plain(folder: Path, over: Callable[[], bool]) -> None:
    """Refuse a repository that has git read another place.

    Raises:
        GitFailed: it has links, pipes, alternates or included configuration; the message names what, and the way out.
        OutOfTime: it has too many files for the time.
    """
    for name in _ELSEWHERE:
        if os.path.lexists(folder / name):
            raise GitFailed(f"its {name} has git read another place: {MIRROR}")
    if (folder / "reftable").exists():
        raise GitFailed(f"it keeps its references as a reftable, which is not read: {MIRROR} (--ref-format=files)")
    for number, (name, mode) in enumerate(_below(folder), 1):
        if number % _LOOK == 0 and over():
            raise OutOfTime("the time was over before its files were counted")
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise GitFailed(f"its {visible(name, 120)} is a link or no file: {MIRROR}")
    for name in ("config", "config.worktree"):
        if os.path.lexists(folder / name) and _INCLUDE.search(regular_text(folder / name)):
            raise GitFailed(f"its {name} includes other files, which are not read: delete the include, or {MIRROR}")


def _below(folder: Path) -> Iterator[tuple[str, int]]:
    """Name and type of each part that git reads; links are not followed."""
    left = [str(folder / name) for name in _PARTS if os.path.lexists(folder / name)]
    top = len(str(folder)) + 1
    for place in left:
        yield place[top:], os.lstat(place).st_mode
    left = [place for place in left if stat.S_ISDIR(os.lstat(place).st_mode)]
    while left:
        try:
            with os.scandir(left.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
                    elif not entry.is_file(follow_symlinks=False):
                        yield entry.path[top:], 0
                    else:
                        yield entry.path[top:], stat.S_IFREG
        except OSError as error:
            raise GitFailed(f"its folders cannot be read: {error.strerror}") from error


def regular_text(file: Path) -> bytes:
    """A small file's bytes; a link is not followed, a pipe not waited for.

    Raises:
        GitFailed: it is no regular file, too large, or cannot be read.
    """
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise GitFailed(f"its {file.name} is no file: {MIRROR}")
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise GitFailed(f"its {file.name} is a link or cannot be read: {MIRROR}") from error
    if len(data) > LARGEST:
        raise GitFailed(f"its {file.name} is larger than {LARGEST >> 20} MiB: {MIRROR}")
    return data
