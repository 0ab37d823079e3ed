"""What is in the lab, told by hand: the table that an audit of the lab is held against.

Nothing here is computed from the lab: `test_lab.py` proves that the lab matches this table, the audit's own test proves
that the audit finds what the table tells and nothing else.
"""

from __future__ import annotations

from truth_addresses import (
    ABSENT,
    ADDRESSES,
    CUSTOMER,
    IN_SCOPE,
    KNOWN_AS,
    NAMES,
    NETWORK,
    NETWORK6,
    REASONS,
    SCANNER,
    SCANNER6,
    SCOPE,
    SCOPE_AROUND_NEIGHBOUR,
)
from truth_findings import DOUBTED, FINDINGS, MACHINE_DEPENDENT, Expected
from truth_ports import EVERY_PORT_ANSWERS, PORTS, Port, listening, reachable

__all__ = [
    "ABSENT", "ADDRESSES", "CUSTOMER", "DOUBTED", "EVERY_PORT_ANSWERS", "FINDINGS", "IN_SCOPE", "KNOWN_AS",
    "MACHINE_DEPENDENT", "NAMES", "NETWORK", "NETWORK6", "PORTS", "REASONS", "SCANNER", "SCANNER6", "SCOPE",
    "SCOPE_AROUND_NEIGHBOUR", "Expected", "Port", "listening", "reachable",
]  # fmt: skip
