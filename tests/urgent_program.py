"""`posture` on the invented fleet: all but the collectors is the product's own. It says when it is ready."""

from __future__ import annotations

from simulator.advice import SimulatedAdvice
from simulator.collector import SimulatedCollect

from posture.cli import main, order, precheck, recheck  # noqa: F401  the last two, so that they are loaded
from posture.cli.output import note
from posture.cli.plugins import loaded

order.advisor = SimulatedAdvice
order.collector = lambda *_, **__: SimulatedCollect(night=2, faults=0)

if __name__ == "__main__":
    loaded()
    note("ready")
    main.run()
