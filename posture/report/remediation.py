"""A check's remediation text: why it matters, how to fix it on the customer's own system, how to verify that.

One Markdown file a check, beside it: front matter with the fields `action`, `effort_minutes` and `disruption`, and
`example` with values to explain the text with; then the sections Why, Fix and Verify. A translation has a `title`
besides, and no `example`. A value goes into text as ``{{ port }}``, into code as ``{{ path | sh }}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml
from jinja2 import TemplateSyntaxError, UndefinedError, nodes
from jinja2.exceptions import SecurityError

from posture.model.finding import System
from posture.model.text import visible
from posture.model.verdict import Detail
from posture.report import markdown, shell
from posture.report.templating import MARK, compiled, ends_in_sh, environment, filled, marks, skeleton

SECTIONS = ("Why", "Fix", "Verify")
FIELDS = ("action", "effort_minutes", "disruption")
EXAMPLE_SYSTEM = System("debian", "12", "Debian GNU/Linux 12 (bookworm)", "systemd")
LONGEST_ACTION = 60  # characters; one line of page one
MOST_TIMES = 20  # that a fix is repeated

_FRONT = re.compile(r"\A---\n(?P<front>.*?)^---\n(?P<body>.*)\Z", re.DOTALL | re.MULTILINE)
_FORBIDDEN = (
    nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends, nodes.Block, nodes.Macro, nodes.CallBlock,
    nodes.FilterBlock, nodes.AssignBlock,
)  # fmt: skip


_VALUE_ERRORS = (UndefinedError, SecurityError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError)


class RemediationError(ValueError):
    """A remediation text is not as it must be; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Example:
    """Values that a finding of the check may have: what its text is explained with before anything was audited."""

    details: tuple[tuple[str, Detail], ...]
    system: System = EXAMPLE_SYSTEM
    subject: str = "web1"
    resource: str = "web1"


@dataclass(frozen=True, slots=True)
class RemediationText:
    """A check's text as its author wrote it. `why`, `fix` and `verify` are templates.

    `title` is the check's title in the language of a translation; empty where the check's own is meant.
    """

    name: str
    action: str
    effort_minutes: int
    disruption: str
    why: str
    fix: str
    verify: str
    example: Example | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Remediation:
    """What to do about one finding. The three texts are Markdown in which no value is active.

    `missing` names the values the text asks for and the finding does not have; they are shown as ``<name>``. Two fixes
    with the same commands are one, unless `apart` differs.
    """

    action: str
    effort_minutes: int
    disruption: str
    why_md: str
    fix_md: str
    verify_md: str
    missing: tuple[str, ...] = ()
    apart: str = ""


def pick(texts: Mapping[str, RemediationText], language: str) -> RemediationText:
    """The text in the customer's language (``de``, ``de-AT``), English where there is none.

    Raises:
        KeyError: there is no English text either.
    """
    return texts.get(language.lower()) or texts.get(language.lower().partition("-")[0]) or texts["en"]


def load(text: str, name: str) -> RemediationText:
    """Read a remediation text and hold it against the rules of such texts.

    Raises:
        RemediationError: what is missing or wrong, with the file's name.
    """
    parts = _FRONT.match(text.replace("\r\n", "\n"))
    if not parts:
        raise RemediationError(f"{name}: begin with front matter between two lines ---: {', '.join(FIELDS)}")
    front = _front(parts["front"], name)
    action, effort, disruption = _told(front, name)
    sections = _sections(parts["body"], name)
    for title, source in sections.items():
        _inspect(source, f"{name}, section {title}")
    why, fix, verify = (sections[title] for title in SECTIONS)
    title = _title(front, name)
    return RemediationText(name, action, effort, disruption, why, fix, verify, _example(front, name), title)


