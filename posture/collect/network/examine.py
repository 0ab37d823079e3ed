"""From open ports to all that can be seen through them: protocol, login, TLS, web pages, SSH offers, mail servers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from posture.collect.network.nmap_report import ReportedPort
from posture.collect.network.questions import Questioner
from posture.collect.network.smtp.look import look_at_mail
from posture.collect.network.ssh.look import look_at_ssh
from posture.collect.network.target import Target
from posture.collect.network.tls.look import look_at_tls
from posture.collect.network.web.look import look_at_web
from posture.facts.email.servers import MailServers
from posture.facts.network import OpenPort
from posture.facts.ssh_offers import SshOffers
from posture.facts.tls import TlsEndpoints
from posture.facts.web import WebSites

GONE = "it stopped answering when it was asked what it is"

Naming = Callable[[Sequence[int]], tuple[dict[int, ReportedPort], dict[int, str]]]
"""Ports -> what nmap makes of them by number, and for those it makes nothing of, why."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What open ports turned out to be. `gone` is whether all of them had stopped answering when they were asked."""

    open: tuple[OpenPort, ...]
    tls: TlsEndpoints
    web: WebSites
    ssh: SshOffers
    mail: MailServers
    gone: bool = False

    def with_more(self, other: Examined) -> Examined:
        """Both together; `gone` is that of the first."""
        return Examined(
            tuple(sorted((*self.open, *other.open), key=lambda port: port.port)),
            TlsEndpoints(
                (*self.tls.endpoints, *other.tls.endpoints),
                (*self.tls.not_looked_at, *other.tls.not_looked_at),
                max(self.tls.observed, other.tls.observed),
                (*self.tls.without, *other.tls.without),
            ),
            WebSites(
                (*self.web.sites, *other.web.sites),
                (*self.web.not_looked_at, *other.web.not_looked_at),
                max(self.web.observed, other.web.observed),
            ),
            SshOffers(
                (*self.ssh.offers, *other.ssh.offers),
                (*self.ssh.not_looked_at, *other.ssh.not_looked_at),
                max(self.ssh.observed, other.ssh.observed),
            ),
            MailServers(max(self.mail.observed, other.mail.observed), (*self.mail.servers, *other.mail.servers)),
            self.gone,
        )


def examined(target: Target, ports: Sequence[int], naming: Naming, known: Mapping[int, OpenPort]) -> Examined:
    """Ask open ports everything; what was recognised at once is followed up while nmap names the rest.

    Args:
        target: the address.
        ports: found open.
        naming: asks nmap.
        known: what ports were in an earlier look, where that need not be found out again.
    """
    questioner = Questioner(target, known)
    early = questioner.recognised(ports)
    rest = sorted(set(ports) - {port.port for port in early})
    with ThreadPoolExecutor(1, thread_name_prefix="follow") as beside:
        first = beside.submit(_followed, target, early)
        named, why_not = naming(rest) if rest else ({}, {})
        late = questioner.asked([named.get(number, ReportedPort(number)) for number in rest], why_not)
        second = _followed(target, late)
        found = first.result().with_more(second)
    gone = bool(rest) and not early and all(why_not.get(number) == GONE for number in rest)
    return replace(found, gone=gone)


def _followed(target: Target, ports: Sequence[OpenPort]) -> Examined:
    """Three at once: together they keep to about as many connections as the questions do.

    Mail servers come last: where something counts refused recipients and bans who has too many (fail2ban), all else is
    known by then.
    """
    with ThreadPoolExecutor(3, thread_name_prefix="follow") as beside:
        tls = beside.submit(look_at_tls, target, ports)
        web = beside.submit(look_at_web, target, ports)
        ssh = beside.submit(look_at_ssh, target, ports)
        sites, applications = web.result()
        served = tuple(replace(port, applications=applications.get(port.port, ())) for port in ports)
        seen = (served, tls.result(), sites, ssh.result())
    return Examined(*seen, look_at_mail(target, ports))
