"""Firewalls that ban whoever scans: from then on everything looks filtered, which must not be taken for closed."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from posture.collect.network.nmap_run import ScanFailed
from posture.collect.scope import Permit, ScopeGate

AT_ONCE = 6  # connections
CONNECT_SECONDS = 3.5  # two lost SYNs (RFC 6298: sent again after 1 s and 3 s)
BANNED = (
    "the host stopped answering during the sweep: something in front of it bans the auditor. Let the auditor's address "
    "through and audit again"
)


class Banned(ScanFailed):
    """What was swept from some moment on says nothing of the host."""


def answers(gate: ScopeGate, permit: Permit, ports: Sequence[int]) -> bool:
    """Whether any of some ports that were open a moment ago still takes a connection; it is closed without a word.

    Args:
        gate: gives the connection.
        permit: for the address.
        ports: found open, not empty; the first, the last and the middle one are tried.

    Raises:
        ScopeError: the permit does not hold any more.
    """
    for port in dict.fromkeys((ports[0], ports[-1], ports[len(ports) // 2])):
        try:
            gate.connect(permit, port, CONNECT_SECONDS).close()
        except OSError:
            continue
        return True
    return False


def answering(gate: ScopeGate, permit: Permit, ports: Sequence[int]) -> tuple[int, ...]:
    """Those of some ports that take a connection, tried side by side; each is closed without a word.

    A port that refuses is closed; one that says nothing is tried twice.

    Raises:
        ScopeError: the permit does not hold any more.
    """

    def takes(port: int) -> bool:
        for _ in range(2):
            try:
                gate.connect(permit, port, CONNECT_SECONDS).close()
            except ConnectionRefusedError:
                return False
            except OSError:
                continue
            return True
        return False

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="known") as beside:
        return tuple(port for port, open_ in zip(ports, beside.map(takes, ports), strict=True) if open_)
