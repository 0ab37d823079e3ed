"""Which bytes are text, and in which encoding."""

from __future__ import annotations

_HEAD = 8192
_BOMS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UTF8_BOM = b"\xef\xbb\xbf"


def readable(data: bytes) -> bytes | None:
    """The text of a file as UTF-8 or as it is, without a byte order mark; None of what is no text.

    As grep and git do, a NUL among the first 8 KiB tells a binary file: programs, images, archives and databases are
    not looked into. UTF-16, which Windows' tools write, is full of NULs and told by its mark, or by every second byte
    of its beginning being one.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[2:].decode(encoding, "replace").encode("utf-8", "replace")
    if b"\0" in data[:_HEAD]:
        encoding = _unmarked(data[:_HEAD])
        return data.decode(encoding, "replace").encode("utf-8", "replace") if encoding else None
    return data[3:] if data.startswith(_UTF8_BOM) else data


def _unmarked(head: bytes) -> str:
    """The byte order of UTF-16 without a mark: ASCII text has its NULs all on one side."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.9 and even == 0:
        return "utf-16-le"
    if even > half * 0.9 and odd == 0:
        return "utf-16-be"
    return ""
