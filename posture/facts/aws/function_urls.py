"""Addresses of Lambda functions on the internet (lambda:ListFunctionUrlConfigs)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.aws.gap import Gap


@dataclass(frozen=True, slots=True)
class FunctionUrl:
    """An address that calls a function. `login` is false where Lambda asks who calls nobody (AuthType NONE).

    `function` is the function's name, `alias` the alias it calls, empty for the unpublished version. `arn` has both.
    """

    function: str
    alias: str
    arn: str
    region: str
    url: str
    login: bool


@dataclass(frozen=True, slots=True)
class FunctionUrls:
    """Those of the functions that were listed. `functions` counts them; `gaps` are of both questions."""

    urls: tuple[FunctionUrl, ...]
    functions: int
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime
