"""Judging one file's bytes: what its parser says, then the rules, each secret once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture.collect.leaks.core.confirm import confirmed
from posture.collect.leaks.core.lookalikes import placeholder
from posture.collect.leaks.core.parsers import claims
from posture.collect.leaks.core.text import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from posture.collect.leaks.core.confirm import Found
    from posture.collect.leaks.core.leak import Leak
    from posture.collect.leaks.core.rule import Rules

    Candidates = Callable[[bytes], Iterable[tuple[int, int]]]
    """What an engine is: bytes to (index of a rule, offset of one of its anchors), in any order, repeats allowed."""

# A parser that knows no more than that a variable's name sounds secret gives way to a rule that knows the form.
_GENERIC = frozenset(
    {"environment-secret", "command-line-password", "terraform-state-secret", "stored-login", "application-key"}
)


_NO_WORDS = frozenset({"password-hash", "private-key", "google-service-account", "kubeconfig-credential"})


def scan(path: str, data: bytes, rules: Rules, candidates: Candidates) -> list[Leak]:
    """The secrets in a file, by line. `path` only chooses its parser; nothing is opened.

    Bytes that are no text (`readable`) hold none for us. The work grows with the length of `data` alone, however it
    looks; who reads files that may be huge gives them in pieces (`pieces`).
    """
    text = readable(data)
    if text is None:
        return []
    found = confirmed(text, rules, candidates)
    told = _parsed(path, text, found)
    told += [one.leak for one in found if one.holds and not _told(one.leak, told)]
    return sorted(told, key=lambda leak: (leak.line, leak.rule, leak.value))


def _parsed(path: str, text: bytes, found: list[Found]) -> list[Leak]:
    """What the file's parser says, less what is no secret or what a rule knows better."""
    parser = claims(path)
    if parser is None:
        return []
    told: list[Leak] = []
    for leak in parser(text):
        generic = leak.rule in _GENERIC
        if (leak.rule not in _NO_WORDS and placeholder(leak.value)) or (
            generic and any(_same(one.leak, leak) for one in found if one.certain)
        ):
            continue
        if not _told(leak, told):
            told.append(leak)
    return told


def _told(leak: Leak, told: list[Leak]) -> bool:
    return any(_same(leak, other) for other in told)


def _same(one: Leak, other: Leak) -> bool:
    """Whether two leaks are the same bytes: one at least within the other, at the same line."""
    return one.line == other.line and (one.value in other.value or other.value in one.value)
