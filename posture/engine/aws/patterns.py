"""The wildcards of IAM policies: ``*`` stands for any letters, ``?`` for one, across the colons of an ARN as well.

Source: IAM User Guide, "IAM JSON policy elements: Action", "... Resource" and "... Variables and tags".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

_WILD = re.compile(r"[*?]")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_FILLER = "x"  # for a letter that may be any


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern means this text. In time of the product of their lengths, whatever the pattern."""
    if pattern == "*":
        return True
    first = _WILD.search(pattern)
    if not first:
        return pattern == text
    at = first.start()
    if not text.startswith(pattern[:at]):
        return False
    if at == len(pattern) - 1 and pattern[at] == "*":
        return True
    return _wild(pattern, text)


def _wild(pattern: str, text: str) -> bool:
    """Match the pieces between the ``*``, each as early as it can stand: that is enough for wildcards like these."""
    first, *middle = pattern.split("*")
    if len(pattern) - len(middle) > len(text):
        return False
    if not middle:
        return len(first) == len(text) and _found(first, text, 0, len(text)) == 0
    last = middle.pop()
    at, end = len(first), len(text) - len(last)
    if _found(first, text, 0, at) != 0 or _found(last, text, end, len(text)) != end:
        return False
    for piece in middle:
        begins = _found(piece, text, at, end)
        if begins < 0:
            return False
        at = begins + len(piece)
    return True


def _found(piece: str, text: str, start: int, end: int) -> int:
    """Where a piece stands first within a part of the text; ``?`` is any letter. -1 where it does not."""
    if "?" not in piece:
        return text.find(piece, start, end)
    found = _letters(piece).search(text, start, end)
    return found.start() if found else -1


@lru_cache(maxsize=4_096)
def _letters(piece: str) -> re.Pattern[str]:
    return re.compile(".".join(map(re.escape, piece.split("?"))), re.DOTALL)


def covers(wide: str, narrow: str) -> bool:
    """Whether all that `narrow` means is meant by `wide` too. A doubtful case is answered with no."""
    return matches(wide, narrow) and ("?" not in wide or not _WILD.search(narrow) or wide == narrow)


def common(one: str, other: str) -> str | None:
    """A text that both patterns mean, None where there is none."""
    end = (len(one), len(other))
    before: dict[tuple[int, int], tuple[tuple[int, int], str] | None] = {(0, 0): None}
    waiting = [(0, 0)]
    for state in waiting:
        if state == end:
            return _spelled(before, end)
        for following, letter in _steps(one, other, state):
            if following not in before:
                before[following] = (state, letter)
                waiting.append(following)
    return None


def _steps(one: str, other: str, state: tuple[int, int]) -> list[tuple[tuple[int, int], str]]:
    """Where matching both can go from here: past a ``*`` for nothing, or past a letter that both allow."""
    here, there = state
    a, b = one[here : here + 1], other[there : there + 1]
    found = []
    if a == "*":
        found.append(((here + 1, there), ""))
    if b == "*":
        found.append(((here, there + 1), ""))
    if a and b and (a == b or a in "*?" or b in "*?"):
        letter = next((one for one in (a, b) if one not in "*?"), _FILLER)
        found.append(((here if a == "*" else here + 1, there if b == "*" else there + 1), letter))
    return found


def _spelled(before: dict[tuple[int, int], tuple[tuple[int, int], str] | None], end: tuple[int, int]) -> str:
    letters = []
    step = before[end]
    while step is not None:
        letters.append(step[1])
        step = before[step[0]]
    return "".join(reversed(letters))


def has_variable(pattern: str) -> bool:
    """Whether it has a policy variable, ``${aws:username}``."""
    return "${" in pattern


def variables_of(pattern: str) -> tuple[str, ...]:
    """The keys of its variables, in small letters."""
    return tuple(found.partition(",")[0].strip().lower() for found in _VARIABLE.findall(pattern))


def filled(pattern: str, value: Callable[[str], str | None]) -> str | None:
    """The pattern with the values of its variables, None where one has none.

    `value` is asked with the key in small letters. A default (``${aws:PrincipalTag/team, 'none'}``) is used where there
    is no value. ``${*}``, ``${?}`` and ``${$}`` stand for the letter itself; the first two are left as wildcards.
    """
    missing = False

    def one(found: re.Match[str]) -> str:
        nonlocal missing
        name, _, default = found[1].partition(",")
        if name.strip() in ("*", "?", "$"):
            return name.strip()
        known = value(name.strip().lower())
        if known is None and default:
            known = default.strip().strip("'")
        missing |= known is None
        return known or ""

    text = _VARIABLE.sub(one, pattern)
    return None if missing else text
