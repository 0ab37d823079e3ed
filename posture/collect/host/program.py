"""The program that is sent to a host, with this run's frame."""

from __future__ import annotations

import re
import secrets
from functools import cache
from importlib import resources

COMMAND = "sh -s"
"""What the host is asked to run; the program comes on its standard input."""

_PART = re.compile(r"^@([a-z_]+\.sh)@\n", re.MULTILINE)
_SECTION = re.compile(r"^section ([a-z-]+) [0-9]+ ([0-9]+) <<", re.MULTILINE)


def new_nonce() -> str:
    """A number that nobody can know before the run: 128 random bits."""
    return secrets.token_hex(16)


def program(nonce: str) -> bytes:
    """The collector (the folder ``collector``, put together), framing its sections with the nonce."""
    return _text().replace("@NONCE@", nonce).encode()


@cache
def limits() -> dict[str, int]:
    """The most bytes of each section, as the collector was told them; what a host says of its limits is not asked."""
    return {name: int(most) for name, most in _SECTION.findall(_text())}


@cache
def _text() -> str:
    """``main.sh`` with each part in the place that it gives it."""
    folder = resources.files(__package__) / "collector"
    return _PART.sub(lambda part: (folder / part[1]).read_text("utf-8"), (folder / "main.sh").read_text("utf-8"))
