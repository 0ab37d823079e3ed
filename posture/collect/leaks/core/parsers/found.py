"""What every parser shares: lines, words in quotes, and which values are worth telling."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from posture.collect.leaks.core.leak import Leak
from posture.collect.leaks.core.lookalikes import placeholder

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 4 * 1024 * 1024
"""Bytes that a parser looks at."""

LINE = 16 * 1024
"""Bytes of a line, more of which no configuration file has."""

_VALUE = 16 * 1024
_NO_WORD = frozenset(
    b"true false yes no on off none null nil undefined disabled enabled auto default required optional".split()
)
_PATH = re.compile(rb"(?:~|\.{1,2})?(?:/[\w.@-]+){2,}/?|[A-Za-z]:\\[^\n]*|file:.*")
_ADDRESS = re.compile(rb"[a-z][a-z0-9+.-]*://[^@\s]*")
_VENDOR = re.compile(
    rb"gh[pousr]_|github_pat_|npm_[A-Za-z0-9]{36}|gl[a-z]{2,6}-|xox[a-z][-.]|xapp-|[srp]k_(?:live|test)_|"
    rb"whsec_|AIza|GOCSPX-|"
    rb"do[por]_v1_|cf(?:k|ut|at)_|SG\.|key-[0-9a-f]{32}|xkeysib-|pypi-Ag|dckr_|rubygems_|hv[sbr]\.|dapi[0-9a-f]{32}|"
    rb"sk-ant-|sk-proj-|hf_|HRKU-|shp(?:at|ca|pa|ss)_|sq0|EAAA|glsa_|glc_|AT[AC]TT3|ATBB|sntr[yu]|NRAK-|PMAK-|"
    rb"tskey-|FlyV1 |dp\.pt\.|sbp_|sb_secret_|pscale_|ntn_|lin_api_|CCIP|bkua_|pul-|AGE-SECRET-KEY-|"
    rb"ops_eyJ|eyJ[A-Za-z0-9_-]+\.eyJ|"
    rb"A[KS]IA[A-Z2-7]{16}|ucat_|[0-9]{8,10}:AA|-----BEGIN |\$2[aby]\$|\$argon2"
)


def told(rule: str, line: int, value: bytes, proof: str = "", note: str = "") -> Iterator[Leak]:
    """The leak, where the value can be a secret: no placeholder, path, plain address or word like ``true``."""
    value = value.strip()
    if worth(value):
        yield Leak(rule, line, value, proof, note)


def worth(value: bytes) -> bool:
    """Whether a value can be a secret at all."""
    if not value or len(value) > _VALUE or value.lower() in _NO_WORD or placeholder(value):
        return False
    return not (_PATH.fullmatch(value) or _ADDRESS.fullmatch(value))


def of_known_form(value: bytes) -> bool:
    """A token that its own form names: the rules judge those, with proofs that a parser lacks."""
    return bool(_VENDOR.match(value))


def lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers from 1, without what is too long to be one."""
    for number, line in enumerate(data[:LIMIT].replace(b"\r\n", b"\n").split(b"\n"), 1):
        if len(line) <= LINE:
            yield number, line


def unquoted(text: bytes) -> bytes:
    """A value without its quotes and what follows them; a bare one ends at a comment behind a space."""
    text = text.strip()
    if text[:1] in {b"'", b'"'}:
        end = text.find(text[:1], 1)
        if end > 0:
            return text[1:end]
    return re.split(rb"\s[#;]", text, maxsplit=1)[0].strip()


def line_of(data: bytes, offset: int) -> int:
    """The number of the line at this offset."""
    return data.count(b"\n", 0, offset) + 1
