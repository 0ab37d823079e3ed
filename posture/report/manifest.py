"""What a set of report files is, as ``sha256sum -c`` reads it: a line a file, and what was audited as comments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from posture.model.text import visible
from posture.report.model import Report

NAMESPACE: Final = "posture-report"  # of signatures (PROTOCOL.sshsig)
SUFFIX: Final = ".sha256"
MOST: Final = 64 * 1024  # bytes of a manifest

_SIGNATURE: Final = "signature"
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]{0,254})")


class ManifestError(ValueError):
    """The text is no manifest; the message says where."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`told` are the comments: field and value. `files` are SHA-256 digests in hexadecimal by file name."""

    told: tuple[tuple[str, str], ...]
    files: Mapping[str, str]

    def of(self, report: Report) -> bool:
        """Whether it is of this report's audit, whoever signed it."""
        return tuple(pair for pair in self.told if pair[0] != _SIGNATURE) == told_of(report)


def manifest(report: Report, files: Mapping[str, str], signer: str = "") -> bytes:
    """The manifest of a report's files, digests by name: the same files, run and signer give the same bytes.

    `signer` is the fingerprint of the key that is going to sign it; empty where none is.
    """
    told = (*told_of(report), (_SIGNATURE, signer or "none"))
    comments = [f"# {field}: {value}" for field, value in told]
    return "\n".join([*comments, *(f"{digest}  {name}" for name, digest in sorted(files.items())), ""]).encode()


def told_of(report: Report) -> tuple[tuple[str, str], ...]:
    """What a manifest says of the audit: field and value."""
    told = {
        "customer": report.view.customer.id,
        "run": report.run,
        "started": report.started.isoformat(),
        "ended": report.ended.isoformat() if report.ended else "not ended",
        "posture": report.view.run.posture_version,
        "policy": f"{report.view.policy.name} {report.view.policy.version}",
        "provider": report.provider.name,
    }
    return tuple((field, visible(value, 200)) for field, value in told.items())


def parsed(content: bytes) -> Manifest:
    """Read a manifest.

    Raises:
        ManifestError: a line is neither a comment nor a digest with a plain file name, or a name stands twice.
    """
    if len(content) > MOST:
        raise ManifestError(f"it has more than {MOST} bytes")
    told: list[tuple[str, str]] = []
    files: dict[str, str] = {}
    for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
        if line.startswith("# "):
            field, _, value = line[2:].partition(": ")
            told.append((visible(field, 40), visible(value, 200)))
            continue
        found = _LINE.fullmatch(line)
        if found is None or found[2] in files:
            raise ManifestError(f"line {number} is no digest of a file beside it")
        files[found[2]] = found[1]
    if not files:
        raise ManifestError("it names no file")
    return Manifest(tuple(told), files)
