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
_ADDRESS = "url-password"
_COMPARED = 16  # of one line: where more secrets stand, a program wrote them, and only equal ones are taken for one


def scan(path: str, data: bytes, rules: Rules, candidates: Candidates) -> list[Leak]:
    """The secrets in a file, by line. `path` only chooses its parser; nothing is opened.

    Bytes that are no text (`readable`) hold none for us. The work grows with the length of `data` alone, however it
    looks; who reads files that may be huge gives the beginning, and says so.
    """
    text = readable(data)
    if text is None:
        return []
    found = confirmed(text, rules, candidates)
    parsed = _parsed(path, text, found)
    known = _Known(parsed)
    told = parsed + [one.leak for one in found if one.holds and one.leak not in known]
    return sorted(told, key=lambda leak: (leak.line, leak.rule, leak.value))


def _parsed(path: str, text: bytes, found: list[Found]) -> list[Leak]:
    """What the file's parser says, less what is no secret or what a rule knows better.

    A login in a file made for logins is one wherever it leads: what a rule says of any address does not count.
    """
    parser = claims(path)
    if parser is None:
        return []
    certain = _Known(one.leak for one in found if one.certain and one.leak.rule != _ADDRESS)
    addresses = _Known(one.leak for one in found if one.certain and one.leak.rule == _ADDRESS)
    told: list[Leak] = []
    known = _Known(())
    for leak in parser(text):
        if leak.rule not in _NO_WORDS and placeholder(leak.value):
            continue
        if leak.rule in _GENERIC and (leak in certain or (leak.rule != "stored-login" and leak in addresses)):
            continue
        if leak not in known:
            known.add(leak)
            told.append(leak)
    return told


class _Known:
    """Leaks by their lines. One is in it where the same bytes are: at the same line, one within the other."""

    def __init__(self, leaks: Iterable[Leak]) -> None:
        self._lines: dict[int, tuple[set[bytes], list[bytes]]] = {}
        for leak in leaks:
            self.add(leak)

    def add(self, leak: Leak) -> None:
        """Take one more."""
        every, first = self._lines.setdefault(leak.line, (set(), []))
        every.add(leak.value)
        if len(first) < _COMPARED:
            first.append(leak.value)

    def __contains__(self, leak: Leak) -> bool:
        every, first = self._lines.get(leak.line, (set(), []))
        return leak.value in every or any(leak.value in value or value in leak.value for value in first)
