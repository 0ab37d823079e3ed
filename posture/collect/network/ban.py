"""Firewalls that ban whoever scans: from then on everything looks filtered, which must not be taken for closed."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

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


# No answer, or what routers and firewalls on the way say of the host (RFC 792; RFC 4443, 3.1, as Linux tells them).
# All else is this machine's own trouble and says nothing of the port.
NOT_LET_IN = frozenset({errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ENOPROTOOPT})
FORBIDDEN = errno.EACCES  # over IPv6 a firewall's "administratively prohibited"; over IPv4 a refusal of this machine


def answers(gate: ScopeGate, permit: Permit, opened: Sequence[int], refused: Sequence[int]) -> bool:
    """Whether a host still answers as it did a moment ago; connections are closed without a word.

    Args:
        gate: gives the connection.
        permit: for the address.
        opened: ports found open: one must take a connection, as many bans refuse every port.
        refused: ports found closed: where none was open, one must refuse (or be open now). Of either the first, the
            last and the middle one are tried.

    Raises:
        ScopeError: the permit does not hold any more.
    """
    ports = opened or refused
    for port in dict.fromkeys((ports[0], ports[-1], ports[len(ports) // 2])):
        try:
            gate.connect(permit, port, CONNECT_SECONDS).close()
        except ConnectionRefusedError:
            if opened:
                continue
        except OSError:
            continue
        return True
    return False


@dataclass(frozen=True, slots=True)
class Tried:
    """Those of some ports that took a connection, and by number why others could not be tried."""

    open: tuple[int, ...] = ()
    untried: tuple[tuple[int, str], ...] = ()


def answering(gate: ScopeGate, permit: Permit, ports: Sequence[int]) -> Tried:
    """Which of some ports take a connection, tried side by side; each is closed without a word.

    A port that refuses is closed; one that says nothing is tried twice. Where this machine cannot even try, nothing is
    known of the port.

    Raises:
        ScopeError: the permit does not hold any more.
    """

    def state(port: int) -> bool | str:
        for _ in range(2):
            try:
                gate.connect(permit, port, CONNECT_SECONDS).close()
            except (ConnectionRefusedError, ConnectionResetError):
                return False
            except TimeoutError:
                continue
            except OSError as error:
                if error.errno in NOT_LET_IN or (error.errno == FORBIDDEN and permit.address.version == 6):
                    continue
                return str(error)
            return True
        return False

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="known") as beside:
        states = dict(zip(ports, beside.map(state, ports), strict=True))
    return Tried(
        tuple(port for port, state_ in states.items() if state_ is True),
        tuple((port, state_) for port, state_ in states.items() if isinstance(state_, str)),
    )
