"""What a host whose SSH key has changed says, for the texts of the checks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from posture.sdk import SshHostTrust, Trust

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Check -> facts on which it fails."""
    found, known = "SHA256:" + "B" * 43, ("SHA256:" + "A" * 43, "SHA256:" + "C" * 43)
    return {
        "keys.ssh-host-key-changed": tuple(
            (SshHostTrust(Trust.CHANGED, kind, found, known, "it was compared with the inventory", AT),)
            for kind in ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256")
        )
    }
