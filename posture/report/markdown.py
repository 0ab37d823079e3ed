"""The Markdown of remediation texts: CommonMark without HTML, images and references; links to https only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from posture.model.text import visible
from posture.report.breaks import breakable

_ALWAYS = re.compile(r"[\\`*_{}\[\]()<>#|~!$^@\":&]")
_STOP = re.compile(r"\.(?=\s|$)")
_FIRST = re.compile(r"^([-+=.])")


def escaped(value: str) -> str:
    """A value as one line of Markdown that shows it and is nothing else: no link, heading, list, HTML or code."""
    text = visible(value).strip() or "(empty)"
    text = _ALWAYS.sub(lambda found: "\\" + found.group(), text)
    text = _STOP.sub(r"\\.", text)
    return _FIRST.sub(r"\\\1", text)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False})
    parser.disable(["image", "html_inline", "html_block", "reference", "heading", "lheading"])
    parser.validateLink = lambda url: url.startswith("https://")  # type: ignore[method-assign]
    parser.add_render_rule("fence", _code_block)
    parser.add_render_rule("code_block", _code_block)
    parser.add_render_rule("text", _text)
    parser.add_render_rule("ordered_list_open", _numbered)
    return parser


def _numbered(_renderer: object, tokens: Sequence[Token], index: int, _options: object, _env: object) -> str:
    """A list that goes on after a command; WeasyPrint reads its first number from the style only."""
    first = int(tokens[index].attrs.get("start", 1))
    return "<ol>\n" if first == 1 else f'<ol start="{first}" style="counter-reset: list-item {first - 1}">\n'


def _code_block(_renderer: object, tokens: Sequence[Token], index: int, _options: object, _env: object) -> str:
    lines = tokens[index].content.rstrip("\n").split("\n")
    longest = max(map(len, lines))
    size = "" if longest <= 88 else " long" if longest <= 112 else " longer"
    return str(Markup('<pre class="cmd{}"><code>{}</code></pre>\n').format(size, "\n".join(lines)))


def _text(_renderer: object, tokens: Sequence[Token], index: int, _options: object, _env: object) -> str:
    return str(breakable(tokens[index].content))


def to_html(text: str) -> Markup:
    """Markdown as HTML that may stand in a page as it is."""
    return Markup(_parser().render(text))  # noqa: S704 - built from escaped tokens only; raw HTML is off


def tokens(text: str) -> Iterator[Token]:
    """Every token of a text, the children of inline ones in their place."""
    environment: dict[str, Any] = {}
    for token in _parser().parse(text, environment):
        yield token
        yield from token.children or ()


def is_code(token: Token) -> bool:
    """Whether a token's content is shown as code."""
    return token.type in {"fence", "code_block", "code_inline"}


def commands(text: str) -> tuple[str, ...]:
    """What stands in the code blocks of a text: two texts with the same are one and the same thing to do."""
    return tuple(token.content for token in tokens(text) if token.type in {"fence", "code_block"})


def prose(text: str) -> str:
    """What a text says in words: all but its code."""
    return "\n".join(token.content for token in tokens(text) if token.type == "text")


def language(token: Token) -> str:
    """The language a code block names, in lower case; empty when it names none."""
    return token.info.strip().partition(" ")[0].lower()
