import subprocess
from pathlib import Path

import pytest

from checks.mfa.ssh_root_login import ssh_root_login
from posture.model.finding import System
from posture.report import markdown, remediation
from posture.sdk import Outcome, Password, Severity

FAIL, PASS, UNSURE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED
HIGH, MEDIUM = Severity.HIGH, Severity.MEDIUM


@pytest.mark.parametrize(
    ("options", "with_key", "outcome", "severity"),
    [
        ({"permitrootlogin": "yes"}, False, FAIL, HIGH),
        ({"permitrootlogin": "yes"}, True, FAIL, HIGH),
        ({"permitrootlogin": "yes", "passwordauthentication": "no"}, True, FAIL, MEDIUM),
        ({"permitrootlogin": "yes", "passwordauthentication": "no"}, False, PASS, None),
        ({"permitrootlogin": "yes", "authenticationmethods": "publickey,password"}, True, FAIL, MEDIUM),
        ({"permitrootlogin": "prohibit-password"}, True, FAIL, MEDIUM),
        ({"permitrootlogin": "without-password"}, True, FAIL, MEDIUM),
        ({"permitrootlogin": "prohibit-password"}, False, PASS, None),
        ({"permitrootlogin": "prohibit-password", "pubkeyauthentication": "no"}, True, PASS, None),
        ({"permitrootlogin": "forced-commands-only"}, True, PASS, None),
        ({"permitrootlogin": "no"}, True, PASS, None),
        ({"permitrootlogin": "perhaps"}, False, UNSURE, None),
    ],
)
def test_who_gets_in(options, with_key, outcome, severity, context, server, accounts, root, keys, key, only) -> None:
    """A password alone is high, a key that is there medium; what lets nobody in passes."""
    authorized = keys(key()) if with_key else keys()
    verdict = only(ssh_root_login, server(context("root", **options)), accounts(root()), authorized)
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


def test_setting_counts_even_if_the_password_is_not_known(context, server, accounts, root, keys, only) -> None:
    """The settings allow it: whoever sets a password tomorrow opens root. A locked one does not count."""
    open_server = server(context("root", permitrootlogin="yes"))
    unknown = only(ssh_root_login, open_server, accounts(root(password=Password.UNKNOWN)), keys())
    locked = only(ssh_root_login, open_server, accounts(root(password=Password.LOCKED)), keys())
    assert (unknown.outcome, locked.outcome) == (FAIL, PASS)


@pytest.mark.parametrize(("permit", "outcome"), [("no", PASS), ("yes", FAIL), ("", FAIL)])
def test_roots_empty_password_opens_what_sshd_lets_it_open(
    permit, outcome, context, server, accounts, root, keys, only
) -> None:
    """An empty password that sshd is known to refuse lets nobody in."""
    asked = server(context("root", permitrootlogin="yes", permitemptypasswords=permit))
    assert only(ssh_root_login, asked, accounts(root(password=Password.EMPTY)), keys()).outcome is outcome


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({"accounts_unread": ("root",)}, {}),
        ({"read": ("alex",)}, {}),
        ({"unreadable": ("/root/.ssh/authorized_keys2",)}, {}),
        ({"command": "/usr/bin/sss_ssh_authorizedkeys"}, {}),
        ({}, {"trustedusercakeys": "/etc/ssh/ca.pub"}),
    ],
)
def test_keys_that_were_not_seen_never_pass(changes, options, context, server, accounts, root, keys, only) -> None:
    """Root may log in with a key, and where keys may be that nobody saw, that is said."""
    verdict = only(ssh_root_login, server(context("root", **options)), accounts(root()), keys(**changes))
    assert verdict.outcome is UNSURE


def test_keys_of_others_and_dead_lines_do_not_count(context, server, accounts, root, keys, key, only) -> None:
    """Only a line that works opens root."""
    some = keys(key(dead="unknown option"), key(account="alex", uid=1000))
    assert only(ssh_root_login, server(context("root")), accounts(root()), some).outcome is PASS


def test_second_root_account_is_judged(context, server, accounts, root, keys, outcomes) -> None:
    """What counts is the user id, not the name; another account is judged too, a person's is not."""
    people = accounts(root(), root(name="toor"), root(name="alex", uid=1000))
    asked = server(context("root", permitrootlogin="no"), context("toor", permitrootlogin="yes"), context())
    assert outcomes(ssh_root_login, asked, people, keys()) == {"root": PASS, "toor": FAIL}


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ((("allowusers", "alex"),), PASS),
        ((("allowusers", "root@10.0.0.5"),), FAIL),
        ((("allowusers", "root@192.0.*"),), FAIL),
        ((("denyusers", "root"),), PASS),
        ((("allowgroups", "ssh"),), UNSURE),
    ],
)
def test_barred_root(lines, outcome, context, server, accounts, root, keys, only) -> None:
    """An AllowUsers without root is as good as PermitRootLogin no."""
    asked = server(context("root", *lines, permitrootlogin="yes"))
    assert only(ssh_root_login, asked, accounts(root()), keys()).outcome is outcome


