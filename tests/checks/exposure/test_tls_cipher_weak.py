from dataclasses import replace

import pytest
from factories_tls import WEB, endpoint, host, tls

from checks.exposure.tls_cipher_weak import tls_cipher_weak
from posture.sdk import Outcome, Severity, WeakSuite

NULL, RC4 = (
    WeakSuite("TLSv1.2", "NULL", "TLS_RSA_WITH_NULL_SHA"),
    WeakSuite("TLSv1.0", "RC4", "TLS_RSA_WITH_RC4_128_SHA"),
)
ANONYMOUS = WeakSuite("TLSv1.2", "anonymous", "TLS_DH_anon_WITH_AES_128_CBC_SHA")


@pytest.mark.parametrize(
    ("weak", "severity"),
    [((RC4,), Severity.MEDIUM), ((NULL,), Severity.HIGH), ((ANONYMOUS, RC4), Severity.HIGH)],
)
def test_weak_suites_fail_as_their_worst(weak, severity, only) -> None:
    """One finding for an endpoint, which names the families and shows the suites."""
    verdict = only(tls_cipher_weak, host(WEB), tls(endpoint(weak=weak)))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, severity)
    assert dict(verdict.details)["suites"] == tuple(suite.suite for suite in weak)


def test_mail_between_servers_may_be_anonymous(only) -> None:
    """Senders that verify nothing lose nothing by it; on the port for people's mail it is a finding."""
    for port, outcome in ((25, Outcome.PASS), (587, Outcome.FAIL)):
        mail = replace(WEB, name="smtp", port=port)
        seen = tls(endpoint(port=port, starttls="smtp", weak=(ANONYMOUS,)))
        assert only(tls_cipher_weak, host(mail), seen).outcome is outcome


@pytest.mark.parametrize(
    "unknown",
    [
        {"weak_reason": "it hung up"},
        {"accepted": ("TLSv1.3",), "unknown": ("TLSv1.2",), "reason": "it hung up"},
    ],
)
def test_what_was_not_asked_to_the_end_is_not_assessed(unknown, only) -> None:
    """No answer to the weak suites, or to a version that could have them, is no refusal."""
    verdict = only(tls_cipher_weak, host(WEB), tls(endpoint(**unknown)))
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "it hung up" in verdict.summary


def test_no_weak_suite_passes(only) -> None:
    assert only(tls_cipher_weak, host(WEB), tls(endpoint())).outcome is Outcome.PASS
    assert only(tls_cipher_weak, host(WEB), tls(endpoint(accepted=("TLSv1.3",)))).outcome is Outcome.PASS
