"""Cells of a table that spreadsheets open: no text from outside is ever a formula."""

from __future__ import annotations

from posture.model.text import visible

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  full width counts, too
_MOST = 2048  # characters; a cell of Excel holds 32,767


def cell(text: str) -> str:
    """The text as one visible line; with an apostrophe in front where a spreadsheet would compute it (CWE-1236)."""
    shown = visible(text, _MOST)
    return f"'{shown}" if shown.lstrip(" ").startswith(_FORMULA) else shown
