from dataclasses import replace
from datetime import timedelta

import pytest
from factories_tls import AT, WEB, endpoint, host, shown, tls

from checks.exposure.tls_certificate import tls_certificate
from posture.sdk import Application, ChainProblem, Login, Outcome, Severity

DAY = timedelta(days=1)
SELF_SIGNED = {"self_signed": True, "trusted": False, "chain_problem": ChainProblem.SELF_SIGNED}
MISSING = {"trusted": False, "chain_problem": ChainProblem.ISSUER_MISSING}


@pytest.mark.parametrize(
    ("certificate", "severity", "words"),
    [
        ({"not_after": AT - DAY}, Severity.MEDIUM, "expired on 2026-11-21"),
        ({"not_before": AT + DAY}, Severity.MEDIUM, "is valid only from 2026-11-23 on"),
        ({"not_before": AT - 85 * DAY, "not_after": AT + 5 * DAY}, Severity.LOW, "expires on 2026-11-27"),
        (SELF_SIGNED, Severity.MEDIUM, "is self-signed"),
        ({"trusted": False, "chain_problem": ChainProblem.UNKNOWN_ROOT}, Severity.MEDIUM, "is not trusted"),
        (MISSING, Severity.LOW, "comes without that of its issuer"),
        ({"trusted": False, "chain_problem": ChainProblem.DATES}, Severity.MEDIUM, "an issuer that has expired"),
        ({"names": ("other.example",)}, Severity.MEDIUM, "is not for shop.example"),
        ({"names": ()}, Severity.MEDIUM, "is not for shop.example"),
        ({"key_type": "rsa", "key_bits": 1024}, Severity.MEDIUM, "1024 bits"),
        ({"key_type": "ec", "key_bits": 192}, Severity.MEDIUM, "192 bits"),
        ({"signature_hash": "sha1"}, Severity.MEDIUM, "is signed with SHA1"),
    ],
)
def test_each_fault_fails(certificate, severity, words, only) -> None:
    verdict = only(tls_certificate, host(WEB), tls(endpoint(certificate=shown(**certificate))))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, severity)
    assert words in verdict.summary


@pytest.mark.parametrize(
    "certificate",
    [
        {},
        {"names": ("*.example",)},
        {"names": ("SHOP.Example.",)},
        {"not_before": AT - DAY, "not_after": AT + 5 * DAY},  # six days to live, one day old
        {"key_type": "rsa", "key_bits": 2048},
        {"key_type": "ed25519"},
    ],
)
def test_a_good_certificate_passes(certificate, only) -> None:
    assert only(tls_certificate, host(WEB), tls(endpoint(certificate=shown(**certificate)))).outcome is Outcome.PASS


@pytest.mark.parametrize("names", [("*.shop.example",), ("*",), ("*.*",), ("example",), ("s*.example",)])
def test_wildcards_stand_for_one_label(names, only) -> None:
    """RFC 9525: the whole first label, and no more."""
    assert only(tls_certificate, host(WEB), tls(endpoint(certificate=shown(names=names)))).outcome is Outcome.FAIL


def test_all_faults_are_one_finding(only) -> None:
    faults = shown(**SELF_SIGNED, not_after=AT - DAY, names=("other.example",), key_type="rsa", key_bits=1024)
    verdict = only(tls_certificate, host(WEB), tls(endpoint(certificate=faults)))
    assert len(dict(verdict.details)["problems"]) == 4


def test_a_self_signature_with_sha1_is_nobodys_proof(only) -> None:
    """Nobody relies on the signature of a self-signed certificate; that it is self-signed is the finding."""
    seen = tls(endpoint(certificate=shown(**SELF_SIGNED, signature_hash="sha1")))
    assert "SHA1" not in only(tls_certificate, host(WEB), seen).summary


def test_who_asks_by_address_may_be_shown_another_certificate(only) -> None:
    """Without a known name a web server's default certificate is a small matter, and names are not judged."""
    seen = endpoint(name_asked="", certificate=shown(**SELF_SIGNED, names=("snakeoil",)))
    verdict = only(tls_certificate, host(WEB), tls(seen))
    assert verdict.severity is Severity.LOW
    assert "is not for" not in verdict.summary


@pytest.mark.parametrize(
    ("service", "starttls"),
    [
        ({"name": "smtp", "port": 25}, "smtp"),
        ({"name": "postgresql", "port": 5432}, "postgresql"),
        ({"name": "ldap", "port": 389}, "ldap"),
        ({"name": "redis", "port": 6380}, ""),
        ({"port": 6443, "applications": (Application("kubernetes", "/", Login.REQUIRED),)}, ""),
    ],
)
def test_where_clients_do_not_verify_or_know_their_own_authority(service, starttls, only) -> None:
    """Opportunistic TLS and own authorities: names, dates and issuers are no finding, short keys are."""
    behind = replace(WEB, **service)
    own = shown(**SELF_SIGNED, names=(), not_after=AT - DAY)
    seen = endpoint(port=behind.port, starttls=starttls, certificate=own)
    assert only(tls_certificate, host(behind), tls(seen)).outcome is Outcome.PASS
    short = replace(seen, certificate=replace(own, key_type="rsa", key_bits=1024))
    verdict = only(tls_certificate, host(behind), tls(short))
    assert (verdict.outcome, len(dict(verdict.details)["problems"])) == (Outcome.FAIL, 1)


@pytest.mark.parametrize(("name", "port", "starttls"), [("imap", 993, ""), ("smtp", 587, "smtp"), ("ftp", 21, "ftp")])
def test_where_people_log_in_clients_verify(name, port, starttls, only) -> None:
    seen = endpoint(port=port, starttls=starttls, name_asked="", certificate=shown(**SELF_SIGNED))
    assert only(tls_certificate, host(replace(WEB, name=name, port=port)), tls(seen)).severity is Severity.MEDIUM


@pytest.mark.parametrize(
    "unknown",
    [
        {"certificate": None, "certificate_reason": "it hung up"},
        {"certificate": shown(trusted=None, trust_reason="it hung up")},
        {"certificate": shown(names=("other.example",), more_names=9)},
    ],
)
def test_what_is_not_known_is_not_assessed(unknown, only) -> None:
    """No certificate, no verdict of the system, or names that were not kept."""
    assert only(tls_certificate, host(WEB), tls(endpoint(**unknown))).outcome is Outcome.NOT_ASSESSED
