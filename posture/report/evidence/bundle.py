"""The bundle: one ZIP with plain names, the same bytes for the same case.

Its members are stored, not packed: what deflate makes of them differs between versions of zlib.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Final

from posture.model.dossier import Dossier
from posture.report.evidence.abuse import arf_mail, xarf_report
from posture.report.evidence.files import observation, told_files
from posture.report.evidence.manifest import NAME, NAMESPACE, SIGNATURE
from posture.report.model import Report

_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP can hold; the times that matter stand in the files

Sign = Callable[[bytes, str], bytes]


def bundle(case: Dossier, report: Report, sign: Sign | None = None) -> tuple[bytes, str]:
    """The bundle, and what it lacks in a sentence; empty where it is whole.

    Args:
        case: what is known.
        report: of the case's view, composed as any other.
        sign: message and namespace to an armoured signature; None leaves the bundle unsigned.
    """
    files = told_files(case, report)
    lacking = ""
    try:
        observed = observation(case, report)
        files["xarf.json"] = xarf_report(case, observed)
        files["arf.eml"] = arf_mail(case, observed, files["xarf.json"])
    except ValueError as error:  # no address to answer to, or what the format's own library does not take
        lacking = f"without xarf.json and arf.eml: {error}"
    listed = _manifest(case, files)
    signed = {SIGNATURE: sign(listed, NAMESPACE)} if sign else {}
    return _zipped({**files, NAME: listed, **signed}), lacking


def _manifest(case: Dossier, files: Mapping[str, bytes]) -> bytes:
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in sorted(files.items())]
    told = [f"# finding: {case.finding.id}", f"# customer: {case.finding.customer}", f"# run: {case.finding.last_run}"]
    return "\n".join([*told, *lines, ""]).encode()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as made:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.create_system = 3  # Unix, on whatever it was made
            entry.external_attr = 0o640 << 16
            made.writestr(entry, content)
    return whole.getvalue()
