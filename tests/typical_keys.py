"""Public keys with flaws, as a typical host has them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from posture.facts.key_flaws import KeyFlaw, KeyFlaws, KeyStand
from posture.model.sighting import KeyRole

STAND = KeyStand(KeyRole.AUTHORIZED, "alex", "/home/alex/.ssh/authorized_keys:3")
FLAW = KeyFlaw(
    "SHA256:m+BlVv3WdK+GZJc2XSrhoNbukwEd6egu+R2aOQ7Z2+k", "ssh-rsa", 2048, "published", "Vagrant's insecure keys",
    "Its private half is known to the world: it is on the list of Vagrant's insecure keys", (STAND,),
)  # fmt: skip
FLAWS = KeyFlaws((FLAW,), 4, (("Vagrant's insecure keys", 2),), (), datetime(2026, 11, 22, 3, 4, tzinfo=UTC))

_STANDS = (
    STAND,
    replace(STAND, dead=True, account="root", place="/root/.ssh/authorized_keys:1"),
    KeyStand(KeyRole.AUTHORITY, "", "/etc/ssh/ca.pub:1"),
    KeyStand(KeyRole.HOST, "", "/etc/ssh/ssh_host_rsa_key.pub"),
    KeyStand(KeyRole.PRIVATE, "alex", "/home/alex/.ssh/id_rsa"),
)


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Check -> the facts of hosts on which it fails."""
    return {"keys.key-compromised": tuple((replace(FLAWS, flaws=(replace(FLAW, places=(at,)),)),) for at in _STANDS)}
