from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from posture.facts.host import ListeningSockets, Process, Socket
from posture.facts.network import Login, OpenPort, PortSweep, Vantage
from posture.model.assessment import Assessment, CheckInfo, overall
from posture.model.policy import Clause, Policy, Provider
from posture.model.severity import Severity
from posture.model.verdict import Outcome, Verdict

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def noon() -> datetime:
    return NOON


@pytest.fixture
def policy() -> Policy:
    days = {Severity.CRITICAL: 2, Severity.HIGH: 7, Severity.MEDIUM: 30}
    return Policy(
        name="test policy",
        version="1",
        provider=Provider("Provider", "abuse@provider.example"),
        clauses=(Clause("4.4", "Services", "No insecure service."),),
        allowed={severity: timedelta(days=n) for severity, n in days.items()},
        must_fix=Severity.MEDIUM,
    )


@pytest.fixture
def assessed() -> Callable[..., Assessment]:
    """assessed("fail:a", "pass:b", ...) -> an assessment of check exposure.thing with these verdicts."""

    def make(*said: str, check: str = "exposure.thing", severity: Severity = Severity.HIGH) -> Assessment:
        parts = [text.split(":") for text in said]
        words = {"pass": Outcome.PASS, "fail": Outcome.FAIL, "na": Outcome.NOT_APPLICABLE, "?": Outcome.NOT_ASSESSED}
        verdicts = tuple(Verdict(words[word], f"{word} said", subject) for word, subject in parts)
        info = CheckInfo(check, "A thing is open", "4.4", severity)
        return Assessment(info, "web1", overall(verdicts), "said so", verdicts)

    return make


@pytest.fixture
def sweep() -> Callable[..., PortSweep]:
    """sweep(6379, 22, vantage=...) -> a port sweep that found these ports open; redis on 6379."""

    def make(*ports: int, vantage: Vantage = Vantage.OUTSIDE, login: Login = Login.NOT_NEEDED) -> PortSweep:
        names = {6379: "redis", 22: "ssh"}
        found = tuple(OpenPort("198.51.100.2", port, names.get(port, ""), login=login) for port in ports)
        return PortSweep("198.51.100.2", vantage, "1-65535", found, 0, NOON, NOON + timedelta(seconds=9), "nmap 7.93")

    return make


@pytest.fixture
def sockets() -> Callable[..., ListeningSockets]:
    """sockets(("0.0.0.0", 6379, "redis-server"), ...) -> what listens inside."""

    def make(*listening: tuple[str, int, str]) -> ListeningSockets:
        pids = {name: 100 + n for n, name in enumerate(dict.fromkeys(name for _, _, name in listening))}
        made = tuple(
            Socket(
                "tcp", address, port, Process(pids[name], name, f"/usr/bin/{name}", package=name, package_version="1")
            )
            for address, port, name in listening
        )
        return ListeningSockets(made, True, NOON)

    return make