def _front(source: str, name: str) -> dict[str, Any]:
    try:
        front = yaml.safe_load(source)
    except yaml.YAMLError as error:
        raise RemediationError(f"{name}: the front matter is not YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(front, dict) or set(front) - {"example", "title"} != set(FIELDS):
        raise RemediationError(
            f"{name}: the front matter must have exactly the fields {', '.join(FIELDS)}, and may have example; "
            "a translation may have title"
        )
    return front


def _title(front: Mapping[str, Any], name: str) -> str:
    title = front.get("title", "")
    if not isinstance(title, str) or "\n" in title.strip() or "{" in title:
        raise RemediationError(f"{name}: title must be one line of text without placeholders")
    return title.strip()


def _told(front: Mapping[str, Any], name: str) -> tuple[str, int, str]:
    for field in ("action", "disruption"):
        value = front[field]
        if not isinstance(value, str) or not value.strip() or "\n" in value.strip() or "{" in value:
            raise RemediationError(f"{name}: {field} must be one line of text without placeholders")
    if len(front["action"].strip()) > LONGEST_ACTION:
        raise RemediationError(f"{name}: action has more than {LONGEST_ACTION} characters")
    minutes = front["effort_minutes"]
    if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes < 1:
        raise RemediationError(f"{name}: effort_minutes must be a whole number of minutes, 1 or more")
    return front["action"].strip(), minutes, front["disruption"].strip()


def _example(front: Mapping[str, Any], name: str) -> Example | None:
    values = front.get("example")
    if values is None:
        return None
    if not isinstance(values, dict) or not all(isinstance(key, str) and key.isidentifier() for key in values):
        raise RemediationError(f"{name}: example must be names of details, each with a value")
    about = {field: values.get(field, "web1") for field in ("subject", "resource")}
    system = values.get("system", {})
    if not isinstance(system, dict) or not set(system) <= {"id", "version", "name", "init"}:
        raise RemediationError(f"{name}: example's system has the fields id, version, name and init")
    words = [*about.values(), *system.values()]
    if not all(isinstance(word, str) for word in words):
        raise RemediationError(f"{name}: example's system, subject and resource are text; put numbers in quotes")
    details = {key: _detail(value) for key, value in values.items() if key not in {*about, "system"}}
    if wrong := [key for key, value in details.items() if value is None]:
        raise RemediationError(
            f"{name}: example's {wrong[0]} must be text, a number, true or false, or a list of texts"
        )
    known = tuple((key, value) for key, value in sorted(details.items()) if value is not None)
    return Example(known, replace(EXAMPLE_SYSTEM, **system), **about)


def _detail(value: object) -> Detail | None:
    """A value of YAML as a check's detail, None when it cannot be one."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return value if isinstance(value, str | int) else None


def _sections(body: str, name: str) -> dict[str, str]:
    """The bodies of the sections by title; a line ``## `` in a code block is no title."""
    found: list[tuple[str, list[str]]] = []
    fenced = False
    for line in body.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        if line.startswith("#") and not fenced:
            found.append((line, []))
        elif found:
            found[-1][1].append(line)
        elif line.strip():
            raise RemediationError(f"{name}: nothing may stand before ## {SECTIONS[0]}")
    wanted = [f"## {title}" for title in SECTIONS]
    if [title.rstrip() for title, _ in found] != wanted:
        raise RemediationError(f"{name}: the headings must be exactly {', '.join(wanted)}, in this order, and no other")
    sections = {title: "\n".join(lines).strip("\n").rstrip() for title, (_, lines) in zip(SECTIONS, found, strict=True)}
    for title, text in sections.items():
        if not text:
            raise RemediationError(f"{name}: section {title} is empty")
    return sections


def _inspect(source: str, where: str) -> None:
    """Refuse what could not be rendered safely or would not be fit to copy."""
    try:
        tree = environment().parse(source)
        compiled(source)
    except TemplateSyntaxError as error:
        raise RemediationError(f"{where}, line {error.lineno}: {error.message}") from error
    if forbidden := next(tree.find_all(_FORBIDDEN), None):
        raise RemediationError(f"{where}: {type(forbidden).__name__.lower()} is not for remediation texts")
    if "\ue000" in source or "\ue001" in source:
        raise RemediationError(f"{where}: holds characters of a private use area")
    outline, expressions = skeleton(source)
    _inspect_values(outline, expressions, where)
    _inspect_code(outline, where)


def _inspect_values(outline: str, expressions: list[str], where: str) -> None:
    in_code, in_text = marks(outline)
    for number, expression in enumerate(expressions):
        quoted = ends_in_sh(expression)
        shown = "{{ " + expression.strip() + " }}"
        if number in in_code and not quoted:
            raise RemediationError(f"{where}: {shown} stands in code; only a value with | sh may")
        if number in in_text and quoted:
            raise RemediationError(f"{where}: {shown} is quoted for the shell but does not stand in code")
        if number not in in_code and number not in in_text:
            raise RemediationError(f"{where}: {shown} stands in a link or behind ```; no value may")


def _inspect_code(outline: str, where: str) -> None:
    for token in markdown.tokens(outline):
        if token.type not in {"fence", "code_block"}:
            continue
        for line in MARK.sub("", token.content).splitlines():
            if len(line) > shell.WIDTH:
                raise RemediationError(f"{where}: a line of code has more than {shell.WIDTH} columns: {line[:40]}…")
        if markdown.language(token) in shell.LANGUAGES:
            try:
                shell.places(token.content)
            except shell.Unclear as error:
                raise RemediationError(f"{where}: in a code block: {error}") from error


def render(  # noqa: PLR0913  what a finding is made of
    text: RemediationText,
    *,
    details: Iterable[tuple[str, Detail]],
    system: System,
    subject: str,
    resource: str,
    said: Callable[[str], str] = str,
) -> Remediation:
    """The text for one finding. A value that the finding does not have is shown as ``<name>``, and named.

    `said` puts what a check said into the text's language, where it stands in a sentence; commands keep it as it is.

    A detail `times` says how often the fix is to be repeated: the effort is that of all. A detail `apart` is what keeps
    a fix from being told as the same as another's, where what differs is in the words and not in the commands.
    """
    variables: dict[str, object] = {**dict(details), "subject": subject, "resource": resource, "system": system}
    try:
        return _remediation(text, variables, (), said=said)
    except _VALUE_ERRORS as error:
        missing = (visible(str(error)),)
    try:
        return _remediation(text, variables, missing, strict=False, said=said)
    except _VALUE_ERRORS:
        instead = "This text could not be filled in for this finding; `posture explain` shows it without values."
        return Remediation(text.action, _effort(text, variables), text.disruption, instead, instead, instead, missing)


def explain(text: RemediationText, example: Example | None = None) -> Remediation:
    """The text for no finding: with its example's values, or with `example` where it has none.

    Without either every value is its name, ``<port>``.
    """
    like = text.example or example
    if like is None:
        return _remediation(text, {"system": System()}, (), strict=False)
    return render(text, details=like.details, system=like.system, subject=like.subject, resource=like.resource)


def _remediation(
    text: RemediationText,
    variables: Mapping[str, object],
    missing: tuple[str, ...],
    *,
    strict: bool = True,
    said: Callable[[str], str] = str,
) -> Remediation:
    sources = (text.why, text.fix, text.verify)
    why, fix, verify = (filled(source, variables, strict=strict, said=said) for source in sources)
    apart = str(variables.get("apart", ""))
    return Remediation(text.action, _effort(text, variables), text.disruption, why, fix, verify, missing, apart)


def _effort(text: RemediationText, variables: Mapping[str, object]) -> int:
    times = variables.get("times", 1)
    return text.effort_minutes * (times if isinstance(times, int) and 1 <= times <= MOST_TIMES else 1)
