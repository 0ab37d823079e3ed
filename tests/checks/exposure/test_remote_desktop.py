import pytest

from checks.exposure.remote_desktop import remote_desktop
from posture.sdk import Login, Outcome, Reach, Severity


@pytest.mark.parametrize(
    ("name", "login", "weakness", "outcome", "severity"),
    [
        ("X11", Login.NOT_NEEDED, "", Outcome.FAIL, Severity.CRITICAL),
        ("X11", Login.REQUIRED, "", Outcome.PASS, None),
        ("vnc", Login.NOT_NEEDED, "", Outcome.FAIL, Severity.CRITICAL),
        ("vnc", Login.REQUIRED, "plain-login", Outcome.FAIL, Severity.MEDIUM),
        ("vnc", Login.REQUIRED, "", Outcome.PASS, None),
        ("vnc", Login.UNKNOWN, "", Outcome.NOT_ASSESSED, None),
        ("ms-wbt-server", Login.REQUIRED, "no-nla", Outcome.FAIL, Severity.HIGH),
        ("ms-wbt-server", Login.REQUIRED, "", Outcome.PASS, None),
        ("ms-wbt-server", Login.UNKNOWN, "", Outcome.NOT_ASSESSED, None),
    ],
)
def test_a_desktop_is_judged_by_what_protects_it(name, login, weakness, outcome, severity, service, services, only):
    """No login at all is critical; Network Level Authentication and TLS are safeguards."""
    desktop = service(name=name, login=login, weakness=weakness)
    verdict = only(remote_desktop, services(desktop))
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


def test_a_display_seen_from_its_own_machine_is_never_critical(service, services, only) -> None:
    """A firewall in front was not tested."""
    display = service(name="X11", reach=Reach.SAME_MACHINE)
    assert only(remote_desktop, services(display)).severity is Severity.HIGH


def test_a_display_on_loopback_passes(service, services, only) -> None:
    """VNC through SSH, as the fix says."""
    assert only(remote_desktop, services(service(name="vnc", reach=Reach.LOOPBACK))).outcome is Outcome.PASS
