from dataclasses import replace

import pytest
from typical_ssh import CA, KEY, OWN, accounts, authorities, context, keys, server, with_options

from checks.keys.certificate_authority_unbounded import certificate_authority_unbounded
from posture.sdk import Outcome, Principals, Severity

FAIL, PASS, UNSURE, NONE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED, Outcome.NOT_APPLICABLE
TRUSTING = {"trustedusercakeys": CA.path}


def judged(facts, *contexts, by=None, **changes):
    found = certificate_authority_unbounded.judge(
        facts, accounts(), server(*contexts, **changes), by or authorities(revoked="/etc/ssh/revoked")
    )
    return {verdict.subject: verdict for verdict in found}


@pytest.mark.parametrize(
    ("key", "severity"),
    [
        (with_options(KEY, "cert-authority"), Severity.MEDIUM),
        (with_options(OWN, "cert-authority"), Severity.LOW),
        (with_options(KEY, "cert-authority", "from=192.0.2.1"), Severity.MEDIUM),
        (with_options(KEY, "cert-authority", "principals=admins"), None),
    ],
)
def test_an_authority_in_a_line_needs_names(key, severity) -> None:
    """Without principals= each certificate with the account's name opens it."""
    verdict = judged(keys(key))[f"{key.account} {key.fingerprint}"]
    assert (verdict.outcome, verdict.severity) == ((FAIL, severity) if severity else (PASS, None))


def test_an_authority_that_opens_nothing_passes() -> None:
    """sshd refuses root anyway."""
    verdict = judged(keys(with_options(KEY, "cert-authority")), context(permitrootlogin="no"))[
        f"root {KEY.fingerprint}"
    ]
    assert verdict.outcome is PASS
    assert "PermitRootLogin is no" in verdict.summary


@pytest.mark.parametrize(
    ("settings", "outcome"),
    [
        (TRUSTING, FAIL),
        ({**TRUSTING, "permitrootlogin": "no"}, PASS),
        ({**TRUSTING, "pubkeyauthentication": "no"}, PASS),
        ({**TRUSTING, "authorizedprincipalsfile": "/etc/ssh/principals/%u"}, PASS),
        ({**TRUSTING, "authorizedprincipalscommand": "/usr/bin/p"}, UNSURE),
        ({**TRUSTING, "allowgroups": "admins"}, UNSURE),
        ({}, PASS),  # trusted for other accounts only
    ],
)
def test_a_certificate_that_names_root(settings, outcome) -> None:
    """It opens root where no list of names stands before it, and sshd lets root in by key."""
    by = authorities(CA, revoked="/etc/ssh/revoked")
    assert judged(keys(), context(**settings), by=by)["TrustedUserCAKeys root"].outcome is outcome


def test_names_that_were_read_bound_the_authority() -> None:
    """The list of root's names exists and was read."""
    listed = replace(authorities(CA), principals=(Principals("root", "/etc/ssh/principals/root", (("ops", ""),)),))
    assert judged(keys(), context(**TRUSTING), by=listed)["TrustedUserCAKeys root"].outcome is PASS


def test_no_list_of_revoked_keys_is_low() -> None:
    """Only where an authority is trusted at all."""
    verdict = judged(keys(), context(**TRUSTING), by=authorities(CA))["RevokedKeys"]
    assert (verdict.outcome, verdict.severity) == (FAIL, Severity.LOW)
    assert judged(keys(KEY))[""].outcome is NONE


def test_certificates_for_one_command_need_no_list() -> None:
    """What posture's own setup installs is no finding; the same without the command, or for any name, is."""
    tied = {**TRUSTING, "forcecommand": "/usr/local/sbin/x", "authorizedprincipalsfile": "/etc/ssh/x.principals"}
    closed = context(user="root")
    assert judged(keys(), closed, context(**tied), by=authorities(CA))["RevokedKeys"].outcome is PASS
    for name in ("forcecommand", "authorizedprincipalsfile"):
        loose = context(**{**tied, name: "none"})
        assert judged(keys(), closed, loose, by=authorities(CA))["RevokedKeys"].outcome is FAIL


@pytest.mark.parametrize(
    ("kind", "bits", "fails"), [("ssh-rsa", 1024, True), ("ssh-rsa", 3072, False), ("ssh-dss", 1024, True)]
)
def test_a_weak_authority_is_high(kind, bits, fails) -> None:
    """Whoever computes its key lets himself in everywhere."""
    found = judged(keys(), by=authorities(replace(CA, type=kind, bits=bits)))
    verdict = found.get(f"{CA.path} {CA.fingerprint}")
    assert (verdict is not None and verdict.severity is Severity.HIGH) is fails


def test_what_could_not_be_read_never_passes() -> None:
    """A file of authorities, and the settings of an account."""
    assert judged(keys(), by=authorities(unreadable=("/etc/ssh/ca.pub",)))[""].outcome is UNSURE
    assert judged(keys(), context("alex"), by=authorities(CA))["TrustedUserCAKeys root"].outcome is UNSURE


def test_an_authority_may_come_from_a_program() -> None:
    """A cert-authority line is among what AuthorizedKeysCommand may print: that there is none is not known."""
    assert judged(keys(command="/usr/bin/keys"), context("root"))[""].outcome is UNSURE
