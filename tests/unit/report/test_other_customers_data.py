"""What is rendered for one customer holds nothing of another's, whatever stands in any field and whoever was before."""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from email import message_from_bytes
from enum import Enum
from typing import Any

import pikepdf
import pytest
from factories_report import NOW, TEXTS, make_acceptance, make_customer, make_view, typical_findings
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.model.action import Action, LoggedAction, chained
from posture.model.assessment import CheckInfo
from posture.model.attestation import Attestation, Topic
from posture.model.delivery import Delivery, DeliveryKey, DeliveryState
from posture.model.dispute import Dispute
from posture.model.dossier import Dossier
from posture.model.enforcement import Measure, RecordState, StepRecord
from posture.model.finding import FindingStatus
from posture.model.policy import Policy
from posture.model.run import Source
from posture.report.compose import compose
from posture.report.evidence.bundle import bundle
from posture.report.letter import letter
from posture.report.model import Report
from posture.report.renderers import FORMATS, renderer

MARKS = ("zebrafish", "yuccapalm")
SHARED = (CheckInfo, Policy, Source, Enum)
"""What all customers have in common: checks, the provider's policy, the state of feeds."""
KEPT = frozenset({"address", "timezone", "language", "finding", "hash", "before"})
"""What has a form of its own, or is a finding's id."""


def branded(value: Any, mark: str, name: str = "") -> Any:
    """The same value with the mark in every text of it, however deep."""
    if isinstance(value, SHARED) or name in KEPT:
        return value
    if isinstance(value, str):
        return f"{mark} {value}" if name != "id" or not value.startswith("F-") else value
    if isinstance(value, tuple):
        return tuple(branded(one, mark) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {one.name: branded(getattr(value, one.name), mark, one.name) for one in fields(value)}
        return replace(value, **changed)
    return value


def case_of(mark: str) -> Dossier:
    """A view with something of everything, and the first finding's dossier; the mark stands in every text."""
    findings = [*typical_findings()]
    accepted = replace(findings[1], status=FindingStatus.ACCEPTED)
    first = findings[0]
    statement = Attestation(Topic.CONSENT, "double opt-in", "Jane Doe", NOW.date())
    view = make_view(
        [first, accepted, *findings[2:]],
        customer=make_customer(attestations=(statement,), contacts=("cto@bakery.example",)),
        acceptances=(make_acceptance(accepted),),
        disputes=(Dispute(first.id, "bakery", 0, first.severity, "it is meant so", "Jane Doe", NOW),),
    )
    action = Action(NOW, "r", "bakery", "MSA-7.1", "tcp connect: redis", "192.0.2.10", "198.51.100.2", "PONG")
    case = Dossier(
        view, first, ((NOW, FindingStatus.NEW),), (LoggedAction(7, "0" * 64, "", action),), 12, "ab" * 32,
        deliveries=(Delivery(DeliveryKey("bakery", "r", "smtp", "it@bakery.example"), DeliveryState.SENT, 1, NOW),),
        steps=(StepRecord("bakery", first.id, 0, Measure.NOTIFY, RecordState.DONE, NOW, "Jane Doe", "told"),),
    )  # fmt: skip
    case = branded(case, mark)
    log = tuple(replace(one, hash=chained(one.before, one.entry, one.action)) for one in case.log)
    return replace(case, log=log, finding=case.view.findings[0])


CASES = {mark: case_of(mark) for mark in MARKS}
# Texts are found by check and rendered with the finding's details.
REPORTS = {mark: compose(case.view, TEXTS) for mark, case in CASES.items()}


def made_for(report: Report, case: Dossier, formats: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Every form in which anything of a report or a finding leaves."""
    yield from ((name, renderer(name).render(report)) for name in formats)
    said = letter(report, ["a.pdf"])
    yield from (("letter", said.plain.encode()), ("letter in HTML", said.html.encode()))
    content, lacking = bundle(case, report)
    assert lacking == ""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        yield from ((name, packed.read(name)) for name in packed.namelist())


def readable(name: str, content: bytes) -> bytes:
    """The bytes, and what is packed or encoded in them: of a PDF, a mail, and evidence inside of JSON."""
    if content.startswith(b"%PDF"):
        return b"".join([content, *_of_pdf(content)])
    if name == "arf.eml":
        parts = message_from_bytes(content).walk()
        return b"".join([content, *(part.get_payload(decode=True) or b"" for part in parts)])
    if name == "xarf.json":
        return b"".join([content, *(base64.b64decode(one["payload"]) for one in json.loads(content)["evidence"])])
    return content


def _of_pdf(content: bytes) -> Iterator[bytes]:
    """Streams, attachments, what is said of it, and its words: fonts of its own hide them in the streams."""
    with pikepdf.open(io.BytesIO(content)) as file:
        yield from (one.read_bytes() for one in file.objects if isinstance(one, pikepdf.Stream) and "/Width" not in one)
        with file.open_metadata() as metadata:
            yield f"{dict(file.docinfo)} {metadata}".encode()
    words = subprocess.run(["pdftotext", "-raw", "-", "-"], input=content, capture_output=True, check=True).stdout
    assert any(mark.encode() in words.lower() for mark in MARKS)
    yield words


# Those in which no word of the customer stands.
SILENT = frozenset({"README.txt"})


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="there is no pdftotext (poppler-utils)")
@pytest.mark.parametrize("name", FORMATS)
def test_no_form_holds_a_word_of_the_customer_before(name: str) -> None:
    """One process renders them by turns, with all its caches; and the first one's file comes out the same again."""
    made = [renderer(name).render(REPORTS[mark]) for mark in (*MARKS, MARKS[0])]
    assert made[0] == made[2]
    for content, (mark, other) in zip(made, (MARKS, MARKS[::-1]), strict=False):
        text = readable(name, content).lower()
        assert mark.encode() in text
        assert other.encode() not in text


@pytest.mark.parametrize("mark", MARKS)
def test_no_letter_and_no_evidence_holds_a_word_of_another(mark: str) -> None:
    """Every file of the bundle, and the mark of its own customer is in each: the test can see one."""
    other = next(name for name in MARKS if name != mark)
    for name, content in made_for(REPORTS[mark], CASES[mark], ()):
        text = readable(name, content).lower()
        assert other.encode() not in text, name
        assert name in SILENT or mark.encode() in text, name


QUICK = tuple(name for name in FORMATS if name != "pdf")


@settings(max_examples=12)
@given(before=st.text(max_size=6), after=st.text(max_size=6))
def test_whatever_stands_around_it(before: str, after: str) -> None:
    """Texts that break quoting, lines or markup carry nothing from one file into the next."""
    seen = {}
    for mark in MARKS:
        case = branded(CASES[mark], f"{before}{mark}{after}")
        log = tuple(replace(one, hash=chained(one.before, one.entry, one.action)) for one in case.log)
        case = replace(case, log=log, finding=case.view.findings[0])
        seen[mark] = list(made_for(compose(case.view, TEXTS), case, QUICK))
    for mark, other in (MARKS, MARKS[::-1]):
        for name, content in seen[mark]:
            assert other.encode() not in readable(name, content).lower(), name
