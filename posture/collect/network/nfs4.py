"""NFS version 4, as far as it shows who is let in: look-ups and attributes (RFC 7530); no file is opened or read."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from posture.collect.network.conversation import Conversation
from posture.collect.network.onc_rpc import AUTH_SYS, NFS, Call, Outcome, Xdr, XdrError, call, packed

_GETATTR, _LOOKUP, _PUTROOTFH, _READDIR = 9, 15, 24, 26
_TYPE, _FSID, _RDATTR_ERROR = 1, 8, 11  # numbers of attributes
_DIRECTORY = 2
OK, PERM, NOENT, ACCES, WRONGSEC = 0, 1, 2, 13, 10016  # RFC 7530, 13.1
NO_ANSWER = -1
MOST_ENTRIES = 40
MOST_FOLDERS = 12

Path = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a folder: `fsid` is its file system, `status` is not OK where its attributes were not told."""

    name: bytes
    folder: bool
    fsid: bytes
    status: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What looking for exports showed: one that opens, and whether one wants Kerberos."""

    root: int
    opens: str = ""
    kerberos: str = ""


def status_of(talk: Conversation, path: Path) -> int:
    """What NFS says to a client without any proof that looks this path up; NO_ANSWER where it says nothing of use."""
    status, _ = _compound(talk, path, _getattr(), f"look up {_shown(path)} as nobody")
    return status


def explored(talk: Conversation) -> Seen:
    """Look for an export below the root: a folder of another file system, or something that is no folder."""
    root_status, root = _listing(talk, ())
    if root_status != OK or root is None:
        return Seen(root_status)
    fsid, entries = root
    waiting: list[tuple[Path, list[Entry]]] = [((), entries)]
    asked, kerberos = 0, ""
    while waiting and asked < MOST_FOLDERS:
        path, entries = waiting.pop(0)
        for entry in entries[:MOST_FOLDERS]:
            below = (*path, entry.name)
            asked += 1
            if entry.status == WRONGSEC:
                kerberos = kerberos or _shown(below)
            elif not entry.folder and entry.status == OK:
                return Seen(OK, _shown(path))
            else:
                status, listing = _listing(talk, below) if entry.fsid == fsid else (status_of(talk, below), None)
                kerberos = kerberos or (_shown(below) if status == WRONGSEC else "")
                if status == OK and (listing is None or listing[0] != fsid):
                    return Seen(OK, _shown(below))
                if listing is not None:
                    waiting.append((below, listing[1]))
    return Seen(OK, "", kerberos)


def _listing(talk: Conversation, path: Path) -> tuple[int, tuple[bytes, list[Entry]] | None]:
    """The status, and where that is OK the folder's file system and entries."""
    wanted = _bitmap(_TYPE, _FSID, _RDATTR_ERROR)
    readdir = struct.pack(">IQ8xII", _READDIR, 0, 1024, 2048) + wanted
    status, xdr = _compound(talk, path, _getattr() + readdir, f"attributes and names in {_shown(path)} as nobody", 2)
    if status != OK or xdr is None:
        return status, None
    try:
        fsid = _entry(b"", xdr).fsid
        if (xdr.number(), xdr.number()) != (_READDIR, OK):
            return NO_ANSWER, None
        xdr.fixed(8)
        entries: list[Entry] = []
        while len(entries) < MOST_ENTRIES and xdr.number():
            xdr.fixed(8)
            entries.append(_entry(xdr.opaque(), xdr))
    except XdrError:
        return NO_ANSWER, None
    return OK, (fsid, entries)


def _entry(name: bytes, outer: Xdr) -> Entry:
    """The attributes that follow, which come in the order of their numbers."""
    words = [outer.number() for _ in range(min(outer.number(), 8))]
    told = words[0] if words else 0
    xdr = Xdr(outer.opaque(4096))
    kind = xdr.number() if told & 1 << _TYPE else 0
    fsid = xdr.fixed(16) if told & 1 << _FSID else b""
    status = xdr.number() if told & 1 << _RDATTR_ERROR else OK
    return Entry(name, kind == _DIRECTORY, fsid, status)


def _bitmap(*attributes: int) -> bytes:
    return struct.pack(">II", 1, sum(1 << number for number in attributes))


def _getattr() -> bytes:
    return struct.pack(">I", _GETATTR) + _bitmap(_TYPE, _FSID)


def _compound(talk: Conversation, path: Path, operations: bytes, shown: str, count: int = 1) -> tuple[int, Xdr | None]:
    """Go to `path` and do some operations; the answer is read as far as the first of their results."""
    lookups = b"".join(struct.pack(">I", _LOOKUP) + packed(name) for name in path)
    head = packed(b"posture") + struct.pack(">II", 0, 1 + len(path) + count) + struct.pack(">I", _PUTROOTFH)
    reply = call(talk, Call(NFS, 4, 1, shown, _told), head + lookups + operations, AUTH_SYS)
    if reply.outcome is not Outcome.DONE:
        return NO_ANSWER, None
    xdr = Xdr(reply.results)
    try:
        status = xdr.number()
        if status != OK:
            return status, None
        xdr.opaque()
        xdr.number()
        for _ in range(1 + len(path)):  # PUTROOTFH and each LOOKUP: operation and status
            xdr.fixed(8)
        return (OK, xdr) if (xdr.number(), xdr.number()) == (_GETATTR, OK) else (NO_ANSWER, None)
    except XdrError:
        return NO_ANSWER, None


def _told(results: bytes) -> str:
    names = {OK: "OK", PERM: "PERM", NOENT: "NOENT", ACCES: "ACCESS", WRONGSEC: "WRONGSEC (other security needed)"}
    status = int.from_bytes(results[:4], "big")
    return f"NFS4 status {names.get(status, status)}"


def _shown(path: Path) -> str:
    return "/" + "/".join(part.decode("utf-8", "backslashreplace") for part in path)
