"""What leaves for one customer holds nothing of another, in any form."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fleet
import pikepdf
import pytest
from owner import OWNER
from sqlalchemy import Connection, select

from posture.cli.reports import report_of
from posture.engine.plan import plan
from posture.engine.unit import Job
from posture.execute.local import run_local
from posture.facts.authorized_keys import AuthorizedKeys
from posture.facts.factset import COLLECTED, without
from posture.facts.host import ListeningSockets, Process, Socket
from posture.facts.network import Login, OpenPort, PortSweep, Transcript, Vantage
from posture.facts.services import Services
from posture.model.action import Action
from posture.model.customer import Customer
from posture.model.delivery import Delivery, DeliveryKey, DeliveryState
from posture.model.dispute import Dispute
from posture.model.enforcement import Measure, RecordState, StepRecord
from posture.model.finding import Acceptance
from posture.model.resource import ResourceKind
from posture.model.run import Run
from posture.report.evidence.bundle import bundle
from posture.report.letter import letter
from posture.report.renderers import FORMATS, renderer
from posture.sdk import Severity, Verdict, check, fail, passed
from posture.store import Store, open_store
from posture.store.database import EVERYONE
from posture.store.schema import METADATA

MARKS = ("zebra", "yucca")
ADDRESS = "198.51.100.2"


def marked(mark: str, customer: Customer) -> Customer:
    """Each field that a report could show names its customer."""
    resources = tuple(replace(one, id=f"{mark}-{one.id}", names=(f"{mark}.example",)) for one in customer.resources)
    given = replace(customer.authorization, reference=f"{mark}-7", granted_by=f"{mark} Doe")
    return replace(
        customer, id=mark, name=f"{mark} GmbH", contact=f"it@{mark}.example", contacts=(f"cto@{mark}.example",),
        authorization=given, resources=resources,
    )  # fmt: skip


@check("exposure.told", title="A service tells who it is", clause="4.4", severity=Severity.HIGH)
def told(services: Services) -> Iterator[Verdict]:
    """All that was seen of a service goes on: into the summary, the subject, the evidence and the details."""
    yield passed("looked at")
    for one in services.exposed():
        name = one.process.name if one.process else ""
        yield fail(f"{name} tells", subject=f"{one.subject} {name}", evidence=one.evidence, process=name, path=name)


def marked_facts(customer, resource, run, deadline, earlier):
    """Facts of a host in which every name is the customer's; some keys are those of both."""
    mark = customer.id
    known = without(f"{mark} is down", COLLECTED[ResourceKind.HOST])
    if resource.id.endswith("h0"):
        return known
    seen = Transcript(f"{mark} asks", f"{mark} answers", fleet.NOON)
    ports = (OpenPort(ADDRESS, 6379, "redis", f"{mark}-redis", "7.0", login=Login.NOT_NEEDED, transcript=(seen,)),)
    process = Process(7, f"{mark}-server", f"/opt/{mark}", mark, f"{mark}.service", f"{mark}-package")
    keys = (fleet.key_line("key 1", "root"), fleet.key_line(f"{mark} key", mark))
    return known | {
        PortSweep: PortSweep(ADDRESS, Vantage.OUTSIDE, "1-65535", ports, 0, fleet.NOON, fleet.NOON, "nmap 7.93"),
        ListeningSockets: ListeningSockets((Socket("tcp", "0.0.0.0", 6379, process),), True, fleet.NOON),
        AuthorizedKeys: AuthorizedKeys(keys, ("root", mark), (), (), "", fleet.NOON),
    }


def audit(store: Store, customers: Sequence[Customer], run: str) -> None:
    """One run through the real engine and executor, with two threads."""
    chosen = plan(customers, (told, *fleet.CHECKS), ())
    work = [(chosen.customer[customer], resources) for customer, resources in chosen.work]
    store.start_run(Run(run, fleet.NOON, "test", "test", whole=True), chosen.digest, work, fleet.NOON)
    job = Job(chosen, fleet.default_policy(), store, marked_facts, fleet.NoAdvice(), lambda: datetime.now(UTC))
    run_local(job, store, run, fleet.Silent(), 2)


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param(OWNER, marks=pytest.mark.postgresql, id="superuser"),
    ]
)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Two customers who were audited together, have the same keys and services, and of whom everything is kept.

    SQLite has no row-level security, and it does not bind superusers: there the program alone keeps customers apart.
    """
    url = f"sqlite:///{tmp_path}/posture.db"
    if request.param != "sqlite":
        url = request.getfixturevalue("postgresql").new("posture_0", role=request.param)
    with open_store(url) as opened:
        customers = [marked(mark, one) for mark, one in zip(MARKS, fleet.customers(2, 3), strict=True)]
        for run in ("run-1", "run-2"):
            audit(opened, customers, run)
        for mark in MARKS:
            remember(opened, mark)
        yield opened


def remember(store: Store, mark: str) -> None:
    """What people and other parts of the program write down of a customer's findings."""
    first, second, *_ = store.findings(mark)
    until = fleet.NOON + timedelta(days=9_000)
    store.accept(Acceptance(first.id, mark, f"{mark} said so", f"{mark} Doe", fleet.NOON, until, first.severity))
    store.raise_dispute(Dispute(second.id, mark, 0, second.severity, f"{mark} disagrees", f"{mark} Doe", fleet.NOON))
    step = StepRecord(mark, second.id, 0, Measure.NOTIFY, RecordState.DONE, fleet.NOON, f"{mark} Doe", f"{mark} told")
    store.record_step(step)
    key = DeliveryKey(mark, "run-2", "smtp", f"it@{mark}.example")
    store.claim_delivery(key, fleet.NOON)
    store.save_delivery(Delivery(key, DeliveryState.SENT, 1, fleet.NOON, note=f"{mark} took it"))
    for target in (ADDRESS, f"{mark}.example"):
        what = ("tcp", f"{mark}-src", f"{target} port 6379/tcp", f"{mark} ok")
        store.record(Action(fleet.NOON, "run-2", mark, f"{mark}-7", *what))


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
        assert {logged.action.customer for logged in dossier.log} == {mark}
        assert all(logged.holds for logged in dossier.log)
        assert dossier.log_fault == ""
        made[finding.id], _ = bundle(dossier, report_of(dossier.view))
    assert len(made) > len(FORMATS) + 3
    for name, content in made.items():
        text = readable(content).lower()
        assert mark.encode() in text, name
        assert other.encode() not in text, name


def rows_of(connection: Connection) -> dict[str, set[str]]:
    """Table -> whose rows it shows."""
    tables = [table for table in METADATA.sorted_tables if "customer" in table.c]
    return {table.name: set(connection.execute(select(table.c.customer)).scalars()) for table in tables}


@pytest.mark.postgresql
@pytest.mark.parametrize("store", ["posture_app"], indirect=True)
def test_the_database_itself_shows_one_customers_rows_in_every_table(store: Store) -> None:
    """Whatever a query forgets to say; a filter that is missing in the program shows nothing more."""
    with store.database.reading(EVERYONE) as connection:
        filled = {name for name, whose in rows_of(connection).items() if whose}
    assert len(filled) > 10
    for mark in MARKS:
        with store.database.reading(mark) as connection:
            shown = rows_of(connection)
        assert {name for name, whose in shown.items() if whose} == filled
        assert all(whose <= {mark} for whose in shown.values())


def test_no_renderer_is_left_out() -> None:
    """A new format is held to the same by being in the table."""
    assert {"pdf", "html", "json", "csv"} < set(FORMATS)
