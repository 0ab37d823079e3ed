"""What a key record says (RFC 6376, 3.6.1; RFC 8301; RFC 8463)."""

from __future__ import annotations

from dataclasses import dataclass, field

from posture.collect.email.dkim.public_key import NoKey, decoded, ed25519, rsa
from posture.collect.email.tag_list import NoTagList, tags_of

MOST_TEXT = 16_384  # characters: a key of 16,384 bits needs 2,800
SHA256 = "sha256"  # the one that receivers take (RFC 8301, 3.1)


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One key record. `error` says why receivers cannot use it; the rest is what could be read all the same."""

    kind: str = "rsa"
    bits: int = 0
    public: str = field(default="", repr=False)
    revoked: bool = False
    testing: bool = False
    strict: bool = False
    sha1_only: bool = False
    services: tuple[str, ...] = ()
    error: str = ""


def read_record(text: str) -> KeyRecord:
    """Read a record, its strings joined; never raises."""
    if len(text) > MOST_TEXT:
        return KeyRecord(error=f"the record has {len(text)} characters, more than any key needs")
    if not text.isascii():
        return KeyRecord(error="a letter in it is none of ASCII")
    try:
        tags = tags_of(text)
    except NoTagList as error:
        return KeyRecord(error=f"it is no list of tags: {error}")
    return _read(dict(tags), tags[0][0] if tags else "")


def _read(tags: dict[str, str], first: str) -> KeyRecord:
    kind = tags.get("k", "rsa").lower() or "rsa"
    flags = _list(tags.get("t", ""))
    hashes = _list(tags.get("h", ""))
    services = _list(tags.get("s", "*"))
    bits, public, error = _key(kind, tags.get("p", ""))
    return KeyRecord(
        kind=kind,
        bits=bits,
        public=public,
        revoked="p" in tags and not tags["p"],
        testing="y" in flags,
        strict="s" in flags,
        sha1_only=bool(hashes) and SHA256 not in hashes,
        services=services,
        error=_error(tags, first, services) or error,
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(one.strip().lower() for one in text.split(":") if one.strip())


def _error(tags: dict[str, str], first: str, services: tuple[str, ...]) -> str:
    if "v" in tags and (first != "v" or tags["v"] != "DKIM1"):
        return "v= is not DKIM1 or does not come first, and receivers leave the record out"
    if "p" not in tags:
        return "it has no p=, so no key"
    if services and not {"*", "email"} & set(services):
        return f"s= keeps the key for something else than e-mail ({':'.join(services)[:60]})"
    return ""


def _key(kind: str, text: str) -> tuple[int, str, str]:
    """The key's size, SSH's form of it, and what is wrong with it."""
    if not text:
        return 0, "", ""
    reading = {"rsa": rsa, "ed25519": ed25519}.get(kind)
    if reading is None:
        return 0, "", f"k={kind[:20]} is a type of key that receivers do not know"
    try:
        key = reading(decoded(text))
    except NoKey as error:
        return 0, "", str(error)
    return key.bits, key.ssh, ""
