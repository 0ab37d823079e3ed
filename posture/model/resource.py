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


@dataclass(frozen=True, slots=True)
class SshAccess:
    """How to log in to a host: one key, and the fingerprints (``SHA256:...``) of the host keys that are accepted."""

    user: str
    key: SecretRef
    host_keys: tuple[str, ...]
    port: int = 22


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing to audit. `address` is an IP address or a name for hosts, empty for other kinds.

    `local` marks the machine the program itself runs on: its inside is read without SSH.
    `settings` are the further fields of kinds that are not hosts, as the inventory gave them.
    """

    kind: ResourceKind
    id: str
    address: str = ""
    ssh: SshAccess | None = None
    local: bool = False
    settings: tuple[tuple[str, str], ...] = ()
