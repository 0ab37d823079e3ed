"""Programs that this one starts and that are not to go on when it is killed."""

from __future__ import annotations

import shutil
from typing import Literal


def tied_to_us(signal: Literal["KILL", "TERM"] = "KILL") -> tuple[str, ...]:
    """What to put before a command, so that the kernel ends it when the thread that starts it ends, however it ends.

    That thread must wait for the program's end. A process of ours may not say so of itself between fork and exec, where
    there are threads: setpriv(1) does, and becomes the command. Empty where that is not installed.

    Args:
        signal: what the command gets; one that has children or files to take with it wants TERM.
    """
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", signal, "--") if setpriv else ()
