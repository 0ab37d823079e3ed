"""Conclude from collected facts what no single collector can see."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from posture.engine.aws.derive import of_account
from posture.engine.email.derive import of_domain
from posture.engine.exposed import exposed
from posture.engine.join import join
from posture.engine.key_places import FACTS, keys_in_place, unseen
from posture.engine.mail_servers import with_listeners
from posture.engine.ports import Advisor
from posture.facts.email.servers import MailServers
from posture.facts.factset import Facts
from posture.facts.flaws import ApplicationFlaws, LanguageFlaws, ServerFlaws
from posture.facts.host import KernelState, ListeningSockets, OsRelease
from posture.facts.key_flaws import KeyFlaws
from posture.facts.network import ALL_PORTS, MOST_PORTS, PortSweep
from posture.facts.packages import InstalledPackages, PendingUpdates, ReleaseSupport, UnsupportedPackages
from posture.facts.services import Services
from posture.facts.software import InstalledApplications, LanguagePackages, StaleProcesses
from posture.facts.tls_names import TlsNames
from posture.facts.unavailable import Unavailable
from posture.model.coverage import PortsSeen
from posture.model.finding import System
from posture.model.resource import Resource, ResourceKind
from posture.model.run import Source

_NO_MAIL = Unavailable("its mail servers were not spoken to when it was looked at")
_NO_NAMES = Unavailable("an older look did not read the names in certificates")
UPSTREAM = "Bitnami"  # OSV's name of the data about versions as their makers publish them


def derive(resource: Resource, facts: Facts, advisor: Advisor) -> Facts:
    """The facts with the derived ones of the resource's kind added.

    Everything is judged as of the moment the facts were collected, so that a replay concludes the same.
    """
    if resource.kind is ResourceKind.AWS_ACCOUNT:
        return {**facts, **of_account(facts)}
    if resource.kind is ResourceKind.DOMAIN:
        return {**facts, **of_domain(facts, advisor)}
    if resource.kind is not ResourceKind.HOST:
        return facts
    host = resource.address or resource.id
    services = join(host, facts[PortSweep], facts[ListeningSockets])
    release, packages = facts[OsRelease], facts[InstalledPackages]
    languages, applications = facts[LanguagePackages], facts[InstalledApplications]
    return {
        **facts,
        StaleProcesses: _stale(facts[StaleProcesses], facts[KernelState]),
        Services: services,
        MailServers: with_listeners(facts.get(MailServers, _NO_MAIL), services),
        TlsNames: _names(facts.get(TlsNames, _NO_NAMES), services),
        PendingUpdates: exposed(_pending(release, packages, facts[KernelState], advisor), packages, services),
        ReleaseSupport: _support(release, advisor),
        UnsupportedPackages: _unsupported(release, packages, advisor),
        LanguageFlaws: (
            languages if isinstance(languages, Unavailable) else advisor.languages(languages, languages.observed)
        ),
        ApplicationFlaws: (
            applications
            if isinstance(applications, Unavailable)
            else advisor.applications(applications, applications.observed)
        ),
        ServerFlaws: _servers(services, applications, advisor),
        KeyFlaws: _key_flaws(facts, advisor),
    }


def _names(names: TlsNames | Unavailable, services: Services | Unavailable) -> TlsNames | Unavailable:
    """The names in certificates; of a host that keeps silent there are none to be seen, which is not none."""
    seen = isinstance(services, Services) and services.outside_seen
    if isinstance(names, Unavailable) or names.names or names.not_asked or seen:
        return names
    return Unavailable(services.reason if isinstance(services, Unavailable) else services.blind or "no port answered")


def _key_flaws(facts: Facts, advisor: Advisor) -> KeyFlaws | Unavailable:
    """Of the keys that were seen; the kinds of places that were not are gaps."""
    seen = [facts[fact].observed for fact in FACTS.values() if not isinstance(facts[fact], Unavailable)]
    missing = unseen(facts)
    if not seen:
        return Unavailable("; ".join(dict.fromkeys(reason for _, reason in missing)))
    flaws = advisor.keys(keys_in_place(facts), max(seen))
    return replace(flaws, gaps=(*missing, *flaws.gaps))


def _stale(processes: StaleProcesses | Unavailable, kernel: KernelState | Unavailable) -> StaleProcesses | Unavailable:
    """With what is known of a reboot; where nothing is, the processes are told for themselves."""
    if isinstance(processes, Unavailable) or isinstance(kernel, Unavailable):
        return processes
    return replace(processes, reboot_due=kernel.reboot_due and not kernel.mended)


def _servers(
    services: Services | Unavailable, applications: InstalledApplications | Unavailable, advisor: Advisor
) -> ServerFlaws | Unavailable:
    """Without the applications that were found on disk in the version they tell: those are told from there."""
    if isinstance(services, Unavailable):
        return services
    found = advisor.servers(services, services.observed)
    if isinstance(found, Unavailable) or isinstance(applications, Unavailable):
        return found
    on_disk = {(one.product, one.version) for one in applications.applications if not one.extension}
    told = tuple(one for one in found.flawed if (one.name.lower(), one.version) not in on_disk)
    return replace(found, flawed=told)


def standing_on(facts: Facts, advisor: Advisor) -> tuple[Source, ...]:
    """The advisor's data that the derived facts of one resource stand on, as of the moment those are judged by.

    `facts` are all that are known of it, the derived ones included.
    """
    release, packages = facts.get(OsRelease), facts.get(InstalledPackages)
    found: tuple[Source, ...] = ()
    if isinstance(release, OsRelease) and isinstance(packages, InstalledPackages):
        found = advisor.sources_for(release, packages, packages.observed)
    elif isinstance(release, OsRelease) and release.observed:
        found = advisor.sources_for(release, None, release.observed)
    ecosystems, seen = _ecosystems(facts)
    return (*found, *advisor.software_sources(ecosystems, seen)) if seen else found


def _ecosystems(facts: Facts) -> tuple[frozenset[str], datetime | None]:
    """Those of the software beyond the distribution's packages, and when it was looked at; None where there is none."""
    languages, applications = facts.get(LanguagePackages), facts.get(InstalledApplications)
    services, servers = facts.get(Services), facts.get(ServerFlaws)
    found: dict[str, datetime] = {}
    if isinstance(languages, LanguagePackages):
        found |= {package.ecosystem: languages.observed for package in languages.packages}
    if isinstance(applications, InstalledApplications) and applications.applications:
        found[UPSTREAM] = applications.observed
    if isinstance(services, Services) and isinstance(servers, ServerFlaws) and (servers.judged or servers.flawed):
        found[UPSTREAM] = services.observed
    return frozenset(found), max(found.values(), default=None)


