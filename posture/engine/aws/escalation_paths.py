"""The known ways to an administrator's rights: data, in escalation_paths.toml beside this file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Path:
    """A way of escalation_paths.toml, which says what the kinds mean."""

    id: str
    kind: str
    title: str
    permissions: tuple[str, ...]
    service: str = ""
    needs: str = ""
    over_thing: bool = False  # the permissions are needed over the thing that has the role


@cache
def paths() -> tuple[Path, ...]:
    """All known ways."""
    text = files("posture.engine.aws").joinpath("escalation_paths.toml").read_text("utf-8")
    return tuple(Path(**{**one, "permissions": tuple(one["permissions"])}) for one in tomllib.loads(text)["path"])
