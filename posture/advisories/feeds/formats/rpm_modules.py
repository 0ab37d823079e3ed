"""The module stream that a fix of a modular RPM package belongs to; advisories tell it in their title only.

A build of a module carries ``.module_el`` (AlmaLinux) or ``.module+el`` (Red Hat, Rocky) in its release. Comparing
across streams is meaningless: nodejs 18 is never "fixed" by nodejs 20's version.
"""

from __future__ import annotations

import re

UNKNOWN = "?"
MOST_STREAMS = 16  # of one title

_MODULAR = re.compile(r"\.module[_+]el")
# A name has a letter (not 12:30), and CVE:2026 is none. 389-ds:1.4 is.
_STREAM = re.compile(
    r"(?<![\w.:+-])(?!cve:)((?=[\w.+-]*[a-z])[a-z0-9][\w.+-]{0,63}:[\w][\w.+-]{0,31})(?![\w:])", re.IGNORECASE
)


def is_modular(version: str) -> bool:
    """Whether this version was built in a module."""
    return _MODULAR.search(version) is not None


def streams(title: str) -> tuple[str, ...]:
    """The streams that an advisory's title names, ``nodejs:22``; `UNKNOWN` alone when it names none."""
    found = dict.fromkeys(stream.rstrip(".") for stream in _STREAM.findall(title[:1000]))
    return tuple(found)[:MOST_STREAMS] or (UNKNOWN,)
