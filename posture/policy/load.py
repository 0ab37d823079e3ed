from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import ErrorDetails

from posture.model.enforcement import Enforcement
from posture.model.policy import HIDDEN_PORTS, Clause, Policy, Precheck, Provider, Rule, Step
from posture.model.severity import Severity
from posture.model.text import visible
from posture.policy.enforcement import EnforcementPart
from posture.policy.fields import Glob, Name, Part, SeverityWord, Words, once
from posture.policy.logo import LogoError, read_logo

_MOST_BYTES: Final = 1024 * 1024


class PolicyError(ValueError):
    """The policy file cannot be used. The message names the file, the field and what is wrong."""


class _Clause(Part):
    id: Name
    headline: Name
    text: Words


class _Step(Part):
    severity: SeverityWord
    action: Words


class _Provider(Part):
    name: Name
    contact: Words = ""
    accent: str = "#0a4f8f"
    logo: str = ""

    @field_validator("accent")
    @classmethod
    def _colour(cls, value: str) -> str:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise ValueError("a colour is written #rrggbb")
        return value


class _Rule(Part):
    checks: list[Glob] = Field(min_length=1)
    severity: SeverityWord = Severity.INFO

    def rule(self) -> Rule:
        return Rule(tuple(self.checks), self.severity)


class _Precheck(Part):
    block: list[_Rule] = Field(min_length=1)
    warn: list[_Rule] = Field(default_factory=list)
    must_be_assessed: list[_Rule] = Field(default_factory=list)
    hidden_ports: list[Annotated[int, Field(ge=1, le=65_535)]] = Field(default_factory=lambda: list(HIDDEN_PORTS))
    valid_days: Annotated[int, Field(ge=1, le=365)] = 7

    @field_validator("hidden_ports")
    @classmethod
    def _each_port_once(cls, ports: list[int]) -> list[int]:
        once("port", [str(port) for port in ports])
        return ports

    def precheck(self) -> Precheck:
        rules = ([each.rule() for each in part] for part in (self.block, self.warn, self.must_be_assessed))
        block, warn, needed = map(tuple, rules)
        return Precheck(block, warn, needed, tuple(sorted(self.hidden_ports)), timedelta(days=self.valid_days))


class _Policy(Part):
    name: Name
    version: Words
    must_fix: SeverityWord
    provider: _Provider
    clauses: list[_Clause] = Field(min_length=1)
    days: dict[SeverityWord, Annotated[int, Field(ge=0, le=3650)]]
    ladder: list[_Step] = Field(default_factory=list)
    precheck: _Precheck | None = None
    enforcement: EnforcementPart | None = None
    translations: dict[Annotated[str, Field(pattern="^[a-z]{2,3}$")], dict[Name, Words]] = Field(default_factory=dict)

    @field_validator("clauses")
    @classmethod
    def _each_clause_once(cls, clauses: list[_Clause]) -> list[_Clause]:
        once("clause", [clause.id for clause in clauses])
        return clauses

    @field_validator("days", mode="before")
    @classmethod
    def _each_day_once(cls, days: object) -> object:
        """`high` and `HIGH` are two keys to TOML and one severity."""
        if isinstance(days, dict):
            once("severity", [str(word).lower() for word in days])
        return days

    @field_validator("days")
    @classmethod
    def _breaches_have_a_date(cls, days: dict[Severity, int], info: ValidationInfo) -> dict[Severity, int]:
        lowest = info.data.get("must_fix")
        missing = [s.word for s in Severity if lowest is not None and s >= lowest and s not in days]
        if missing:
            raise ValueError(f"what must be fixed needs a number of days; there is none for {', '.join(missing)}")
        return days

    @field_validator("ladder")
    @classmethod
    def _each_rung_once(cls, ladder: list[_Step]) -> list[_Step]:
        once("severity", [step.severity.word for step in ladder])
        return ladder

    @model_validator(mode="after")
    def _one_truth(self) -> Self:
        if self.ladder and self.enforcement:
            raise ValueError("[enforcement] says what happens to whom; leave out [[ladder]], which would say it again")
        return self


def default_policy() -> Policy:
    """The policy that comes with the program."""
    shipped = files("posture.policy") / "coma_cloud.toml"
    return _read(shipped.read_text(encoding="utf-8"), "coma_cloud.toml")


def load_policy(path: Path) -> Policy:
    """Read a provider's policy.

    Raises:
        PolicyError: the file cannot be read, is no TOML, or a field is missing, unknown or wrong.
    """
    name = visible(str(path))
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise PolicyError(f"{name}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PolicyError(f"{name}: is not UTF-8; save the file as UTF-8") from error
    if len(content) > _MOST_BYTES:
        raise PolicyError(f"{name}: is larger than {_MOST_BYTES // 1024} KiB, which no policy is")
    return _read(text, name, path.parent)


def _read(text: str, name: str, beside: Path | None = None) -> Policy:
    try:
        entry = _Policy.model_validate(tomllib.loads(text))
        logo = read_logo(beside, entry.provider.logo) if entry.provider.logo else ""
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{name}: {visible(str(error))}") from error
    except RecursionError:
        raise PolicyError(f"{name}: is nested too deeply") from None
    except LogoError as error:
        raise PolicyError(f"{name}: provider.logo: {error}") from error
    except ValidationError as error:
        raise PolicyError("\n".join(f"{name}: {_line(detail)}" for detail in error.errors())) from error
    return Policy(
        name=entry.name,
        version=entry.version,
        provider=Provider(entry.provider.name, entry.provider.contact, entry.provider.accent, logo),
        clauses=tuple(Clause(c.id, c.headline, c.text) for c in entry.clauses),
        allowed={severity: timedelta(days=days) for severity, days in entry.days.items()},
        must_fix=entry.must_fix,
        ladder=tuple(Step(s.severity, s.action) for s in entry.ladder),
        precheck=entry.precheck.precheck() if entry.precheck else Precheck(),
        enforcement=entry.enforcement.enforcement() if entry.enforcement else Enforcement(),
        translations=entry.translations,
    )


def _line(detail: ErrorDetails) -> str:
    field = ".".join(str(part) for part in detail["loc"] if part != "[key]")
    own: object = detail.get("ctx", {}).get("error")
    return f"{visible(field)}: {visible(str(own or detail['msg']))}"
