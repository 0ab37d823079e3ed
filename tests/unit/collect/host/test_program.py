"""The program that is sent: one text of several files, for the shells that hosts have."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib import resources

import pytest

from posture.collect.host.program import installed, limits, program

PARTS = resources.files("posture.collect.host") / "collector"
NONCE = "0123456789abcdef"


@pytest.fixture(params=["dash", "bash --posix", "busybox sh"])
def shell(request):
    """The command of a shell; skips where it is not installed."""
    command = request.param.split()
    if not shutil.which(command[0]):
        pytest.skip(f"needs {command[0]}")
    return command


def sections(text: str) -> dict[str, str]:
    """Section -> the program that a shell of its own runs for it."""
    common = text.partition("\ncommon='\n")[2].partition("\n'\n")[0]
    found = re.findall(r"^section ([a-z-]+) [0-9]+ [0-9]+ <<'EOF'\n(.*?)^EOF\n", text, re.MULTILINE | re.DOTALL)
    return {name: f"{common}\n{body}" for name, body in found}


def test_shells_accept_the_whole_and_every_section(shell):
    """dash, bash and busybox can read it to the end: a section is text to the shell that reads the whole."""
    text = program(NONCE).decode()
    assert list(sections(text)) == list(limits())
    for name, part in {"the whole": text, "the installed one": installed(), **sections(text)}.items():
        read = subprocess.run([*shell, "-n"], input=part, capture_output=True, text=True, check=False, timeout=10)
        assert (read.returncode, read.stderr) == (0, ""), name


def test_every_part_is_sent_in_its_places_and_none_stays_empty():
    """Whatever lies in the folder is in the program, whole, and nothing is left to be put in."""
    text = program(NONCE).decode()
    parts = {file.name: file.read_text("utf-8") for file in PARTS.iterdir()}
    main = parts.pop("main.sh")
    places = {name: main.count(f"@{name}@\n") for name in parts}
    assert min(places.values()) == 1
    assert {name: text.count(part) for name, part in parts.items()} == places
    added = sum((len(part) - len(f"@{name}@\n")) * places[name] for name, part in parts.items())
    rest = re.sub(r"(?m)^version=@VERSION@\n@HELLO@$|^packed=@PACKED@$|^@START@$", "", main)
    filled = re.sub(
        r"(?m)^#posture 1 .*\n|^version=.*\nnonce=.*\nkey=.*\nkind=.*$|^packed='[^']*'$|^posture_main$", "", text
    )
    assert len(filled) == len(rest) + added
    assert not re.search(r"@[A-Za-z_]+(\.sh)?@", text)


def test_no_part_ends_the_quotes_around_it():
    """What stands between quotes holds none, and no section holds the line that ends one."""
    parts = {file.name: file.read_text("utf-8") for file in PARTS.iterdir() if file.name != "main.sh"}
    assert "'" not in parts["common.sh"]
    assert not [name for name, text in parts.items() if "\nEOF\n" in text]
