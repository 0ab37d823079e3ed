"""Fetch one file by URL or path: streamed to disk, bounded in bytes and in time, and only when it has changed.

Built on urllib.request: it brings the proxies of the environment and CONNECT, and the program needs no pool of
connections and no retries. urllib3's timeouts, too, end a silent server but not one that sends a byte a second, so the
clock would have to be ours with either.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from posture.advisories.errors import NotWritten, Refused, Unreachable
from posture.advisories.http_get import answer_of
from posture.model.text import visible

_PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells whether a file has changed (RFC 9110, section 8.8); `modified` is a local file's inode state."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched to `path`. `sha256` is of the bytes as they came, in lower-case hex."""

    path: Path
    validators: Validators
    sha256: str


_NONE = Validators()


def fetch(location: str, target: Path, *, most_bytes: int, until: float, known: Validators = _NONE) -> Fetched | None:
    """Fetch a file by http, https or file URL, or by its path, into `target`; None when unchanged since `known`.

    `until` is an instant of time.monotonic(): nothing goes on after it, however slowly a server sends (only the
    system's resolver keeps a time of its own). Nothing is left at `target` when it fails. Proxies are those of the
    environment (http_proxy, https_proxy, no_proxy). A login in the URL goes to that server alone and into no message.

    Raises:
        Unreachable: it did not come, not whole, or not in time.
        Refused: it is too large, or the address or a redirect is not one to follow.
        NotWritten: `target` cannot be written.
    """
    try:
        path = local_path(location)
        if path is not None:
            return _copied(path, target, most_bytes, until, known)
        return _downloaded(location, target, most_bytes, until, known)
    except BaseException:
        with suppress(OSError):
            target.unlink(missing_ok=True)
        raise


def local_path(location: str) -> Path | None:
    """The file or folder that a path or a file URL (RFC 8089) names; None for a URL of another scheme.

    Raises:
        Refused: a file URL of another host.
    """
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", location):
        return Path(location).expanduser()
    if not location.lower().startswith("file:"):
        return None
    parts = urlsplit(location)
    if parts.netloc not in ("", "localhost"):
        raise Refused(f"{shown(location)} is a file of another host")
    return Path(unquote(parts.path))


def shown(location: str) -> str:
    """A location for people: without login and query, either of which may be secret, and neutralised."""
    if is_ambiguous(location):
        return visible(f"{location.partition(':')[0]}://… (an address with a login that is not percent-encoded)", 200)
    try:
        parts = urlsplit(location)
        bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "…" if parts.query else "", ""))
    except ValueError:
        bare = location.partition("?")[0].rpartition("@")[2]
    return visible(bare, 200)


def is_ambiguous(location: str) -> bool:
    """Whether a part of a login may stand where a path is read: ``https://bot:pa/ss@mirror.example/``.

    RFC 3986, section 3.2: the first slash, question mark or number sign ends the host. In a login they are encoded, and
    so is the @ of a path, which the RFC would allow.
    """
    url = re.match(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]*:(?://[^/?#]*)?", location, re.IGNORECASE)
    return url is not None and "@" in location[url.end() :]


def _copied(path: Path, target: Path, most: int, until: float, known: Validators) -> Fetched | None:
    label = visible(str(path), 200)
    try:
        # Without O_NONBLOCK, opening a pipe that nobody writes to never ends.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123  a descriptor, no path
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise Refused(f"{label} is no regular file")
            validators = Validators(modified=f"{found.st_mtime_ns} {found.st_ino} {found.st_size}")
            if validators == known:
                return None
            return Fetched(target, validators, _kept(file.read, target, label, most, until)[0])
    except OSError as error:
        raise Unreachable(f"{label}: {error.strerror or error}") from error


def _downloaded(location: str, target: Path, most: int, until: float, known: Validators) -> Fetched | None:
    label = shown(location)
    asked = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    with answer_of(location, {name: value for name, value in asked.items() if value}, label, until) as answer:
        if answer is None:
            return None
        announced = answer.length
        if announced is not None and announced > most:
            raise Refused(f"{label} is larger than {most} bytes")
        sha256, size = _kept(answer.read1, target, label, most, until)
        if announced not in (None, size):
            raise Unreachable(f"{label}: cut short, {size} of {announced} bytes came")
        validators = Validators(_header(answer.getheader("ETag")), _header(answer.getheader("Last-Modified")))
        return Fetched(target, validators, sha256)


def _header(value: str | None) -> str:
    """A validator as it may be sent back: printable ASCII of a sane length, else none."""
    return value if value and len(value) <= 256 and value.isascii() and value.isprintable() else ""


def _kept(read: Callable[[int], bytes], target: Path, label: str, most: int, until: float) -> tuple[str, int]:
    """Write what is read to the target; answers with its SHA-256 and its size."""
    digest = hashlib.sha256()
    size = 0
    try:
        file = target.open("wb")
    except OSError as error:
        raise _not_written(target, error) from error
    with file:
        while piece := read(_PIECE):
            size += len(piece)
            if size > most:
                raise Refused(f"{label} is larger than {most} bytes")
            if time.monotonic() > until:
                raise Unreachable(f"{label}: not fetched within the time that was left")
            digest.update(piece)
            try:
                file.write(piece)
                file.flush()
            except OSError as error:
                raise _not_written(target, error) from error
    return digest.hexdigest(), size


def _not_written(target: Path, error: OSError) -> NotWritten:
    return NotWritten(f"cannot write {visible(str(target), 200)}: {error.strerror or error}")
