from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime

from posture.model.text import visible
from posture.report.evidence.manifest import NAME, NAMESPACE, SIGNATURE
from posture.report.genuine.packed import NoBundle, members
from posture.report.genuine.schemas import fault
from posture.report.genuine.verdict import Compared, Seal, VerdictOn, Verified, false, judged
from posture.report.manifest import ManifestError, parsed
from posture.signatures.trust import Trusted


def judged_bundle(content: bytes, trust: Trusted, moment: datetime) -> Verified:
    """An evidence bundle: every member is named by its manifest, no other is in it, and the signature holds.

    Documents are held against their schemas where nothing else is wrong.
    """
    try:
        files = members(content)
        listed = files.pop(NAME, None)
        if listed is None:
            return false(f"there is no {NAME} in it")
        found = parsed(listed)
    except NoBundle as error:
        return false(visible(str(error), 200))
    except ManifestError as error:
        return false(f"{NAME}: {error}")
    seal = Seal(listed, files.pop(SIGNATURE, b""), NAMESPACE)
    compared = Compared(found, tuple(found.files), tuple(_different(found.files, files)))
    verdict = judged(compared, seal, trust, moment)
    if verdict.verdict is VerdictOn.FALSE:
        return verdict
    faults = [f"{name}: {said}" for name, inner in files.items() if name.endswith(".json") and (said := fault(inner))]
    return false(*verdict.said, *faults) if faults else verdict


def _different(listed: Mapping[str, str], files: Mapping[str, bytes]) -> Iterator[str]:
    for name, digest in listed.items():
        if name not in files:
            yield f"{name}: is not there"
        elif hashlib.sha256(files[name]).hexdigest() != digest:
            yield f"{name}: is not what it was"
    yield from (f"{name}: is not in the manifest" for name in files if name not in listed)
