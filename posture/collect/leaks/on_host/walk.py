"""Walking the folders of people who may work against it: no link is followed, no pipe waited for.

Each name is opened relative to the folder that was opened before it (openat(2)) and looked at once it is open, so that
nothing put in its place in between leads elsewhere.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from typing import TYPE_CHECKING, NamedTuple

from posture.collect.leaks.on_host.heard import Owned
from posture.collect.leaks.on_host.readers import extended
from posture.collect.leaks.on_host.wanted import dump, loose_kind, skipped, wanted
from posture.collect.leaks.on_host.way import FOLDER, Barred, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 256 * 1024  # bytes of a file that are read
_DEEPEST = 12
_MOST_NAMES = 300_000
_MOST_FILES = 5_000
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Opened(NamedTuple):
    """A file that may hold secrets: its place, what fstat(2) says, its kind if it is made for credentials, its bytes.

    `data` is None where contents are not asked for or could not be opened; `extended`: it has an access control list.
    """

    path: str
    status: os.stat_result
    extended: bool
    kind: str
    data: bytes | None


class Walk:
    """One walk through one or more places; the counts tell what was not looked at.

    `contents`: whether files are read. `as_root`: folders of other accounts are not entered but collected in `owned`.
    `barred`: mount points that are not entered, each with what is said of it, empty: nothing.
    """

    def __init__(self, contents: bool, as_root: bool, barred: dict[str, str], until: float) -> None:
        self.files = self.denied = self.longer = self.failed = 0
        self.limit = ""
        self.owned: list[Owned] = []
        self.passed_by: list[str] = []
        self._contents, self._as_root, self._barred, self._until = contents, as_root, barred, until
        self._names = 0
        self._been: set[tuple[int, int]] = set()

    def entered(self, place: str) -> tuple[int, str] | None:
        """A folder to begin at, opened, and its path without links; None where it is not there or not looked at."""
        try:
            return opened(place, self._barred)
        except Barred as stop:
            self._is_barred(str(stop))
        except OSError as error:
            self.denied += error.errno not in (errno.ENOENT, errno.ENOTDIR)
        return None

    def below(self, folder: int, path: str, dots: bool) -> Iterator[Opened]:
        """The files that may hold secrets below an opened folder, which is closed at the end.

        `dots`: only those whose names begin with a dot, and in folders of such names.
        """
        yield from self._within(folder, path, 0, dots)

    def _within(self, folder: int, path: str, depth: int, dots: bool) -> Iterator[Opened]:
        try:
            if not self._first(folder, path, dots):
                return
            below = []
            for name in self._listed(folder, dots):
                if self._over():
                    return
                whole = path + "/" + name
                mode = 0 if self._is_barred(whole) else _mode(folder, name)
                if stat.S_ISDIR(mode) and not skipped(whole, name):
                    below.append((name, whole))
                elif stat.S_ISREG(mode):
                    yield from self._file(folder, name, whole)
            for name, whole in below:
                yield from self._enter(folder, name, whole, depth)
        finally:
            os.close(folder)

    def _first(self, folder: int, path: str, dots: bool) -> bool:
        """Whether this folder is ours to look into, and was not yet."""
        status = os.fstat(folder)
        if self._as_root and status.st_uid != 0:
            self.owned.append(Owned(status.st_uid, status.st_gid, dots, path))
            return False
        been = (status.st_dev, status.st_ino) in self._been
        self._been.add((status.st_dev, status.st_ino))
        return not been

    def _listed(self, folder: int, dots: bool) -> list[str]:
        try:
            return sorted(name for name in os.listdir(folder) if not dots or name.startswith("."))
        except OSError:
            self.denied += 1
            return []

    def _enter(self, folder: int, name: str, whole: str, depth: int) -> Iterator[Opened]:
        if depth >= _DEEPEST:
            self.limit = self.limit or f"folders lie deeper than {_DEEPEST}"
            return
        if self._over():
            return
        try:
            inner = os.open(name, FOLDER, dir_fd=folder)
        except OSError:
            self.denied += 1
            return
        yield from self._within(inner, whole, depth + 1, False)

    def _file(self, folder: int, name: str, path: str) -> Iterator[Opened]:
        kind = loose_kind(path, name)
        read = self._contents and wanted(path, name)
        if not kind and not read:
            return
        try:
            file = os.open(name, _FILE if read else _FILE | os.O_PATH, dir_fd=folder)
        except OSError:
            self.denied += read
            return
        try:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode) or (status.st_dev, status.st_ino) in self._been:
                return
            self._been.add((status.st_dev, status.st_ino))
            listed = extended(file) if read else extended(f"/proc/self/fd/{file}")
            yield Opened(path, status, listed, kind, self._bytes(file, name, status) if read else None)
        finally:
            os.close(file)

    def _bytes(self, file: int, name: str, status: os.stat_result) -> bytes | None:
        self.files += 1
        if self.files >= _MOST_FILES:
            self.limit = self.limit or f"more than {_MOST_FILES} files that may hold some"
        parts, left = [], LARGEST
        try:
            while left > 0:
                part = os.read(file, left)
                if not part:
                    break
                parts.append(part)
                left -= len(part)
        except OSError:
            self.denied += 1
            return None
        if status.st_size > LARGEST and not dump(name):
            self.longer += 1
        return b"".join(parts)

    def _is_barred(self, path: str) -> bool:
        why = self._barred.get(path)
        if why:
            self.passed_by.append(f"{path} {why}")
        return why is not None

    def _over(self) -> bool:
        self._names += 1
        if self._names > _MOST_NAMES:
            self.limit = self.limit or f"more than {_MOST_NAMES} names"
        elif time.monotonic() > self._until:
            self.limit = self.limit or "its time was over"
        return self.limit != "" and not self.limit.startswith("folders lie")


def _mode(folder: int, name: str) -> int:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except OSError:
        return 0
