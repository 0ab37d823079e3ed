"""What a reader of accounts works with: the resource's settings, its secrets, and a way to its API by the gate."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from posture.collect.accounts.http import JsonApi, Server
from posture.collect.scope import Connection, ScopeGate
from posture.collect.secrets import resolve
from posture.model.secret import SecretRef
from posture.model.text import visible

PURPOSE: Final = "accounts read"
SERVICES: Final = frozenset({
    "admin.googleapis.com", "oauth2.googleapis.com",
    "api.github.com", "gitlab.com",
    "graph.microsoft.com", "login.microsoftonline.com",
    "graph.microsoft.us", "login.microsoftonline.us",
    "microsoftgraph.chinacloudapi.cn", "login.partner.microsoftonline.cn",
})  # fmt: skip
"""The public services; all other servers are the customer's own, and must be in his networks."""
OF_CUSTOMERS: Final = (".okta.com", ".okta-emea.com", ".oktapreview.com", ".okta-gov.com")
"""Below these, each customer of the service has a name."""


class SourceFault(Exception):
    """The accounts cannot be read. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One look at one source. `apis` are those that were opened, to be closed at the end."""

    resource: str
    settings: Mapping[str, str]
    gate: ScopeGate
    clock: Callable[[], datetime]
    deadline: datetime
    agent: str
    apis: list[JsonApi] = field(default_factory=list)

    def setting(self, name: str, otherwise: str = "") -> str:
        """A field of the inventory, or what holds without it."""
        return self.settings.get(name, otherwise)

    def names(self, name: str) -> tuple[str, ...]:
        """A field of the inventory that is a list."""
        return tuple(filter(None, self.setting(name).split(",")))

    def secret(self, name: str) -> str:
        """The secret that a field refers to.

        Raises:
            SecretError: it is not available.
            SourceFault: the field is missing.
        """
        if not (reference := self.setting(name)):
            raise SourceFault(f"the field {name} is missing in the inventory")
        return resolve(SecretRef.parse(reference))

    def api(self, url: str) -> JsonApi:
        """The API at a URL, under a permit of the gate; nothing is sent yet.

        Raises:
            ScopeError: it may not be contacted.
            SourceFault: the URL is none, or the login would go over the network in clear.
        """
        server = server_of(url)
        dial, loopback = self._way(server)
        if server.scheme == "http" and not loopback:
            raise SourceFault(f"{server.origin} would get the login without encryption; write https://")
        trust = None if server.scheme == "http" else _trust(self.setting("ca"))
        api = JsonApi(server, dial, trust, self.agent, self.clock, self.deadline)
        self.apis.append(api)
        return api

    def _way(self, server: Server) -> tuple[Callable[[float], Connection], bool]:
        """How a connection is opened, and whether it stays on this machine."""
        gate = self.gate
        if server.scheme == "https" and is_service(server.host):
            leave = gate.permit_service(self.resource, PURPOSE)
            gate.record_calls(leave, server.origin, "begins")
            return lambda seconds: gate.connect_service(leave, server.host, server.port, seconds), False
        permit = gate.permit(server.host, PURPOSE)

        def own(seconds: float) -> Connection:
            gate.take_turn()
            return gate.connect(permit, server.port, seconds)

        return own, permit.address.is_loopback


def is_service(host: str) -> bool:
    """Whether a host is one of the public services, which are contacted though no customer has their addresses."""
    return host in SERVICES or host.endswith(OF_CUSTOMERS)


def server_of(url: str) -> Server:
    """A URL, as the place of an API.

    Raises:
        SourceFault: it is none.
    """
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname:
            port = parts.port or {"http": 80, "https": 443}[parts.scheme]
            return Server(parts.scheme, parts.hostname, port, parts.path.rstrip("/"))
    raise SourceFault(f"{visible(url, 80)} is no URL of an API")


def _trust(authority: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=authority or None)
    except (OSError, ssl.SSLError) as error:
        raise SourceFault(f"the certificate in {visible(authority, 120)} (field ca) cannot be read: {error}") from None
