"""The part `[enforcement]` of a policy file: classes of breaches, their ladders, the guards, the hooks."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, PlainValidator, field_validator, model_validator

from posture.model.enforcement import BreachClass, Enforcement, Matter, Measure, Rung
from posture.model.hook import Hook
from posture.model.secret import SecretRef
from posture.model.severity import Severity
from posture.policy.fields import Glob, Name, Part, SeverityWord, Words, once

_YEAR = 366 * 24  # hours


def _measure(word: object) -> Measure:
    if not isinstance(word, str) or word not in set(Measure):
        raise ValueError(f"a step is one of the words {', '.join(Measure)}")
    return Measure(word)


def _for_programs(word: object) -> Measure:
    measure = _measure(word)
    if measure.for_a_person:
        raise ValueError(f"{measure} stops a whole customer: it is proposed to a person, and no hook is told to do it")
    return measure


_Measure = Annotated[Measure, PlainValidator(_measure)]
_ForPrograms = Annotated[Measure, PlainValidator(_for_programs)]


class _Rung(Part):
    step: _Measure
    after_hours: Annotated[int, Field(ge=0, le=_YEAR)]
    words: Words = ""


class _Matter(Part):
    checks: list[Glob] = Field(min_length=1)
    severity: SeverityWord = Severity.INFO
    exploited: bool = False


class _Class(Part):
    id: Name
    name: Name
    matters: list[_Matter] = Field(min_length=1)
    steps: list[_Rung] = Field(min_length=1)
    urgent: bool = False
    apart_minutes: Annotated[int, Field(ge=1, le=_YEAR * 60)]

    @field_validator("steps")
    @classmethod
    def _upwards(cls, steps: list[_Rung]) -> list[_Rung]:
        once("step", [one.step for one in steps])
        if steps[0].step is not Measure.NOTIFY or steps[0].after_hours:
            raise ValueError("the first step is notify, after 0 hours: nobody is restricted without a notice")
        for milder, graver in pairwise(steps):
            if milder.step.rank > graver.step.rank or milder.after_hours > graver.after_hours:
                raise ValueError(f"{graver.step} stands behind {milder.step}, but is milder or comes sooner")
        return steps

    def breach_class(self) -> BreachClass:
        return BreachClass(
            self.id,
            self.name,
            tuple(Matter(tuple(one.checks), one.severity, one.exploited) for one in self.matters),
            tuple(Rung(one.step, timedelta(hours=one.after_hours), one.words) for one in self.steps),
            timedelta(minutes=self.apart_minutes),
            self.urgent,
        )


class _Hook(Part):
    name: Name
    url: str = ""
    command: list[Name] = Field(default_factory=list)
    secret: str = ""
    steps: list[_ForPrograms] = Field(min_length=1)
    confirms: list[_ForPrograms] = Field(default_factory=list)
    timeout_seconds: Annotated[int, Field(ge=1, le=300)] = 10

    @field_validator("secret")
    @classmethod
    def _reference(cls, text: str) -> str:
        if text:
            SecretRef.parse(text)
        return text

    @field_validator("url")
    @classmethod
    def _private(cls, url: str) -> str:
        if url:
            _refuse_in_clear(url)
        return url

    @field_validator("command")
    @classmethod
    def _full_path(cls, words: list[str]) -> list[str]:
        if words and not Path(words[0]).is_absolute():
            raise ValueError("a program is named by its full path: hooks have no search path of yours")
        return words

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.url) == bool(self.command):
            raise ValueError(f"the hook {self.name} has either a url or a command")
        if self.url and not self.secret:
            raise ValueError(f"the hook {self.name} needs a secret that its requests are signed with, e.g. file:/path")
        if self.command and self.secret:
            raise ValueError(f"the hook {self.name} runs a program: nothing is signed, so it has no secret")
        if not set(self.confirms) <= set(self.steps):
            raise ValueError(f"the hook {self.name} confirms a step that it is not handed")
        return self

    def hook(self) -> Hook:
        return Hook(
            self.name,
            tuple(self.steps),
            self.url,
            tuple(self.command),
            SecretRef.parse(self.secret) if self.secret else None,
            tuple(self.confirms),
            timedelta(seconds=self.timeout_seconds),
        )


def _refuse_in_clear(url: str) -> None:
    """What a hook is told names a customer's weakness: it goes over TLS, or stays on this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("this is no web address") from error
    if parts.scheme not in {"https", "http"} or not host:
        raise ValueError("a hook's address begins with https://")
    if parts.username or parts.password:
        raise ValueError("there is a login in the address; requests are signed with the secret instead")
    if any(character <= " " or character > "~" for character in url):
        raise ValueError("there is a character in the address that does not belong there")
    if parts.scheme == "http" and not _loopback(host):
        raise ValueError("http:// is for this machine only (127.0.0.1, ::1); use https://")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class EnforcementPart(Part):
    """The table `[enforcement]`."""

    most_a_night: Annotated[int, Field(ge=0, le=100_000)] = 20
    dispute_hold_days: Annotated[int, Field(ge=0, le=365)] = 7
    fresh_hours: Annotated[int, Field(ge=1, le=_YEAR)] = 36
    sees_through_blocks: bool = False
    classes: list[_Class] = Field(min_length=1)
    hooks: list[_Hook] = Field(default_factory=list)

    @field_validator("classes")
    @classmethod
    def _each_class_once(cls, classes: list[_Class]) -> list[_Class]:
        once("class", [one.id for one in classes])
        return classes

    @field_validator("hooks")
    @classmethod
    def _each_hook_once(cls, hooks: list[_Hook]) -> list[_Hook]:
        once("hook", [one.name for one in hooks])
        return hooks

    def enforcement(self) -> Enforcement:
        """As the model has it."""
        return Enforcement(
            tuple(one.breach_class() for one in self.classes),
            self.most_a_night,
            timedelta(days=self.dispute_hold_days),
            timedelta(hours=self.fresh_hours),
            self.sees_through_blocks,
            tuple(one.hook() for one in self.hooks),
        )
