from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from posture.model.secret import SecretRef


class ResourceKind(StrEnum):
    """The kinds of things a customer has that can be audited."""

    HOST = "host"
    DOMAIN = "domain"
    AWS_ACCOUNT = "aws-account"
    ACCOUNTS = "accounts"
    REPOSITORY = "repository"
    ALL_HOSTS = "all-hosts"  # stands in no inventory: all hosts of a customer together


@dataclass(frozen=True, slots=True)
class SshAccess:
    """How to log in to a host.

    With `key`, or with a certificate of 15 minutes that `authority` (a user CA's private key) signs for each login.
    The host is believed by its key's fingerprint (``SHA256:...``), by a certificate of one of `host_authorities` (their
    fingerprints), or by SSHFP records in a signed zone where `sshfp` allows it; with none of these, by the key that
    somebody confirmed before.
    """

    user: str
    key: SecretRef | None
    host_keys: tuple[str, ...]
    port: int = 22
    authority: SecretRef | None = None
    host_authorities: tuple[str, ...] = ()
    sshfp: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing to audit. `address` is an IP address or a name for hosts, empty for other kinds.

    `local` marks the machine the program itself runs on: its inside is read without SSH.
    `settings` are the further fields of kinds that are not hosts, as the inventory gave them. `names` are host names
    that a host's websites are for, besides `address`; none is ever resolved to contact it.
    """

    kind: ResourceKind
    id: str
    address: str = ""
    ssh: SshAccess | None = None
    local: bool = False
    settings: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()


ALL_HOSTS = Resource(ResourceKind.ALL_HOSTS, "all hosts")
"""What a finding is of that concerns several hosts. No inventory can hold this id: it has a space."""
