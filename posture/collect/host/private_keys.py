"""Private key files, from their public heads: no private byte ever leaves the host."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime

from posture.collect.host.key_container import container
from posture.collect.host.public_key import NotAKey, PublicKey, decode
from posture.collect.host.sections import Section, tagged
from posture.facts.private_keys import PrivateKey, PrivateKeys
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

_PEM_TYPES = {"RSA": "ssh-rsa", "DSA": "ssh-dss", "EC": "ecdsa"}
_WORD = re.compile(r"[A-Za-z0-9.@_-]{0,64}")


@dataclass(slots=True)
class _File:
    path: str
    owner: str
    group: str
    mode: int
    readers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Told:
    """What the file's own text tells."""

    encrypted: bool | None
    type: str = ""
    key: PublicKey | None = None
    cipher: str = ""
    kdf: str = ""
    rounds: int = 0


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
            case "RD" if file is not None:
                file.readers = tuple(visible(name, 64) for name in text.split()[:32])
            case "J" if file is not None:
                keys.append(_key(file, text))
                file = None
    if not places and not complete:
        return Unavailable(f"the search for private keys did not run: {section.cut or 'its answer is empty'}")
    return PrivateKeys(tuple(dict.fromkeys(keys)), tuple(dict.fromkeys(places)), denied, complete, observed)


def _file(text: str) -> _File | None:
    mode, owner, group, path = (*text.split("\t", 3), "", "", "", "")[:4]
    if not path.startswith("/") or not 1 <= len(mode) <= 4 or not set(mode) <= set("01234567"):
        return None
    return _File(visible(path), visible(owner), visible(group), int(mode, 8))


def _key(file: _File, text: str) -> PrivateKey:
    form, _, rest = text.partition("\t")
    told = _READERS.get(form, _other)(rest)
    return PrivateKey(
        path=file.path,
        owner=file.owner,
        mode=file.mode,
        format=visible(form, 16),
        encrypted=told.encrypted,
        type=told.key.type if told.key else told.type,
        bits=told.key.bits if told.key else 0,
        fingerprint=told.key.fingerprint if told.key else "",
        public=told.key.public if told.key else "",
        cipher=told.cipher,
        kdf=told.kdf,
        rounds=told.rounds,
        group=file.group,
        readers=file.readers,
    )


def _openssh(text: str) -> _Told:
    try:
        head = container(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return _Told(None)
    if not head.cipher:
        return _Told(None)
    if head.cipher == "none":
        return _Told(encrypted=False, key=head.key)
    return _Told(encrypted=True, key=head.key, cipher=head.cipher, kdf=head.kdf, rounds=head.rounds)


def _pem(text: str) -> _Told:
    """Encrypted by OpenSSL's old way, the passphrase becomes a key by one round of MD5 (EVP_BytesToKey)."""
    state, kind, last = (*text.split("\t"), "", "", "")[:3]
    kind = _PEM_TYPES.get(kind, "")
    if state == "encrypted":
        return _Told(encrypted=True, type=kind, cipher=_word(last).lower(), kdf="md5", rounds=1)
    return _Told(False if state == "plain" else None, kind, _public_line(last))


def _pkcs8(text: str) -> _Told:
    state, _, last = text.partition("\t")
    return _Told({"plain": False, "encrypted": True}.get(state), key=_public_line(last.strip("\t")))


def _putty(text: str) -> _Told:
    state, kind, cipher, kdf, rounds, version, public = (*text.split("\t"), *[""] * 7)[:7]
    try:
        key = decode(kind, public)
    except NotAKey:
        key = None
    encrypted = {"plain": False, "encrypted": True}.get(state)
    if not encrypted:
        return _Told(encrypted, _word(kind), key)
    passes = int(rounds) if rounds.isascii() and rounds.isdecimal() and len(rounds) < 10 else 0
    return _Told(encrypted, _word(kind), key, _word(cipher), "sha1" if version == "2" else _word(kdf).lower(), passes)


def _other(text: str) -> _Told:
    return _Told({"plain": False, "encrypted": True}.get(text.partition("\t")[0]))


_READERS = {"openssh": _openssh, "pem": _pem, "pkcs8": _pkcs8, "putty": _putty}


def _public_line(text: str) -> PublicKey | None:
    kind, encoded = (*text.split(maxsplit=2), "", "")[:2]
    try:
        return decode(kind, encoded)
    except NotAKey:
        return None


def _word(text: str) -> str:
    return text if _WORD.fullmatch(text) else ""
