from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from posture.model.policy import Clause, Policy, Provider, Step
from posture.model.severity import Severity
from posture.model.text import visible


class PolicyError(ValueError):
    """The policy file cannot be used. The message names the file, the field and what is wrong."""


def _severity(word: object) -> object:
    return Severity.parse(word) if isinstance(word, str) else word


_Severity = Annotated[Severity, BeforeValidator(_severity)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Clause(_Part):
    id: str = Field(min_length=1)
    headline: str = Field(min_length=1)
    text: str


class _Step(_Part):
    severity: _Severity
    action: str


class _Provider(_Part):
    name: str = Field(min_length=1)
    contact: str = ""
    accent: str = "#0a4f8f"

    @field_validator("accent")
    @classmethod
    def _colour(cls, value: str) -> str:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise ValueError("a colour is written #rrggbb")
        return value


class _Policy(_Part):
    name: str = Field(min_length=1)
    version: str
    must_fix: _Severity
    provider: _Provider
    clauses: list[_Clause] = Field(min_length=1)
    days: dict[_Severity, Annotated[int, Field(ge=0, le=3650)]]
    ladder: list[_Step] = []


def default_policy() -> Policy:
    """The policy that comes with the program."""
    shipped = files("posture.policy") / "coma_cloud.toml"
    return _read(shipped.read_text(encoding="utf-8"), "coma_cloud.toml")


def load_policy(path: Path) -> Policy:
    """Read a provider's policy.

    Raises:
        PolicyError: the file cannot be read, is no TOML, or a field is missing, unknown or wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: cannot be read: {error}") from error
    return _read(text, str(path))


def _read(text: str, name: str) -> Policy:
    try:
        entry = _Policy.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{name}: {error}") from error
    except ValidationError as error:
        lines = [f"{name}: {'.'.join(map(str, e['loc']))}: {visible(e['msg'])}" for e in error.errors()]
        raise PolicyError("\n".join(lines)) from error
    return Policy(
        name=entry.name,
        version=entry.version,
        provider=Provider(entry.provider.name, entry.provider.contact, entry.provider.accent),
        clauses=tuple(Clause(c.id, c.headline, c.text) for c in entry.clauses),
        allowed=MappingProxyType({severity: timedelta(days=days) for severity, days in entry.days.items()}),
        must_fix=entry.must_fix,
        ladder=tuple(Step(s.severity, s.action) for s in entry.ladder),
    )
