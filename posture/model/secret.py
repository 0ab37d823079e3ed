from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SecretScheme(StrEnum):
    """Where a secret may be kept. A literal secret has no scheme and is refused."""

    ENV = "env"
    FILE = "file"
    KEYRING = "keyring"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class SecretRef:
    """A pointer to a secret, never the secret: ``env:NAME``, ``file:/path``, ``keyring:service/user``, ``command:...``.

    Only posture.collect resolves it, at the last moment.
    """

    scheme: SecretScheme
    locator: str

    @classmethod
    def parse(cls, text: str) -> SecretRef:
        """Read a reference.

        Raises:
            ValueError: there is no known scheme, or nothing behind it. The message never repeats the text: it may be a
                literal secret.
        """
        scheme, colon, locator = text.partition(":")
        known = {s.value for s in SecretScheme}
        if not colon or scheme not in known or not locator.strip():
            kinds = ", ".join(f"{s}:…" for s in sorted(known))
            raise ValueError(f"a secret must be a reference ({kinds}), never the secret itself")
        return cls(SecretScheme(scheme), locator)

    def __str__(self) -> str:
        return f"{self.scheme}:{self.locator}"