def ports_seen(resource: Resource, facts: Facts) -> PortsSeen | None:
    """How much of the TCP ports this look covered; None where they were not looked at."""
    sweep = facts.get(PortSweep)
    if not isinstance(sweep, PortSweep):
        return None
    oldest = min((slice_.at for slice_ in sweep.looked), default=sweep.started)
    every = MOST_PORTS if sweep.ports == ALL_PORTS else sweep.swept
    return PortsSeen(resource.id, sweep.swept, every, sweep.started, min(oldest, sweep.started), sweep.source)


def system_of(facts: Facts) -> System:
    """What remediation text needs to know of the system; empty where it was not seen."""
    release = facts.get(OsRelease)
    if not isinstance(release, OsRelease):
        return System()
    return System(release.id, release.version_id, release.name, release.init)


def _pending(
    release: OsRelease | Unavailable,
    packages: InstalledPackages | Unavailable,
    kernel: KernelState | Unavailable,
    advisor: Advisor,
) -> PendingUpdates | Unavailable:
    if isinstance(release, Unavailable):
        return release
    if isinstance(packages, Unavailable):
        return packages
    pending = advisor.pending(release, packages, packages.observed)
    if isinstance(pending, Unavailable) or isinstance(kernel, Unavailable):
        return pending
    return replace(pending, container=kernel.container)


def _unsupported(
    release: OsRelease | Unavailable, packages: InstalledPackages | Unavailable, advisor: Advisor
) -> UnsupportedPackages | Unavailable:
    if isinstance(release, Unavailable):
        return release
    if isinstance(packages, Unavailable):
        return packages
    return advisor.unsupported(release, packages, packages.observed)


def _support(release: OsRelease | Unavailable, advisor: Advisor) -> ReleaseSupport | Unavailable:
    if isinstance(release, Unavailable):
        return release
    if release.observed is None:
        return Unavailable("when the system was looked at is not known")
    return advisor.support(release, release.observed)
