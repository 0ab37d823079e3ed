from __future__ import annotations

import getpass


def operator_name() -> str:
    """Who runs this program, by the system's word: what they vouch for is stored with it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown user"
