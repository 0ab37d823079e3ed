"""Stored facts: compressed, with a digest that tells whether anybody changed them."""

from __future__ import annotations

import hashlib
import zlib


def unchanged(stored: bytes, sha256: str) -> bytes | None:
    """The facts as they were stored; None when they are no longer those."""
    try:
        facts = zlib.decompress(stored)
    except zlib.error:
        return None
    return facts if hashlib.sha256(facts).hexdigest() == sha256 else None
