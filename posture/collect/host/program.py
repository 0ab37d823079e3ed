"""The collector as a program: sent to a host with this run's frame, or installed there for good.

Who connects sends a first line, ``#posture 1 NONCE KEY``, and then the program. ``sh -s`` takes that line for a
comment; a collector installed on the host (ssh's forced command) reads that line only, and runs itself.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from functools import cache
from importlib import resources

from posture import __version__
from posture.collect.leaks.on_host.pack import packed

COMMAND = "sh -s"
"""What the host is asked to run; the program comes on its standard input."""

_PART = re.compile(r"^@([a-z_]+\.sh)@\n", re.MULTILINE)
_SECTION = re.compile(r"^section ([a-z-]+) [0-9]+ ([0-9]+) <<", re.MULTILINE)

_INSTALLED = """kind=installed digest=$(sha256sum "$0" | cut -c 1-64)
hello=$(timeout 10 head -c 108)
exec </dev/null
nonce=${hello#'#posture 1 '}
key=${nonce#* } nonce=${nonce%% *}
case $hello:$nonce$key in
  '#posture 1 '*:*[!0-9a-f]*) nonce= ;;
  '#posture 1 '*) ;;
  *) nonce= ;;
esac
if [ ${#nonce} != 32 ] || [ ${#key} != 64 ]; then
  echo 'This account only runs the collector of posture, which nobody asked for here.' >&2
  exit 64
fi"""


def new_nonce() -> str:
    """A number that nobody can know before the run: 128 random bits."""
    return secrets.token_hex(16)


def program(nonce: str, key: str = "") -> bytes:
    """The collector (the folder ``collector``, put together) as it is sent, behind the line for an installed one.

    Args:
        nonce: 32 hexadecimal digits that frame the sections.
        key: 64 hexadecimal digits, the customer's own (redaction_key.py); without it no secret is looked for.
    """
    hello = f"nonce={nonce}\nkey={key}\nkind=sent digest={_digest()}"
    return f"#posture 1 {nonce} {key}\n{framed(hello)}".encode()


@cache
def installed() -> str:
    """The collector as it is installed on a host: it takes nonce and key from its standard input, and nothing else."""
    return "#!/bin/sh\n" + framed(_INSTALLED)


def framed(hello: str, start: str = "posture_main\n") -> str:
    """The collector with the lines that set nonce, key, kind and digest, and those that start it, in their places."""
    return _text().replace("@HELLO@\n", f"{hello}\n").replace("@START@\n", start)


@cache
def limits() -> dict[str, int]:
    """The most bytes of each section, as the collector is told them."""
    return {name: int(most) for name, most in _SECTION.findall(_text())}


@cache
def _digest() -> str:
    """SHA-256 of the collector before anything of a run is in it."""
    return hashlib.sha256(_text().encode()).hexdigest()


@cache
def _text() -> str:
    """``main.sh`` with each part in the place that it gives it."""
    folder = resources.files(__package__) / "collector"
    whole = _PART.sub(lambda part: (folder / part[1]).read_text("utf-8"), (folder / "main.sh").read_text("utf-8"))
    return whole.replace("@VERSION@\n", f"{__version__}\n").replace("@PACKED@\n", f"'{packed()}'\n")
