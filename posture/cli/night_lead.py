"""Lead a night from its beginning to its summary, or go on with one that was interrupted."""

from __future__ import annotations

import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from posture import __version__
from posture.cli.errors import Broken, Exit, Failure, NotAllowed, Usage
from posture.cli.logs import about, as_json_lines, to_standard_error
from posture.cli.night_executors import LocalProcesses, Threads, Workers
from posture.cli.night_leader import LATE, Execute, Leader
from posture.cli.night_lease import Lease
from posture.cli.night_metrics import MetricsFile
from posture.cli.night_plan import allowed_tonight, planned
from posture.cli.night_reports import Desk, write_reports
from posture.cli.night_summary import ended, summed_up
from posture.cli.night_wait import take_lead
from posture.cli.options import now, stored
from posture.cli.output import note
from posture.cli.progress import night_watcher
from posture.cli.shared_job import SharedJobs
from posture.cli.wiring import advisor, collector
from posture.cli.worker_checks import refuse_another_clock
from posture.engine.clock import utc_now
from posture.engine.due import NightHours
from posture.execute.workers import this_worker
from posture.model.night import Night, NightRules
from posture.model.run import Run
from posture.model.severity import Severity
from posture.report.night.summary import NightSummary
from posture.store.errors import StoreError
from posture.store.store import Store


class Stopped(Failure):
    """The night was told to stop; what was finished is kept."""

    code = Exit.INTERRUPTED


@dataclass(frozen=True, slots=True)
class NightOrder:
    """What the night is to be: its hours, who is in it, within which rules, done by whom, reported where.

    `hours` is None outside the hours of nights: then only what was left in the middle is brought to its end.
    `zone` is the clock by which its summary tells moments; findings of `fail_on` or worse make it end with 1.
    """

    hours: NightHours | None
    inventory: Path
    database: str
    rules: NightRules
    desk: Desk
    executor: str = "threads"
    threads: int = 64
    processes: int = 2
    sessions: int = 64
    grace: float = 60.0
    metrics: Path | None = None
    policy_file: Path | None = None
    zone: str = "UTC"
    fail_on: Severity | None = None


ExecuteOf = Callable[[NightOrder, Store, int, int], Execute]
"""Of an order, the database, how many resources there are and how many were done before: who does the rest."""


@dataclass(frozen=True, slots=True)
class _Lead:
    stop: threading.Event
    execute_of: ExecuteOf


