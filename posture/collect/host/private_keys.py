"""Private key files, from their public heads: no private byte ever leaves the host."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from posture.collect.host.sections import Section, tagged
from posture.facts.private_keys import PrivateKey, PrivateKeys
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

_MAGIC = b"openssh-key-v1\0"
_PEM_TYPES = {"RSA": "ssh-rsa", "DSA": "ssh-dss", "EC": "ecdsa"}


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    owner: str
    mode: int


def private_keys(section: Section, observed: datetime) -> PrivateKeys | Unavailable:
    """The key files found. What could not be opened is counted; a search that a limit ended says so."""
    keys: list[PrivateKey] = []
    places: list[str] = []
    denied, complete, file = 0, not section.cut and section.body.rstrip(b"\n").endswith(b"\nZ"), None
    for tag, text in tagged(section.body):
        match tag:
            case "B":
                places.append(visible(text))
            case "U" | "V" if text.isdecimal():
                denied += int(text[:9])
            case "T":
                complete = False
            case "K":
                file = _file(text)
            case "J" if file is not None:
                keys.append(_key(file, text))
                file = None
    if not places and not complete:
        return Unavailable(f"the search for private keys did not run: {section.cut or 'its answer is empty'}")
    return PrivateKeys(tuple(dict.fromkeys(keys)), tuple(dict.fromkeys(places)), denied, complete, observed)


def _file(text: str) -> _File | None:
    mode, _, rest = text.partition("\t")
    owner, tab, path = rest.partition("\t")
    if not tab or not path.startswith("/") or not 1 <= len(mode) <= 4 or not set(mode) <= set("01234567"):
        return None
    return _File(visible(path), visible(owner), int(mode, 8))


def _key(file: _File, text: str) -> PrivateKey:
    form, state, kind = (*text.split("\t"), "", "")[:3]
    if form == "openssh":
        encrypted, kind = _container(state)
    else:
        encrypted = {"plain": False, "encrypted": True}.get(state)
        kind = _PEM_TYPES.get(kind, "") if form == "pem" else visible(kind, 64)
    return PrivateKey(file.path, file.owner, file.mode, visible(form, 16), encrypted, kind)


def _container(encoded: str) -> tuple[bool | None, str]:
    """Encryption and type from the head of an OpenSSH key (PROTOCOL.key): magic, cipher, KDF, its options, keys."""
    try:
        head = base64.b64decode(encoded[: len(encoded) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return None, ""
    if not head.startswith(_MAGIC):
        return None, ""
    cipher, at = _string(head, len(_MAGIC))
    _, at = _string(head, at)
    _, at = _string(head, at)
    kind, _ = _string(head, at + 8)  # behind the number of keys and the length of the first
    return (cipher != b"none") if cipher else None, visible(kind.decode("ascii", "replace"), 64)


def _string(head: bytes, at: int) -> tuple[bytes, int]:
    """The string at a place and the place behind it; empty when the head ends before it does."""
    length = int.from_bytes(head[at : at + 4], "big")
    end = at + 4 + length
    return (head[at + 4 : end], end) if at + 4 <= len(head) and end <= len(head) else (b"", len(head))
