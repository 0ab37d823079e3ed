"""Break opportunities in unbroken runs, so that a page is laid out in time and nothing leaves it."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

RUN = 40  # characters without a blank that a line may be asked to hold
_LONG = re.compile(rf"\S{{{RUN}}}(?=\S)")
_BREAK = Markup("<wbr>")


def breakable(text: str) -> Markup:
    """The text as HTML, with a place to break every 40 characters of a run without a blank.

    ``<wbr>`` and not a zero-width space: what is copied from the page is what was there. Not for commands.
    """
    if len(text) <= RUN:
        return escape(text)
    pieces: list[str] = []
    start = 0
    for run in _LONG.finditer(text):
        pieces.append(text[start : run.end()])
        start = run.end()
    return _BREAK.join([*pieces, text[start:]])
