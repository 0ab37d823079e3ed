"""What the log of a host says of its logins over SSH."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KeyUse:
    """The logins of one account with one key: ``Accepted publickey for ...`` (auth.c, at LogLevel INFO and above).

    `addresses` are the client addresses seen, the latest first, at most 32; `more_addresses` that there were more.
    For a certificate `fingerprint` is the certified key's and `certificate` its key id.
    """

    account: str
    fingerprint: str
    last: datetime
    times: int
    addresses: tuple[str, ...]
    more_addresses: bool = False
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class PasswordUse:
    """The logins of one account with a password; `method` is ``password`` or ``keyboard-interactive/pam``."""

    account: str
    method: str
    last: datetime
    times: int
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SshLog:
    """Logins over SSH between `since` and `until`, as far as the host's log goes back.

    `failures` counts failed attempts, `failing_addresses` the different addresses they came from (at least; capped at
    10,000). `source` is what was read (``journal``, a file). `whole` is False when a limit ended the reading, or
    sshd names keys by MD5 (FingerprintHash): a key without a use may then have one.
    """

    keys: tuple[KeyUse, ...]
    passwords: tuple[PasswordUse, ...]
    failures: int
    failing_addresses: int
    since: datetime
    until: datetime
    source: str
    whole: bool
    observed: datetime
