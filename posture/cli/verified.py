"""Holding files against their manifest, and the manifest against its signature. All that is read is bounded."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Final

from posture.cli.errors import Exit, Usage
from posture.model.text import visible
from posture.report.evidence import manifest as evidence
from posture.report.manifest import MOST, NAMESPACE, SUFFIX, Manifest, ManifestError, parsed
from posture.signatures.sshsig import SignatureError, signers

_FILE: Final = 256 << 20  # bytes of one file
_WHOLE: Final = 512 << 20  # bytes of all files of a bundle together
_MEMBERS: Final = 500
_SIGNATURES: Final = 64 * 1024  # bytes


class VerdictOn(StrEnum):
    """What can be said of a file."""

    GENUINE = "genuine"
    FALSE = "NOT genuine"
    UNKNOWN = "cannot be told"


@dataclass(frozen=True, slots=True)
class Verified:
    """The verdict, and in sentences what it stands on."""

    verdict: VerdictOn
    said: tuple[str, ...]

    @property
    def code(self) -> Exit:
        """0, 1 or 3."""
        codes = {VerdictOn.GENUINE: Exit.DONE, VerdictOn.FALSE: Exit.FINDINGS, VerdictOn.UNKNOWN: Exit.INCOMPLETE}
        return codes[self.verdict]


@dataclass(frozen=True, slots=True)
class Trusted:
    """The fingerprints of the keys that count; none where nobody said whom to trust."""

    fingerprints: frozenset[str]

    @classmethod
    def of(cls, signer: str | None) -> Trusted:
        """From a fingerprint, a public key file, or a file of allowed signers (ssh-keygen(1)).

        Raises:
            Usage: it is none of them.
        """
        if not signer:
            return cls(frozenset())
        if signer.startswith("SHA256:"):
            return cls(frozenset({signer.rstrip("=")}))
        try:
            with Path(signer).open("rb") as stream:
                text = stream.read(MOST).decode(errors="replace")
        except OSError as error:
            raise Usage(f"--signer {signer}: {error.strerror}", "name a file of public keys, or SHA256:...") from error
        found = frozenset(
            mark for line in text.splitlines() if not line.startswith("#") for mark in _fingerprints(line)
        )
        if not found:
            raise Usage(f"--signer {signer}: there is no public key in it", "a line has: ssh-ed25519 AAAA...")
        return cls(found)


def _fingerprints(line: str) -> Iterable[str]:
    words = line.split()
    for kind, blob in pairwise(words):
        if kind in {"ssh-ed25519", "ssh-rsa"} or kind.startswith("ecdsa-sha2-"):
            try:
                digest = hashlib.sha256(base64.b64decode(blob, validate=True)).digest()
            except binascii.Error:
                continue
            yield "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def verify_manifest(file: Path, trusted: Trusted) -> Verified:
    """A manifest, its signature, and every file it names."""
    try:
        found = parsed(_read(file, MOST + 1))
    except (ManifestError, _TooLarge) as error:
        return Verified(VerdictOn.FALSE, (f"{file.name}: {error}",))
    wrong = [said for name, digest in found.files.items() if (said := _differs(file.with_name(name), digest))]
    return _verdict(file, found, wrong, trusted)


def verify_member(file: Path, trusted: Trusted) -> Verified:
    """A report by the manifest beside it that names it."""
    for candidate in sorted(file.parent.glob(f"*{SUFFIX}"))[:1000]:
        try:
            found = parsed(_read(candidate, MOST + 1))
        except (ManifestError, _TooLarge, OSError):
            continue
        if file.name in found.files:
            said = _differs(file, found.files[file.name])
            return _verdict(candidate, found, [said] if said else [], trusted)
    return Verified(VerdictOn.UNKNOWN, (f"no manifest beside {file.name} names it: ask for CUSTOMER{SUFFIX}",))


def verify_bundle(file: Path, trusted: Trusted) -> Verified:
    """An evidence bundle: every member is named by its manifest, no other is in it, and the signature holds."""
    try:
        with zipfile.ZipFile(file) as bundle:
            members = _members(bundle)
    except (zipfile.BadZipFile, _TooLarge, OSError, NotImplementedError, RuntimeError) as error:
        return Verified(VerdictOn.FALSE, (f"{file.name}: {visible(str(error), 200)}",))
    content = members.pop(evidence.NAME, None)
    signature = members.pop(evidence.SIGNATURE, b"")
    if content is None:
        return Verified(VerdictOn.FALSE, (f"{file.name}: there is no {evidence.NAME} in it",))
    try:
        found = parsed(content)
    except ManifestError as error:
        return Verified(VerdictOn.FALSE, (f"{evidence.NAME}: {error}",))
    digests = {name: hashlib.sha256(member).hexdigest() for name, member in members.items()}
    wrong = [
        f"{name}: is not what it was when it was signed" for name, d in found.files.items() if digests.get(name) != d
    ]
    wrong += [f"{name}: is not in the manifest" for name in digests if name not in found.files]
    return _judged(found, wrong, lambda: signers(content, signature, evidence.NAMESPACE), trusted)


def _verdict(file: Path, found: Manifest, wrong: list[str], trusted: Trusted) -> Verified:
    signature = file.with_name(file.name + ".sig")
    armoured = _read(signature, _SIGNATURES) if signature.is_file() else b""
    content = _read(file, MOST + 1)
    return _judged(found, wrong, lambda: signers(content, armoured, NAMESPACE), trusted)


def _judged(found: Manifest, wrong: list[str], signed: Callable[[], tuple[str, ...]], trusted: Trusted) -> Verified:
    told = [f"{field}: {value}" for field, value in found.told]
    if wrong:
        return Verified(VerdictOn.FALSE, (*told, *wrong))
    told.append(f"{len(found.files)} {'file is' if len(found.files) == 1 else 'files are'} as the manifest says")
    try:
        by = signed()
    except SignatureError as error:
        return Verified(VerdictOn.FALSE, (*told, f"the signature: {error}"))
    if not by:
        return Verified(VerdictOn.UNKNOWN, (*told, "the manifest is not signed: anybody could have made it"))
    if not trusted.fingerprints:
        said = f"signed by {', '.join(by)}: name whom you trust with --signer to tell whether that is right"
        return Verified(VerdictOn.UNKNOWN, (*told, said))
    if not set(by) & trusted.fingerprints:
        return Verified(VerdictOn.FALSE, (*told, f"signed by {', '.join(by)}, whom you do not trust"))
    return Verified(VerdictOn.GENUINE, (*told, f"signed by {', '.join(sorted(set(by) & trusted.fingerprints))}"))


class _TooLarge(ValueError):
    """Nothing of ours is that large."""


def _read(file: Path, most: int) -> bytes:
    with file.open("rb") as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise _TooLarge(f"it has more than {most} bytes")
    return content


def _differs(file: Path, digest: str) -> str:
    """What is wrong with a file; empty where it is what the manifest says."""
    if not file.is_file():
        return f"{file.name}: is not there"
    try:
        content = _read(file, _FILE)
    except _TooLarge as error:
        return f"{file.name}: {error}"
    return "" if hashlib.sha256(content).hexdigest() == digest else f"{file.name}: is not what it was"


def _members(bundle: zipfile.ZipFile) -> dict[str, bytes]:
    """The members, read whole; a name that stands twice or has a folder is refused."""
    infos = bundle.infolist()
    names = [info.filename for info in infos]
    if len(infos) > _MEMBERS or len(set(names)) != len(names):
        raise _TooLarge(f"it has more than {_MEMBERS} members, or one twice")
    if any("/" in name or "\\" in name or name.startswith(".") for name in names):
        raise _TooLarge("it has folders, which no bundle has")
    read: dict[str, bytes] = {}
    left = _WHOLE
    for info in infos:
        with bundle.open(info) as stream:
            content = stream.read(left + 1)
        left -= len(content)
        if left < 0:
            raise _TooLarge(f"it unpacks to more than {_WHOLE} bytes")
        read[info.filename] = content
    return read
