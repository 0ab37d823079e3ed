"""The selectors that are tried, because many use them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def common_selectors() -> tuple[str, ...]:
    """Selectors that services and programs use unless told otherwise, the most common first."""
    text = files(__package__).joinpath("selectors.toml").read_text(encoding="utf-8")
    return tuple(entry["name"] for entry in tomllib.loads(text)["selector"])
