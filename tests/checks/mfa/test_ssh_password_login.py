from pathlib import Path

import pytest

from checks.mfa.ssh_password_login import ssh_password_login
from posture.model.finding import System
from posture.report import markdown, remediation
from posture.sdk import Outcome, Password

FAIL, PASS, UNSURE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ({}, FAIL),
        ({"passwordauthentication": "no"}, PASS),
        ({"passwordauthentication": "no", "kbdinteractiveauthentication": "yes"}, FAIL),
        ({"passwordauthentication": "no", "kbdinteractiveauthentication": "yes", "usepam": "no"}, PASS),
        ({"passwordauthentication": "no", "challengeresponseauthentication": "yes"}, FAIL),
        ({"authenticationmethods": "publickey,password"}, PASS),
        ({"authenticationmethods": "publickey"}, PASS),
        ({"authenticationmethods": "publickey password"}, FAIL),
        ({"authenticationmethods": "publickey,password keyboard-interactive:pam"}, PASS),
        ({"authenticationmethods": "keyboard-interactive:pam", "kbdinteractiveauthentication": "yes"}, FAIL),
        ({"authenticationmethods": "password,keyboard-interactive", "kbdinteractiveauthentication": "yes"}, UNSURE),
        ({"passwordauthentication": ""}, UNSURE),
    ],
)
def test_settings_decide(options, outcome, context, server, accounts, account, only) -> None:
    """A password is enough exactly when one list of AuthenticationMethods needs nothing but a method that is on."""
    verdict = only(ssh_password_login, server(context(**options)), accounts(account()))
    assert (verdict.outcome, verdict.subject) == (outcome, "alex")


@pytest.mark.parametrize(
    ("password", "outcome"),
    [(Password.SET, FAIL), (Password.EMPTY, PASS), (Password.LOCKED, PASS), (Password.UNKNOWN, UNSURE)],
)
def test_password_must_exist(password, outcome, context, server, accounts, account, only) -> None:
    """A locked password opens nothing; one that root alone could read about is not assessed."""
    assert only(ssh_password_login, server(context()), accounts(account(password=password))).outcome is outcome


@pytest.mark.parametrize(("permit", "outcome"), [("no", PASS), ("yes", FAIL), ("", UNSURE)])
def test_an_empty_password_opens_what_sshd_lets_it_open(
    permit, outcome, context, server, accounts, account, only
) -> None:
    """With PermitEmptyPasswords no, sshd refuses the account; the evidence shows the setting."""
    empty = accounts(account(password=Password.EMPTY))
    verdict = only(ssh_password_login, server(context(permitemptypasswords=permit)), empty)
    assert verdict.outcome is outcome
    assert f"permitemptypasswords {permit}" in verdict.evidence[0].observed
    if outcome is PASS:
        assert "its password is empty and sshd refuses empty passwords" in verdict.summary


@pytest.mark.parametrize(
    ("permit", "outcome"),
    [
        ("yes", FAIL),
        ("no", PASS),
        ("prohibit-password", PASS),
        ("without-password", PASS),
        ("forced-commands-only", PASS),
    ],
)
def test_root_needs_permit_root_login(permit, outcome, context, server, accounts, root, only) -> None:
    """Root is refused passwords by every value of PermitRootLogin but yes."""
    verdict = only(ssh_password_login, server(context("root", permitrootlogin=permit)), accounts(root()))
    assert verdict.outcome is outcome


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ((("allowusers", "deploy"),), PASS),
        ((("allowusers", "deploy"), ("allowusers", "al*")), FAIL),
        ((("allowusers", "deploy"), ("allowusers", "al*@10.0.0.0/8")), FAIL),
        ((("allowusers", "alex@10.0.0.5"),), FAIL),
        ((("allowusers", "alex@*.example.com"),), PASS),
        ((("allowusers", "alex@192.0.2.0/24"),), FAIL),
        ((("allowusers", "alex@*"),), FAIL),
        ((("allowusers", "alex@10.0.0.5,0.0.0.0/0"),), FAIL),
        ((("allowusers", "alex@::/0"),), FAIL),
        ((("allowusers", "alex@*,!192.0.2.*,!2001:db8:*"),), PASS),
        ((("allowusers", "kim@*"), ("allowusers", "alex@10.*")), FAIL),
        ((("denyusers", "alex"),), PASS),
        ((("denyusers", "alex@10.0.0.1"),), FAIL),
        ((("denyusers", "alex@10.0.0.0/8"),), FAIL),
        ((("denyusers", "alex@*"),), PASS),
        ((("denyusers", "alex@0.0.0.0/0"), ("denyusers", "alex@::/0")), PASS),
        ((("denyusers", "alex@*,!203.0.113.7"),), PASS),
        ((("denyusers", "kim@*"),), FAIL),
        ((("denyusers", "Alex"),), FAIL),
        ((("allowgroups", "ssh-users"),), UNSURE),
    ],
)
def test_who_may_log_in_at_all(lines, outcome, context, server, accounts, account, only) -> None:
    """AllowUsers and DenyUsers bar accounts; groups that are not known leave the question open."""
    assert only(ssh_password_login, server(context("alex", *lines)), accounts(account())).outcome is outcome


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ((("allowgroups", "root"), ("allowgroups", "ssh-*")), FAIL),
        ((("allowgroups", "root"),), PASS),
        ((("denygroups", "guests"),), FAIL),
        ((("denygroups", "staf?"), ("allowgroups", "staff")), PASS),
    ],
)
def test_groups_decide_who_may_log_in(lines, outcome, context, server, accounts, account, only) -> None:
    """AllowGroups and DenyGroups by pattern, primary group or not; DenyGroups comes first (auth.c, allowed_user)."""
    alex = account(groups=("staff", "ssh-users"))
    assert only(ssh_password_login, server(context("alex", *lines)), accounts(alex)).outcome is outcome


