"""The reports of a night: each customer's written once, as soon as the night's looks are over."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from posture.cli.audit import found_by
from posture.cli.errors import Broken, Failure
from posture.cli.options import now
from posture.cli.output import warn
from posture.cli.reports import defect, report_of, written_one_by_one
from posture.model.night import Gist
from posture.model.policy import Policy
from posture.model.run import SourceState
from posture.report.model import Report
from posture.report.unlisted import unlisted
from posture.signatures.signing import SigningKey
from posture.store.errors import NotADatabase, StoreError
from posture.store.store import Store

MOST_REASONS = 20  # kept of a report


@dataclass(frozen=True, slots=True)
class Desk:
    """Where reports are written, in which formats, held against which policy, signed by whom."""

    out: Path
    formats: tuple[str, ...]
    policy: Policy
    key: SigningKey | None = None


def write_reports(store: Store, run: str, desk: Desk, stop: threading.Event, lead: Callable[[], None]) -> bool:
    """Write the reports of a run that were not written yet. False when it was told to stop before the last one.

    A report that cannot be written keeps no other back, whatever the reason: it is told, and stands in the summary.

    Args:
        store: has the run.
        run: its id.
        desk: where to.
        stop: set from outside: no other report is begun.
        lead: raises where another process writes them by now; asked before each.

    Raises:
        StoreError: the database failed; what was written is noted, and the next start writes the rest.
    """
    reports = _reports(store, run, desk.policy, stop, lead)
    for report, files, failed in written_one_by_one(reports, desk.formats, desk.out, desk.key):
        customer = report.view.customer.id
        if failed is not None:
            warn(f"posture: {customer}: {failed.message}", run=run, customer=customer)
        store.report_written(run, customer, gist(report, len(files), failed), now())
    return not stop.is_set()


def gist(report: Report, files: int, failed: Failure | None) -> Gist:
    """What a night's summary says of one report."""
    reasons: Counter[str] = Counter()
    for gap in report.gaps:
        reasons[gap.reason.text] += gap.checks
    severities = [*found_by(report), *unlisted(report.view)]
    return Gist(
        not_assessed=report.counts.not_assessed,
        reasons=tuple(reasons.most_common(MOST_REASONS)),
        worst=max(severities, default=None),
        files=files,
        error=failed.message if failed else "",
        stale=tuple(source for source in report.view.run.sources if source.state is not SourceState.CURRENT),
    )


def _reports(
    store: Store, run: str, policy: Policy, stop: threading.Event, lead: Callable[[], None]
) -> Iterator[Report]:
    for customer in store.unreported(run):
        if stop.is_set():
            return
        lead()
        try:
            report = _report(store, run, customer, policy)
        except Exception as error:
            if isinstance(error, StoreError) and not isinstance(error, NotADatabase):
                raise
            # A defect, or what is kept of this customer is damaged: all others still get theirs.
            failed = defect(error, customer)
            warn(f"posture: {customer}: {failed.message}", run=run, customer=customer)
            store.report_written(run, customer, Gist(error=failed.message), now())
            continue
        yield report


def _report(store: Store, run: str, customer: str, policy: Policy) -> Report:
    view = store.customer_view(customer, policy, run)
    if view is None:
        raise Broken(f"the run {run} of {customer} is not in the database any more")
    return report_of(view)
