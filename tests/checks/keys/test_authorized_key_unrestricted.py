from dataclasses import replace

import pytest
from typical_ssh import (
    ALEX,
    KEY,
    LOOSE,
    MANY,
    NO_LOG,
    OWN,
    PUBLIC,
    ROOT,
    USE,
    accounts,
    context,
    keys,
    log,
    server,
    with_options,
)

from checks.keys.authorized_key_unrestricted import authorized_key_unrestricted
from posture.sdk import Outcome, Severity

FAIL, PASS, UNSURE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED
SUBJECT = f"root {KEY.fingerprint}"


def judged(facts, ssh=None, seen=NO_LOG, of=None):
    return {
        verdict.subject: verdict
        for verdict in authorized_key_unrestricted.judge(facts, of or accounts(), ssh or server(), seen)
    }


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ((), FAIL),
        (("no-pty",), FAIL),
        (("environment=A=b",), FAIL),
        (("from=*",), FAIL),
        (("from=0.0.0.0/0,::/0",), FAIL),
        (("from=!192.0.2.77,*",), FAIL),
        (("from=192.0.2.77",), PASS),
        (("command=/usr/bin/rsync",), PASS),
        (("restrict",), PASS),
        (("cert-authority",), Outcome.NOT_APPLICABLE),
    ],
)
def test_options_decide(options, outcome, only) -> None:
    """One of from, command and restrict is enough; a from= that all addresses match is none."""
    verdict = only(authorized_key_unrestricted, keys(with_options(KEY, *options)), accounts(), server(), NO_LOG)
    assert verdict.outcome is outcome


def test_a_pass_is_a_sentence() -> None:
    """One key or several: what passes is said in whole words."""
    tied = with_options(KEY, "restrict")
    assert judged(keys(tied))[""].summary == "No authorized key opens a full shell from anywhere (1 key)"
    assert (
        judged(keys(tied, replace(tied, line=4)))[""].summary
        == "No authorized key opens a full shell from anywhere (2 keys)"
    )


def test_subject_is_account_and_key() -> None:
    """The finding stays the same when the line moves or its comment changes."""
    assert set(judged(keys(KEY))) == set(judged(keys(replace(KEY, line=7, comment="new laptop")))) == {SUBJECT}


@pytest.mark.parametrize(
    ("key", "of", "severity"),
    [
        (KEY, accounts(), Severity.MEDIUM),
        (OWN, accounts(replace(ALEX, admin=True)), Severity.MEDIUM),
        (OWN, accounts(), Severity.LOW),
    ],
)
def test_the_account_weighs(key, of, severity) -> None:
    """An administrator's key is worth more to a thief than anybody else's."""
    (verdict,) = judged(keys(key), of=of).values()
    assert (verdict.outcome, verdict.severity) == (FAIL, severity)


def test_accounts_without_a_session_and_dead_lines_open_no_shell(only) -> None:
    """Neither is a finding here."""
    some = keys(replace(OWN, can_login=False), replace(KEY, dead="expired"))
    assert only(authorized_key_unrestricted, some, accounts(), server(), NO_LOG).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ({"pubkeyauthentication": "no"}, "PubkeyAuthentication is no"),
        ({"authenticationmethods": "publickey,password"}, "asks for more than a key"),
        ({"authenticationmethods": "publickey,publickey"}, "asks for more than a key"),
        ({"permitrootlogin": "no"}, "PermitRootLogin is no"),
        ({"permitrootlogin": "forced-commands-only"}, "forced-commands-only"),
        ({"allowusers": "alex"}, "AllowUsers does not name it"),
        ({"allowusers": "root@10.*"}, "AllowUsers does not name it from there"),
        ({"denyusers": "root"}, "DenyUsers names it"),
        ({"forcecommand": "/usr/bin/menu --all"}, "ForceCommand runs /usr/bin/menu"),
        ({"pubkeyacceptedalgorithms": "sk-ssh-ed25519@openssh.com,rsa-sha2-512"}, "none for ssh-ed25519 keys"),
    ],
)
def test_what_sshd_forbids_is_no_finding(way, reason) -> None:
    """The same line opens nothing where the effective settings say so, and the pass says why."""
    found = judged(keys(KEY), server(context(**way)))
    assert found[SUBJECT].outcome is PASS
    assert reason in found[SUBJECT].summary
    assert len(found[SUBJECT].evidence) == 2


@pytest.mark.parametrize("methods", ["any", "publickey", "publickey,password publickey"])
def test_a_key_that_suffices_alone_fails(methods) -> None:
    """One alternative of AuthenticationMethods that asks for nothing but the key is enough."""
    assert judged(keys(KEY), server(context(authenticationmethods=methods)))[SUBJECT].outcome is FAIL


def test_a_match_block_that_opens_inside_only_passes_with_the_addresses() -> None:
    """PermitRootLogin no, and yes for the office: the key works from there alone."""
    inside = context(origin="10.0.0.0/8", permitrootlogin="yes")
    verdict = judged(keys(KEY), server(context(permitrootlogin="no"), inside))[SUBJECT]
    assert verdict.outcome is PASS
    assert verdict.summary.endswith("PermitRootLogin is no; it does from 10.0.0.0/8")


