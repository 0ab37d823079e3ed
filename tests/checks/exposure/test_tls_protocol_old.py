from dataclasses import replace

import pytest
from factories_tls import WEB, endpoint, host, tls

from checks.exposure.tls_ports import ASKED, BEHIND_TLS
from checks.exposure.tls_protocol_old import tls_protocol_old
from checks.exposure.websites import SPOKEN
from posture.collect.network.confirm import http, protocols
from posture.collect.network.tls.starttls import STARTTLS
from posture.sdk import Outcome, Reach, Severity

MODERN = ("TLSv1.2", "TLSv1.3")


@pytest.mark.parametrize(
    ("accepted", "severity"),
    [
        (("SSLv2", *MODERN), Severity.HIGH),
        (("SSLv3", *MODERN), Severity.HIGH),
        (("TLSv1.0", *MODERN), Severity.MEDIUM),
        (("TLSv1.1", *MODERN), Severity.MEDIUM),
    ],
)
def test_outdated_versions_fail(accepted, severity, only) -> None:
    """Whatever else the server speaks: a client can be made to take the oldest."""
    verdict = only(tls_protocol_old, host(WEB), tls(endpoint(accepted=accepted, refused=())))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, severity)
    assert verdict.subject == "198.51.100.2:443/tcp"


@pytest.mark.parametrize(
    ("port", "accepted", "severity"),
    [
        (25, ("TLSv1.0",), Severity.LOW),
        (25, ("SSLv3",), Severity.MEDIUM),
        (25, ("SSLv2",), Severity.HIGH),
        (587, ("TLSv1.0",), Severity.MEDIUM),
    ],
)
def test_between_mail_servers_old_tls_is_better_than_none(port, accepted, severity, only) -> None:
    """A sender without a common version sends in clear; SSL 2.0 breaks other servers with the same key."""
    mail = replace(WEB, name="smtp", port=port)
    seen = tls(endpoint(port=port, starttls="smtp", accepted=(*accepted, *MODERN)))
    assert only(tls_protocol_old, host(mail), seen).severity is severity


def test_modern_versions_pass(only) -> None:
    assert only(tls_protocol_old, host(WEB), tls(endpoint())).outcome is Outcome.PASS


def test_no_answer_is_no_refusal(only) -> None:
    """A version that got no answer leaves the port not assessed, with the reason."""
    seen = tls(endpoint(refused=("SSLv2", "SSLv3", "TLSv1.1"), unknown=("TLSv1.0",), reason="it said nothing"))
    verdict = only(tls_protocol_old, host(WEB), seen)
    assert (verdict.outcome, verdict.subject) == (Outcome.NOT_ASSESSED, WEB.subject)
    assert verdict.summary.endswith("agrees to TLS 1.0 is not known: it said nothing")


def test_one_old_version_is_enough_where_another_is_unknown(only) -> None:
    seen = tls(endpoint(accepted=("TLSv1.1",), unknown=("TLSv1.0",), reason="it said nothing"))
    assert only(tls_protocol_old, host(WEB), seen).outcome is Outcome.FAIL


def test_a_port_that_could_not_be_asked_is_not_assessed(outcomes) -> None:
    """By port; what others cannot reach is none of it."""
    blocked = replace(WEB, port=8443, reach=Reach.BLOCKED)
    said = outcomes(tls_protocol_old, host(WEB, blocked), tls(left=((443, "it hung up"), (8443, "it hung up"))))
    assert said == {WEB.subject: Outcome.NOT_ASSESSED}


def test_what_nobody_reaches_passes(only) -> None:
    """Old versions behind a firewall, or for the machine itself, are exposed to nobody."""
    behind = replace(WEB, reach=Reach.LOOPBACK)
    assert only(tls_protocol_old, host(behind), tls(endpoint(accepted=("SSLv3",)))).outcome is Outcome.PASS


def test_a_host_without_tls(only) -> None:
    assert only(tls_protocol_old, host(replace(WEB, tls=False)), tls()).outcome is Outcome.NOT_APPLICABLE


def test_the_names_are_those_of_the_collector() -> None:
    """Whatever is asked for TLS or for pages is missed where it gave no answer."""
    assert set(STARTTLS) <= ASKED
    assert {protocol.name for protocol in protocols() if protocol.tls_ports} <= BEHIND_TLS
    assert set(SPOKEN) == {http.PROTOCOL.name, *http.PROTOCOL.aliases}


PLAIN = replace(WEB, tls=False, login_reason="it said nothing within 5 s")


@pytest.mark.parametrize(
    "unheard",
    [
        replace(PLAIN, maybe="*"),  # nginx listens there, and the time was over
        replace(PLAIN, reach=Reach.LISTENS, address="198.51.100.3"),
        replace(PLAIN, name="", maybe="http", process=None),
        replace(PLAIN, name="", port=25, maybe="smtp", process=None),
        replace(PLAIN, name="ssh", port=443, maybe="http"),
        replace(PLAIN, name="smtp", port=25),  # nobody told whether it has STARTTLS
        WEB,
    ],
)
def test_what_gave_no_answer_may_have_tls(unheard, only) -> None:
    """Known by its process or its port alone, it is no absence of TLS."""
    verdict = only(tls_protocol_old, host(unheard), tls())
    assert (verdict.outcome, verdict.subject) == (Outcome.NOT_ASSESSED, unheard.subject)


def test_a_mail_server_that_says_it_has_no_tls_is_none(only) -> None:
    """It was asked, as was the web server that answers without TLS."""
    mail, plain = replace(PLAIN, name="smtp", port=25), replace(PLAIN, port=80)
    verdict = only(tls_protocol_old, host(mail, plain), replace(tls(), without=(25,)))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert verdict.summary == "No service with TLS was found on this host"
