"""Values in shell commands that a customer will copy: quoted for where they stand, folded where a line is too long.

Quoting follows POSIX.1-2024, XCU 2.2: single quotes, and dollar-single-quotes for what a page cannot show.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from enum import Enum

from posture.model.text import visible, visible_lines

WIDTH = 88  # columns of a command line that a page shows without wrapping
LANGUAGES = frozenset({"", "sh", "bash", "shell", "console"})  # of a code block that holds commands
RECORDS = "zone"  # language of a code block that holds records of the DNS in zone-file form
LONGEST = 1024
NOT_SHOWN = "VALUE_WITH_SPECIAL_CHARACTERS"

_PLAIN = re.compile(r"[A-Za-z0-9@%+=:,./_-]+")
_PLAIN_IN_QUOTES = re.compile(r"[A-Za-z0-9@%+=:,./_ <>\[\]-]+")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


class Place(Enum):
    """What the shell makes of a character."""

    WORD = "unquoted"
    SINGLE = "in single quotes"
    DOUBLE = "in double quotes"
    ANSI = "in dollar-single-quotes"
    COMMENT = "in a comment"
    HEREDOC = "in a here-document"
    RECORD = "in the records of a DNS zone, which no shell reads"


class Unclear(ValueError):
    """It cannot be told how the shell reads these lines."""


def quote(value: str) -> str:
    """One shell word that stands for exactly this value, on one line, without a backtick.

    What a page would alter or hide (controls, bidirectional marks, surrogates, decomposed letters) and the backtick,
    which would end a Markdown code span, become octal escapes; so do quotes and backslashes beside them: a shell that
    does not know ``$'...'`` (dash; POSIX has it since 2024) must see one word, of no file, and nothing to run. A NUL,
    which no argument can hold, becomes U+FFFD: the command then fails, rather than meet another file. So does a value
    longer than any path.
    """
    value = value.replace("\0", "\ufffd")
    if len(value) > LONGEST:
        value = value[:LONGEST] + "…"
    if "`" in value or visible(value, LONGEST + 1) != value:
        return "$'" + "".join(_octal(character) for character in value) + "'"
    return shlex.quote(value)


def _octal(character: str) -> str:
    if character == "\n":
        return "\\n"
    if " " <= character <= "~" and character not in "`'\\":
        return character
    try:
        raw = character.encode("utf-8", "surrogateescape")  # the bytes that a file name really has
    except UnicodeEncodeError:
        raw = "\ufffd".encode()
    return "".join(f"\\{byte:03o}" for byte in raw)


def placed(value: str, place: Place) -> str:
    """The value as it may stand in a command at this place.

    Inside quotes only a value of harmless characters may stand; another one is replaced by a word that names the gap.
    """
    if place in {Place.WORD, Place.COMMENT}:
        return quote(value)
    if place is Place.RECORD:  # without a backtick, no line of it closes the fence; RFC 1035, 5.1 has an escape
        return "\n".join(visible_lines(value, width=LONGEST)).replace("`", "\\096")
    harmless = _PLAIN_IN_QUOTES if place in {Place.SINGLE, Place.DOUBLE} else _PLAIN
    return value if harmless.fullmatch(value) else NOT_SHOWN


def places(script: str) -> list[Place]:
    """For every character of some lines of shell, where it stands.

    Raises:
        Unclear: quotes or parentheses do not pair up, or a command is substituted with backticks.
    """
    found: list[Place] = []
    stack = [Place.WORD]
    terminator = ""
    for line in script.splitlines(keepends=True):
        if terminator:
            found += [Place.HEREDOC] * len(line)
            if line.strip() == terminator:
                terminator = ""
            continue
        found += _line_places(line, stack)
        if stack == [Place.WORD] and (here := _HEREDOC.search(line)) and found[here.start() - len(line)] is Place.WORD:
            terminator = here.group(2)
    if stack != [Place.WORD] or terminator:
        raise Unclear("quotes, parentheses or a here-document are not closed")
    return found


def _line_places(line: str, stack: list[Place]) -> Iterator[Place]:
    """Walk one line; `stack` holds what is open, the innermost last, and is kept for the next line."""
    skip = comment = False
    for at, character in enumerate(line):
        top = stack[-1]
        yield Place.COMMENT if comment else top
        if comment or skip:
            skip = False
            continue
        if character == "\\" and top is not Place.SINGLE:
            skip = True
        elif top in {Place.SINGLE, Place.ANSI}:
            if character == "'":
                stack.pop()
        elif character == "`":
            raise Unclear("write $(command), not `command`")
        elif character == '"':
            stack.pop() if top is Place.DOUBLE else stack.append(Place.DOUBLE)
        elif line.startswith("$(", at):
            stack.append(Place.WORD)
            skip = True
        elif top is Place.WORD:
            comment = _in_word(line, at, stack)


def _in_word(line: str, at: int, stack: list[Place]) -> bool:
    """What an unquoted character opens or closes; whether a comment begins."""
    character = line[at]
    if character == "'":
        stack.append(Place.ANSI if line[at - 1 : at] == "$" else Place.SINGLE)
    elif character == "(":
        stack.append(Place.WORD)
    elif character == ")" and len(stack) > 1:
        stack.pop()
    return character == "#" and (at == 0 or line[at - 1].isspace())


def folded(script: str, width: int = WIDTH) -> list[list[str]]:
    """The lines of a script, each as the lines it is shown as: long ones end in a backslash at an unquoted blank.

    The shell reads the same. A line without such a blank, or of which it cannot be told, stays as it is.
    """
    lines = script.splitlines(keepends=True)
    try:
        where = places(script)
    except Unclear:
        return [[line] for line in lines]
    shown: list[list[str]] = []
    start = 0
    for line in lines:
        shown.append(_folded_line(line.rstrip("\n"), where[start : start + len(line)], width))
        start += len(line)
    return shown


def _folded_line(line: str, where: list[Place], width: int) -> list[str]:
    if len(line) <= width or Place.COMMENT in where:
        return [line]
    indent = line[: len(line) - len(line.lstrip())] + "    "
    pieces: list[str] = []
    start = 0
    room = width - 2  # " \"
    while len(line) - start > room:
        blanks = [
            at
            for at in range(start + 1, len(line) - 1)
            if line[at] == " " and where[at] is Place.WORD and line[at - 1] not in " \\" and line[:at].strip()
        ]
        fitting = [at for at in blanks if at - start <= room]
        if not blanks:
            break
        cut = fitting[-1] if fitting else blanks[0]
        pieces.append(line[start:cut])
        start = cut + 1
        room = width - 2 - len(indent)
    pieces.append(line[start:])
    return [
        ("" if number == 0 else indent) + piece + (" \\" if number < len(pieces) - 1 else "")
        for number, piece in enumerate(pieces)
    ]