def test_one_open_port_is_enough() -> None:
    """A second port from the internet with other settings makes the pass of the first one worthless."""
    other = replace(context(permitrootlogin="yes"), port=2222)
    verdict = judged(keys(KEY), server(context(permitrootlogin="no"), other))[SUBJECT]
    assert verdict.outcome is FAIL
    assert [one.source for one in verdict.evidence][1:] == ["sshd -T -C user=root, from internet to port 2222"]


@pytest.mark.parametrize(
    "ssh",
    [
        server(context("alex")),
        server(context("alex"), failed=(("root", "no such user"),)),
        server(context(allowgroups="admins")),
    ],
)
def test_settings_that_are_not_known_never_decide(ssh) -> None:
    """sshd was not asked, failed, or decides by groups that were not read: not assessed, neither pass nor fail."""
    assert judged(keys(KEY), ssh)[SUBJECT].outcome is UNSURE


@pytest.mark.parametrize(("groups", "outcome"), [(("root",), FAIL), (("root", "guests"), PASS), (("wheel",), PASS)])
def test_groups_that_are_known_decide(groups, outcome) -> None:
    """A key of an account that its groups keep out opens nothing."""
    of = accounts(replace(ROOT, groups=groups), ALEX)
    ssh = server(context(allowgroups="root", denygroups="guests"))
    assert judged(keys(KEY), ssh, of=of)[SUBJECT].outcome is outcome


@pytest.mark.parametrize(
    ("path", "strict", "outcome"),
    [(KEY.path, "yes", PASS), (KEY.path, "no", FAIL), ("/etc/keys/root", "yes", FAIL)],
)
def test_a_file_that_strict_modes_ignores_opens_nothing(path, strict, outcome) -> None:
    """The same account's other files count all the same; who can change the file is told by another check."""
    loose = replace(LOOSE, account="root", keys_file=path, path="/root")
    verdict = judged(keys(KEY, loose=(loose,)), server(context(strictmodes=strict)))[SUBJECT]
    assert (verdict.outcome, "others can change /root" in verdict.summary) == (outcome, outcome is PASS)


@pytest.mark.parametrize(
    ("disabled", "pam", "outcome"), [(True, "no", PASS), (True, "yes", FAIL), (False, "no", FAIL), (None, "no", FAIL)]
)
def test_a_locked_account_is_closed_to_keys_without_pam(disabled, pam, outcome) -> None:
    """With PAM the lock is only the password's."""
    of = accounts(replace(ROOT, disabled=disabled), ALEX)
    assert judged(keys(KEY), server(context(usepam=pam)), of=of)[SUBJECT].outcome is outcome


def test_the_line_to_install_has_the_addresses_really_seen() -> None:
    """From the log of this account and key; what is no address never gets into a line."""
    odd = replace(USE, addresses=("203.0.113.10", 'x",command="y', "fe80::1%eth0", "2001:db8:5::7"))
    details = dict(
        judged(keys(KEY), seen=log(odd, replace(USE, account="alex", addresses=("192.0.2.5",))))[SUBJECT].details
    )
    assert details["new_line"] == f'restrict,pty,from="203.0.113.10,2001:db8:5::7" ssh-ed25519 {PUBLIC} jo@laptop'
    assert details["known"] is True


def test_options_that_are_there_stay_in_the_line() -> None:
    """They stand behind the new ones; a value that is hidden here makes the line unknown, not wrong."""
    own = with_options(KEY, "no-pty", "permitopen=[::1]:80")
    new = dict(judged(keys(own), seen=log(USE))[SUBJECT].details)["new_line"]
    assert ',no-pty,permitopen="[::1]:80" ssh-ed25519 ' in new
    hidden = with_options(KEY, "environment=A=…")
    assert dict(judged(keys(hidden), seen=log(USE))[SUBJECT].details)["new_line"] == ""


def test_who_comes_from_everywhere_gets_no_list() -> None:
    """More addresses than the log keeps are no fixed ones: a line with some of them would lock the owner out."""
    details = dict(judged(keys(KEY), seen=log(MANY))[SUBJECT].details)
    assert (details["changing"], details["known"], details["new_line"]) == (True, False, "")


@pytest.mark.parametrize(
    "changes",
    [{"accounts_unread": ("root",)}, {"unreadable": ("/root/.ssh/authorized_keys",)}, {"command": "/usr/bin/k"}],
)
def test_unseen_keys_never_pass(changes) -> None:
    """What was not looked at is told, beside what was found."""
    assert judged(keys(**changes))[""].outcome is UNSURE
    assert {verdict.outcome for verdict in judged(keys(KEY, **changes)).values()} == {FAIL, UNSURE}


def test_accounts_and_ways_that_were_not_asked_are_told() -> None:
    """Accounts of a directory, a second server, ways beyond the limit: no pass speaks for them."""
    tied = keys(with_options(KEY, "restrict"))
    assert judged(tied, of=accounts(elsewhere=("sss",)))[""].outcome is UNSURE
    assert judged(tied, server(others="dropbear on port 2222"))[""].outcome is UNSURE
    assert judged(tied, server(unasked="300 more ways in"))[""].outcome is UNSURE


def test_without_a_listening_server_nothing_opens(only) -> None:
    """A server that is installed and does not listen."""
    verdict = only(authorized_key_unrestricted, keys(KEY), accounts(), server(listening=False), NO_LOG)
    assert verdict.outcome is Outcome.NOT_APPLICABLE
