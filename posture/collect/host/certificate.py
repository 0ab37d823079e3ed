"""Short-lived user certificates: a login that is worth nothing a quarter of an hour later, and that names its run.

Format: PROTOCOL.certkeys of OpenSSH; what sshd makes of the critical options: ssh-keygen(1), CERTIFICATES.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from io import StringIO
from ipaddress import ip_network
from secrets import randbits

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    SSHCertificateBuilder,
    SSHCertificateType,
    load_ssh_private_key,
)

from posture.collect.host.capture import NotCollected
from posture.collect.secrets import SecretError, resolve
from posture.model.secret import SecretRef, SecretScheme
from posture.model.text import visible

PRINCIPAL = "posture-audit"
"""The one name certificates are for; a host lists it for the account that it has for the audit."""

COLLECTOR = "/usr/local/sbin/posture-collect"
"""Where the collector is installed on a host."""

LIFETIME = timedelta(minutes=15)
SKEW = timedelta(minutes=2)  # by which a host's clock may be behind ours

Authority = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey


def signed(authority: SecretRef, user: str, run: str, sources: Sequence[str], now: datetime) -> paramiko.PKey:
    """A key made for one login and its certificate, which allows to run the installed collector and nothing else.

    Args:
        authority: the user CA's private key, in OpenSSH's format and without passphrase.
        user: the account to log in to; told in messages only, the host decides whom the principal may be.
        run: the audit's id; the host's log shows it as ``ID run-<run>@posture``.
        sources: addresses or networks that the login comes from; without any, it may come from anywhere.
        now: aware; the certificate holds from two minutes before until 15 minutes after.

    Raises:
        NotCollected: the authority's key cannot be had, or is none that can sign; or a source is no network.
    """
    by = loaded(authority)
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    builder = (
        SSHCertificateBuilder()
        .public_key(key.public_key())
        .type(SSHCertificateType.USER)
        .serial(randbits(63))
        .key_id(f"run-{visible(run, 200)}@posture".encode())
        .valid_principals([PRINCIPAL.encode()])
        .valid_after(int((now - SKEW).timestamp()))
        .valid_before(int((now + LIFETIME).timestamp()))
        .add_critical_option(b"force-command", COLLECTOR.encode())
    )
    if sources:
        builder = builder.add_critical_option(b"source-address", _networks(sources, user).encode())
    login = paramiko.Ed25519Key.from_private_key(StringIO(text))
    login.load_certificate(builder.sign(by).public_bytes().decode())
    return login


def loaded(authority: SecretRef) -> Authority:
    """The private key of a user CA.

    Raises:
        NotCollected: it cannot be had, has a passphrase, or is no Ed25519, ECDSA or RSA key.
    """
    # The first word only: arguments of a command may be secret.
    where = visible(f"{authority.scheme}:{authority.locator.split()[0]}")
    if authority.scheme is not SecretScheme.COMMAND:
        where = visible(str(authority))
    try:
        key = load_ssh_private_key(resolve(authority).encode() + b"\n", None)
    except SecretError as error:
        raise NotCollected(f"the key of the certificate authority is not available: {error}") from error
    except TypeError as error:  # what cryptography says where a password is missing
        raise NotCollected(
            f"the key of the certificate authority ({where}) has a passphrase, and nobody is there to type it: keep it "
            "behind a keyring: or command: reference instead"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise NotCollected(
            f"{where} holds no private key in OpenSSH's format; make one with: posture access ca"
        ) from error
    if not isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey):
        raise NotCollected(f"{where} is a key of a kind that cannot sign certificates; use Ed25519")
    return key


def _networks(sources: Sequence[str], user: str) -> str:
    """As sshd wants them: a list of CIDR patterns (PATTERNS of ssh_config(5)) with commas between."""
    try:
        return ",".join(str(ip_network(source.strip(), strict=False)) for source in sources)
    except ValueError as error:
        raise NotCollected(
            f"no certificate for the login as {visible(user, 64)}: {visible(str(error))}; give addresses or networks"
        ) from error
