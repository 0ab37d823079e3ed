from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_network

import pytest
from accounts_server import AccountsServer, started, stopped
from accounts_sources import SOURCES, google_key

from posture.collect.accounts import http
from posture.collect.accounts.collect import collect_accounts
from posture.collect.scope import ScopeGate
from posture.facts.people import DirectoryAccounts
from posture.facts.unavailable import Unavailable
from posture.model.action import Action
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.resource import Resource, ResourceKind

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Look = Callable[..., DirectoryAccounts | Unavailable]


class Log(list[Action]):
    def record(self, action: Action) -> None:
        self.append(action)


@pytest.fixture
def server() -> Iterator[AccountsServer]:
    emulated, listening = started()
    yield emulated
    stopped(listening)


@pytest.fixture
def actions() -> Log:
    return Log()


@cache
def _key() -> str:
    return google_key()


@pytest.fixture
def look(server: AccountsServer, actions: Log, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Reads a source as the inventory would have it; further settings replace its own."""
    monkeypatch.setattr(http, "sleep", lambda _seconds: None)

    def read(source: str, networks: str = "127.0.0.0/8", **changed: str) -> DirectoryAccounts | Unavailable:
        settings = {"source": source}
        if source in SOURCES:
            one = SOURCES[source]
            if not server.routes:
                one.fill(server)
            for name, secret in {"KEY": _key(), **one.secrets}.items():
                monkeypatch.setenv(f"TEST_{name}", secret)
            secrets = {name: f"env:TEST_{name}" for name in ("TOKEN", "SECRET", "KEY")}
            settings |= {
                key: secrets.get(value, value.replace("URL", server.url)) for key, value in one.settings.items()
            }
        settings |= changed
        grant = Authorization(AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane", AT - timedelta(1), AT + timedelta(1))
        customer = Customer("bakery", "Bakery", grant, networks=(ip_network(networks),), resources=())
        resource = Resource(ResourceKind.ACCOUNTS, "staff", settings=tuple((k, v) for k, v in settings.items() if v))
        gate = ScopeGate(customer, "run-1", lambda: AT, actions)
        return collect_accounts(resource, gate, lambda: AT, AT + timedelta(minutes=15), "Posture/test")[
            DirectoryAccounts
        ]

    return read
