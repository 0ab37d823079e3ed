"""The search for secrets as one text for hosts: it runs on old Pythons, finds the same, and is the same each time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from posture.collect.leaks.core.plain import plain
from posture.collect.leaks.core.scan import scan
from posture.collect.leaks.on_host import pack
from posture.collect.leaks.ruleset import own_rules

VERMIN = Path(sys.executable).with_name("vermin")

SCAN = """
from posture.collect.leaks.core.plain import plain
from posture.collect.leaks.core.rule import rules_of
from posture.collect.leaks.core.scan import scan
rules = rules_of(json.loads(RULES))
print([tuple(leak) for leak in scan('x/.env', sys.stdin.buffer.read(), rules, plain(rules))])
"""
TEXT = (
    b"GITHUB_TOKEN=ghp_" + b"1wy" + b"N3cVjvG0u5fW7t9qLpXk2ZbRmDs4HaTeQ" + b"\nDB_PASSWORD=" + b"vR8tq-Lm2" + b"_wZx7\n"
)


def test_python_36_is_enough(tmp_path):
    """No word, function or argument of what is packed is newer."""
    for name, source in pack.sources_by_name().items():
        (tmp_path / f"{name}.py").write_text(source)
    (tmp_path / "opened.py").write_text(pack.packed())
    start = pack.whole().partition("\nclass ")
    (tmp_path / "start.py").write_text("import importlib.abc\nclass " + start[2])
    told = subprocess.run(
        [VERMIN, "--no-tips", "--violations", "--target=3.6-", tmp_path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout
    assert "Minimum required versions:" in told.stdout


@pytest.mark.parametrize("newer", ["def f(a, /): pass", "if (a := 1): pass", "b'x'.removeprefix(b'y')"])
def test_what_is_newer_would_be_noticed(tmp_path, newer):
    """The tool that says so knows such things."""
    (tmp_path / "newer.py").write_text(pack.plainer(newer))
    told = subprocess.run([VERMIN, "--no-tips", "--target=3.6-", tmp_path], capture_output=True, check=False)
    assert told.returncode == 1


SOURCE = '''from __future__ import annotations
from typing import TYPE_CHECKING, NamedTuple
if TYPE_CHECKING:
    import x
class A(NamedTuple):
    """Text."""
    b: int | None = None

    def c(self, d: x.Y = 1, *e: int) -> str:
        """Text."""
F: dict[str, int] = {}
"""Text."""
'''
PLAINER = """from typing import TYPE_CHECKING, NamedTuple

class A(NamedTuple):
    b: object = None

    def c(self, d=1, *e):
        pass
F = {}"""


def test_annotations_and_documentation_stay_here():
    assert pack.plainer(SOURCE) == PLAINER


def test_the_packed_core_finds_what_the_core_finds(tmp_path):
    """Under its own names, from the text alone: no file of this project is at hand."""
    program = tmp_path / "program.py"
    program.write_text(pack.whole().partition("\nfrom posture.")[0] + SCAN)
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-B", program], input=TEXT, capture_output=True, check=True, cwd="/"
    )
    rules = own_rules()
    leaks = scan("x/.env", TEXT, rules, plain(rules))
    assert leaks
    assert run.stdout.decode().strip() == repr([tuple(leak) for leak in leaks])


def test_the_text_is_the_same_each_time_and_fits_into_one_argument():
    """Linux takes an argument of 128 KiB; a section's shell is given its whole program as one."""
    again = subprocess.run(
        [sys.executable, "-c", "from posture.collect.leaks.on_host.pack import packed; print(packed(), end='')"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert again.stdout == pack.packed()
    assert pack.packed().isascii()
    assert "'" not in pack.packed()
    assert len(pack.packed()) < 100 * 1024
    assert json.dumps(sorted(pack.sources_by_name())).count("on_host.pack") == 0


def test_many_sessions_that_begin_at_once_pack_it_once():
    """Sixty-four hosts are logged in to at the same moment; Python 3.11 cannot parse in several threads at once."""
    code = (
        "from concurrent.futures import ThreadPoolExecutor as Pool\n"
        "from posture.collect.leaks.on_host.pack import packed\n"
        "with Pool(32) as pool:\n"
        "    assert len(set(pool.map(lambda _: packed(), range(64)))) == 1\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
