"""Make hostile text harmless before it is stored, printed or rendered.

Banners, file names and answers of scanned hosts may hold terminal escapes, bidirectional overrides (CVE-2021-42574),
lone surrogates (one of them loses a whole PDF), NULs, or a megabyte without a space. Every such text passes through
:func:`visible` once, where it enters; renderers pass it through again.
"""

from __future__ import annotations

import re
import unicodedata

FIELD_LIMIT = 512  # characters of a one-line field
LINE_LIMIT = 200  # characters of a line of evidence
LINES_LIMIT = 40  # lines of a block of evidence

_HARMLESS = re.compile(r"[\x20-\x7e]*")
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # shown as nothing, yet no space
_MORE = re.compile(r"… [0-9]+ more lines?")


def _escape(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _shown(character: str) -> str:
    """Escape what is invisible, unassigned, private, a surrogate, or changes the direction or place of other text."""
    category = unicodedata.category(character)
    if category[0] == "C" or category in {"Zl", "Zp"} or character in _BLANK_LETTERS or character >= "\U000e0100":
        return _escape(character)
    if category == "Zs":
        return " "
    return character


def _without_stacks(text: str, most: int = 4) -> str:
    """Drop combining marks beyond `most` in a row: stacks of thousands take renderers minutes."""
    out: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= most:
            out.append(character)
    return "".join(out)


def visible(text: str, limit: int = FIELD_LIMIT) -> str:
    """One line of printable text: controls and deceptive characters become visible escapes, the length is bounded.

    The result encodes to UTF-8, holds no line break, and is at most `limit` characters plus a closing ellipsis.
    Applying it twice gives the same as applying it once.
    """
    head = text[: limit + 1]
    if not _HARMLESS.fullmatch(head):
        # Escape before composing: a mark behind an escape would else join the escape's last letter the second time.
        head = unicodedata.normalize("NFC", "".join(map(_shown, head)))
        head = _without_stacks(head)
    if len(head) <= limit and len(text) <= limit + 1:
        return head
    return head[:limit].removesuffix("…") + "…"


def visible_lines(text: str, lines: int = LINES_LIMIT, width: int = LINE_LIMIT) -> tuple[str, ...]:
    """A block of text as bounded printable lines; the last one says how many more there were.

    Applied to its own result, joined by line breaks, it gives the same.
    """
    looked_at = lines * width * 8 + 64  # what says how many more there were is looked at whole
    every = text[:looked_at].splitlines()
    shown = tuple(visible(line, width) for line in every[:lines])
    if len(every) == lines + 1 and _MORE.fullmatch(every[-1]):
        return (*shown, every[-1])
    left = len(every) - len(shown) + text.count("\n", looked_at)
    return (*shown, f"… {left} more line{'' if left == 1 else 's'}") if left > 0 else shown


def decoded(raw: bytes) -> str:
    """Bytes from outside as text: UTF-8, what is not UTF-8 as a visible escape; never a surrogate, never an error."""
    return raw.decode("utf-8", "backslashreplace")


def masked(secret: str) -> str:
    """The only form in which a found secret is ever named: its length, first and last characters.

    Four characters at each end for long values, two for those of 12 to 23 characters, none below.
    """
    ends = 4 if len(secret) >= 24 else 2 if len(secret) >= 12 else 0
    shown = f"{secret[:ends]}…{secret[-ends:]}" if ends else "…"
    return f"{visible(shown)} ({len(secret)} characters)"
