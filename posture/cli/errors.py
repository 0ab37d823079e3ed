"""Exit codes, and the one exception that ends a command with one of them.

Failure
├── Usage          2  wrong usage, configuration or inventory
├── NotAllowed     4  not authorised: nothing was sent
└── Broken         5  the program itself failed
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a command's exit code means, everywhere. FINDINGS wins over INCOMPLETE."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3
    NOT_AUTHORIZED = 4
    BROKEN = 5
    INTERRUPTED = 130


class Failure(Exception):
    """Ends the command. `message` says what and why, `step` what to do next."""

    code = Exit.BROKEN

    def __init__(self, message: str, step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.step = step


class Usage(Failure):
    """Wrong usage, configuration or inventory; nothing was contacted."""

    code = Exit.USAGE


class NotAllowed(Failure):
    """Not authorised; nothing was sent."""

    code = Exit.NOT_AUTHORIZED


class Broken(Failure):
    """The program itself failed."""

    code = Exit.BROKEN