def test_what_could_not_be_judged(context, server, accounts, account, root, keys, only) -> None:
    """No settings, no list with root: not assessed. No shell: nobody logs in. No sshd: no question."""
    assert only(ssh_root_login, server(failed=(("root", "boom"),)), accounts(root()), keys()).outcome is UNSURE
    assert only(ssh_root_login, server(context()), accounts(account()), keys()).outcome is UNSURE
    assert only(ssh_root_login, server(context()), accounts(root(can_login=False)), keys()).outcome is PASS
    assert only(ssh_root_login, server(version=""), accounts(root()), keys()).outcome is Outcome.NOT_APPLICABLE


# What cloud-init writes for root where another account is the one to log in to.
CLOUD = (
    ("no-port-forwarding", ""), ("no-agent-forwarding", ""), ("no-x11-forwarding", ""),
    ("command", "echo 'Please login as the user \"debian\" rather than the user \"root\".';echo;sleep 10;exit 142"),
)  # fmt: skip


def test_a_key_tied_to_a_command_is_no_login(context, server, accounts, root, keys, key, only) -> None:
    """A cloud image's root key only prints a message; beside a key without a command, that one counts."""
    asked, people = server(context("root")), accounts(root())
    tied = key(options=CLOUD)
    assert only(ssh_root_login, asked, people, keys(tied)).outcome is PASS
    assert (
        only(ssh_root_login, asked, people, keys(tied, unreadable=("/root/.ssh/authorized_keys2",))).outcome is UNSURE
    )
    both = only(ssh_root_login, asked, people, keys(tied, key(line=9, fingerprint="SHA256:free")))
    assert both.outcome is FAIL
    assert "SHA256:free" in both.evidence[-1].observed
    assert tied.fingerprint not in both.evidence[-1].observed


@pytest.fixture
def fix(context, server, accounts, root, keys, key, only) -> list[str]:
    """The commands of the Fix for a root that logs in with a key."""
    source = (Path(__file__).parents[3] / "checks/mfa/ssh_root_login.md").read_text(encoding="utf-8")
    failure = only(ssh_root_login, server(context("root")), accounts(root()), keys(key()))
    done = remediation.render(
        remediation.load(source, "ssh_root_login.md"), details=failure.details,
        system=System("debian", "12", "", "systemd"), subject="root", resource="web1",
    )  # fmt: skip
    return markdown.commands(done.fix_md)


def test_the_new_account_gets_no_key_tied_to_a_command(fix, tmp_path) -> None:
    """Else the first login as the new account would run that command instead, and root would be closed behind it."""
    (copy,) = [line for code in fix for line in code.splitlines() if line.startswith("grep -v")]
    (tmp_path / "root").write_text(
        "no-pty,command=\"echo 'Please login as the user'\" ssh-rsa AAAA cloud\nssh-ed25519 BBBB jo\n"
    )
    copy = copy.replace("/root/.ssh/authorized_keys", "root").replace("/home/alex/.ssh/authorized_keys", "alex")
    subprocess.run(["sh", "-c", copy], cwd=tmp_path, check=True)
    assert (tmp_path / "alex").read_text() == "ssh-ed25519 BBBB jo\n"


def test_match_blocks_that_overrule_the_fix_are_shown(fix, tmp_path) -> None:
    """A setting in a Match block counts whatever the file that is read first says."""
    (look,) = [code for code in fix if "Match|" in code]
    (tmp_path / "sshd_config").write_text("Port 22\nMatch Address 10.0.0.0/8\n  PermitRootLogin yes\n# Match nothing\n")
    (tmp_path / "sshd_config.d").mkdir()
    code = look.replace("/etc/ssh/", f"{tmp_path}/").replace("sudo ", "")
    shown = subprocess.run(["sh", "-c", code], check=True, capture_output=True, text=True).stdout.splitlines()
    assert [line.partition(":")[2] for line in shown] == ["2:Match Address 10.0.0.0/8", "3:  PermitRootLogin yes"]


def test_what_was_not_looked_at_is_told(context, server, accounts, root, keys, outcomes, only) -> None:
    """Accounts of a directory and servers that were not asked are told beside the verdict on root."""
    seen = (server(context("root"), others="dropbear on port 2222"), accounts(root(), elsewhere=("sss",)), keys())
    assert outcomes(ssh_root_login, *seen) == {"root": PASS, "": UNSURE}
    silent = only(ssh_root_login, server(context("root"), listening=False), accounts(root()), keys())
    assert silent.outcome is Outcome.NOT_APPLICABLE
