"""Signatures of bundles: whatever somebody makes of one, it holds or is refused."""

from __future__ import annotations

import base64
import hashlib
import random
import subprocess
import time
from pathlib import Path

import paramiko
import pytest

from posture.signatures.sshsig import BEGIN, SignatureError, signers

SPACE = "posture-collect"
END = b"\n-----END SSH SIGNATURE-----\n"
MESSAGE = b"what the collector said"
MUTATIONS = 30_000
SECONDS = 1.0  # for all of them: on a slow machine fewer are tried
OF_KINDS = ("ed25519", "ecdsa", "rsa")


def blob_of(folder: Path, kind: str) -> bytes:
    """A real signature's inside."""
    said, key = folder / "said", folder / "key"
    said.write_bytes(MESSAGE)
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", key], check=True)
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", SPACE, said],
        check=True, stdin=subprocess.DEVNULL, capture_output=True,
    )  # fmt: skip
    return base64.b64decode(b"".join(Path(f"{said}.sig").read_bytes().splitlines()[1:-1]))


def armoured(blob: bytes) -> bytes:
    return BEGIN + base64.b64encode(blob) + END


def with_numbers(blob: bytes, r: bytes, s: bytes) -> bytes:
    """The same signature with other numbers (RFC 5656, 3.1.2), as they are written."""
    fields = paramiko.Message(blob[10:])
    kept = [fields.get_binary() for _ in range(4)]
    algorithm = paramiko.Message(fields.get_binary()).get_binary()
    return blob[:10] + b"".join(map(string, (*kept, string(algorithm) + string(string(r) + string(s)))))


def string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


@pytest.mark.parametrize(
    ("r", "s"),
    [(b"\xff", b"\1"), (b"\1", b"\x80"), (b"\xff" * 32, b"\xff" * 32), (b"", b""), (b"\1" * 2000, b"\1")],
)
def test_numbers_that_no_signature_has_are_refused_like_any_other(tmp_path, r, s) -> None:
    """Negative ones (RFC 4251, 5: mpint), none, and giants."""
    blob = blob_of(tmp_path, "ecdsa")
    assert signers(MESSAGE, armoured(blob), SPACE)
    with pytest.raises(SignatureError, match="does not fit"):
        signers(MESSAGE, armoured(with_numbers(blob, r, s)), SPACE)


@pytest.mark.parametrize(("e", "n"), [(b"\x80", b"\1" * 256), (b"\1\0\1", b"\xff" * 256), (b"", b"")])
def test_a_key_with_numbers_that_no_key_has_is_refused_like_any_other(tmp_path, e, n) -> None:
    """An RSA key that says it is negative, or nothing."""
    blob = blob_of(tmp_path, "rsa")
    assert signers(MESSAGE, armoured(blob), SPACE)
    fields = paramiko.Message(blob[10:])
    fields.get_binary()
    key = string(b"ssh-rsa") + string(e) + string(n)
    with pytest.raises(SignatureError):
        signers(MESSAGE, armoured(blob[:10] + string(key) + fields.get_remainder()), SPACE)


@pytest.mark.parametrize("kind", OF_KINDS)
def test_a_changed_signature_is_refused_and_nothing_else_happens(tmp_path, kind) -> None:
    """Bytes changed, put in or taken out, lengths that lie: never another error, never another signer."""
    blob = blob_of(tmp_path, kind)
    own = signers(MESSAGE, armoured(blob), SPACE)
    chance = random.Random(kind)
    until = time.monotonic() + SECONDS / len(OF_KINDS)
    for _ in range(MUTATIONS // len(OF_KINDS)):
        if time.monotonic() > until:
            break
        changed = mutated(blob, chance)
        try:
            found = signers(MESSAGE, armoured(changed), SPACE)
        except SignatureError:
            continue
        assert found == own, hashlib.sha256(changed).hexdigest()


def mutated(blob: bytes, chance: random.Random) -> bytes:
    changed = bytearray(blob)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(10, len(changed))
        match chance.randrange(4):
            case 0:
                changed[place] ^= 1 << chance.randrange(8)
            case 1:
                changed[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 2:
                del changed[place : place + chance.randint(1, 8)]
            case _:
                changed[place:place] = chance.randbytes(chance.randint(1, 8))
        if len(changed) < 12:
            break
    return bytes(changed)
