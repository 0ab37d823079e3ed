"""A bundle: the collector's output in a file that the host's own SSH keys have signed.

    posture-bundle 1 BYTES           the size of what is signed
    (gzip: lines "name value", an empty line, the collector's output)
    -----BEGIN SSH SIGNATURE----- ...  one of each host key; none where there was none

A bundle is as hostile as a host: bounded in size, and believed no further than the keys that signed it.
"""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime

from posture.collect.host.bundle import Bundle
from posture.collect.host.capture import LIMIT, Capture, NotCollected
from posture.model.text import visible
from posture.signatures.sshsig import BEGIN, SignatureError, signers

NAMESPACE = "posture-collect"
MOST = LIMIT + 65_536
"""Bytes of a bundle, and of what it unpacks to."""

_FIRST = re.compile(rb"posture-bundle 1 ([0-9]{1,8})\n")
_LINE = re.compile(rb"([a-z]{1,20}) ([\x20-\x7e]{0,200})")
_NEEDED = ("customer", "host", "made", "nonce")


class BundleError(Exception):
    """The file is no bundle, or not the one that was made. The message says what is wrong with it."""


def opened(data: bytes) -> Bundle:
    """Check a bundle's form and its signatures.

    Raises:
        BundleError: it is none, it was changed, or a signature is broken.
    """
    first = _FIRST.match(data)
    if first is None:
        raise BundleError("it is no bundle of posture: its first line is another")
    if len(data) > MOST:
        raise BundleError(f"it has more than {MOST} bytes, which no bundle has")
    start, size = first.end(), int(first[1])
    signed, rest = data[start : start + size], data[start + size :]
    if len(signed) != size or (rest and not rest.startswith(BEGIN)):
        raise BundleError("it is not whole, or was changed after it was made")
    try:
        keys = signers(signed, rest, NAMESPACE)
    except SignatureError as error:
        raise BundleError(f"it was changed after it was made, or its signature was: {error}") from error
    head, _, output = _unpacked(signed).partition(b"\n\n")
    return _told(head, b"\n\n" + output, keys)


def _unpacked(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)  # gzip, RFC 1952
    try:
        whole = unpacking.decompress(packed, MOST)
    except zlib.error as error:
        raise BundleError("it cannot be unpacked: it is damaged") from error
    if not unpacking.eof or unpacking.unused_data:
        raise BundleError("it cannot be unpacked: it is damaged, or bigger than any bundle")
    return whole


def _told(head: bytes, output: bytes, keys: tuple[str, ...]) -> Bundle:
    values = {match[1].decode(): match[2].decode() for line in head.split(b"\n") if (match := _LINE.fullmatch(line))}
    missing = [name for name in _NEEDED if name not in values]
    if missing:
        raise BundleError(f"it does not say its {' and '.join(missing)}")
    try:
        made = datetime.strptime(values["made"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise BundleError("it does not say when it was made") from error
    if not re.fullmatch(r"[0-9a-f]{32}", values["nonce"]):
        raise BundleError("it does not say what its sections are marked with")
    capture = Capture(values["nonce"])
    capture.add(output)
    capture.end("the bundle ends before the collector did")
    try:
        sections = capture.sections()
    except NotCollected as error:
        raise BundleError("the collector said nothing in it") from error
    return Bundle(visible(values["customer"]), visible(values["host"]), made, keys, sections)
