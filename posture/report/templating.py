"""Markdown templates with a stranger's values.

A template is rendered with a mark in place of every value, the result is read as Markdown, and only then each mark
becomes its value, in the form that fits where the mark stands: a shell word in code, escaped text elsewhere. So no
value is ever read as Markdown, whatever the template's author did.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from jinja2 import StrictUndefined, Template, Undefined, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from posture.report import markdown, shell

MARK = re.compile("\ue000([0-9]+)\ue001")
_VALUES = "values of this rendering"  # no template can name it: it is no identifier
_SAID = "how a value is said in the language of this rendering"


@dataclass(frozen=True, slots=True)
class _Words:
    """A value that went through the filter ``sh``."""

    words: tuple[str, ...]


def skeleton(source: str) -> tuple[str, list[str]]:
    """The text with a mark for each expression and all branches one after the other; the expressions' sources."""
    out: list[str] = []
    expressions: list[str] = []
    inside: list[str] | None = None
    skip = False
    for _, kind, text in environment().lex(source):
        if kind == "variable_begin":
            inside = []
        elif kind == "variable_end":
            out.append(f"\ue000{len(expressions)}\ue001")
            expressions.append("".join(inside or ()))
            inside = None
        elif kind in {"block_begin", "block_end"}:
            skip = kind == "block_begin"
        elif inside is not None:
            inside.append(text)
        elif kind == "data" and not skip:
            out.append(text)
    return "".join(out), expressions


def ends_in_sh(expression: str) -> bool:
    """Whether the last thing that an expression does is to quote for the shell."""
    output = next(environment().parse("{{" + expression + "}}").find_all(nodes.Output))
    return all(isinstance(node, nodes.Filter) and node.name == "sh" for node in output.nodes)


def _sh(value: object) -> _Words:
    """The filter ``sh``: a value as one shell word, a list as its words."""
    if isinstance(value, Undefined):
        value = str(value)  # raises, or shows the placeholder
    return _Words(tuple(_plain(item) for item in value) if isinstance(value, tuple | list) else (_plain(value),))


def _plain(value: object, said: Callable[[str], str] = str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ", ".join(_plain(item, said) for item in value)
    return said(str(value))


@pass_context
def _marked(context: Context, value: object) -> str:
    """Keep the value for later and leave a mark in its place."""
    values: list[str | _Words] = context[_VALUES]
    values.append(value if isinstance(value, _Words) else _plain(value, context[_SAID]))
    return f"\ue000{len(values) - 1}\ue001"


class _Placeholder(Undefined):
    """A value that is not known, shown as ``<name>``; every condition on it holds."""

    def __str__(self) -> str:
        return f"<{self._undefined_name}>"

    def __iter__(self) -> Iterator[_Placeholder]:
        return iter((self,))

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return 1

    def __contains__(self, item: object) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return hash(self._undefined_name)

    def _never(self, *_others: object) -> bool:
        return False

    __lt__ = __gt__ = __le__ = __ge__ = _never  # type: ignore[assignment]  # they fail in the class above


@cache
def environment(*, strict: bool = True) -> SandboxedEnvironment:
    """The environment of templates; one that is not strict shows a value it does not know as ``<name>``."""
    made = SandboxedEnvironment(
        undefined=StrictUndefined if strict else _Placeholder,
        finalize=_marked,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # Markdown, not HTML; a value is neutralised when it takes its mark's place
    )
    made.filters["sh"] = _sh
    return made


@lru_cache(maxsize=1024)
def compiled(source: str, *, strict: bool = True) -> Template:
    """A template, compiled once.

    Raises:
        jinja2.TemplateSyntaxError: it is none.
    """
    return environment(strict=strict).from_string(source)


def marks(text: str) -> tuple[dict[int, shell.Place], set[int]]:
    """The marks that stand in code, with what the shell makes of their place, and those that stand in text."""
    in_code: dict[int, shell.Place] = {}
    in_text: set[int] = set()
    for token in markdown.tokens(text):
        if token.type == "text":
            in_text.update(int(mark[1]) for mark in MARK.finditer(token.content))
        elif markdown.is_code(token):
            in_code.update(_marks_in_code(token.content, markdown.language(token)))
    return in_code, in_text


def _marks_in_code(content: str, language: str) -> Iterator[tuple[int, shell.Place]]:
    no_commands = shell.Place.RECORD if language == shell.RECORDS else shell.Place.WORD
    try:
        where = shell.places(content) if language in shell.LANGUAGES else [no_commands] * len(content)
    except shell.Unclear:
        where = [shell.Place.HEREDOC] * len(content)
    for mark in MARK.finditer(content):
        yield int(mark[1]), where[mark.start()]


def _filled(text: str, values: list[str | _Words]) -> str:
    in_code, in_text = marks(text)

    def value(mark: re.Match[str]) -> str:
        number = int(mark[1])
        kept = values[number]
        words = kept.words if isinstance(kept, _Words) else (kept,)
        if number in in_code:
            return " ".join(shell.placed(word, in_code[number]) for word in words)
        if number not in in_text:
            return ""
        return _no_list_marker(markdown.escaped(", ".join(words)), text[mark.end() : mark.end() + 1])

    return _folded(MARK.sub(value, text))


def _no_list_marker(shown: str, following: str) -> str:
    """A number in front of the text's own full stop or bracket must not begin a list (CommonMark 0.31, 5.2)."""
    if following in {".", ")"} and shown.isdigit() and shown.isascii():
        return f"&#{ord(shown[0])};{shown[1:]}"
    return shown


def _folded(text: str) -> str:
    """The text with the long lines of its commands folded, each behind what stands before it (a list's indent)."""
    lines = text.split("\n")
    for token in reversed(list(markdown.tokens(text))):
        if token.type != "fence" or not token.map or markdown.language(token) not in shell.LANGUAGES:
            continue
        first = token.map[0] + 1
        for offset, shown in reversed(list(enumerate(shell.folded(token.content)))):
            if len(shown) > 1:
                old = lines[first + offset]
                indent = old[: len(old) - len(token.content.split("\n")[offset])]
                lines[first + offset : first + offset + 1] = [indent + line for line in shown]
    return "\n".join(lines)


def filled(
    source: str, variables: Mapping[str, object], *, strict: bool = True, said: Callable[[str], str] = str
) -> str:
    """A template with its values, as Markdown; `said` puts a value that stands in a sentence into its language.

    Raises:
        jinja2.UndefinedError: strict, and a value is not there.
    """
    values: list[str | _Words] = []
    raw = compiled(source, strict=strict).render({**variables, _VALUES: values, _SAID: said})
    return _filled(raw.strip("\n"), values)
