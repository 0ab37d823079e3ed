import pytest

from checks.exposure.telnet import telnet
from posture.sdk import Login, Outcome, Reach, Severity


@pytest.mark.parametrize(
    ("login", "severity"),
    [
        (Login.NOT_NEEDED, Severity.CRITICAL),
        (Login.REQUIRED, None),
        (Login.REFUSED, None),
        (Login.UNKNOWN, None),
    ],
)
def test_reachable_telnet_fails_whatever_it_asks(login, severity, service, services, only) -> None:
    """Passwords in clear are the problem, so a login does not help; none at all is critical."""
    verdict = only(telnet, services(service(name="telnet", port=23, login=login)))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, severity)


@pytest.mark.parametrize("reach", [Reach.LOOPBACK, Reach.BLOCKED])
def test_unreachable_telnet_passes(reach, service, services, only) -> None:
    """A telnet server that nobody else reaches exposes no password."""
    assert only(telnet, services(service(name="telnet", port=23, reach=reach))).outcome is Outcome.PASS


def test_no_telnet(services, only) -> None:
    """Without a telnet server there is nothing to judge."""
    assert only(telnet, services()).outcome is Outcome.NOT_APPLICABLE


def test_what_nobody_tried_to_reach_is_not_assessed(service, services, only) -> None:
    """It listens for others; a firewall in front may stop them all, and no connection was tried."""
    untried = service(name="telnet", port=23, reach=Reach.LISTENS, login=Login.UNKNOWN, login_reason="nmap is missing")
    verdict = only(telnet, services(untried))
    assert (verdict.outcome, verdict.subject) == (Outcome.NOT_ASSESSED, untried.subject)
    assert "nmap is missing" in verdict.summary


def test_what_only_its_own_machine_was_let_into_is_not_critical(service, services, only) -> None:
    """A firewall may keep strangers out; that passwords cross in clear stays of high severity."""
    own = service(name="telnet", port=23, login=Login.NOT_NEEDED, reach=Reach.SAME_MACHINE)
    assert only(telnet, services(own)).severity is None
