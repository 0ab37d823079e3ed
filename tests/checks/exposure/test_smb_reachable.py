import pytest

from checks.exposure.smb_reachable import smb_reachable
from posture.sdk import Login, Outcome, Reach, Severity


@pytest.mark.parametrize(("weakness", "severity"), [("", None), ("smb1", Severity.HIGH)])
@pytest.mark.parametrize("login", list(Login))
def test_reachable_smb_fails_whatever_it_asks(weakness, severity, login, service, services, only) -> None:
    """It is made for local networks; with SMB 1 it is worse."""
    smb = service(name="microsoft-ds", port=445, login=login, weakness=weakness)
    verdict = only(smb_reachable, services(smb))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, severity)


@pytest.mark.parametrize(
    ("reach", "outcome"),
    [(Reach.LOOPBACK, Outcome.PASS), (Reach.BLOCKED, Outcome.PASS), (Reach.LISTENS, Outcome.NOT_ASSESSED)],
)
def test_smb_nobody_else_reaches(reach, outcome, service, services, only) -> None:
    """Behind a firewall it is in order; untried it is not assessed."""
    assert only(smb_reachable, services(service(name="netbios-ssn", reach=reach))).outcome is outcome
