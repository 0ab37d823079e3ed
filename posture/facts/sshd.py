"""The effective configuration of a host's SSH server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

INTERNET = "internet"
"""The origin that stands for every address that no Match line names."""


@dataclass(frozen=True, slots=True)
class SshdContext:
    """The effective sshd configuration for one account that comes from one class of addresses to one port.

    What ``sshd -T -C user=...,addr=...,lport=...`` prints. `options` are (lower-case keyword, value) in its order.
    `origin` is ``internet`` or the pattern of a Match Address line (``10.0.0.0/8``) that `address` stands for.
    """

    user: str
    admin: bool
    options: tuple[tuple[str, str], ...]
    origin: str = INTERNET
    address: str = ""
    port: int = 0  # 0: not known, or the same on all
    local: str = ""  # the host's address that is connected to; empty: the same on all

    def get(self, keyword: str) -> str:
        """The first value of a keyword, lower case; empty when sshd did not print it."""
        return next((value for name, value in self.options if name == keyword), "").lower()


@dataclass(frozen=True, slots=True)
class SshServer:
    """The SSH server's effective configuration, an entry an account that can log in and way in that differs.

    Accounts whose shell starts no session are among them where they have authorized keys, which sshd lets in to
    forward. The first entry of an account is the internet's. Further ones, from the internet to another port or from
    the addresses that Match lines name, are there where a setting differs that decides who may log in, and how.
    `failed` are accounts for which ``sshd -T -C`` failed, as (account, message). `listening` is True when the server
    that was asked listens, itself or by a socket of systemd's, False when all listeners are known and it is not among
    them, None when that is not known. `others` says in words which SSH servers besides listen and were not asked (a
    second sshd, dropbear), empty if none. `unasked` says in words which ways in were not asked about (more contexts
    than the limit, a Match line by host name), empty if none. `guards` are programs that shut out who guesses, as far
    as they run (``fail2ban``, ``sshguard``, ``crowdsec``, ``lfd``, ``cphulkd``), and ``PerSourcePenalties`` where sshd
    itself does; None where that is not known.
    """

    contexts: tuple[SshdContext, ...]
    failed: tuple[tuple[str, str], ...]
    version: str
    unit: str
    observed: datetime
    listening: bool | None = None
    others: str = ""
    unasked: str = ""
    guards: tuple[str, ...] | None = None

    def of(self, user: str) -> Iterator[SshdContext]:
        """The contexts of an account, the internet's first."""
        return (context for context in self.contexts if context.user == user)


@dataclass(frozen=True, slots=True)
class CaKey:
    """A key that signs certificates for logins: a line of TrustedUserCAKeys (sshd_config(5)).

    `public` is the key's SSH wire format in base64.
    """

    path: str
    line: int
    type: str
    bits: int
    fingerprint: str
    comment: str
    public: str


@dataclass(frozen=True, slots=True)
class Principals:
    """Whose certificates open an account: the names of its AuthorizedPrincipalsFile (sshd_config(5)).

    Without a file (`path` empty) a certificate opens the account that it names. `names` are (principal, options) of the
    lines that count.
    """

    account: str
    path: str
    names: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SshAuthorities:
    """Who may issue certificates for logins, and for which accounts they count.

    `revoked` is the file of RevokedKeys, empty where none is set. `command` is AuthorizedPrincipalsCommand: names from
    it were not seen. `unreadable` are files that are there and could not be read.
    """

    authorities: tuple[CaKey, ...]
    principals: tuple[Principals, ...]
    revoked: str
    command: str
    unreadable: tuple[str, ...]
    observed: datetime


@dataclass(frozen=True, slots=True)
class ServerKey:
    """A host key of the server, its public half; `public` is the SSH wire format in base64."""

    path: str
    type: str
    bits: int
    fingerprint: str
    public: str


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """The host keys that sshd uses. `unreadable` are those whose public half could not be read."""

    keys: tuple[ServerKey, ...]
    unreadable: tuple[str, ...]
    observed: datetime
