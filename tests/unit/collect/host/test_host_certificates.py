"""Which host certificates make a host believed (PROTOCOL.certkeys of OpenSSH)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    SSHCertificateBuilder,
    SSHCertificateType,
)  # fmt: skip

from posture.collect.host.trust_certificate import NotCertified, certified, fingerprint

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOST, AUTHORITY, STRANGER = (Ed25519PrivateKey.generate() for _ in range(3))


def print_of(key) -> str:
    return fingerprint(
        base64.b64decode(key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])
    )


def made(by=AUTHORITY, names=(b"web1.example.net",), critical=(), until=NOW + timedelta(days=1)) -> bytes:
    builder = (
        SSHCertificateBuilder().public_key(HOST.public_key()).type(SSHCertificateType.HOST).serial(1).key_id(b"web1")
        .valid_principals(list(names)).valid_after(0).valid_before(int(until.timestamp()))
    )  # fmt: skip
    for option in critical:
        builder = builder.add_critical_option(option, b"")
    return base64.b64decode(builder.sign(by).public_bytes().split()[1])


def judged(blob: bytes, name="web1.example.net", key=HOST, by=AUTHORITY) -> str:
    return certified(blob, print_of(key), [print_of(by)], name, NOW)


def test_a_signature_that_was_changed_is_told() -> None:
    """The authority's name in a certificate proves nothing: its signature does."""
    blob = made()
    assert judged(blob).startswith("certificate 'web1' signed by SHA256:")
    with pytest.raises(NotCertified, match="signature that is wrong"):
        judged(blob[:-1] + bytes([blob[-1] ^ 1]))


def test_it_holds_for_the_key_that_the_host_proved_to_have() -> None:
    with pytest.raises(NotCertified, match="another key"):
        judged(made(), key=STRANGER)


def test_options_that_nobody_knows_and_its_last_second_refuse_it() -> None:
    with pytest.raises(NotCertified, match="critical options"):
        judged(made(critical=(b"new@example.net",)))
    with pytest.raises(NotCertified, match="is valid"):
        judged(made(until=NOW))


def test_an_authority_of_a_short_rsa_key_is_not_believed() -> None:
    short = generate_private_key(65537, 1024)
    with pytest.raises(NotCertified, match="2048"):
        judged(made(by=short), by=short)


@pytest.mark.parametrize(
    ("pattern", "name", "holds"),
    [
        (b"*.example.net", "web1.example.net", True),
        (b"web?.example.net", "web1.example.net", True),
        (b"WEB1.example.net", "Web1.Example.net", True),
        (b"web1xexample.net", "web1.example.net", False),
        (b"web1.example.net", "web1xexample.net", False),
        (b"*" * 40 + b"x", "web1.example.net", False),
        (b"2001:db8::1", "2001:DB8:0:0::1", True),
    ],
)
def test_names_with_wildcards(pattern, name, holds) -> None:
    if holds:
        assert judged(made(names=(pattern,)), name)
    else:
        with pytest.raises(NotCertified, match="is for"):
            judged(made(names=(pattern,)), name)
