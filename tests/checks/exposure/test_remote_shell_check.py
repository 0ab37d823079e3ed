import pytest

from checks.exposure.remote_shell import remote_shell
from posture.sdk import Login, Outcome, Reach, Severity


@pytest.mark.parametrize("name", ["login", "shell", "exec"])
def test_a_reachable_remote_shell_fails_whatever_it_asks(name, service, services, only) -> None:
    """Passwords in clear and trust in addresses are the problem."""
    verdict = only(remote_shell, services(service(name=name, login=Login.UNKNOWN)))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, Severity.HIGH)


@pytest.mark.parametrize(
    ("login", "outcome"),
    [(Login.NOT_NEEDED, Outcome.FAIL), (Login.REQUIRED, Outcome.PASS), (Login.UNKNOWN, Outcome.NOT_ASSESSED)],
)
def test_a_debugging_bridge_is_judged_by_its_login(login, outcome, service, services, only) -> None:
    """Open to anyone it is critical; one that asks for a key is not flagged."""
    verdict = only(remote_shell, services(service(name="adb", login=login)))
    assert verdict.outcome is outcome
    assert verdict.severity is (Severity.CRITICAL if outcome is Outcome.FAIL else None)


def test_a_port_that_may_be_rsh_is_not_assessed(service, services, only) -> None:
    """Its servers close the connection without a word, and so do others."""
    silent = service(name="", port=514, maybe="shell", login=Login.UNKNOWN, login_reason="it closed the connection")
    assert only(remote_shell, services(silent)).outcome is Outcome.NOT_ASSESSED


def test_unreachable_and_absent(service, services, only) -> None:
    assert only(remote_shell, services(service(name="login", reach=Reach.LOOPBACK))).outcome is Outcome.PASS
    assert only(remote_shell, services()).outcome is Outcome.NOT_APPLICABLE
