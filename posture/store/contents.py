"""What does not change from night to night is stored once a customer: content, without the moments in it.

A blob is JSON. It is cut between its lines into parts; of each part the moments (aware ISO 8601) are taken out, and
what is left is stored under its SHA-256, if it is not there yet. What is kept with a unit is a record: for each part
the digest and its moments. Put together again, it is the same to the byte. Contents are a customer's own: never shared.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from posture.store import schema
from posture.store.database import Database
from posture.store.encoding import compressed
from posture.store.portions import portions

RECORD = b"\x01"
"""How a record begins; a blob of an older version is compressed JSON, which begins otherwise."""

LEAST = 8192  # bytes of a part; smaller neighbours are one
AT_ONCE = 500  # digests in one statement
_MOMENT = re.compile(rb'("\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")')
_HERE = b"\0"  # where a moment was: JSON has no such byte

_content = schema.content.c
_HERE_ALREADY = select(_content.sha256).where(
    _content.customer == bindparam("customer"), _content.sha256.in_(bindparam("some", expanding=True))
)
_WANTED = _HERE_ALREADY.add_columns(_content.body)


@dataclass(frozen=True, slots=True)
class Pieces:
    """A blob, cut: what of it may be stored already, by its digest, and the record to put it together again."""

    contents: Mapping[str, bytes]
    record: bytes


def in_pieces(blob: bytes) -> Pieces:
    """Cut a blob; what takes time is done here, outside any transaction."""
    contents, record = {}, []
    for content, moments in map(_without_moments, cut(blob)):
        digest = hashlib.sha256(content).hexdigest()
        contents[digest] = content
        record.append([digest, *moments])
    return Pieces(contents, RECORD + compressed(json.dumps(record, separators=(",", ":")).encode()))


def store(database: Database, connection: Connection, customer: str, blobs: Sequence[Pieces]) -> list[bytes]:
    """Keep the contents of blobs that are not there yet; what is to be stored of each with the unit."""
    contents = {digest: content for blob in blobs for digest, content in blob.contents.items()}
    known = _present(connection, customer, contents)
    new = [
        {"customer": customer, "sha256": digest, "body": compressed(contents[digest])}
        for digest in sorted(contents.keys() - known)
    ]
    if new:
        connection.execute(_new(database.is_postgresql), new)
    return [blob.record for blob in blobs]


@cache
def _new(is_postgresql: bool) -> sqlite.Insert | postgresql.Insert:
    new = postgresql.insert(schema.content) if is_postgresql else sqlite.insert(schema.content)
    return new.on_conflict_do_nothing()


def read(connection: Connection, customer: str, stored: Sequence[bytes]) -> list[bytes]:
    """The blobs, as they were given to `store`, or by an older version compressed. They are all the customer's.

    Raises:
        ValueError, zlib.error: one was changed since, or a content of it is missing.
    """
    records = [_record(one) if one.startswith(RECORD) else None for one in stored]
    wanted = {part[0] for record in records if record for part in record}
    contents = dict(_bodies(connection, customer, wanted))
    return [
        zlib.decompress(blob) if record is None else b"".join(_joined(contents, part) for part in record)
        for blob, record in zip(stored, records, strict=True)
    ]


def named(stored: bytes) -> frozenset[str]:
    """The digests of the contents that a stored blob needs."""
    return frozenset(part[0] for part in _record(stored)) if stored.startswith(RECORD) else frozenset()


def cut(blob: bytes) -> Iterator[bytes]:
    """A blob in parts of some size, cut behind newlines. Joined, they are the blob.

    JSON has no newline in its strings: whoever writes it puts them where it may be cut.
    """
    begun = 0
    while (end := blob.find(b"\n", begun + LEAST - 1) + 1) and end < len(blob):
        yield blob[begun:end]
        begun = end
    yield blob[begun:]


def _without_moments(part: bytes) -> tuple[bytes, list[str]]:
    if _HERE in part:
        return part, []  # no JSON of ours; it is not told apart then
    pieces = _MOMENT.split(part)
    return _HERE.join(pieces[::2]), [found.decode() for found in pieces[1::2]]


def _record(stored: bytes) -> list[list[str]]:
    found: list[list[str]] = json.loads(zlib.decompress(stored[len(RECORD) :]))
    return found


def _joined(contents: dict[str, bytes], part: Sequence[str]) -> bytes:
    digest, *moments = part
    content = contents.get(digest)
    if content is None:
        raise ValueError(f"the content {digest} is not there")
    if not moments:
        return content
    pieces = content.split(_HERE)
    if len(pieces) != len(moments) + 1:
        raise ValueError(f"the content {digest} has other places than moments")
    return b"".join(piece + moment.encode() for piece, moment in zip(pieces, [*moments, ""], strict=True))


def _present(connection: Connection, customer: str, digests: Iterable[str]) -> set[str]:
    known: set[str] = set()
    for some in portions(sorted(digests), AT_ONCE):
        known.update(connection.execute(_HERE_ALREADY, {"customer": customer, "some": some}).scalars())
    return known


def _bodies(connection: Connection, customer: str, digests: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for some in portions(sorted(digests), AT_ONCE):
        for row in connection.execute(_WANTED, {"customer": customer, "some": some}):
            yield row.sha256, zlib.decompress(row.body)
