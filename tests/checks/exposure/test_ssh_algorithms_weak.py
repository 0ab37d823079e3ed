from dataclasses import replace

import pytest
from factories_tls import EVERYTHING, SSH, host, offer, ssh

from checks.exposure.ssh_algorithms_weak import ssh_algorithms_weak
from posture.sdk import HostKey, Outcome, Reach, Severity

STRICT = "kex-strict-s-v00@openssh.com"
CURVE = "curve25519-sha256"


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"key_exchange": (CURVE, STRICT, "diffie-hellman-group1-sha1")}, Severity.MEDIUM),
        ({"key_exchange": (CURVE, STRICT, "diffie-hellman-group14-sha1")}, Severity.LOW),
        ({"key_exchange": (CURVE, STRICT, "gss-gex-sha1-toWM5Slw5Ew8Mqkay+al2g==")}, Severity.LOW),
        ({"ciphers": ("aes128-ctr", "3des-cbc")}, Severity.MEDIUM),
        ({"ciphers": ("aes128-ctr", "arcfour128")}, Severity.MEDIUM),
        ({"ciphers": ("aes128-ctr", "aes256-cbc")}, Severity.LOW),
        ({"ciphers": ("none", "aes128-ctr")}, Severity.HIGH),
        ({"macs": ("hmac-md5-etm@openssh.com",)}, Severity.LOW),
        ({"macs": ("hmac-sha1-96",)}, Severity.LOW),
        ({"host_key_algorithms": ("ssh-ed25519", "ssh-dss")}, Severity.MEDIUM),
        ({"host_key_algorithms": ("ssh-rsa",)}, Severity.LOW),
        ({"keys": (HostKey("ssh-rsa", 1024, "SHA256:x"),)}, Severity.MEDIUM),
    ],
)
def test_each_weakness_fails(changes, severity, only) -> None:
    """Each list has its own weak names, and the finding gives the source for each."""
    verdict = only(ssh_algorithms_weak, host(SSH), ssh(offer(**changes)))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, severity)
    assert len(dict(verdict.details)["weaknesses"]) == 1


@pytest.mark.parametrize(
    ("key_exchange", "ciphers", "macs", "vulnerable"),
    [
        ((CURVE,), ("chacha20-poly1305@openssh.com",), ("hmac-sha2-256",), True),
        ((CURVE,), ("aes256-gcm@openssh.com",), ("hmac-sha2-256-etm@openssh.com",), False),
        ((CURVE,), ("aes256-cbc",), ("hmac-sha2-256-etm@openssh.com",), True),
        ((CURVE,), ("aes256-cbc",), ("hmac-sha2-256",), False),
        ((CURVE, STRICT), ("chacha20-poly1305@openssh.com",), ("hmac-sha2-256",), False),
    ],
)
def test_terrapin(key_exchange, ciphers, macs, vulnerable, only) -> None:
    """CVE-2023-48795 needs one of two kinds of ciphers, and no strict key exchange."""
    verdict = only(ssh_algorithms_weak, host(SSH), ssh(offer(key_exchange=key_exchange, ciphers=ciphers, macs=macs)))
    assert dict(verdict.details).get("terrapin", False) is vulnerable


def test_what_debian_offers_passes(only) -> None:
    """UMAC-64 and HMAC-SHA-1 are among its MACs, and no finding."""
    assert only(ssh_algorithms_weak, host(SSH), ssh(offer())).outcome is Outcome.PASS


def test_everything_at_once_is_one_finding(only) -> None:
    verdict = only(ssh_algorithms_weak, host(SSH), ssh(EVERYTHING))
    details = dict(verdict.details)
    assert verdict.subject == "198.51.100.2:22/tcp"
    assert details["ciphers"] == ("arcfour256", "3des-cbc", "aes128-cbc")
    assert all(details[name] for name in ("gss", "terrapin", "short_key", "dss", "sha1_only", "kex", "macs"))


def test_unseen_host_keys_and_unasked_servers_are_not_assessed(only) -> None:
    """A short key may hide behind a key exchange that could not be begun, or a server that did not answer."""
    hidden = only(ssh_algorithms_weak, host(SSH), ssh(offer(keys=(), keys_reason="it hung up")))
    unasked = only(ssh_algorithms_weak, host(SSH), ssh(left=((22, "it hung up"),)))
    assert {hidden.outcome, unasked.outcome} == {Outcome.NOT_ASSESSED}
    assert all("it hung up" in verdict.summary for verdict in (hidden, unasked))


def test_no_ssh_and_ssh_that_nobody_reaches(only) -> None:
    assert only(ssh_algorithms_weak, host(), ssh()).outcome is Outcome.NOT_APPLICABLE
    assert only(ssh_algorithms_weak, host(replace(SSH, reach=Reach.BLOCKED)), ssh(EVERYTHING)).outcome is Outcome.PASS


def test_one_host_key_that_was_not_shown_is_not_assessed(only) -> None:
    """It may be the short one; what is weak among those that were shown fails all the same."""
    reason = "asked for its rsa-sha2-512 key, it closed the connection without a word"
    verdict = only(ssh_algorithms_weak, host(SSH), ssh(offer(keys_reason=reason)))
    assert (verdict.outcome, verdict.subject) == (Outcome.NOT_ASSESSED, SSH.subject)
    assert reason in verdict.summary
    short = offer(keys=(HostKey("ssh-rsa", 1024, "SHA256:x"),), keys_reason=reason)
    assert only(ssh_algorithms_weak, host(SSH), ssh(short)).outcome is Outcome.FAIL


@pytest.mark.parametrize("changes", [{"maybe": "ssh"}, {"maybe": "*"}, {"reach": Reach.LISTENS}, {}])
def test_ssh_that_is_known_by_its_process_alone_is_not_assessed(changes, only) -> None:
    """sshd listens, and gave no answer, or was not tried, or nobody told what it offers."""
    unseen = replace(SSH, login_reason="no connection: timed out", **changes)
    verdict = only(ssh_algorithms_weak, host(unseen), ssh())
    assert (verdict.outcome, verdict.subject) == (Outcome.NOT_ASSESSED, SSH.subject)
    assert "timed out" in verdict.summary


def test_ssh_on_another_address_is_not_the_one_that_was_asked(outcomes) -> None:
    """Both are on port 22; one answered."""
    there = replace(SSH, address="198.51.100.3", reach=Reach.LISTENS)
    said = outcomes(ssh_algorithms_weak, host(SSH, there), ssh(offer()))
    assert said == {SSH.subject: Outcome.PASS, there.subject: Outcome.NOT_ASSESSED}
