"""Making signatures: an Ed25519 key in OpenSSH's form, and what ``ssh-keygen -Y verify`` accepts."""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import dataclass
from typing import Final

import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from posture.signatures.sshsig import MAGIC, fingerprint, ssh_string

_HASH: Final = b"sha512"
_WIDTH: Final = 70  # characters of an armoured line, as ssh-keygen writes them


class NoSigningKey(ValueError):
    """The text is no private key that can sign; the message never repeats it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key; `public` is its public half as a line of authorized_keys without a comment."""

    key: paramiko.Ed25519Key

    @property
    def public(self) -> str:
        """``ssh-ed25519 AAAA...``."""
        return f"{self.key.get_name()} {self.key.get_base64()}"

    @property
    def fingerprint(self) -> str:
        """As ``ssh-keygen -l`` prints it."""
        return fingerprint(self.key)

    def signature(self, message: bytes, namespace: str) -> bytes:
        """An armoured signature (PROTOCOL.sshsig): the same message and namespace give the same bytes (RFC 8032)."""
        digest = hashlib.sha512(message).digest()
        to_sign = MAGIC + b"".join(map(ssh_string, (namespace.encode(), b"", _HASH, digest)))
        made = self.key.sign_ssh_data(to_sign).asbytes()
        parts = (self.key.asbytes(), namespace.encode(), b"", _HASH, made)
        text = base64.b64encode(MAGIC + b"\0\0\0\1" + b"".join(map(ssh_string, parts))).decode()
        lines = [text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)]
        return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""]).encode()


def signing_key(text: str) -> SigningKey:
    """Read a private key.

    Raises:
        NoSigningKey: it is none, is not Ed25519, or has a passphrase.
    """
    try:
        return SigningKey(paramiko.Ed25519Key(file_obj=io.StringIO(text.rstrip() + "\n")))
    except paramiko.PasswordRequiredException:
        raise NoSigningKey("the key has a passphrase: give one without, which only the auditor can read") from None
    except (paramiko.SSHException, ValueError, IndexError, UnicodeDecodeError):
        raise NoSigningKey("it is no Ed25519 key in OpenSSH's form: make one with posture signing new") from None


def new_key() -> str:
    """A private key in OpenSSH's form, without a passphrase."""
    made = Ed25519PrivateKey.generate()
    return made.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
