"""Whether the host that answers over SSH is the one it should be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Trust(StrEnum):
    """Why a host's key is believed, or that it is not."""

    INVENTORY = "inventory"  # one of the fingerprints that the inventory gives
    PINNED = "pinned"  # the same as when somebody confirmed it
    CERTIFICATE = "certificate"  # a certificate of an authority that the inventory gives
    SSHFP = "sshfp"  # a fingerprint in a DNS zone that is signed (RFC 4255, RFC 4033)
    UNKNOWN = "unknown"  # nobody said which key it has: nothing was sent
    CHANGED = "changed"  # another key than the one that is known: nothing was sent
    LOCAL = "local"  # this very machine: no SSH


@dataclass(frozen=True, slots=True)
class SshHostTrust:
    """The host key shown over SSH and what it was held against, before anything was proved to the host.

    `found` is the fingerprint (``SHA256:...``) shown, empty where none was; `expected` are those known; `known_since`
    is when it was first believed, where that is stored. `detail` says in words what was compared. `login` is the
    fingerprint of the key that the audit logged in with, empty where it did not.
    """

    trust: Trust
    type: str
    found: str
    expected: tuple[str, ...]
    detail: str
    observed: datetime
    known_since: datetime | None = None
    login: str = ""
