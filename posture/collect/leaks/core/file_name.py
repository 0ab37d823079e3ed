"""A file's name as it may be told: also a name can hold a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture.collect.leaks.core.confirm import confirmed
from posture.collect.leaks.core.leak import start

if TYPE_CHECKING:
    from posture.collect.leaks.core.rule import Rules
    from posture.collect.leaks.core.scan import Candidates


def without_tokens(path: str, rules: Rules, candidates: Candidates) -> str:
    """The path, of each token in it no more than its first characters and ``***``."""
    name = path.encode("utf-8", "replace")
    for found in confirmed(name, rules, candidates):
        if found.holds:
            token = name[found.first : found.last].decode("utf-8", "replace")
            path = path.replace(token, start(found.leak.value) + "***")
    return path
