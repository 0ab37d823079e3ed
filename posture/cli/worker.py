from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from posture.cli.audit import SESSIONS_HELP
from posture.cli.options import database_option, policy_of, policy_option
from posture.cli.shared_job import SharedJobs
from posture.cli.wiring import advisor, collector
from posture.cli.worker_checks import OpenRuns
from posture.cli.worker_duty import Duty, JobsOf, carry_out
from posture.collect.sessions import SESSIONS_AT_ONCE
from posture.engine.clock import utc_now
from posture.engine.unit import Job
from posture.facts.factset import Facts
from posture.model.customer import Customer
from posture.model.policy import Policy
from posture.model.resource import Resource
from posture.model.unit import ClaimedUnit
from posture.store.store import Store


@click.command()
@click.option("--threads", type=click.IntRange(1, 256), default=64, show_default=True,
              help="Resources at once; one more slot is kept for what is urgent.")  # fmt: skip
@click.option("--until-done", metavar="RUN", help="End with this run; look at the table instead of using the queue.")
@click.option("--no-queue", is_flag=True, help="Look at the table twice a second instead of being woken by the queue.")
@click.option("--grace", type=click.FloatRange(0, 3600), default=60.0, show_default=True,
              help="Seconds for looks under way to come to their end after SIGTERM.")  # fmt: skip
@click.option("--sessions", type=click.IntRange(1, 256), default=SESSIONS_AT_ONCE, show_default=True,
              envvar="POSTURE_SESSIONS", show_envvar=True, help=SESSIONS_HELP)  # fmt: skip
@click.option("--tied", is_flag=True, hidden=True, help="End when standard input ends.")
@policy_option
@database_option
def worker(
    threads: int,
    until_done: str | None,
    no_queue: bool,
    grace: float,
    sessions: int,
    tied: bool,
    policy_file: Path | None,
    database: str,
) -> int:
    """Take part in nights that `posture nightly --executor workers` leads, on this or any other machine.

    \b
    posture worker --database postgresql://posture@db.example/posture --threads 32

    It waits until there is work and never ends by itself: let systemd run it (docs/workers.md). It needs PostgreSQL and
    pip install 'coma-posture[distributed]'; the same policy, keys and feeds as the other machines; and a clock that is
    right. On SIGTERM it begins nothing new, gives what is under way its grace, hands the rest back, and ends with 0.

    Exit codes: 0 told to stop, or the run of --until-done is over; 2 this machine must not take part as it is, and why;
    5 the database failed or stayed away for a minute: start it again.
    """
    duty = Duty(database, policy_of(policy_file), threads, grace, until_done, queue=not no_queue, tied=tied)
    return carry_out(duty, real_jobs(duty.policy, sessions))


def real_jobs(policy: Policy, sessions: int) -> JobsOf:
    """Units done with the collectors of real resources."""

    def jobs_of(store: Store, runs: OpenRuns) -> Callable[[ClaimedUnit], Job | None]:
        known = advisor()
        plain, rolling = (
            collector(store, known, policy, rolling=rolls, bundles={}, sessions=sessions) for rolls in (False, True)
        )

        def by_rules(customer: Customer, resource: Resource, run: str, deadline: datetime, earlier: Facts) -> Facts:
            known_run = runs.of(run)
            chosen = plain if known_run is not None and not known_run.rules.rolling else rolling
            return chosen(customer, resource, run, deadline, earlier)

        return SharedJobs(store, policy, by_rules, known, utc_now)

    return jobs_of
