"""What the options of an authorized_keys line allow, before sshd's own settings count."""

from __future__ import annotations

from dataclasses import dataclass

from checks.ssh_addresses import ANYBODYS, comes_from
from posture.sdk import AuthorizedKey

_PERMITS = ("port-forwarding", "agent-forwarding", "x11-forwarding", "pty", "user-rc")


@dataclass(frozen=True, slots=True)
class Line:
    """What is left of a login after a line's options (sshd(8); auth-options.c, sshauthopt_parse).

    `permits` are those of port-forwarding, agent-forwarding, x11-forwarding, pty and user-rc that are switched on:
    options count from left to right, so ``restrict,pty`` has a terminal and ``pty,restrict`` has none. `forced` is
    whether ``command=`` stands there, `anywhere` whether no ``from=`` limits the addresses.
    """

    permits: frozenset[str]
    forced: bool
    anywhere: bool
    permitopen: tuple[str, ...]
    permitlisten: tuple[str, ...]


def line_of(key: AuthorizedKey) -> Line:
    """The options of a key's line, evaluated."""
    permits = set(_PERMITS)
    for name, _ in key.options:
        if name == "restrict":
            permits.clear()
        elif name in _PERMITS:
            permits.add(name)
        else:
            permits.discard(name.removeprefix("no-"))
    sources = _values(key, "from")
    return Line(
        permits=frozenset(permits),
        forced=key.has("command"),
        anywhere=all(comes_from(address, sources[0]) for address in ANYBODYS) if sources else True,
        permitopen=_values(key, "permitopen"),
        permitlisten=_values(key, "permitlisten"),
    )


def _values(key: AuthorizedKey, option: str) -> tuple[str, ...]:
    return tuple(value for name, value in key.options if name == option)
