"""Carry an audit out: begin or go on with a run, do its units, give back each customer's report."""

from __future__ import annotations

import hashlib
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from posture import __version__
from posture.cli.errors import Broken
from posture.cli.logs import to_standard_error
from posture.cli.output import note
from posture.cli.progress import watching
from posture.cli.reports import report_of
from posture.cli.wiring import advisor, collector
from posture.collect.host.bundle import SentIn
from posture.collect.network.chosen_ports import ChosenPorts
from posture.engine.clock import utc_now
from posture.engine.plan import Plan
from posture.engine.unit import TIME_LIMIT, Job
from posture.execute.local import run_local
from posture.execute.workers import is_gone
from posture.model.finding import Finding
from posture.model.policy import Policy
from posture.model.run import Run
from posture.report.model import Report
from posture.store.errors import StoreError
from posture.store.store import Store

FRESH = timedelta(hours=12)  # an interrupted run older than this is not gone on with: its facts are another day's


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be audited, held against which policy, by how many threads, in how many SSH sessions at once.

    `rolling`: of hosts seen before, only the ports of tonight's plan are looked at. `bundles` are what hosts (customer,
    resource) sent in by themselves, to be judged instead of a session inside. `time_limit` is for one resource.
    `chosen` are the only ports to look at of some addresses that are known. `about` is the only finding that is
    decided, and `sides` tells whether hosts are looked at from outside, and inside.
    """

    plan: Plan
    policy: Policy
    threads: int = 64
    sessions: int = 64
    rolling: bool = False
    bundles: Mapping[tuple[str, str], SentIn] = field(default_factory=dict)
    time_limit: timedelta = TIME_LIMIT
    chosen: Mapping[str, ChosenPorts] = field(default_factory=dict)
    about: Finding | None = None
    sides: tuple[bool, bool] = (True, True)


def carry_out(order: Order, store: Store) -> tuple[Report, ...]:
    """Audit, and give back a report of each customer, in the plan's order.

    Raises:
        Broken: the database failed; what was finished is kept.
    """
    run = carry_on(order, store)
    try:
        return tuple(_reported(order, store, customer, run) for customer, _ in order.plan.work)
    except StoreError as error:
        raise Broken(str(error), "what was finished is kept; the same command goes on where it stopped") from error


def carry_on(order: Order, store: Store) -> str:
    """Audit, and give back the run's id.

    Raises:
        Broken: the database failed; what was finished is kept.
    """
    to_standard_error()
    try:
        run = _begun(order, store)
        indexes = advisor()
        looks = collector(
            store,
            indexes,
            order.policy,
            rolling=order.rolling,
            bundles=order.bundles,
            sessions=order.sessions,
            chosen=order.chosen,
            sides=order.sides,
        )
        job = Job(order.plan, order.policy, store, looks, indexes, utc_now, order.time_limit, order.about)
        with watching(order.plan, store.done_units(run.id)) as watcher:
            run_local(job, store, run.id, watcher, order.threads)
    except StoreError as error:
        raise Broken(str(error), "what was finished is kept; the same command goes on where it stopped") from error
    return run.id


def _begun(order: Order, store: Store) -> Run:
    """The interrupted run of the same plan, or a new one."""
    started = utc_now()
    digest = _digest(order)
    left = store.unfinished_run(digest)
    if left is not None and started - left.started < FRESH:
        store.release_leases(left.id, is_gone, started)
        total = sum(len(resources) for _, resources in order.plan.work)
        when = left.started.astimezone()
        note(
            f"Going on with the interrupted run of {when:%d %b %H:%M %Z}: "
            f"{store.done_units(left.id)} of {total} resources were done."
        )
        return left
    run = Run(
        id=f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}",
        started=started,
        posture_version=__version__,
        policy=f"{order.policy.name} {order.policy.version}",
        whole=order.plan.whole,
    )
    work = [(order.plan.customer[customer], resources) for customer, resources in order.plan.work]
    store.start_run(run, digest, work, started, vantage=_vantage(order.plan))
    return run


def _digest(order: Order) -> str:
    """What an interrupted run must have been begun with to be gone on with: the plan, the policy, the program.

    And the ports: half a night of some of them must not pass for an audit of all.
    """
    parts = [order.plan.digest, order.policy.digest, __version__]
    parts += ["rolling"] if order.rolling else []
    parts += [repr((where, sorted(ports.tcp), sorted(ports.udp))) for where, ports in sorted(order.chosen.items())]
    parts += [order.about.id] if order.about else []
    parts += [repr((key, sent.bundle.made, sent.bundle.signed_by)) for key, sent in sorted(order.bundles.items())]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _vantage(plan: Plan) -> str:
    """From where the network is looked at, in words."""
    where = f"the auditor's machine {socket.gethostname()}"
    local = [resource for resource in plan.resource.values() if resource.local]
    return f"{where} itself, through loopback" if local else where


def _reported(order: Order, store: Store, customer: str, run: str) -> Report:
    view = store.customer_view(customer, order.policy, run)
    if view is None:
        raise Broken(f"the run {run} of {customer} is not in the database any more")
    return report_of(view)
