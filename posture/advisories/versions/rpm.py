"""Versions of rpm (``[epoch:]version[-release]``) as order-preserving byte keys: the order of rpmvercmp().

Source: rpm's manual "Dependencies basics / version comparison" and lib/rpmvercmp.c: segments of digits and of letters,
separators only separate; a number is newer than letters; ``~`` sorts before the end of the version, ``^`` after the end
and before any further segment.
"""

from __future__ import annotations

import re

from posture.advisories.versions.digits import bounded, number
from posture.advisories.versions.errors import NotComparable

EPOCH_LIMIT = 2**31 - 1

_SEGMENT = re.compile(r"~|\^|[0-9]+|[A-Za-z]+")
_EPOCH = re.compile(r"[0-9]{1,10}")

_TILDE, _END, _CARET, _LETTERS, _NUMBER = b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"
_NO_RELEASE = b""  # sorts before any release: "1.2" is the beginning of all releases of 1.2


def _part(text: str) -> bytes:
    pieces: list[bytes] = []
    for segment in _SEGMENT.findall(text):
        first = segment[0]
        if first == "~":
            pieces.append(_TILDE)
        elif first == "^":
            pieces.append(_CARET)
        elif first.isdigit():
            pieces.append(_NUMBER + number(segment))
        else:
            pieces.append(_LETTERS + segment.encode("ascii") + b"\x00")
    return b"".join(pieces) + _END


def rpm_key(version: str) -> bytes:
    """An EVR as a key: keys compare as rpm's labelCompare() compares the versions; no epoch is epoch 0.

    A version without a release comes before the same version with any: the comparison of rpm skips the release then,
    and an advisory that gives no release means all of them.

    Raises:
        NotComparable: the epoch is no number, or the text is no version.
    """
    epoch, colon, rest = bounded(version, "rpm").partition(":")
    if not colon:
        epoch, rest = "0", version
    if not _EPOCH.fullmatch(epoch) or int(epoch) > EPOCH_LIMIT:
        raise NotComparable(f"the epoch is no number: {version[:60]!r}")
    upstream, dash, release = rest.rpartition("-")
    if not dash:
        upstream, release = rest, ""
    if not upstream or " " in rest or (dash and not release):
        raise NotComparable(f"not a version of rpm: {version[:60]!r}")
    return int(epoch).to_bytes(4, "big") + _part(upstream) + (_part(release) if dash else _NO_RELEASE)