def test_every_account_with_a_shell_is_judged(context, server, accounts, account, root, outcomes) -> None:
    """Also one that sshd was not asked about, or for which it failed; never one without a shell."""
    people = accounts(
        root(), account(), account(name="kim"), account(name="lee"), account(name="www-data", can_login=False)
    )
    seen = server(context("root"), context("alex"), failed=(("kim", "missing host key"),))
    assert outcomes(ssh_password_login, seen, people) == {"root": PASS, "alex": FAIL, "kim": UNSURE, "lee": UNSURE}


def test_failed_settings_tell_sshds_message(server, accounts, account, only) -> None:
    """The reason is sshd's own."""
    verdict = only(ssh_password_login, server(failed=(("alex", "line 3: bad option"),)), accounts(account()))
    assert "line 3: bad option" in verdict.summary


def test_no_ssh_server(server, accounts, account, only) -> None:
    """Without sshd nobody logs in over SSH."""
    verdict = only(ssh_password_login, server(version=""), accounts(account()))
    assert verdict.outcome is Outcome.NOT_APPLICABLE


def test_a_server_that_does_not_listen_lets_nobody_in(context, server, accounts, account, only) -> None:
    """Installed is not running; where nobody knows, it is judged."""
    silent = only(ssh_password_login, server(context(), listening=False), accounts(account()))
    assert (silent.outcome, silent.summary) == (Outcome.NOT_APPLICABLE, "No SSH server listens")
    assert only(ssh_password_login, server(context(), listening=None), accounts(account())).outcome is FAIL


@pytest.mark.parametrize("changes", [{}, {"listening": False}, {"version": ""}])
def test_servers_that_were_not_asked_are_named(changes, context, server, accounts, account, judged) -> None:
    """A second SSH server lets in whom it wants, whatever the first one says, or whether there is one."""
    contexts = () if "version" in changes else (context(passwordauthentication="no"),)
    asked = server(*contexts, others="dropbear on port 2222", **changes)
    last = judged(ssh_password_login, asked, accounts(account()))[-1]
    assert (last.outcome, last.subject) == (UNSURE, "")
    assert "dropbear on port 2222" in last.summary


def test_accounts_of_a_directory_are_told(context, server, accounts, account, outcomes, judged) -> None:
    """The host's own accounts are judged, those of LDAP or SSSD were not looked at; both gaps make one verdict."""
    mixed = (server(context(), others="a second sshd"), accounts(account(), elsewhere=("ldap",)))
    assert outcomes(ssh_password_login, *mixed) == {"alex": FAIL, "": UNSURE}
    summary = judged(ssh_password_login, *mixed)[-1].summary
    assert "a second sshd" in summary
    assert "LDAP" in summary
    nobody = judged(ssh_password_login, server(context()), accounts(elsewhere=("sss",)))
    assert [verdict.outcome for verdict in nobody] == [UNSURE]


def test_evidence_shows_the_settings(context, server, accounts, account, only) -> None:
    """A reader sees what sshd printed and what is known of the password, and no more."""
    settings, shadow = only(ssh_password_login, server(context()), accounts(account())).evidence
    assert settings.source == "sshd -T -C user=alex"
    assert "passwordauthentication yes" in settings.observed
    assert shadow.observed == "alex: password set"


@pytest.mark.parametrize("language", ["", ".de"])
def test_what_is_done_once_a_host_is_printed_once(language, context, server, accounts, account, judged) -> None:
    """All accounts of a host have one text, so that a report shows one fix and counts its time once."""
    people = accounts(account(), account(name="kim", admin=False), account(name="lee", password=Password.LOCKED))
    by_pam = context("kim", passwordauthentication="no", kbdinteractiveauthentication="yes")
    source = Path(__file__).parents[3] / f"checks/mfa/ssh_password_login{language}.md"
    text = remediation.load(source.read_text(encoding="utf-8"), source.name)
    failures = [v for v in judged(ssh_password_login, server(context(), by_pam, context("lee")), people) if v.details]
    assert [failure.subject for failure in failures] == ["alex", "kim"]
    one, other = (
        remediation.render(text, details=f.details, system=System("debian", "12"), subject=f.subject, resource="web1")
        for f in failures
    )
    assert one == other
    assert "alex, kim" in one.why_md
    assert any("Match|PasswordAuthentication" in code for code in markdown.commands(one.fix_md))
    assert "for user in alex kim; do" in markdown.commands(one.verify_md)[0]
