"""Files of NAME=VALUE: .env and its like, shell profiles, acme.sh's account.conf, properties, Terraform variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from posture.collect.leaks.core.parsers.found import lines, of_known_form, told, unquoted
from posture.collect.leaks.core.parsers.names import rule_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from posture.collect.leaks.core.leak import Leak

_ASSIGNMENT = re.compile(rb"\s*(?:export\s+|declare\s+-x\s+|set\s+|setenv\s+)?([A-Za-z_][\w.-]{0,199})\s*[=:]\s*(.+)")
_KEY_BYTES = 44  # base64 of the 32 bytes of a Laravel key (config/app.php: AES-256-CBC); 24 of AES-128-CBC


def variables(data: bytes) -> Iterator[Leak]:
    """Variables whose name says that the value is a secret."""
    for number, line in lines(data):
        match = None if line.lstrip().startswith((b"#", b";", b"!", b"//")) else _ASSIGNMENT.match(line)
        if match:
            yield from variable(match.group(1), unquoted(match.group(2)), number)


def variable(name: bytes, value: bytes, line: int, password: str = "") -> Iterator[Leak]:
    """The leak in one variable; `password` is the rule for a password whose name tells nothing more."""
    rule = rule_of(name)
    if not rule or of_known_form(value):
        return
    if rule == "application-key" and value.startswith(b"base64:"):
        if len(value) - 7 in {24, _KEY_BYTES}:
            yield from told(
                rule, line, value[7:], "a key of Laravel's length", "signs and encrypts cookies and sessions"
            )
    elif rule == "application-key":
        yield from told(rule, line, value if len(value) >= 8 else b"", "", "signs and encrypts cookies and sessions")
    else:
        yield from told(password if password and rule == "environment-secret" else rule, line, value)
