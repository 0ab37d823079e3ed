"""The key that posture logs in with."""

from __future__ import annotations

from io import StringIO

import paramiko

from posture.collect.host.capture import NotCollected
from posture.collect.secrets import SecretError, resolve
from posture.model.secret import SecretRef
from posture.model.text import visible

_CLASSES = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


def login_key(reference: SecretRef | None) -> paramiko.PKey:
    """The private key behind a reference.

    Raises:
        NotCollected: it cannot be had, is protected by a passphrase, or is no key.
    """
    if reference is None:
        raise NotCollected("no key for the login is configured: add key: to ssh: in the inventory")
    try:
        text = resolve(reference)
    except SecretError as error:
        raise NotCollected(f"the key for the login is not available: {error}") from error
    for kind in _CLASSES:
        try:
            return kind.from_private_key(StringIO(text + "\n"))
        except paramiko.PasswordRequiredException as error:
            raise NotCollected(
                "the key for the login is protected by a passphrase, and nobody is there to type it: give posture a "
                f"key of its own, made with: ssh-keygen -t ed25519 -N '' ({_where(reference)})"
            ) from error
        except (paramiko.SSHException, ValueError, TypeError, LookupError):
            continue  # of another kind, or no key at all
    raise NotCollected(f"{_where(reference)} holds no Ed25519, ECDSA or RSA private key in OpenSSH or PEM format")


def _where(reference: SecretRef) -> str:
    """The reference for messages, without the arguments of a command."""
    return visible(f"{reference.scheme}:{reference.locator.split()[0]}")
