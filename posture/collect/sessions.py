"""How many hosts are logged in to at once."""

from __future__ import annotations

SESSIONS_AT_ONCE = 64
"""They wait for the hosts; what costs this machine, logging in, has a bound of its own (collect/host/turns.py)."""
