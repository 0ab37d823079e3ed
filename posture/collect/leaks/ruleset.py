"""The rules that come with posture, read from their TOML files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from posture.collect.leaks.core.rule import Rules, rules_of


def plain_rules() -> list[Mapping[str, Any]]:
    """The rules as plain mappings, in a fixed order: what is packed for hosts, as JSON."""
    folder = files("posture.collect.leaks") / "rules"
    texts = [file.read_text("utf-8") for file in sorted(folder.iterdir(), key=lambda file: file.name)]
    return [kind for text in texts for kind in tomllib.loads(text)["kind"]]


@cache
def own_rules() -> Rules:
    """The rules, ready to use; compiled once in a process.

    Raises:
        RuleError: a rule is broken; the message names it.
    """
    return rules_of(plain_rules())
