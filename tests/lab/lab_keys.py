"""The keys of the lab, made anew for every lab: nothing worth stealing is ever kept."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An SSH key pair on disk: `path` is the private half."""

    path: Path

    @property
    def private(self) -> str:
        return self.path.read_text()

    @property
    def public(self) -> str:
        """The line for authorized_keys, with the name as comment."""
        return self.path.with_name(self.path.name + ".pub").read_text().strip()

    @property
    def fingerprint(self) -> str:
        """`SHA256:` and unpadded base64, as ssh-keygen -l prints it."""
        digest = hashlib.sha256(base64.b64decode(self.public.split()[1])).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def make_key(folder: Path, name: str, *kind: str) -> KeyPair:
    """A new pair; `kind` as ssh-keygen takes it, for example `-t rsa -b 1024`."""
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", *(kind or ("-t", "ed25519")), "-N", "", "-C", name, "-f", path], check=True)
    return KeyPair(path)
