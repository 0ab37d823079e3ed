"""rlogin (RFC 1282): recognised by how it refuses; no user is named."""

from __future__ import annotations

from posture.collect.network.protocol import Approach, Confirmed, Protocol
from posture.collect.network.remote_shell import confirm_refusal


def confirm(approach: Approach) -> Confirmed:
    """Send one NUL byte and read the refusal."""
    return confirm_refusal(approach, "rlogin")


PROTOCOL = Protocol("login", (513,), "a NUL byte: no user, no command", confirm, aliases=("rlogin",))
