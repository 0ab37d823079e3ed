"""Bring a feed up to date: fetched where it has changed, built beside the last good one, which stays on any doubt."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from posture import __version__
from posture.advisories.errors import Damaged, NotWritten, RefreshError, Refused, Unreachable
from posture.advisories.failure_note import clear_failure, write_failure
from posture.advisories.feeds import changelog_feed
from posture.advisories.feeds.build import Content, build_feed, confirm_feed
from posture.advisories.feeds.config import Feed
from posture.advisories.feeds.file import FeedHead, FeedPlace, read_head
from posture.advisories.feeds.schema import SCHEMA_VERSION
from posture.advisories.feeds.unpack import Bounds, files_of
from posture.advisories.fetch import Validators, fetch, local_path, shown
from posture.advisories.indexes.apt.archives import Archives
from posture.advisories.lock import locked
from posture.advisories.signature import signer

TIME_LIMIT = timedelta(minutes=30)  # to fetch one feed
MOST_SIGNATURE = 1 << 20

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Updated:
    """What an update did. `before` is the number of rows that were kept before, None where there was no feed.

    `notes` are what else there is to tell of it.
    """

    head: FeedHead
    changed: bool
    before: int | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """One location as fetched; `path` is a folder of this machine, or a file in our own."""

    location: str
    path: Path
    validators: Validators
    sha256: str


def update_feed(  # noqa: PLR0913
    feed: Feed,
    folder: Path,
    now: datetime,
    *,
    locations: Sequence[str] = (),
    force: bool = False,
    time_limit: timedelta = TIME_LIMIT,
    archives: Archives | None = None,
    tell: Tell = lambda _: None,
) -> Updated:
    """Bring one feed up to date from where it comes from, or from other `locations` this once.

    What has not changed, by the server's validators or by its hash, is only confirmed. `force` fetches and builds it
    all the same, and takes one that has shrunk; never one that is older, forged or damaged. `archives` are asked for
    changelogs (none: this machine's own). `tell` hears what goes on.

    Raises:
        RefreshError: it was not; the last good feed is as it was, and the reason is kept beside it.
    """
    until = time.monotonic() + time_limit.total_seconds()
    place = FeedPlace(folder, feed.name)
    feed = replace(feed, locations=tuple(locations)) if locations else feed
    try:
        with locked(place.file("lock"), f"the feed {place.name}", until), _workshop(place) as workshop:
            gathered = changelog_feed.gathered(feed, place, until, archives or Archives(), tell)
            done = _update(gathered.feed, place, workshop, now, until, force=force, tell=tell)
            if gathered.failure:  # the rest of it counts all the same
                raise gathered.failure
            clear_failure(place)
            return replace(done, notes=gathered.notes)
    except RefreshError as error:
        write_failure(place, error, now)
        raise


def _update(  # noqa: PLR0913
    feed: Feed, place: FeedPlace, workshop: Path, now: datetime, until: float, *, force: bool, tell: Tell
) -> Updated:
    last = _last(place)
    recipe = _recipe(feed)
    same = last is not None and not force and last.recipe == recipe
    known = _known(last) if last and same else {}
    parts = _fetched(feed, workshop, known, until, tell)
    if parts is None and last:
        return Updated(confirm_feed(place, now, last.validators), changed=False, before=last.total)
    assert parts is not None  # noqa: S101  only what is known can be unchanged
    sha256 = _together(parts)
    if feed.sha256 and sha256 != feed.sha256:
        raise Refused(f"its SHA-256 is {sha256}, which is not the pinned {feed.sha256}")
    signed_by = _signer(feed, parts[0], workshop, until)
    validators = json.dumps({_digest(part.location): _remembered(part) for part in parts})
    if last and same and sha256 == last.sha256:
        return Updated(confirm_feed(place, now, validators), changed=False, before=last.total)
    tell("building")
    bounds = Bounds(total=feed.most_unpacked)
    content = Content(
        files=(file for part in parts for file in files_of(part.path, _name_of(part.location), bounds, until)),
        sha256=sha256,
        validators=validators,
        recipe=recipe,
        location=" ".join(shown(part.location) for part in parts),
        signer=signed_by,
        modified=min(max(_modified(part) or now for part in parts), now),
        until=until,
    )
    head = build_feed(feed, place, content, last, now, force=force)
    return Updated(head, changed=True, before=last.total if last else None)


def _last(place: FeedPlace) -> FeedHead | None:
    """A damaged file counts as none: it is built again."""
    try:
        return read_head(place.file())
    except Damaged:
        return None


def _recipe(feed: Feed) -> str:
    """What the file depends on besides its content: another one is built where this changes."""
    said = (__version__, SCHEMA_VERSION, feed.format, sorted(feed.ecosystems), feed.sha256, feed.signature)
    keys = sorted(map(str, feed.keys))
    limits = (feed.max_age.days, feed.max_silence.days if feed.max_silence else None, feed.locations)
    return hashlib.sha256(repr((said, keys, limits)).encode()).hexdigest()


def _known(last: FeedHead) -> dict[str, Validators]:
    try:
        return {name: Validators(*map(str, values[:2])) for name, values in json.loads(last.validators).items()}
    except (ValueError, AttributeError, TypeError):
        return {}


def _remembered(part: _Part) -> list[str]:
    return [part.validators.etag, part.validators.modified]


def _fetched(
    feed: Feed, workshop: Path, known: dict[str, Validators], until: float, tell: Tell
) -> tuple[_Part, ...] | None:
    """All locations of the feed; None where none of them has changed."""
    parts = [_part(feed, number, workshop, known, until, tell=tell) for number in range(len(feed.locations))]
    if not any(parts):
        return None
    return tuple(part or _whole(feed, number, workshop, until, tell) for number, part in enumerate(parts))


def _whole(feed: Feed, number: int, workshop: Path, until: float, tell: Tell) -> _Part:
    """One that has not changed, beside others that have."""
    part = _part(feed, number, workshop, {}, until, tell=tell)
    if part is None:
        raise Unreachable(
            f"{shown(feed.locations[number])}: the server says that it has not changed, and was not asked"
        )
    return part


def _part(  # noqa: PLR0913
    feed: Feed, number: int, workshop: Path, known: dict[str, Validators], until: float, *, tell: Tell
) -> _Part | None:
    location = feed.locations[number]
    validators = known.get(_digest(location), Validators())
    tell(f"fetching {shown(location)}")
    folder = local_path(location)
    if folder is not None and folder.is_dir():
        try:
            listing = _listing(folder)
            same = validators.modified == listing
            return None if same else _Part(location, folder, Validators(modified=listing), _hash_of(folder, until))
        except OSError as error:
            raise Unreachable(f"{shown(location)} cannot be read: {error.strerror or error}") from error
    found = fetch(location, workshop / str(number), most_bytes=feed.most_bytes, until=until, known=validators)
    return _Part(location, found.path, found.validators, found.sha256) if found else None


def _tree(folder: Path) -> Iterator[Path]:
    """The files of a folder in an order that stays."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (path for name in sorted(names) if not (path := Path(parent) / name).is_symlink() and path.is_file())


def _listing(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in _tree(folder):
        found = path.stat()
        digest.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _hash_of(folder: Path, until: float) -> str:
    digest = hashlib.sha256()
    for path in _tree(folder):
        if time.monotonic() > until:
            raise Unreachable(f"{shown(str(folder))}: no time was left to read it")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _signer(feed: Feed, part: _Part, workshop: Path, until: float) -> str:
    """The fingerprint of the key that signed the feed; empty where no signature is configured."""
    if not feed.signature:
        return ""
    signature = workshop / "signature"
    fetch(feed.signature, signature, most_bytes=MOST_SIGNATURE, until=until)
    if part.path.is_dir():
        raise Refused("a folder has no signature: name the signed file")
    return signer(part.path, signature, feed.keys, until)


def _together(parts: Sequence[_Part]) -> str:
    """The hash of the one location, or of the hashes of all."""
    if len(parts) == 1:
        return parts[0].sha256
    return _digest(" ".join(part.sha256 for part in parts))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _name_of(location: str) -> str:
    """The name of the file: parsers know some files by theirs."""
    return PurePosixPath(unquote(urlsplit(location).path)).name or "feed"


def _modified(part: _Part) -> datetime | None:
    """When the publisher changed it last, where that is told."""
    if (path := local_path(part.location)) is not None:
        try:
            return datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError:
            return None
    try:
        moment = parsedate_to_datetime(part.validators.modified)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def _workshop(place: FeedPlace) -> Iterator[Path]:
    """A folder for what is fetched, beside the feed so that a small /tmp does not matter; empty, and gone on leaving.

    What a killed update has left in it goes with the next one.
    """
    folder = place.file("fetching")
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise NotWritten(f"cannot write to the folder of feeds {place.folder}: {error.strerror}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
