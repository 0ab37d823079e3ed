"""Which DKIM keys others may sign with: those whose private half is no secret."""

from __future__ import annotations

from dataclasses import replace

from posture.engine.ports import Advisor
from posture.facts.email.dkim import DkimKey, DkimKeys
from posture.facts.key_flaws import KeyInPlace, KeyStand
from posture.facts.unavailable import Unavailable
from posture.model.sighting import KeyRole

_SSH_TYPE = {"rsa": "ssh-rsa", "ed25519": "ssh-ed25519"}


def judged_keys(dkim: DkimKeys | Unavailable, advisor: Advisor) -> DkimKeys | Unavailable:
    """The keys, each with what is known against it."""
    if isinstance(dkim, Unavailable):
        return dkim
    flaws = advisor.keys([_in_place(key) for key in dkim.keys if key.public], dkim.observed).flaws
    against = {flaw.fingerprint: flaw.detail for flaw in flaws}
    return replace(dkim, keys=tuple(replace(key, weak=against.get(key.public, "")) for key in dkim.keys))


def _in_place(key: DkimKey) -> KeyInPlace:
    """As the keys of hosts are judged; its place in the DNS stands for the file, the key itself for its fingerprint."""
    return KeyInPlace(
        _SSH_TYPE.get(key.kind, key.kind), key.bits, key.public, key.public, KeyStand(KeyRole.HOST, "", key.name)
    )
