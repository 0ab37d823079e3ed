"""The German texts: the same commands and values as the English ones, and none is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment, meta

from posture.report import markdown
from posture.report.remediation import load, render

CHECKS = Path(__file__).parents[2] / "checks"
TEXTS = sorted(path for path in CHECKS.rglob("*.md") if not path.name.endswith(".de.md"))
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)


def values(text: str) -> set[str]:
    """The names of the values that a text speaks of; a translation may do so in more steps."""
    return meta.find_undeclared_variables(Environment().parse(re.sub(r"\| *sh\b", "", text)))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_a_text_says_the_same_in_german(path: Path):
    """A command that differs would be one that nobody tried; a value that is missing, a fix that nobody can find."""
    english, german = path.read_text(encoding="utf-8"), path.with_suffix(".de.md").read_text(encoding="utf-8")
    assert [block[0] for block in FENCE.finditer(german)] == [block[0] for block in FENCE.finditer(english)]
    assert values(german) == values(english)
    ours, theirs = load(english, path.name), load(german, f"{path.stem}.de.md")
    assert theirs.effort_minutes == ours.effort_minutes
    assert theirs.title
    assert len(theirs.title) <= 80
    assert theirs.action != ours.action
    if ours.example:
        about = ours.example
        shown = [
            render(text, details=about.details, system=about.system, subject=about.subject, resource=about.resource)
            for text in (ours, theirs)
        ]
        assert markdown.commands(shown[0].fix_md) == markdown.commands(shown[1].fix_md)
        assert shown[1].missing == shown[0].missing
