"""The key that posture logs in with: one that the host lists, or a certificate made for this login."""

from __future__ import annotations

import os
from datetime import datetime
from io import StringIO
from ipaddress import ip_address

import paramiko

from posture.collect.host.capture import NotCollected
from posture.collect.host.certificate import signed
from posture.collect.scope import Permit, own_address
from posture.collect.secrets import SecretError, resolve
from posture.model.resource import SshAccess
from posture.model.secret import SecretRef
from posture.model.text import visible

_CLASSES = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


def key_for(access: SshAccess, permit: Permit, now: datetime) -> paramiko.PKey:
    """The key for one login; with an authority a new one, whose certificate names the run.

    Raises:
        NotCollected: it cannot be had.
    """
    if access.authority is None:
        return login_key(access.key)
    return signed(access.authority, access.user, permit.run, _sources(permit), now)


def _sources(permit: Permit) -> tuple[str, ...]:
    """Where the host sees the login come from: what POSTURE_SOURCES lists, else our own address.

    A private address of ours is none that a public host sees: then the certificate is not bound to one.
    """
    if listed := os.environ.get("POSTURE_SOURCES", "").replace(",", " ").split():
        return tuple(listed)
    ours = own_address(permit.address)
    translated = not ours or (permit.address.is_global and not ip_address(ours).is_global)
    return () if translated else (ours,)


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
