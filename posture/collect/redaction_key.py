"""The keys behind the fingerprints of found secrets: one of the installation, from it one for each customer.

A fingerprint tells whether a secret is the same as another one, to this installation only: without the key, nobody can
try out guesses against it. A host learns its customer's key, never the installation's.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from posture.collect.secrets import SecretError, resolve
from posture.model.secret import SecretRef, SecretScheme

FILE = "redaction.key"
BYTES = 32


def installation_key(folder: Path, elsewhere: SecretRef | None = None) -> bytes:
    """The installation's key: from the folder's file, made on first use with mode 0600, or from where it is kept.

    Args:
        folder: of posture's data.
        elsewhere: a reference to 64 hexadecimal digits; several machines with one database share one key.

    Raises:
        SecretError: it cannot be read or written, or is no such key.
    """
    if elsewhere is not None:
        return _key(resolve(elsewhere), str(elsewhere.scheme))
    file = folder / FILE
    if not file.exists():
        _make(file)
    return _key(resolve(SecretRef(SecretScheme.FILE, str(file))), str(file))


def customer_key(installation: bytes, customer: str) -> str:
    """The customer's key: HMAC-SHA256 of the id under the installation's key, as 64 hexadecimal digits."""
    return hmac.new(installation, customer.encode(), hashlib.sha256).hexdigest()


def _key(text: str, place: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != BYTES:
        raise SecretError(f"{place} holds no key for fingerprints: {2 * BYTES} hexadecimal digits are wanted")
    return key


def _make(file: Path) -> None:
    """Whole or not at all, and once: of two processes that begin at the same time, the first one's key counts."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f".{FILE}.{secrets.token_hex(8)}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
                new.write(secrets.token_hex(BYTES) + "\n")
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise SecretError(f"the key for fingerprints cannot be made at {file}: {error.strerror}") from error
