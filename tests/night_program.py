"""`posture nightly` over the invented fleet: all but the collectors is the product's own, in a process of its own."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from simulator.advice import SimulatedAdvice
from simulator.collector import SimulatedCollect

from posture.cli.errors import Failure
from posture.cli.night_executors import Threads, Workers
from posture.cli.night_lead import NightOrder, carry_out_night
from posture.cli.night_reports import Desk
from posture.cli.progress import night_watcher
from posture.cli.shared_job import SharedJobs
from posture.engine.clock import utc_now
from posture.engine.due import NightHours
from posture.model.night import NightRules
from posture.policy.load import default_policy, load_policy
from posture.report.night.json_ import as_json


def held(file: Path) -> None:
    while file.exists():
        time.sleep(0.02)


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("inventory", type=Path)
    asked.add_argument("--night", type=int, default=0)
    asked.add_argument("--seconds", type=float, default=3600.0, help="until the night closes")
    asked.add_argument("--latency", type=float, default=0.0)
    asked.add_argument("--threads", type=int, default=4)
    asked.add_argument("--grace", type=float, default=30.0)
    asked.add_argument("--closed", action="store_true", help="it is outside the hours of nights")
    asked.add_argument("--executor", default="threads")
    asked.add_argument("--hold", type=Path, help="looks take until this file is gone")
    asked.add_argument("--per-network", type=int, default=0)
    asked.add_argument("--at-once", type=int, default=0)
    asked.add_argument("--policy", type=Path)
    asked.add_argument("--out", type=Path, default=Path("out"))
    given = asked.parse_args()
    database = os.environ["POSTURE_DATABASE"]
    opened = datetime(2026, 11, 1, 22, tzinfo=UTC) + timedelta(days=given.night)
    hours = NightHours(opened.date().isoformat(), opened, datetime.now(UTC) + timedelta(seconds=given.seconds))
    given.out.mkdir(exist_ok=True)
    policy = load_policy(given.policy) if given.policy else default_policy()
    desk = Desk(given.out, ("json",), policy)
    collect = SimulatedCollect(night=given.night, latency=given.latency)
    if given.hold:
        collect = replace(collect, latency=1.0, sleep=lambda _: held(given.hold))

    def by_threads(store, total, done):
        jobs = SharedJobs(store, policy, collect, SimulatedAdvice(), utc_now)
        return Threads(store, jobs, night_watcher(total, done), given.threads, given.grace)

    def execute_of(order, store, total, done):
        if order.executor == "workers":
            return Workers(store, order.database, partial(by_threads, store))
        return by_threads(store, total, done)

    order = NightOrder(
        None if given.closed else hours,
        given.inventory,
        database,
        NightRules(given.per_network, given.at_once, policy=policy.digest),
        desk,
        executor=given.executor,
        threads=given.threads,
        grace=given.grace,
    )
    try:
        summary = carry_out_night(order, execute_of)
    except Failure as failure:
        print(failure.message, failure.step, file=sys.stderr)
        return failure.code
    if summary is None:
        return 3
    print(json.dumps(as_json(summary)))
    return 0


if __name__ == "__main__":
    started = time.monotonic()
    code = main()
    sys.stdout.flush()
    os._exit(code)
