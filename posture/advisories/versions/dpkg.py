"""Debian versions (deb-version(7)) as order-preserving byte keys."""

from __future__ import annotations

import re

from posture.advisories.versions.digits import number
from posture.advisories.versions.errors import NotComparable

__all__ = ["EPOCH_LIMIT", "NotComparable", "dpkg_key"]

EPOCH_LIMIT = 2**31 - 1  # dpkg keeps it in an int

_UPSTREAM = re.compile(r"[A-Za-z0-9.+~:-]+")
_REVISION = re.compile(r"[A-Za-z0-9.+~]+")
_EPOCH = re.compile(r"0*[0-9]{1,10}")
_PAIRS = re.compile(r"([^0-9]*)([0-9]*)")
_END = 2  # the end of a run of non-digits: after "~", before everything else
_CLOSING = b"\x02\x00"  # an empty run and the number 0: what dpkg reads where a part has ended


def _weight(code: int) -> int:
    """deb-version(7): "~" before the end, the end before letters, letters before all else."""
    character = chr(code)
    if character == "~":
        return 1
    return code if character.isalpha() else code + 0x80


_WEIGHTS = bytes(_weight(code) if code < 0x80 else 0xFF for code in range(256))


def _part(text: str) -> bytes:
    """An upstream version or a revision: runs of non-digits and numbers in turn, then the end."""
    runs = _PAIRS.findall(text)
    pairs = [run.encode("ascii").translate(_WEIGHTS) + bytes((_END,)) + number(digits) for run, digits in runs]
    while len(pairs) > 1 and pairs[-1] == _CLOSING:  # the first pair stays: "0-.5" must not run into "0.1"
        pairs.pop()
    return b"".join(pairs) + _CLOSING


def dpkg_key(version: str) -> bytes:
    """A Debian version as a key: keys compare as ``dpkg --compare-versions`` compares versions (deb-version(7)).

    Stricter than dpkg, which only warns of characters the manual page does not allow.

    Raises:
        NotComparable: the version does not follow deb-version(7).
    """
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, dash, revision = rest.rpartition("-")
    if not dash:
        upstream, revision = rest, "0"
    if not (_EPOCH.fullmatch(epoch) and _UPSTREAM.fullmatch(upstream) and _REVISION.fullmatch(revision)):
        raise NotComparable(f"not a Debian version: {version!r}")
    if int(epoch[-11:]) > EPOCH_LIMIT:
        raise NotComparable(f"the epoch is too large: {version!r}")
    return int(epoch[-11:]).to_bytes(4, "big") + _part(upstream) + _part(revision)
