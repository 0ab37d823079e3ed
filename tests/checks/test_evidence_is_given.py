"""A finding shows what it stands on."""

import ast
from pathlib import Path

CHECKS = Path(__file__).parents[2] / "checks"


def test_every_failure_names_its_evidence():
    """Drawn facts seldom reach each branch; the code says for each that something was seen."""
    lacking = [
        f"{file.relative_to(CHECKS)}:{call.lineno}"
        for file in sorted(CHECKS.rglob("*.py"))
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "fail"
        if not any(keyword.arg in {"evidence", None} for keyword in call.keywords)
    ]
    assert lacking == []
