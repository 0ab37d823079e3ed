"""Connection strings: ``Server=...;User Id=...;Password=...`` (ADO.NET, ODBC, JDBC's properties)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from posture.collect.leaks.core.parsers.found import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from posture.collect.leaks.core.leak import Leak

_PASSWORD = re.compile(rb"(?i)(?:^|[;?&\s\"'])(?:password|pwd)\s*=\s*(?:'([^']+)'|&quot;(.+?)&quot;|([^;&\"'\s<>]+))")
_SERVER = re.compile(
    rb"(?i)(?:^|[;?&\s\"'])(?:server|data source|host|initial catalog|database|user id|uid)\s*=|^jdbc:"
)


def connection(text: bytes, line: int) -> Iterator[Leak]:
    """The password of a connection string, if the text is one."""
    match = _PASSWORD.search(text[:4096])
    if match and _SERVER.search(text[:4096]):
        yield from told("database-password", line, match.group(1) or match.group(2) or match.group(3))
