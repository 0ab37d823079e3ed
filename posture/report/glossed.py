"""Links from words of the field to what they mean: the first of each in a piece of the report, never in code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from markupsafe import Markup, escape

from posture.model.text import visible
from posture.report.breaks import breakable
from posture.report.model import Term

_TAG = re.compile(r"(<[^>]*>)")
_LONGEST = 600  # characters of a text that is no HTML yet
_QUIET = frozenset({"a", "code", "pre"})  # nothing in these is linked
_LINK = Markup('<a class="term" href="#term-{}">{}</a>')


def pattern(word: str) -> re.Pattern[str]:
    """Finds a word or words with the endings that English and German give them: ``ports``, ``privaten Schlüssel``."""
    *before, last = word.split()
    stems = [re.escape(part.removesuffix("er")) + r"(?:e[mnrs]?)?" for part in before if part] if before else []
    return re.compile(r"(?i)\b" + r"\s+".join([*stems, re.escape(last) + r"(?:e[ns]?|n|s)?"]) + r"\b")


class FirstUses:
    """For the templates of one report: called with a text or with HTML, it links what was not linked since `afresh`."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._patterns = {term.id: pattern(term.word) for term in terms}
        self._to_come = dict(self._patterns)

    def afresh(self) -> str:
        """A new piece of the report begins, which may be read without the one before."""
        self._to_come = dict(self._patterns)
        return ""

    def __call__(self, text: str) -> Markup:
        """The text with its links; what is no HTML yet is made harmless."""
        html = text if isinstance(text, Markup) else breakable(visible(text, _LONGEST))
        return Markup("").join(self._pieces(html))

    def _pieces(self, html: Markup) -> Iterator[Markup]:
        quiet = 0
        for number, piece in enumerate(_TAG.split(str(html))):
            if number % 2:
                name = piece.strip("</>").partition(" ")[0]
                quiet += (-1 if piece.startswith("</") else 1) * (name in _QUIET)
            if number % 2 or quiet:
                yield Markup(piece)  # noqa: S704 - a piece of HTML that was harmless as a whole
            else:
                yield from self._linked(piece)

    def _linked(self, piece: str) -> Iterator[Markup]:
        """A piece of HTML between two tags, from left to right."""
        at = 0
        while found := min(
            ((match.start(), match.end(), term) for term, words in self._to_come.items()
             if (match := words.search(piece, at))), default=None,
        ):  # fmt: skip
            start, end, term = found
            del self._to_come[term]
            yield Markup(piece[at:start])  # noqa: S704 - as above
            yield _LINK.format(escape(term), Markup(piece[start:end]))  # noqa: S704 - as above
            at = end
        yield Markup(piece[at:])  # noqa: S704 - as above
