"""The program that is sent to a host, with this run's frame."""

from __future__ import annotations

import secrets
from importlib import resources

COMMAND = "sh -s"
"""What the host is asked to run; the program comes on its standard input."""


def new_nonce() -> str:
    """A number that nobody can know before the run: 128 random bits."""
    return secrets.token_hex(16)


def program(nonce: str) -> bytes:
    """The collector (``collector.sh``), framing its sections with the nonce."""
    text = resources.files(__package__).joinpath("collector.sh").read_text("utf-8")
    return text.replace("@NONCE@", nonce).encode()
