"""Stored facts, with a digest that tells whether anybody changed them."""

from __future__ import annotations

import hashlib
import zlib

from sqlalchemy import Connection

from posture.store.contents import read


def unchanged(connection: Connection, customer: str, stored: bytes, sha256: str) -> bytes | None:
    """The facts as they were stored; None when they are no longer those."""
    try:
        (facts,) = read(connection, customer, [stored])
    except (zlib.error, ValueError):
        return None
    return facts if hashlib.sha256(facts).hexdigest() == sha256 else None
