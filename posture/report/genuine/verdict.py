from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from posture.report.manifest import Manifest
from posture.signatures.sshsig import SignatureError, signers
from posture.signatures.trust import Trusted


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

    def also(self, said: Iterable[str]) -> Verified:
        """The same verdict with more said."""
        return replace(self, said=(*self.said, *said))


@dataclass(frozen=True, slots=True)
class Seal:
    """A manifest as it lies there, its signatures (empty without), and what they must have been made for."""

    content: bytes
    signature: bytes
    namespace: str


def false(*said: str) -> Verified:
    """It is not what was made."""
    return Verified(VerdictOn.FALSE, said)


@dataclass(frozen=True, slots=True)
class Compared:
    """A manifest that was read, the names of the files that were held against it, and what differs, in sentences."""

    manifest: Manifest
    names: tuple[str, ...]
    wrong: tuple[str, ...]


def judged(compared: Compared, seal: Seal, trust: Trusted, moment: datetime) -> Verified:
    """The verdict on files whose digests were compared.

    Args:
        compared: what came of it.
        seal: the manifest, as it was signed.
        trust: whose signatures count.
        moment: now; keys may be trusted for a time.
    """
    names = compared.names
    told = [f"{field}: {value}" for field, value in compared.manifest.told]
    if compared.wrong:
        return false(*told, *compared.wrong)
    what = f"{names[0]} is" if len(names) == 1 else f"{len(names)} files are"
    told.append(f"{what} as the manifest says")
    try:
        by = signers(seal.content, seal.signature, seal.namespace)
    except SignatureError as error:
        return false(*told, f"the signature: {error}")
    if not by:
        return Verified(VerdictOn.UNKNOWN, (*told, "the manifest is not signed: anybody could have made it"))
    if not trust.signers:
        said = f"signed by {', '.join(by)}: name whom you trust with --signer to tell whether that is right"
        return Verified(VerdictOn.UNKNOWN, (*told, said))
    believed = trust.believed(by, seal.namespace, moment)
    if not believed:
        return false(*told, f"signed by {', '.join(by)}, whom you do not trust for {seal.namespace} at this time")
    return Verified(VerdictOn.GENUINE, (*told, f"signed by {', '.join(sorted(believed))}"))
