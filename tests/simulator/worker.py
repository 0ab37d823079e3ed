"""`posture worker` over the invented fleet: all but the collector and the advice is the product's own.

Writes its figures into a file when it is told to leave: seconds of CPU since its imports, and MiB at most.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from simulator.advice import SimulatedAdvice
from simulator.collector import SimulatedCollect
from simulator.measured import peak_mib

from posture.cli.shared_job import SharedJobs
from posture.cli.worker_checks import OpenRuns
from posture.cli.worker_duty import Duty, carry_out
from posture.engine.clock import utc_now
from posture.engine.unit import Job
from posture.model.unit import ClaimedUnit
from posture.policy.load import default_policy
from posture.store import Store


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("figures", type=Path)
    asked.add_argument("--night", type=int, default=0)
    asked.add_argument("--latency", type=float, default=0.0)
    asked.add_argument("--faults", type=int, default=8)
    asked.add_argument("--threads", type=int, default=1)
    asked.add_argument("--queue", action="store_true")
    given = asked.parse_args()
    logging.getLogger("posture.engine").disabled = True  # the defects that the collector has on purpose
    collect = SimulatedCollect(night=given.night, latency=given.latency, faults=given.faults)
    began = 0.0

    def jobs_of(store: Store, _: OpenRuns) -> Callable[[ClaimedUnit], Job | None]:
        nonlocal began
        made = SharedJobs(store, default_policy(), collect, SimulatedAdvice(), utc_now)
        began = time.process_time()
        given.figures.with_suffix(".ready").touch()
        return made

    duty = Duty(os.environ["POSTURE_DATABASE"], default_policy(), given.threads, queue=given.queue)
    code = carry_out(duty, jobs_of)
    given.figures.write_text(json.dumps({"cpu": time.process_time() - began, "mib": peak_mib()}))
    return code


if __name__ == "__main__":
    os._exit(main())