def carry_out_night(order: NightOrder, execute_of: ExecuteOf | None = None) -> NightSummary | None:
    """Look at all who are due, write their reports, and sum up. None: another living process leads the night.

    `execute_of` is who does the units; None: the executor that the order names, with the collectors of real resources.

    Nights before this one that were left in the middle are brought to their end first: what they did not reach is
    closed without a look, and their reports are written. Outside the hours of nights that is all that is done.

    Raises:
        Usage: the inventory is wrong, the night was begun with another policy, or this clock is not the database's.
        NotAllowed: it is outside the hours of nights, and none was left in the middle; nothing was sent.
        Stopped: it was told to stop; the same command goes on.
        Broken: the database failed; what was finished is kept.
    """
    to_standard_error()
    try:
        with stored(order.database) as store, stopping() as stop:
            refuse_another_clock(store, utc_now)
            lead = _Lead(stop, execute_of or executor_of)
            summary = None
            for left in store.open_nights():
                if order.hours is None or left.id != order.hours.id:
                    summary = _brought_to_its_end(order, store, left, lead)
                    if summary is None:
                        return None
            if order.hours is not None:
                return _tonight(order, order.hours, store, lead)
            if summary is None:
                raise NotAllowed("it is outside the hours of nights; nothing was sent", "see --window, --timezone")
            return summary
    except StoreError as error:
        raise Broken(str(error), "what was finished is kept; the same command goes on where it stopped") from error


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that SIGTERM and the first Ctrl-C set; the second Ctrl-C interrupts at once."""
    stop = threading.Event()

    def told(number: int, _frame: FrameType | None) -> None:
        stop.set()
        if number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {each: signal.signal(each, told) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tonight(order: NightOrder, hours: NightHours, store: Store, lead: _Lead) -> NightSummary | None:
    night = store.night(hours.id) or _begun(order, hours, store)
    if night.ended is not None:
        note(f"The night of {night.id} has ended already; this is its summary again.")
        return summed_up(store, night)
    return _led(_by_its_rules(order, store, night), store, night, lead)


def _begun(order: NightOrder, hours: NightHours, store: Store) -> Night:
    """Plan the night and write it down. Where another process was faster, its night is taken."""
    begin = now()
    allowed, refused = allowed_tonight(order.inventory, order.database, begin)
    plan = planned(allowed, refused, store.last_nights(), hours, begin)
    run = Run(
        id=f"{begin:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}",
        started=begin,
        posture_version=__version__,
        policy=f"{order.desk.policy.name} {order.desk.policy.version}",
    )
    night = Night(hours.id, run.id, hours.opened, hours.closes, left_out=plan.left_out)
    if store.begin_night(night, run, plan.work, order.rules, begin):
        store.set_vantage(run.id, f"the auditor's machine {socket.gethostname()}")
        resources = sum(len(turns.turns) for turns in plan.work)
        note(
            f"Night of {night.id}: {len(plan.work)} customers with {resources} resources are due, "
            f"{len(plan.left_out.not_due)} are not, {len(plan.left_out.refused)} must not be contacted."
        )
    known = store.night(hours.id)
    if known is None:
        raise Broken(f"the night of {hours.id} is not in the database")
    return known


def _by_its_rules(order: NightOrder, store: Store, night: Night) -> NightOrder:
    """The order with the rules that the night was begun with: one night is not held against two policies."""
    rules = store.rules_of(night.run)
    policy = order.desk.policy
    if rules.policy not in {"", policy.digest}:
        raise Usage(
            f"the night of {night.id} was begun with another policy than {policy.name} {policy.version}, as it is now",
            "go on with the policy it was begun with (--policy FILE); the next night takes the new one",
        )
    return replace(order, rules=rules)


def _led(order: NightOrder, store: Store, night: Night, lead: _Lead, *, wound_up: bool = False) -> NightSummary | None:
    lease = Lease(store, night.id, this_worker(), utc_now)
    if not take_lead(store, night, lease, lead.stop):
        return _led_by_another(store, night, lead)
    with about(night=night.id, run=night.run, worker=lease.holder), lease:
        if wound_up:
            store.wind_up(night.id, LATE, now())
        _go_on(order, store, night, lease, lead)
        if not write_reports(store, night.run, order.desk, lead.stop, lease.must_hold):
            raise _stopped(night)
        lease.must_hold()
        summary = ended(store, night, order.zone, order.fail_on, lease.holder)
        MetricsFile(store, night.id, order.metrics).last()
        _tell_programs(summary)
    return summary


def _led_by_another(store: Store, night: Night, lead: _Lead) -> NightSummary | None:
    if lead.stop.is_set():
        raise _stopped(night)
    other = store.night(night.id)
    if other is not None and other.ended is not None:
        return summed_up(store, other)
    who = other.holder.partition(":")[0] if other else "another machine"
    note(f"posture: the night of {night.id} is led by a process on {who}; this start did nothing")
    note("  next: posture nights tells how far it is")
    return None


def _go_on(order: NightOrder, store: Store, night: Night, lease: Lease, lead: _Lead) -> None:
    begun = store.progress(night.run, now())
    if begun.done or begun.lapsed or begun.leased:
        note(f"Going on with the night of {night.id}: {begun.done} of {begun.total} resources were done.")
    leader = Leader(store, night, lease, MetricsFile(store, night.id, order.metrics))
    if not leader.lead(lead.execute_of(order, store, begun.total, begun.done), lead.stop):
        raise _stopped(night)


def _stopped(night: Night) -> Stopped:
    return Stopped(
        f"the night of {night.id} was told to stop; what was finished is kept",
        "the same command goes on where it stopped",
    )


def _tell_programs(summary: NightSummary) -> None:
    """The end as a line of the log; people have the summary."""
    if as_json_lines():
        code, why = summary.outcome
        counts = {"customers": summary.due, "late": len(summary.late), "resources": summary.units.total}
        note(f"night ended: {why}", exit_code=int(code), seconds=round(summary.seconds, 1), **counts)


def executor_of(order: NightOrder, store: Store, total: int, done: int) -> Execute:
    """Who does the units."""
    if order.executor == "processes":
        return LocalProcesses(
            order.database, order.processes, order.threads, order.sessions, order.grace, order.policy_file
        )
    if order.executor == "workers":
        return Workers(store, order.database, lambda total, done: _threads(order, store, total, done))
    return _threads(order, store, total, done)


def _threads(order: NightOrder, store: Store, total: int, done: int) -> Threads:
    known = advisor()
    looks = collector(store, known, order.desk.policy, rolling=order.rules.rolling, bundles={}, sessions=order.sessions)
    jobs = SharedJobs(store, order.desk.policy, looks, known, utc_now)
    return Threads(store, jobs, night_watcher(total, done), order.threads, order.grace)


def _brought_to_its_end(order: NightOrder, store: Store, left: Night, lead: _Lead) -> NightSummary | None:
    """Close an earlier night that was left in the middle. None where a living process leads it.

    From its end on nothing is looked at, so that threads of this process do it whoever did its looks, and whatever
    policy it was begun with: no worker has to be there.
    """
    note(f"The night of {left.id} did not come to its end: it is brought there first.")
    return _led(replace(order, executor="threads"), store, left, lead, wound_up=True)
