"""The public head of an OpenSSH private key (PROTOCOL.key): cipher, KDF, rounds, public key."""

from __future__ import annotations

from dataclasses import dataclass

from posture.collect.host.public_key import NotAKey, PublicKey, decode_blob

_MAGIC = b"openssh-key-v1\0"


@dataclass(frozen=True, slots=True)
class Container:
    """What the head tells; `cipher` is empty when it is none, `key` None when its public key is not in it."""

    cipher: str = ""
    kdf: str = ""
    rounds: int = 0
    key: PublicKey | None = None


def container(head: bytes) -> Container:
    """Read a head, which may be cut off anywhere."""
    if not head.startswith(_MAGIC):
        return Container()
    cipher, at = _string(head, len(_MAGIC))
    kdf, at = _string(head, at)
    options, at = _string(head, at)
    blob, _ = _string(head, at + 4)  # behind the number of keys
    try:
        key = decode_blob(blob) if blob else None
    except NotAKey:
        key = None
    _, end = _string(options, 0)  # the salt
    rounds = int.from_bytes(options[end : end + 4], "big") if len(options) == end + 4 else 0
    return Container(_word(cipher), _word(kdf), rounds, key)


def _word(text: bytes) -> str:
    word = text.decode("ascii", "replace")
    return word if word.isprintable() and len(word) <= 64 else ""


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    """The string at a place and the place behind it; empty when the data end before it does."""
    length = int.from_bytes(data[at : at + 4], "big")
    end = at + 4 + length
    return (data[at + 4 : end], end) if at + 4 <= len(data) and end <= len(data) else (b"", len(data))
