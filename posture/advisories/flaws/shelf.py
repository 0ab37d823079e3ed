"""The feeds' files in a folder, opened read-only, and opened again when one of them was replaced."""

from __future__ import annotations

import sqlite3
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock, RLock
from typing import Any, TypeVar

from posture.advisories.feeds.config import Feed
from posture.advisories.feeds.file import FeedPlace, moment
from posture.advisories.feeds.records import Scheme
from posture.advisories.feeds.schema import ENDING, SCHEMA_VERSION
from posture.model.text import visible

_LOOK_AGAIN = 5.0  # seconds: a file that was only confirmed keeps its name, and its folder its time
T = TypeVar("T")
_KINDS = ("exploited", "probability", "cycle", "unsupported", "known_key")


@dataclass(frozen=True, slots=True)
class Head:
    """What a feed's file says of itself. `newest` is the date of its data, `fetched` when that was confirmed last."""

    name: str
    newest: datetime | None
    fetched: datetime | None
    ecosystems: Mapping[str, Scheme]
    kinds: frozenset[str]  # those of exploited, probability, cycle, unsupported, known_key that it has rows of
    refused: int


class FeedFile:
    """One open feed, and what is configured of its age. Queries may come from any thread."""

    def __init__(self, path: Path, configured: Feed | None = None) -> None:
        """Open the file.

        Raises:
            ValueError: it cannot be read, or was written by another version of the program.
        """
        uri = f"{path.absolute().as_uri()}?mode=ro"
        try:
            self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise ValueError(str(error)) from error
        weakref.finalize(self, self._connection.close)
        self._lock = Lock()
        self.configured = configured
        self.fault = ""  # why it could not be read to the end, once that was so
        self.place = FeedPlace(path.parent, path.name.removesuffix(f".{ENDING}"))
        try:
            self._connection.execute("PRAGMA cache_size = -1024")
            self.head = self._read_head(path)
        except (sqlite3.Error, KeyError, TypeError) as error:
            raise ValueError(str(error)) from error

    def rows(self, query: str, values: Iterable[Any] = ()) -> list[Any]:
        """Every row of a query; of a file that has become unreadable what came before, and `fault` says so."""
        return list(self.each(query, values))

    def each(self, query: str, values: Iterable[Any] = ()) -> Iterator[Any]:
        """The rows one after the other, for results that are too large for a list."""
        try:
            with self._lock:
                yield from self._connection.execute(query, tuple(values))
        except sqlite3.Error as error:
            self.fault = visible(str(error), 120)

    def _read_head(self, path: Path) -> Head:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version != SCHEMA_VERSION:
            raise ValueError(f"written by another version of the program (layout {version}, not {SCHEMA_VERSION})")
        meta = dict(self._connection.execute("SELECT key, value FROM meta"))
        kinds = [k for k in _KINDS if self._connection.execute(f"SELECT 1 FROM {k} LIMIT 1").fetchone()]  # noqa: S608
        return Head(
            name=meta.get("name") or path.name.removesuffix(f".{ENDING}"),
            newest=moment(newest) if (newest := meta.get("newest")) else None,
            fetched=moment(fetched) if (fetched := meta.get("fetched")) else None,
            ecosystems={n: Scheme(s) for n, s in self._connection.execute("SELECT name, scheme FROM ecosystem")},
            kinds=frozenset(kinds),
            refused=int(meta.get("refused") or 0),
        )


class Shelf:
    """The feeds of a folder, ordered by file name. Safe for threads."""

    def __init__(self, folder: Path, configured: Iterable[Feed] = ()) -> None:
        self._folder = folder
        self._configured = {feed.name: feed for feed in configured}
        self._lock = Lock()
        self._making = RLock()  # what is made may need something else that is kept
        self._seen: tuple[Any, ...] | None = None
        self._folder_time: int | None = None
        self._looked = 0.0
        self._feeds: tuple[FeedFile, ...] = ()
        self._broken: tuple[tuple[str, str], ...] = ()
        self._kept: dict[Any, Any] = {}

    def feeds(self) -> tuple[FeedFile, ...]:
        """The feeds that can be read, as they lie there now."""
        self._refresh()
        return self._feeds

    def broken(self) -> tuple[tuple[str, str], ...]:
        """The feeds that cannot be read, each with the reason."""
        self._refresh()
        return self._broken

    def having(self, kind: str) -> tuple[FeedFile, ...]:
        """The feeds with rows of a kind: exploited, probability, cycle, unsupported, known_key."""
        return tuple(feed for feed in self.feeds() if kind in feed.head.kinds)

    def keep(self, key: object, make: Callable[[], T]) -> T:
        """What `make` gives, made once and kept until one of the files changes."""
        self._refresh()
        kept = self._kept
        if key not in kept:
            with self._making:
                if key not in kept:
                    kept[key] = make()
        made: T = kept[key]
        return made

    def _refresh(self) -> None:
        folder_time = _time_of(self._folder)
        if folder_time == self._folder_time and time.monotonic() < self._looked + _LOOK_AGAIN:
            return
        with self._lock:
            paths = tuple(sorted(self._folder.glob(f"*.{ENDING}"))) if folder_time else ()
            seen = tuple((path, *_signature(path)) for path in paths)
            if seen != self._seen:
                self._open(paths)
                self._seen = seen
            self._folder_time, self._looked = folder_time, time.monotonic()

    def _open(self, paths: tuple[Path, ...]) -> None:
        feeds, broken = [], []
        for path in paths:
            try:
                feeds.append(FeedFile(path, self._configured.get(path.name.removesuffix(f".{ENDING}"))))
            except (ValueError, OSError) as error:
                broken.append((path.name.removesuffix(f".{ENDING}"), str(error)))
        self._kept = {}
        self._feeds, self._broken = tuple(feeds), tuple(broken)


def _time_of(folder: Path) -> int | None:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return None


def _signature(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0, 0
    return found.st_mtime_ns, found.st_ino, found.st_size
