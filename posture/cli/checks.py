from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import click

from posture.cli.errors import Usage
from posture.cli.options import json_option
from posture.cli.output import as_json as print_json
from posture.cli.output import note, say, table
from posture.cli.plugins import loaded

_TAKEN = frozenset({"checks", "posture", "report_templates"})  # the packages that posture installs
_NAME = re.compile(r"(?P<family>[a-z]+)\.(?P<name>[a-z0-9]+(-[a-z0-9]+)*)")


@click.group()
def checks() -> None:
    """List the checks, or start a new one."""


@checks.command("list")
@json_option
def list_checks(as_json: bool) -> None:
    """All checks that are installed, with severity, policy clause and the facts they need.

    A check that could not be loaded is named on standard error.
    """
    rows = [
        {
            "check": plugin.check.id,
            "title": plugin.check.info.title,
            "severity": plugin.check.info.severity.word,
            "clause": plugin.check.info.clause,
            "needs": [fact.__name__ for _, fact in plugin.check.needs],
            "languages": sorted(plugin.texts),
            "controls": list(plugin.check.info.controls),
            "source": plugin.source,
        }
        for plugin in loaded().plugins
    ]
    if as_json:
        print_json(rows)
        return
    headings = ("CHECK", "SEVERITY", "CLAUSE", "TITLE")
    table(headings, [(str(r["check"]), str(r["severity"]), str(r["clause"]), str(r["title"])) for r in rows])


@checks.command("new")
@click.argument("name", metavar="FAMILY.NAME")
@click.option("--dir", "folder", type=click.Path(path_type=Path), default=Path(), help="Where; default: here.")
@click.option("--package", default="", help="Package of your own for the check, e.g. acme_checks.")
def new(name: str, folder: Path, package: str) -> None:
    """Write a working check, its remediation text and its test.

    \b
    In posture's own source:   posture checks new exposure.my-service
    In a package of your own:  posture checks new exposure.my-service --package acme_checks
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise Usage(f"a check is called family.name-with-dashes, not {name}", "for example: exposure.my-service")
    family, function = match["family"], match["name"].replace("-", "_")
    if function[0].isdigit():
        raise Usage("a check's name begins with a letter", "for example: exposure.my-service")
    own = (folder / "checks" / "__init__.py").exists() and (folder / "posture").is_dir()
    root = package or ("checks" if own else "")
    if not root.isidentifier():
        raise Usage("this folder is not posture's source", "name a package of your own: --package acme_checks")
    if root in _TAKEN and not own:
        raise Usage(f"the package {root} is posture's own", "name a package of your own: --package acme_checks")
    words = {
        "@ID@": name,
        "@FUNCTION@": function,
        "@MODULE@": f"{root}.{family}.{function}",
        "@PACKAGE@": root,
        "@DISTRIBUTION@": root.replace("_", "-"),
    }
    tests = folder / "tests" / ("checks" if own else "") / family
    wanted = {
        folder / root / family / f"{function}.py": "check.py.txt",
        folder / root / family / f"{function}.md": "check.md.txt",
        tests / f"test_{function}.py": "test.py.txt",
    }
    _refuse_existing(wanted)
    for path, template in wanted.items():
        _write(path, template, words)
    for made in (folder / root / "__init__.py", folder / root / family / "__init__.py"):
        if not made.exists():
            made.write_text("", encoding="utf-8")
    if not own and not (folder / "pyproject.toml").exists():
        _write(folder / "pyproject.toml", "pyproject.toml.txt", words)
    if own:
        note(f"next: make setup-dev && .venv/bin/pytest {tests / f'test_{function}.py'}, then: posture explain {name}")
    else:
        note(f"next: pip install -e {folder} && pytest {tests}, then: posture explain {name}")


def _refuse_existing(paths: dict[Path, str]) -> None:
    for path in paths:
        if path.exists():
            raise Usage(f"{path} is there already; nothing was written", "choose another name, or remove it first")


def _write(path: Path, template: str, words: dict[str, str]) -> None:
    text = (files("posture.cli") / "scaffold" / template).read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace(word, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    say(str(path))
