"""All that a host says from inside, as facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from posture.collect.host.accounts import accounts
from posture.collect.host.authorized_keys import authorized_keys
from posture.collect.host.automatic_updates import automatic_updates
from posture.collect.host.bundle import SentIn
from posture.collect.host.capture import Capture, Limit, NotCollected
from posture.collect.host.installed_packages import installed_packages
from posture.collect.host.language_packages import language_packages
from posture.collect.host.leaks import host_leaks
from posture.collect.host.local import run_here
from posture.collect.host.pam import pam_stack
from posture.collect.host.private_keys import private_keys
from posture.collect.host.program import new_nonce
from posture.collect.host.sections import Sections
from posture.collect.host.sockets import listening
from posture.collect.host.ssh_authorities import authorities, server_keys
from posture.collect.host.ssh_log import guards, ssh_log
from posture.collect.host.ssh_section import parsed
from posture.collect.host.sshd import server
from posture.collect.host.stale_processes import stale_processes
from posture.collect.host.sudo import sudo_rules
from posture.collect.host.system import kernel, release, zone
from posture.collect.host.trust import NOBODY_KNOWN, HostTrust, KnownHosts, here
from posture.collect.host.update_sources import update_sources
from posture.collect.host.web_applications import web_applications
from posture.collect.scope import ScopeError, ScopeGate
from posture.facts.accounts import Accounts
from posture.facts.authorized_keys import AuthorizedKeys
from posture.facts.factset import INSIDE, without
from posture.facts.host import KernelState, ListeningSockets, OsRelease
from posture.facts.leaks import HostLeaks
from posture.facts.packages import InstalledPackages
from posture.facts.pam import PamStack
from posture.facts.private_keys import PrivateKeys
from posture.facts.software import InstalledApplications, LanguagePackages, StaleProcesses
from posture.facts.ssh_log import SshLog
from posture.facts.ssh_trust import SshHostTrust
from posture.facts.sshd import ServerKeys, SshAuthorities, SshServer
from posture.facts.sudo import SudoRules
from posture.facts.unavailable import Unavailable
from posture.facts.updates import AutomaticUpdates, UpdateSources
from posture.model.resource import Resource
from posture.model.text import visible

Inside = dict[type[Any], Any]

NO_ACCESS = (
    "no SSH access is configured for this host: add ssh: {user, key, host_key} to it in the inventory so that it can "
    "be looked at from inside"
)


def collect_inside(  # noqa: PLR0913  the last two by name, and most hosts need neither
    resource: Resource,
    gate: ScopeGate | None,
    clock: Callable[[], datetime],
    deadline: datetime,
    *,
    key: str = "",
    known: KnownHosts = NOBODY_KNOWN,
) -> Inside:
    """What the host says from inside: every type of INSIDE with its fact, or Unavailable with the reason.

    Whether the host is the right one (SshHostTrust) is said whenever it showed a key, also where that ended it.

    Args:
        resource: a host; `local` is read by this process, all others over SSH.
        gate: gives the permit to connect; not needed for `local`.
        clock: the time now.
        deadline: when to stop. What has arrived whole until then counts.
        key: the customer's, 64 hexadecimal digits, for the fingerprints of secrets; without it none are looked for.
        known: what hosts are known by besides the inventory.
    """
    capture = Capture(new_nonce(), key)
    trust = HostTrust(gate.customer.id, resource, resource.ssh, known) if gate and resource.ssh else None
    try:
        _run(resource, trust, gate, capture, Limit(clock, deadline))
        found = facts(capture.sections(), clock())
    except (NotCollected, ScopeError) as error:
        found = without(str(error), INSIDE)
    judged = here(clock()) if resource.local else trust.judged if trust else None
    return found if judged is None else {**found, SshHostTrust: judged}


def inside_of(sent_in: SentIn, resource: Resource, now: datetime) -> Inside:
    """What a host said from inside in its bundle, observed when it was made; no fact where the bundle is not its own.

    Args:
        sent_in: the bundle, and the keys it is held against.
        resource: the host it was given for.
        now: aware.
    """
    bundle = sent_in.bundle
    if refusal := bundle.refused(resource.id, sent_in.host_keys, now, sent_in.last_look):
        return without(f"the bundle given for {visible(resource.id)} is not used: {refusal}", INSIDE)
    return facts(bundle.sections, min(bundle.made, now))


def _run(resource: Resource, trust: HostTrust | None, gate: ScopeGate | None, capture: Capture, limit: Limit) -> None:
    if resource.local:
        run_here(capture, limit)
    elif resource.ssh is None:
        raise NotCollected(NO_ACCESS)
    elif gate is None or trust is None:
        raise NotCollected("nothing is contacted without a scope gate")
    else:
        from posture.collect.host.ssh import run_over_ssh  # noqa: PLC0415  # paramiko takes 100 ms to load

        run_over_ssh(trust, gate, capture, limit)


def facts(sections: Sections, observed: datetime) -> Inside:
    """The facts that the sections tell; a section that did not arrive leaves its facts unavailable."""
    found: Inside = without("the collector does not look at it yet", INSIDE)
    system = sections.get("system")
    found[OsRelease] = system if isinstance(system, Unavailable) else release(system.body, observed)
    found[KernelState] = system if isinstance(system, Unavailable) else kernel(system.body, observed)
    section = sections.get("accounts")
    found[Accounts] = section if isinstance(section, Unavailable) else accounts(section.body, observed)
    section = sections.get("packages")
    found[InstalledPackages] = section if isinstance(section, Unavailable) else installed_packages(section, observed)
    section = sections.get("updates")
    found[UpdateSources] = section if isinstance(section, Unavailable) else update_sources(section, observed)
    found[AutomaticUpdates] = section if isinstance(section, Unavailable) else automatic_updates(section, observed)
    section = sections.get("stale-processes")
    found[StaleProcesses] = section if isinstance(section, Unavailable) else stale_processes(section, observed)
    section = sections.get("software")
    found[LanguagePackages] = section if isinstance(section, Unavailable) else language_packages(section, observed)
    found[InstalledApplications] = section if isinstance(section, Unavailable) else web_applications(section, observed)
    section = sections.get("pam")
    found[PamStack] = section if isinstance(section, Unavailable) else pam_stack(section, observed)
    section = sections.get("private-keys")
    found[PrivateKeys] = section if isinstance(section, Unavailable) else private_keys(section, observed)
    section = sections.get("leaks")
    found[HostLeaks] = section if isinstance(section, Unavailable) else host_leaks(section, observed)
    found[ListeningSockets] = _sockets(sections, found, observed)
    found |= _ssh(sections, found, observed)
    found[SshLog], found[SudoRules] = _use_of_access(sections, found, observed)
    ssh, log = found[SshServer], sections.get("ssh-log")
    if isinstance(ssh, SshServer) and not isinstance(log, Unavailable):
        found[SshServer] = replace(ssh, guards=guards(log, ssh))
    return found


def _sockets(sections: Sections, found: Inside, observed: datetime) -> ListeningSockets | Unavailable:
    section = sections.get("sockets")
    if isinstance(section, Unavailable):
        return section
    people, packages = found[Accounts], found[InstalledPackages]
    return listening(
        section,
        people.accounts if isinstance(people, Accounts) else (),
        packages.packages if isinstance(packages, InstalledPackages) else (),
        observed,
    )


def _ssh(sections: Sections, found: Inside, observed: datetime) -> Inside:
    section, people = sections.get("ssh"), found[Accounts]
    types = (SshServer, AuthorizedKeys, SshAuthorities, ServerKeys)
    if isinstance(section, Unavailable) or isinstance(people, Unavailable):
        return dict.fromkeys(types, section if isinstance(section, Unavailable) else people)
    told = parsed(section)
    system = sections.get("system")
    where = zone(b"" if isinstance(system, Unavailable) else system.body)
    return {
        SshServer: server(told, people.accounts, found[ListeningSockets], observed),
        AuthorizedKeys: authorized_keys(told, people.accounts, where, observed),
        SshAuthorities: authorities(told, observed),
        ServerKeys: server_keys(told, observed),
    }


def _use_of_access(
    sections: Sections, found: Inside, observed: datetime
) -> tuple[SshLog | Unavailable, SudoRules | Unavailable]:
    log, sudo, system = (sections.get(name) for name in ("ssh-log", "sudo", "system"))
    where = zone(b"" if isinstance(system, Unavailable) else system.body)
    people = found[Accounts]
    return (
        log if isinstance(log, Unavailable) else ssh_log(log, found[SshServer], where, observed),
        sudo
        if isinstance(sudo, Unavailable)
        else people
        if isinstance(people, Unavailable)
        else sudo_rules(sudo, people.accounts, observed),
    )
