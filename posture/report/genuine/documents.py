"""What is said of a report's file beyond its digest: its schema, and what is attached to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from posture.report.genuine.attached import attached
from posture.report.genuine.schemas import fault


def faults(name: str, content: bytes) -> tuple[str, ...]:
    """What is wrong with a file that is as its manifest says; empty where nothing is."""
    said = fault(content) if name.endswith(".json") else ""
    return (f"{name}: {said}",) if said else ()


def remarks(name: str, content: bytes, listed: Mapping[str, str]) -> Iterator[str]:
    """How the findings that are attached to a PDF stand to the JSON documents in the manifest.

    A difference is told and no fault: the JSON of the same audit may have been written again later, after somebody
    accepted a risk. What is attached was signed with the PDF. Where the PDF itself was changed, on its way through a
    mail gateway for example, the findings in it may still be those that were signed.
    """
    if not content.startswith(b"%PDF-"):
        return
    documents = {digest: file for file, digest in listed.items() if file.endswith(".json")}
    for inner in attached(content):
        digest = hashlib.sha256(inner).hexdigest()
        if digest in documents:
            yield f"{name}: the findings attached to it are {documents[digest]}, byte for byte"
        else:
            other = f"; {', '.join(sorted(documents.values()))} was made at another time" if documents else ""
            yield f"{name}: findings are attached to it, SHA-256 {digest}{other}"
