"""Credentials in the locations of repositories; the collector masks by the same rule (masked() in updates.sh)."""

from __future__ import annotations

import re

_USER = re.compile(r"://\S*@")
_QUERY = re.compile(r"\?\S+")
_UUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_TOKEN = re.compile(r"(?:glpat|gldt|glrt|ghp|gho|ghs|ghu|github_pat)[-_][^/\s]+")
_WORD = re.compile(r"(?<=/)[^/\s]+")
_PIECE = re.compile(r"[A-Za-z0-9+=~%]+")


def without_secrets(location: str) -> str:
    """The location with user, query, UUIDs and words that look drawn by lot as ``***``.

    Such a word has 24 letters and digits, or 16 with digits and upper-case letters, or 20 with four digits, or it
    changes between letters and digits all the time. Names of suites, products, versions and architectures do not.
    """
    for pattern, instead in ((_USER, "://***@"), (_QUERY, "?***"), (_UUID, "***"), (_TOKEN, "***")):
        location = pattern.sub(instead, location)
    return _WORD.sub(lambda word: _judged(word[0]), location)


def _judged(word: str) -> str:
    return "***" if _mixed(word) else _PIECE.sub(lambda piece: "***" if _drawn(piece[0]) else piece[0], word)


def _drawn(piece: str) -> bool:
    digits = len(re.findall(r"[0-9]", piece))
    if not re.search(r"[A-Za-z]", piece):
        return False
    upper = re.search(r"[A-Z]", piece) is not None
    long = len(piece) >= 24 and piece.isalnum()
    return long or (digits > 0 and len(piece) >= 16 and upper) or (digits >= 4 and len(piece) >= 20)


def _mixed(word: str) -> bool:
    bare = re.sub(r"x86_64|[^A-Za-z0-9]", "", word)
    return len(bare) >= 20 and re.search(r"[A-Z]", bare) is not None and len(re.findall(r"[0-9]+", bare)) >= 4
