"""Who looks: what all looks of one run share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from posture.collect.network.chosen_ports import ChosenPorts
from posture.collect.network.identity import NAMELESS, Identity
from posture.collect.network.sweep.pool import SweepPool
from posture.collect.pace import Pace


@dataclass(frozen=True, slots=True)
class Scanner:
    """The clock, the pool that sweeps many hosts with one nmap, and what the auditor calls itself.

    `rolling`: of hosts known from earlier looks only a part of the ports is looked at, by the port plan. `pace` gives
    turns to what is no sweep, where a customer agreed on a rate. `chosen` are the ports to look at again of addresses
    that are not looked at whole.
    """

    clock: Callable[[], datetime]
    pool: SweepPool
    identity: Identity = NAMELESS
    rolling: bool = False
    pace: Pace = field(default_factory=Pace)
    chosen: Mapping[str, ChosenPorts] = field(default_factory=dict)
