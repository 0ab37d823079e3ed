"""Reading what `posture verify` judges: files, the manifest beside them, its signature. All that is read is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from posture.cli.errors import Exit, Usage
from posture.cli.options import now
from posture.report.genuine.bundles import judged_bundle
from posture.report.genuine.documents import faults, remarks
from posture.report.genuine.packed import MOST as BUNDLE
from posture.report.genuine.verdict import Compared, Seal, VerdictOn, Verified, false, judged
from posture.report.manifest import MOST, NAMESPACE, SUFFIX, Manifest, ManifestError, parsed
from posture.signatures.trust import NoSigner, Trusted, trusted

_FILE: Final = 256 << 20  # bytes of one file
_SIGNATURES: Final = 64 * 1024  # bytes
_SIGNERS: Final = 1 << 20  # bytes
_MANIFESTS: Final = 20_000  # of one folder

CODES: Final = {VerdictOn.GENUINE: Exit.DONE, VerdictOn.FALSE: Exit.FINDINGS, VerdictOn.UNKNOWN: Exit.INCOMPLETE}


def trusted_of(signer: str | None) -> Trusted:
    """Whose signatures count: a fingerprint, a public key, a file of public keys or of allowed signers.

    Raises:
        Usage: it is none of them.
    """
    if not signer:
        return Trusted()
    try:
        given = signer.startswith(("SHA256:", "ssh-ed25519 "))
        return trusted(signer if given else _read(Path(signer), _SIGNERS).decode(errors="replace"))
    except (OSError, NoSigner, _TooLarge) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise Usage(f"--signer {signer}: {said}", "name a file of public keys, or SHA256:...") from error


def verified(file: Path, trust: Trusted) -> Verified:
    """What can be said of a report, a manifest or an evidence bundle.

    Raises:
        Usage: it cannot be read.
    """
    try:
        if file.suffix == ".zip":
            return judged_bundle(_read(file, BUNDLE), trust, now())
        return _of_manifest(file, trust) if file.name.endswith(SUFFIX) else _of_member(file, trust)
    except _TooLarge as error:
        return false(str(error))
    except OSError as error:
        raise Usage(f"{error.filename or file} cannot be read: {error.strerror}") from error


def _of_manifest(file: Path, trust: Trusted) -> Verified:
    """A manifest, its signature, and every file it names."""
    try:
        found = parsed(_read(file, MOST))
    except ManifestError as error:
        return false(str(error))
    return _judged(file, found, [file.with_name(name) for name in found.files], trust)


def _of_member(file: Path, trust: Trusted) -> Verified:
    """A report by the manifest beside it that names it."""
    for candidate in _manifests(file):
        try:
            found = parsed(_read(candidate, MOST))
        except (ManifestError, _TooLarge, OSError):
            continue
        if file.name in found.files:
            return _judged(candidate, found, [file], trust)
    said = f"no manifest beside it names it: ask for CUSTOMER{SUFFIX}, and lay it beside {file.name}"
    return Verified(VerdictOn.UNKNOWN, (said,))


def _manifests(file: Path) -> Iterator[Path]:
    """The manifests that may name a file, the likeliest first."""
    parts = file.name.split(".")
    likely = [file.with_name(".".join(parts[:count]) + SUFFIX) for count in range(len(parts) - 1, 0, -1)]
    yield from (path for path in likely if path.is_file())
    yield from sorted(path for path in file.parent.glob(f"*{SUFFIX}") if path not in likely)[:_MANIFESTS]


def _judged(manifest: Path, found: Manifest, files: list[Path], trust: Trusted) -> Verified:
    wrong: list[str] = []
    bad: list[str] = []
    more: list[str] = []
    for file in files:
        content = _read(file, _FILE) if file.is_file() else None
        if content is None:
            wrong.append(f"{file.name}: is not there")
            continue
        if sha256(content).hexdigest() != found.files[file.name]:
            wrong.append(f"{file.name}: is not what it was")
        else:
            bad += faults(file.name, content)
        more += remarks(file.name, content, found.files)
    signature = manifest.with_name(manifest.name + ".sig")
    armoured = _read(signature, _SIGNATURES) if signature.is_file() else b""
    seal = Seal(_read(manifest, MOST), armoured, NAMESPACE)
    compared = Compared(found, tuple(file.name for file in files), tuple(wrong))
    verdict = judged(compared, seal, trust, now()).also(more)
    return false(*verdict.said, *bad) if bad else verdict


class _TooLarge(ValueError):
    """Nothing of ours is that large."""


def _read(file: Path, most: int) -> bytes:
    with file.open("rb") as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise _TooLarge(f"{file.name} has more than {most} bytes")
    return content
