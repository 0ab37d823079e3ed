"""Whose signatures count: public keys, and files of allowed signers (ssh-keygen(1), ALLOWED SIGNERS)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Final

_TOKEN: Final = re.compile(r'(?:"[^"]*"|[^\s"])+')
_OPTION: Final = re.compile(r'([A-Za-z-]+)(?:="([^"]*)"|=([^",]*))?(?:,|$)')
_PRINT: Final = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_KINDS: Final = re.compile(r"ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)")
_MOMENTS: Final = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


class NoSigner(ValueError):
    """The text names no key that could be trusted; the message says why."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that counts, for signatures made for one of `namespaces` (patterns; empty: any), `after` to `before`."""

    fingerprint: str
    namespaces: tuple[str, ...] = ()
    after: datetime | None = None
    before: datetime | None = None

    def counts(self, namespace: str, moment: datetime) -> bool:
        """Whether a signature made for this is believed at this moment, as ``ssh-keygen -Y verify`` decides it."""
        meant = not self.namespaces or any(fnmatchcase(namespace, pattern) for pattern in self.namespaces)
        return meant and (not self.after or self.after <= moment) and (not self.before or moment < self.before)


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whose signatures count; nobody's where nobody said whom to trust."""

    signers: tuple[Signer, ...] = ()

    def believed(self, fingerprints: tuple[str, ...], namespace: str, moment: datetime) -> tuple[str, ...]:
        """Those of the keys whose signature counts."""
        counting = {signer.fingerprint for signer in self.signers if signer.counts(namespace, moment)}
        return tuple(one for one in fingerprints if one in counting)


def trusted(text: str) -> Trusted:
    """Read a fingerprint (``SHA256:...``), public keys, or allowed signers, one a line.

    A line of a certificate authority is left out: signatures of certificates are not read.

    Raises:
        NoSigner: there is none in it, or a line's options are not understood: what limits a key must not be lost.
    """
    if text.startswith("SHA256:"):
        if not _PRINT.fullmatch(text.strip().rstrip("=")):
            raise NoSigner("a fingerprint is SHA256: and 43 letters, as ssh-keygen -l prints it")
        return Trusted((Signer(text.strip().rstrip("=")),))
    lines = (line.strip() for line in text.splitlines())
    found = tuple(signer for line in lines if line and line[0] != "#" and (signer := _signer(line)))
    if not found:
        raise NoSigner("there is no public key in it: a line has ssh-ed25519 AAAA...")
    return Trusted(found)


def _signer(line: str) -> Signer | None:
    words = _TOKEN.findall(line)
    at = next((place for place, word in enumerate(words[:3]) if _KINDS.fullmatch(word)), None)
    if at is None or len(words) <= at + 1:
        return None
    try:
        blob = base64.b64decode(words[at + 1], validate=True)
    except (binascii.Error, ValueError):
        return None
    fingerprint = "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    options = _options(words[1]) if at == 2 else {}
    if "cert-authority" in options:
        return None
    namespaces = tuple(name.strip() for name in options.get("namespaces", "").split(",") if name.strip())
    return Signer(fingerprint, namespaces, _moment(options.get("valid-after")), _moment(options.get("valid-before")))


def _options(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    place = 0
    while place < len(text):
        match = _OPTION.match(text, place)
        name = match[1].lower() if match else ""
        if match is None or name not in {"cert-authority", "namespaces", "valid-after", "valid-before"}:
            raise NoSigner("an option in it is not known: see ALLOWED SIGNERS in ssh-keygen(1)")
        found[name] = match[2] or match[3] or ""
        place = match.end()
    if found.get("namespaces") == "":
        raise NoSigner("namespaces in it are empty")
    return found


def _moment(text: str | None) -> datetime | None:
    """``YYYYMMDD[Z]`` or ``YYYYMMDDHHMM[SS][Z]``; without Z on this machine's clock."""
    if text is None:
        return None
    digits = text.removesuffix("Z")
    try:
        plain = datetime.strptime(digits, _MOMENTS[len(digits)])  # noqa: DTZ007 - its zone is given below
    except (KeyError, ValueError):
        raise NoSigner("a time in it is none: YYYYMMDDHHMM, with Z for UTC") from None
    return plain.replace(tzinfo=UTC) if text.endswith("Z") else plain.astimezone()
