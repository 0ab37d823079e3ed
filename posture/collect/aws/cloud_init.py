"""User data as cloud-init takes it: compressed or not, whole or in parts.

Source: cloud-init, "User data formats": gzip, and MIME multi-part archives whose parts may be compressed again.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

MOST_BYTES = 1 << 20  # unpacked, of all parts together
MOST_PARTS = 100
MOST_DEPTH = 3
_HEADERS = 16_384
_GZIP = b"\x1f\x8b"
_CONTENT = re.compile(
    rb"content:[ \t]*(?:!!binary[ \t]*)?(?:[\"']?(?P<line>[A-Za-z0-9+/]{16,}={0,2})[\"']?[ \t]*$|"
    rb"[|>][-+]?[ \t]*\n(?P<block>(?:[ \t]+[A-Za-z0-9+/=]+[ \t]*(?:\n|\Z))+))",
    re.MULTILINE,
)
_END = re.compile(rb"\r?\n\r?\n")


class TooMuch(Exception):
    """More than is unpacked, or packed so that it cannot be unpacked: what came before it may be judged."""


def parts(packed: str) -> tuple[list[bytes], bool]:
    """The texts in user data as the API gives it (base64), and whether they are all."""
    try:
        data = base64.b64decode(packed, validate=False)
    except (binascii.Error, ValueError):
        return [], False
    found: list[bytes] = []
    try:
        _unpack(data, found, 0)
    except TooMuch:
        return found, False
    return found, True


def files(text: bytes) -> tuple[list[bytes], bool]:
    """The contents of files in cloud-init's settings that stand there in base64, and whether all were unpacked.

    Source: cloud-init, module Write Files (``encoding: b64`` or ``gz+b64``) and YAML's ``!!binary``.
    """
    if b"content:" not in text or not re.search(rb"b64|base64|!!binary", text):
        return [], True
    found: list[bytes] = []
    whole = True
    for match in list(_CONTENT.finditer(text))[:MOST_PARTS]:
        packed = match.group("line") or b"".join(match.group("block").split())
        data = _decoded(packed)
        try:
            if data:
                found.append(_inflated(data) if data.startswith(_GZIP) else data)
        except TooMuch:
            whole = False
    return found, whole


def _decoded(packed: bytes) -> bytes:
    """Empty where it is no base64."""
    try:
        return base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _unpack(data: bytes, found: list[bytes], depth: int) -> None:
    if depth > MOST_DEPTH or len(found) >= MOST_PARTS:
        raise TooMuch
    if data.startswith(_GZIP):
        _unpack(_inflated(data), found, depth + 1)
        return
    multipart = _multipart(data)
    if multipart is None:
        if sum(map(len, found)) + len(data) > MOST_BYTES:
            raise TooMuch
        found.append(data)
        return
    for part in multipart:
        _unpack(part, found, depth + 1)


def _inflated(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(data, MOST_BYTES + 1)
    except zlib.error:
        raise TooMuch from None
    if len(unpacked) > MOST_BYTES or not unpacker.eof:
        raise TooMuch
    return unpacked


def _multipart(data: bytes) -> list[bytes] | None:
    """The bodies of the parts of a multi-part message; None where it is none (RFC 2046, 5.1.1)."""
    head, body = _split(data)
    boundary = head.get_boundary() if head is not None and head.get_content_maintype() == "multipart" else None
    if not boundary:
        return None
    between = rb"(?:^|\r?\n)--" + re.escape(str(boundary).encode("utf-8", "replace")) + rb"(?:--)?[ \t]*(?:\r?\n|\Z)"
    pieces = re.split(between, body, maxsplit=MOST_PARTS + 1)[1:]
    if len(pieces) > MOST_PARTS:
        raise TooMuch
    return [_body(piece) for piece in pieces if piece.strip()]


def _body(part: bytes) -> bytes:
    """What a part holds, out of its transfer encoding; a part in parts stays one, to be taken apart again."""
    head, body = _split(b"MIME-Version: 1.0\r\n" + part)
    if head is None or head.get_content_maintype() == "multipart":
        return part.lstrip() if head is not None else part
    if str(head.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        try:
            return base64.b64decode(body, validate=False)
        except (binascii.Error, ValueError):
            raise TooMuch from None
    return body


def _split(data: bytes) -> tuple[Message | None, bytes]:
    """Headers and body of a message of RFC 5322; no headers where it does not begin as one of MIME does."""
    if not re.match(rb"\s*(?:Content-Type|MIME-Version|From )", data[:64], re.IGNORECASE):
        return None, data
    data = data.lstrip()
    end = _END.search(data, 0, _HEADERS)
    if end is None:
        return None, data
    return BytesHeaderParser(policy=compat32).parsebytes(data[: end.end()]), data[end.end() :]
