"""The SSH server's effective configuration, from ``sshd -T -C`` (or ``-G``, OpenSSH 9.3) for each account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from posture.collect.host.sockets import unit_of
from posture.collect.host.ssh_listeners import SERVERS, listeners
from posture.collect.host.ssh_section import LEFT_OUT, AccountSsh, SshSection, WayIn
from posture.facts.accounts import Account
from posture.facts.host import ListeningSockets
from posture.facts.sshd import SshdContext, SshServer
from posture.facts.unavailable import Unavailable


def server(
    section: SshSection, accounts: Sequence[Account], sockets: ListeningSockets | Unavailable, observed: datetime
) -> SshServer | Unavailable:
    """What sshd would do for each account that can log in.

    A host without sshd gives a server with no contexts and no version, but only where it is sure that nothing else
    answers SSH there.
    """
    binary = section.header.get("binary", "")
    if binary == "unusable":
        return Unavailable("sshd cannot be run by this account, so its effective configuration is unknown; run as root")
    listening, others = listeners(section, sockets)
    if binary == "missing":
        return _without_binary(section, sockets) or SshServer((), (), "", "", observed, listening, others)
    if binary != "found":
        return Unavailable(f"the SSH server could not be asked: {section.cut or 'the answer is empty'}")
    if hidden := section.header.get("hidden"):
        return Unavailable(
            f"sshd's configuration includes files in {hidden}, which this account may not look into, so what really "
            "holds is unknown; run as root"
        )
    admins = {account.name for account in accounts if account.admin}
    asked = section.accounts
    silent = {account.name for account in accounts if not account.can_login}
    failed = [
        (account.name, _failure(account, section))
        for account in asked.values()
        if not _answered(account) and account.name not in silent
    ]
    left_out = [account.name for account in accounts if account.can_login and account.name not in asked]
    failed += [(name, section.cut or LEFT_OUT) for name in left_out]
    named = {account.name for account in accounts if account.can_login}
    contexts = tuple(
        _context(account.name, way, admin=account.name in admins)
        for account in asked.values()
        if _answered(account) and (account.name in named or account.lines or account.principals)
        for way in account.of.ways
    )
    if failed and not contexts:
        return Unavailable(f"sshd -T failed for every account; for {failed[0][0]} it said: {failed[0][1]}")
    unit = unit_of(section.header.get("cgroup", "")) or section.header.get("unit", "")
    return SshServer(
        contexts=contexts,
        failed=tuple(failed),
        version=section.header.get("version", ""),
        unit=unit,
        observed=observed,
        listening=listening,
        others=others,
        unasked="; ".join(section.unasked),
    )


def _context(user: str, way: WayIn, *, admin: bool) -> SshdContext:
    return SshdContext(user, admin, tuple(way.options), way.origin, way.address, way.port, way.local)


def _answered(account: AccountSsh) -> bool:
    return account.of.outcome == "read" and bool(account.options) and account.outcome == "read"


def _failure(account: AccountSsh, section: SshSection) -> str:
    if account.outcome == "unasked":
        return "not asked: Match lines tell more accounts and ways in apart than are asked about"
    if "cut" in {account.outcome, account.of.outcome}:
        return section.cut or "the answer ended early"
    return "; ".join(account.of.messages[:3]) or "sshd -T failed without a message"


def _without_binary(section: SshSection, sockets: ListeningSockets | Unavailable) -> Unavailable | None:
    """Why something may answer SSH although there is no sshd, None when nothing does."""
    other = "the program sshd was not found, but SSH is answered here: only OpenSSH in a usual place can be asked"
    if "via" in section.header:
        return Unavailable(other)
    if isinstance(sockets, Unavailable):
        return Unavailable(f"no sshd was found, and whether another SSH server runs is unknown: {sockets.reason}")
    for socket in sockets.sockets:
        if socket.process is None and socket.port == 22 and socket.protocol == "tcp":
            return Unavailable(f"{other}; port 22 is open and its process cannot be seen: run as root")
        if socket.process is not None and socket.process.name in SERVERS:
            return Unavailable(f"{other} ({socket.process.name} on port {socket.port})")
    return None
