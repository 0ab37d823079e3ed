"""Private key files of a host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from posixpath import basename


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key file. Only its public head was read; `encrypted` is None when the format does not tell.

    `mode` holds the permission bits (0o600). `type`, `bits`, `fingerprint` and `public` (SSH wire format, base64) are
    of its public half, empty and 0 where it is not told. `kdf` and `rounds` are how a passphrase becomes a key
    (``bcrypt`` and 24; ``md5`` in old PEM files). `readers` are the accounts besides owner and root that can open the
    file: by its permissions and those of every folder above it; ``*`` is everybody. None where that is not known.
    """

    path: str
    owner: str
    mode: int
    format: str  # openssh, pem, pkcs8, putty
    encrypted: bool | None
    type: str = ""
    bits: int = 0
    fingerprint: str = ""
    public: str = ""
    cipher: str = ""
    kdf: str = ""
    rounds: int = 0
    group: str = ""
    readers: tuple[str, ...] | None = None

    @property
    def of_host(self) -> bool:
        """Whether an SSH server proves with it who it is, by its name: the keys of most lie in /etc/ssh."""
        return basename(self.path).startswith("ssh_host_")

    @property
    def of_ssh(self) -> bool:
        """Whether it is a key that logs in over SSH: by its form, its folder or its name.

        Those of security keys (``sk-``) are none: what is in the file opens nothing by itself.
        """
        if self.of_host or self.type.startswith("sk-"):
            return False
        return self.format in {"openssh", "putty"} or "/.ssh/" in self.path or basename(self.path).startswith("id_")


@dataclass(frozen=True, slots=True)
class PrivateKeys:
    """Private key files under `places`.

    `unreadable` counts what could not be looked at: folders and files that could not be opened, names with control
    characters, links that were not followed. `complete` is False when a limit ended the search.
    """

    keys: tuple[PrivateKey, ...]
    places: tuple[str, ...]
    unreadable: int
    complete: bool
    observed: datetime
