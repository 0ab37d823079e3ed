"""The commands that texts of AWS checks hand to customers are ones that the AWS CLI has, with what it demands of them.

The CLI makes its commands and options of botocore's descriptions of the services; what it adds of its own is named here
(AWS CLI Command Reference).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import botocore.session
import jmespath
import pytest
from botocore import xform_name
from botocore.exceptions import UnknownServiceError

TEXTS = sorted((Path(__file__).parents[2] / "checks").glob("*/aws_*.md"))
HOLDERS = ("user", "group", "role")  # what stands for `kind` within the name of a command
EVERYWHERE = {"query", "output", "region", "profile", "no-sign-request", "no-paginate", "cli-input-json"}
PAGES = {"max-items", "page-size", "starting-token"}
ADDED = {
    "authorize-security-group-ingress": {"protocol", "port", "cidr", "source-group"},
    "create-virtual-mfa-device": {"outfile", "bootstrap-method"},
}
RENAMED = {("eks", "version"): "kubernetes-version"}  # as --version is the CLI's own
OWN = {"cloudformation deploy", "configure sso"}  # commands that are the CLI's alone
SERVICES = {"s3api": "s3"}
END = {"|", ">", ")", "&&", ";", "||", ">>"}


class Command(NamedTuple):
    """``aws SERVICE NAME ...`` as a text has it. `whole` is to be copied; a sentence may leave out options."""

    text: str
    words: tuple[str, ...]
    whole: bool

    def __str__(self) -> str:
        return f"{self.text}: aws {' '.join(self.words[:2])}"

    @property
    def options(self) -> list[str]:
        """The long options, without their dashes."""
        return [word[2:].partition("=")[0] for word in self.words[2:] if re.match(r"--[a-z]", word)]

    def after(self, option: str) -> str:
        """The word after an option, empty where it has none."""
        at = self.words.index(f"--{option}") + 1 if f"--{option}" in self.words else len(self.words)
        return self.words[at] if at < len(self.words) else ""


def _commands() -> Iterator[Command]:
    for text in TEXTS:
        said = text.read_text(encoding="utf-8")
        for block in re.findall(r"^```sh\n(.*?)^```", said, re.MULTILINE | re.DOTALL):
            for line in _lines(block):
                for found in re.finditer(r"(?<![\w./-])aws ([a-z0-9-]+ [a-z0-9-]+.*)", line):
                    yield Command(text.name, _words(found[1]), whole=True)
        for sentence in re.findall(r"`aws ([a-z0-9-]+ [a-z][a-z0-9-]+[^`]*)`", said):
            yield Command(text.name, _words(sentence), whole=False)


def _lines(block: str) -> Iterator[str]:
    """The lines of some code: its conditions are taken out, each value is one word, what goes on is joined."""
    plain = re.sub(r"\{%.*?%\}", "", block, flags=re.DOTALL)
    for kind in HOLDERS if re.search(r"-\{\{ kind", plain) else ("",):
        values = re.sub(r"\{\{.*?\}\}", "VALUE", re.sub(r"-\{\{ kind.*?\}\}", f"-{kind}", plain))
        yield from re.sub(r"\\\s*\n\s*", " ", values).splitlines()


def _words(line: str) -> tuple[str, ...]:
    lexer = shlex.shlex(re.sub(r"\$\([^()]*\)", "VALUE", line), posix=True, punctuation_chars="|>);&")
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    try:
        for word in lexer:
            if word in END:
                break
            words.append(word)
    except ValueError:  # a quote that ends on another line
        return tuple(line.split())
    return tuple(words)


@cache
def _service(name: str) -> Any:
    return botocore.session.get_session().get_service_model(SERVICES.get(name, name))


@cache
def _operations(service: str) -> dict[str, str]:
    return {xform_name(name, "-"): name for name in _service(service).operation_names}


@cache
def _waiters(service: str) -> dict[str, str]:
    """The conditions that ``aws SERVICE wait`` knows, and the operation that each asks."""
    core = botocore.session.get_session()
    model: Any = core.get_waiter_model(SERVICES.get(service, service))
    return {xform_name(name, "-"): model.get_waiter(name).operation for name in model.waiter_names}


def _option(service: str, member: str) -> str:
    option = xform_name(member, "-")
    return RENAMED.get((service, option), option)


def _faults(command: Command) -> list[str]:
    service, name = command.words[0], command.words[1]
    if f"{service} {name}" in OWN or "help" in command.words[2:]:
        return []
    try:
        operations = _operations(service)
    except UnknownServiceError:
        return [f"no service {service}"]
    found = _waiters(service).get(command.words[2]) if name == "wait" else operations.get(name)
    if found is None:
        return ["no such command"]
    shape = _service(service).operation_model(found).input_shape
    every = {member: _option(service, member) for member in shape.members} if shape else {}
    members = {option: shape.members[member] for member, option in every.items()}
    known = EVERYWHERE | PAGES | set(members) | ADDED.get(name, set())
    known |= {f"no-{member}" for member, of in members.items() if of.type_name == "boolean"}
    faults = [f"no option --{option}" for option in command.options if option not in known]
    given = {option.removeprefix("no-") if option not in members else option for option in command.options}
    demanded = {every[member] for member in shape.required_members} if shape else set()
    if command.whole and "cli-input-json" not in given:
        faults += [f"--{option} is missing" for option in sorted(demanded - given)]
    return [*faults, *_values(command, members)]


def _values(command: Command, members: dict[str, Any]) -> Iterator[str]:
    """Words that the service does not know where it names those it does."""
    for option, shape in members.items():
        value = command.after(option)
        known = getattr(shape, "enum", None)
        if known and re.fullmatch(r"[A-Za-z][\w-]*", value) and value not in {*known, "VALUE", "NEW", "GROUP"}:
            yield f"--{option} {value} is none of {', '.join(known)}"


COMMANDS = list(dict.fromkeys(_commands()))


def test_texts_have_commands() -> None:
    """The reader of texts finds what is there: far more commands than texts."""
    assert len(COMMANDS) > 150


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_a_command_is_one_of_the_cli(command: Command) -> None:
    """Service, command, options, what is demanded and named values are as the service describes them."""
    assert _faults(command) == [], " ".join(command.words)


@pytest.mark.parametrize("query", sorted({one.after("query") for one in COMMANDS} - {""}))
def test_a_query_is_one_of_jmespath(query: str) -> None:
    """What picks from an answer is understood."""
    jmespath.compile(query)
