"""`posture worker` with a collector of invented facts: all but the collector is the product's own."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import fleet

from posture.cli.errors import Failure
from posture.cli.shared_job import SharedJobs
from posture.cli.worker_checks import OpenRuns
from posture.cli.worker_duty import Duty, carry_out
from posture.engine.clock import utc_now
from posture.engine.unit import Job
from posture.facts.factset import Facts
from posture.model.customer import Customer
from posture.model.resource import Resource
from posture.model.unit import ClaimedUnit
from posture.policy.load import default_policy
from posture.store import Store


class Diary:
    """Invented facts after a while; each look's begin and end goes to a file that all workers share.

    Customers whose name begins with `slow` are looked at until the file `hold` is gone.
    """

    def __init__(self, file: Path, delay: float, hold: Path) -> None:
        self.delay, self.hold = delay, hold
        self.descriptor = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def write(self, what: str, customer: Customer, resource: Resource) -> None:
        line = f"{what} {os.getpid()} {time.monotonic():.6f} {customer.id}/{resource.id}\n"
        os.write(self.descriptor, line.encode())

    def __call__(self, customer: Customer, resource: Resource, run: str, deadline: datetime, earlier: Facts) -> Facts:
        self.write("begin", customer, resource)
        time.sleep(self.delay)
        while customer.id.startswith("slow") and self.hold.exists():
            time.sleep(0.02)
        self.write("end", customer, resource)
        return fleet.facts_of(resource)


def jobs_of(diary: Diary) -> Callable[[Store, OpenRuns], Callable[[ClaimedUnit], Job | None]]:
    return lambda store, _: SharedJobs(
        store, default_policy(), diary, fleet.NoAdvice(), utc_now, checks=tuple(fleet.CHECKS)
    )


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("diary", type=Path)
    asked.add_argument("--delay", type=float, default=0.0)
    asked.add_argument("--threads", type=int, default=2)
    asked.add_argument("--grace", type=float, default=60.0)
    asked.add_argument("--until-done")
    asked.add_argument("--no-queue", action="store_true")
    asked.add_argument("--tied", action="store_true")
    asked.add_argument("--sweeps", default="* * * * *")
    asked.add_argument("--patience", type=float, default=60.0)
    given = asked.parse_args()
    duty = Duty(
        os.environ["POSTURE_DATABASE"],
        default_policy(),
        given.threads,
        given.grace,
        given.until_done,
        not given.no_queue,
        given.tied,
        given.sweeps,
        given.patience,
    )
    try:
        code = carry_out(duty, jobs_of(Diary(given.diary, given.delay, given.diary.with_suffix(".hold"))))
    except Failure as failure:
        print(failure.message, "|", failure.step, flush=True)
        code = failure.code
    os._exit(code)


if __name__ == "__main__":
    main()
