"""Mail servers as the network sees them, tied to the program that listens there."""

from __future__ import annotations

from dataclasses import replace

from posture.facts.email.servers import MailServer, MailServers
from posture.facts.services import Reach, Service, Services
from posture.facts.unavailable import Unavailable

_PROTOCOLS = frozenset({"smtp", "smtps", "submission"})


def with_listeners(mail: MailServers | Unavailable, services: Services | Unavailable) -> MailServers | Unavailable:
    """With the process of each, and the mail servers that are known from inside alone and were not spoken to."""
    if isinstance(mail, Unavailable):
        return mail
    if isinstance(services, Unavailable):  # silence: what does not answer may be anything
        return mail if mail.servers else services
    spoken = tuple(_known(server, services) for server in mail.servers)
    ports = {server.port for server in spoken}
    left = [one for one in services.exposed() if one.protocol == "tcp" and one.port not in ports and _is_mail(one)]
    unseen = services.blind if not services.outside_seen else services.unseen
    return replace(mail, servers=(*spoken, *(_unasked(one, services.host) for one in left)), unseen=unseen.strip())


def _is_mail(service: Service) -> bool:
    return service.name in _PROTOCOLS or (not service.name and service.maybe in _PROTOCOLS)


def _known(server: MailServer, services: Services) -> MailServer:
    service = services.at(server.port)
    return replace(server, process=service.process if service else None, known_as=services.host)


def _unasked(service: Service, host: str) -> MailServer:
    untried = "it listens for other machines, and no connection was tried"
    why = untried if service.reach is Reach.LISTENS else service.login_reason or untried
    return MailServer(service.address, service.port, not_asked=why, process=service.process, known_as=host)
