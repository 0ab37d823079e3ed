"""Signatures of files as ``ssh-keygen -Y sign`` makes them: PROTOCOL.sshsig of OpenSSH, armoured."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm

from posture.model.text import visible

BEGIN = b"-----BEGIN SSH SIGNATURE-----\n"
MOST = 8  # signatures of one file

_ARMOUR = re.compile(rb"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]{1,16384}?)-----END SSH SIGNATURE-----\n")
MAGIC = b"SSHSIG"
_HASHES = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
_ALGORITHMS: dict[str, tuple[Callable[..., paramiko.PKey], frozenset[str]]] = {
    "ssh-ed25519": (paramiko.Ed25519Key, frozenset({"ssh-ed25519"})),
    "ssh-rsa": (paramiko.RSAKey, frozenset({"rsa-sha2-256", "rsa-sha2-512"})),
    **{
        f"ecdsa-sha2-nistp{bits}": (paramiko.ECDSAKey, frozenset({f"ecdsa-sha2-nistp{bits}"}))
        for bits in (256, 384, 521)
    },
}
"""Type of a key -> its class, and the signatures that it may make: no SHA-1 (PROTOCOL.sshsig, 3)."""


class SignatureError(Exception):
    """A signature does not hold, or is none. The message says which."""


def signers(message: bytes, armoured: bytes, namespace: str) -> tuple[str, ...]:
    """The fingerprints of the keys that signed the message; every signature must hold.

    Args:
        message: what was signed.
        armoured: signatures, one behind the other; may be empty.
        namespace: what they must have been made for.

    Raises:
        SignatureError: one does not hold, or there is something else between them.
    """
    found: list[str] = []
    place = 0
    while place < len(armoured):
        match = _ARMOUR.match(armoured, place)
        if match is None or len(found) >= MOST:
            raise SignatureError("something that is no signature stands behind it")
        place = match.end()
        found.append(_signer(message, match[1], namespace))
    return tuple(dict.fromkeys(found))


def _signer(message: bytes, text: bytes, namespace: str) -> str:
    try:
        blob = base64.b64decode(text.replace(b"\n", b""), validate=True)
        if not blob.startswith(MAGIC + b"\0\0\0\1"):
            raise SignatureError("it is of an unknown version")
        fields = paramiko.Message(blob[len(MAGIC) + 4 :])
        public, used_for, reserved, digest, signature = parts = [fields.get_binary() for _ in range(5)]
    except binascii.Error as error:
        raise SignatureError("it is no base64") from error
    # Paramiko takes what there is where a length says more: two texts of one signature would both hold.
    if blob[len(MAGIC) + 4 :] != b"".join(map(ssh_string, parts)) or not _whole(signature):
        raise SignatureError("a length in it is wrong")
    if used_for != namespace.encode():
        raise SignatureError(f"it was made for {visible(used_for.decode(errors='replace'), 60)}")
    hashed = _HASHES.get(digest.decode(errors="replace"))
    if hashed is None:
        raise SignatureError("it uses an unknown hash")
    to_sign = MAGIC + b"".join(ssh_string(part) for part in (used_for, reserved, digest, hashed(message).digest()))
    key = _key(public, signature)
    if not _holds(key, to_sign, signature):
        raise SignatureError(f"the signature of {fingerprint(key)} does not fit")
    return fingerprint(key)


def _whole(signature: bytes) -> bool:
    """Whether it is an algorithm and its signature, and nothing else (RFC 4253, 6.6)."""
    fields = paramiko.Message(signature)
    return signature == ssh_string(fields.get_binary()) + ssh_string(fields.get_binary())


def _key(public: bytes, signature: bytes) -> paramiko.PKey:
    kind = paramiko.Message(public).get_binary().decode(errors="replace")
    algorithm = paramiko.Message(signature).get_binary().decode(errors="replace")
    known = _ALGORITHMS.get(kind)
    if known is None or algorithm not in known[1]:
        raise SignatureError(f"{visible(kind, 40)} with {visible(algorithm, 40)} is no key or signature that counts")
    try:
        key = known[0](data=public)
    # OverflowError: a negative number in an RSA key.
    except (paramiko.SSHException, ValueError, UnsupportedAlgorithm, IndexError, OverflowError) as error:
        raise SignatureError("its key cannot be read") from error
    if key.asbytes() != public:
        raise SignatureError("its key is not written as keys are")
    return key


def _holds(key: paramiko.PKey, data: bytes, signature: bytes) -> bool:
    try:
        return bool(key.verify_ssh_sig(data, paramiko.Message(signature)))
    except (paramiko.SSHException, ValueError, IndexError, OverflowError):
        return False


def fingerprint(key: paramiko.PKey) -> str:
    """As ``ssh-keygen -l`` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def ssh_string(value: bytes) -> bytes:
    """A string of SSH's protocols (RFC 4251, 5)."""
    return len(value).to_bytes(4, "big") + value
