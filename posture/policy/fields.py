"""What the parts of a policy file are made of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator

from posture.model.severity import Severity
from posture.model.text import visible


def _severity(word: object) -> Severity:
    if not isinstance(word, str):
        raise ValueError(f"a severity is one of the words {', '.join(s.word for s in Severity)}")  # noqa: TRY004
    return Severity.parse(word)


def _printable(text: str) -> str:
    if any(unicodedata.category(character)[0] == "C" and character != "\n" for character in text):
        raise ValueError("there is a character in it that cannot be seen")
    return text


def _pattern(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9.*?\[\]!-]{1,100}", text):
        raise ValueError("checks are named by their ids, like exposure.* or email.open-relay")
    return text


SeverityWord = Annotated[Severity, PlainValidator(_severity)]
Words = Annotated[str, AfterValidator(_printable)]
Name = Annotated[str, Field(min_length=1), AfterValidator(_printable)]
Glob = Annotated[str, AfterValidator(_pattern)]


class Part(BaseModel):
    """A table of the file: what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def once(what: str, names: Iterable[str]) -> None:
    """Refuse what is there twice.

    Raises:
        ValueError: something is, and it is named.
    """
    every = list(names)
    twice = sorted({name for name in every if every.count(name) > 1})
    if twice:
        raise ValueError(f"{what} {visible(', '.join(twice))} is there twice")
