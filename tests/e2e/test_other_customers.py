"""What leaves for one customer holds nothing of another, in any form."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import fleet
import pikepdf
import pytest

from posture.cli.reports import report_of
from posture.model.action import Action
from posture.model.customer import Customer
from posture.model.finding import Acceptance
from posture.report.evidence.bundle import bundle
from posture.report.letter import letter
from posture.report.renderers import FORMATS, renderer
from posture.store import Store, open_store

MARKS = ("zebra", "yucca")


def marked(mark: str, customer: Customer) -> Customer:
    """Each field that a report could show names its customer."""
    resources = tuple(replace(one, id=f"{mark}-{one.id}", names=(f"{mark}.example",)) for one in customer.resources)
    given = replace(customer.authorization, reference=f"{mark}-7", granted_by=f"{mark} Doe")
    return replace(
        customer, id=mark, name=f"{mark} GmbH", contact=f"it@{mark}.example", contacts=(f"cto@{mark}.example",),
        authorization=given, resources=resources,
    )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Two customers who were audited together, have the same keys and the same services, and accepted something."""
    with open_store(f"sqlite:///{tmp_path}/posture.db") as opened:
        customers = [marked(mark, one) for mark, one in zip(MARKS, fleet.customers(2, 3), strict=True)]
        for run in ("run-1", "run-2"):
            fleet.audit(opened, customers, run=run)
        for mark in MARKS:
            first = next(finding for finding in opened.findings(mark))
            until = fleet.NOON + timedelta(days=9_000)
            opened.accept(
                Acceptance(first.id, mark, f"{mark} said so", f"{mark} Doe", fleet.NOON, until, first.severity)
            )
            opened.record(Action(fleet.NOON, "run-2", mark, f"{mark}-7", "tcp", f"{mark}-src", f"{mark}-c0-h0", "ok"))
        yield opened


def readable(content: bytes) -> bytes:
    """The bytes, and what is packed in them: text of a PDF's streams and attachments, members of a ZIP."""
    if content.startswith(b"%PDF"):
        with pikepdf.open(io.BytesIO(content)) as file:
            streams = [
                one.read_bytes() for one in file.objects if isinstance(one, pikepdf.Stream) and "/Width" not in one
            ]
            info = str(dict(file.docinfo)).encode()
            return b"".join([content, info, *streams])
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            return b"".join(readable(file.read(name)) for name in file.namelist())
    return content


@pytest.mark.parametrize("mark", MARKS)
def test_no_form_of_a_report_names_another_customer(store: Store, mark: str) -> None:
    """Every renderer, the letter, and the evidence on every finding."""
    other = next(name for name in MARKS if name != mark)
    view = store.customer_view(mark, fleet.default_policy())
    report = report_of(view)
    said = letter(report, ["a.pdf"])
    made = {name: renderer(name).render(report) for name in FORMATS}
    made |= {"letter": said.plain.encode(), "letter in HTML": said.html.encode(), "subject": said.subject.encode()}
    for finding in store.findings(mark):
        dossier = store.dossier(finding, fleet.default_policy())
        made[finding.id], _ = bundle(dossier, report_of(dossier.view))
    assert len(made) > len(FORMATS) + 3
    for name, content in made.items():
        text = readable(content).lower()
        assert mark.encode() in text, name
        assert other.encode() not in text, name


def test_no_renderer_is_left_out() -> None:
    """A new format is held to the same by being in the table."""
    assert {"pdf", "html", "json", "csv"} < set(FORMATS)
