from dataclasses import replace

import pytest
from typical_admin import LOG, ROOT, RULE, RULES, TOOR, with_rule
from typical_pam import DEBIAN, GOOGLE, stack

from checks.keys.root_programs import root_shell
from checks.keys.second_root import second_root
from checks.keys.ssh_guessing import ssh_guessing
from checks.keys.sudo_without_password import sudo_without_password
from posture.sdk import Outcome, Password, Severity, Unavailable

UNREAD = Unavailable("the log needs root")
FAIL, PASS, UNSURE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED


@pytest.mark.parametrize(
    ("log", "guards", "outcome", "severity"),
    [
        (LOG, (), FAIL, Severity.HIGH),
        (replace(LOG, failing_addresses=99), (), FAIL, None),
        (LOG, ("fail2ban",), PASS, None),
        (LOG, None, UNSURE, None),
        (UNREAD, (), FAIL, None),
        (UNREAD, ("fail2ban",), PASS, None),
        (UNREAD, None, UNSURE, None),
    ],
)
def test_who_guesses_must_be_shut_out(log, guards, outcome, severity, context, server, accounts, account, only) -> None:
    """Passwords that open an account and nobody who watches: the log tells how grave it is, where there is one."""
    verdict = only(ssh_guessing, server(context(), guards=guards), accounts(account()), log)
    assert (verdict.outcome, verdict.severity) == (outcome, severity)
    assert not (log is UNREAD and "attempts" in verdict.summary), "no log, no number of attempts"


@pytest.mark.parametrize(("version", "outcome"), [("OpenSSH_9.8p1", PASS), ("OpenSSH_9.7p1", UNSURE), ("", UNSURE)])
def test_new_servers_punish_by_themselves(version, outcome, context, server, accounts, account, only) -> None:
    """OpenSSH 9.8 shuts out who fails, unless told otherwise, which its settings say."""
    asked = server(context(), version=version, guards=None)
    assert only(ssh_guessing, asked, accounts(account()), UNREAD).outcome is outcome
    off = server(context(persourcepenalties="no"), version=version, guards=None)
    assert only(ssh_guessing, off, accounts(account()), LOG).outcome is UNSURE


def test_guessing_leads_nowhere_without_passwords(context, server, accounts, account, only) -> None:
    """Thousands of attempts on a server that takes keys only are noise."""
    asked = server(context(passwordauthentication="no"))
    assert only(ssh_guessing, asked, accounts(account()), LOG).outcome is PASS


def test_what_is_not_known_of_passwords_is_not_called_safe(context, server, accounts, account, only) -> None:
    """Without /etc/shadow nobody knows whether there is a password to guess."""
    unread = replace(account(), password=Password.UNKNOWN)
    asked = server(replace(context(), user=unread.name))
    assert only(ssh_guessing, asked, accounts(unread, shadow_read=False), LOG).outcome is UNSURE


def test_a_code_that_pam_demands_cannot_be_guessed(context, server, accounts, account, only) -> None:
    """Where every way through PAM asks for a code, a guessed password opens nothing; without the code it does."""
    asked = server(context(usepam="yes", kbdinteractiveauthentication="yes", passwordauthentication="no"))
    with_code = stack(f"{GOOGLE}\nauth required pam_unix.so\n", enrolled={account().name: True})
    assert only(ssh_guessing, asked, accounts(account()), LOG, with_code).outcome is PASS
    assert only(ssh_guessing, asked, accounts(account()), LOG, stack(DEBIAN)).outcome is FAIL


def test_passwords_for_the_office_only_are_not_the_internets_to_guess(context, server, accounts, account, only) -> None:
    """What a Match block allows chosen addresses is judged by mfa.ssh-password-login."""
    office = replace(context(), origin="10.0.0.0/8", address="10.0.0.1")
    asked = server(context(passwordauthentication="no"), office)
    assert only(ssh_guessing, asked, accounts(account()), LOG).outcome is PASS


@pytest.mark.parametrize(
    ("twin", "severity"),
    [
        (TOOR, None),
        (replace(TOOR, password=Password.UNKNOWN), None),
        (replace(TOOR, password=Password.LOCKED), None),
        (replace(TOOR, can_login=False), Severity.MEDIUM),
    ],
)
def test_root_under_another_name(twin, severity, accounts, only) -> None:
    """A second account with user id 0 is root; a key opens it without a password, and nothing where no shell starts."""
    verdict = only(second_root, accounts(ROOT, twin))
    assert (verdict.outcome, verdict.severity, verdict.subject) == (FAIL, severity, "toor")


def test_one_root_passes_where_the_whole_list_was_seen(accounts, account, only) -> None:
    """One root is as it should be; a directory may have another, and a list without root is not whole."""
    assert only(second_root, accounts(ROOT, account())).outcome is PASS
    assert only(second_root, accounts(ROOT, elsewhere=("ldap",))).outcome is UNSURE
    assert only(second_root, accounts(account())).outcome is UNSURE


@pytest.mark.parametrize(
    ("changes", "outcome", "severity"),
    [
        ({}, FAIL, None),
        ({"password": True}, PASS, None),
        ({"as_user": "ALL"}, FAIL, None),
        ({"as_user": "postgres"}, PASS, None),
        ({"who": "ALL", "accounts": ()}, FAIL, Severity.HIGH),
        ({"who": "%wheel", "accounts": ()}, PASS, None),
        ({"who": "root", "accounts": ("root",)}, PASS, None),
        ({"commands": ("/usr/bin/systemctl restart app",)}, PASS, None),
        ({"commands": ("/usr/bin/vim",)}, FAIL, None),
        ({"commands": ("/usr/bin/find", "/usr/bin/id")}, FAIL, None),
        ({"commands": ("!/usr/bin/bash", "/usr/bin/id")}, PASS, None),
    ],
)
def test_what_opens_root_without_a_password(changes, outcome, severity, accounts, account, only) -> None:
    """Everything, or a program that is as good as a shell; a rule for one job, with a password or for nobody passes."""
    verdict = only(sudo_without_password, with_rule(**changes), accounts(account()))
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


@pytest.mark.parametrize(
    "command",
    [
        "/usr/bin/", "/usr/bin/*", "/usr/bin/python3*", "/usr/bin/python3.1?", "^/usr/bin/.*$", "/bin/*sh",
        "/usr/bin/python3.11", "/usr/bin/php8.2", "/usr/bin/gcc-12", "/usr/bin/sed", "/usr/sbin/usermod",
        "/usr/bin/passwd", '/usr/bin/passwd ""', "/usr/bin/passwd root", "/usr/bin/systemctl", "/usr/bin/journalctl",
        "/usr/bin/curl", "/usr/bin/install", "/usr/bin/ln", "sudoedit /etc/sudoers", "sudoedit", "sudoedit /*",
        "/usr/bin/systemctl restart *", "/usr/bin/systemctl …*", "/usr/bin/docker run …*", "/usr/bin/tar -c -f …*",
        "/usr/bin/vim /srv/app/x.conf", '/usr/bin/less ""', "/usr/bin/less /var/log/syslog", "/bin/bash -c …",
        "/bin/bash /srv/app/deploy.sh", "/bin/bash /opt/scripts/*", "/bin/bash /opt/../tmp/x", '/bin/sh ""',
        "/usr/bin/php /srv/app/artisan", "/usr/bin/tee -a …", "/usr/bin/tee /etc/hosts", "/usr/bin/su", "/bin/su …",
        "/bin/su - root", "vim", "/usr/bin/crontab -e", "/usr/sbin/chpasswd",
    ],
)  # fmt: skip
def test_as_good_as_a_root_shell(command) -> None:
    """By the program's name, whatever its version, and by arguments that whoever calls it may choose."""
    assert root_shell(command)


@pytest.mark.parametrize(
    "command",
    [
        "/usr/bin/apt-get update", "/usr/bin/docker ps", "/usr/bin/dpkg -l", "/usr/bin/git -C … pull",
        "/usr/bin/chown www-data /srv/x", "/usr/bin/systemctl restart app", "/usr/bin/passwd deploy",
        "/usr/bin/tar -c -f … /srv", '/usr/bin/docker ""', "/usr/local/bin/backup", "/usr/local/bin/backup *",
        "/usr/local/bin/backup-*", "!/usr/bin/bash", "!/usr/bin/", "sudoedit /srv/app/x.conf", "sudoedit /srv/*/x.conf",
        "/bin/bash /usr/local/sbin/deploy.sh", "/usr/bin/python3 /opt/backup/run.py …*", "/usr/bin/su … postgres",
        "/usr/bin/su postgres", "/usr/bin/tee /sys/power/state", "/usr/sbin/visudo -c", "^/usr/bin/(id|who)$", "reboot",
        "ALL", "",
    ],
)  # fmt: skip
def test_one_thing_only(command) -> None:
    """Fixed arguments, shown or left out; a script where only root puts some; what is taken out of a rule."""
    assert not root_shell(command)


@pytest.mark.parametrize(
    ("rule", "passwords", "severity"),
    [
        ({}, {"deploy": Password.LOCKED}, Severity.LOW),
        ({}, {"deploy": Password.SET}, None),
        ({}, {"deploy": Password.UNKNOWN}, None),
        ({}, {}, None),
        ({"accounts": ("deploy", "anna", "root")}, {"deploy": Password.LOCKED, "anna": Password.LOCKED}, Severity.LOW),
        ({"accounts": ("deploy", "anna")}, {"deploy": Password.LOCKED, "anna": Password.SET}, None),
        ({"who": "ALL"}, {"deploy": Password.LOCKED}, Severity.HIGH),
    ],
)
def test_who_has_no_password_cannot_be_asked_for_one(rule, passwords, severity, accounts, only) -> None:
    """As cloud images are made; the fix makes sure that a new password cannot be guessed over SSH."""
    known = [replace(ROOT, name=name, uid=1000, password=password) for name, password in passwords.items()]
    verdict = only(sudo_without_password, with_rule(**rule), accounts(ROOT, *known))
    assert (verdict.outcome, verdict.severity) == (FAIL, severity)
    assert dict(verdict.details)["locked"] is (
        Password.LOCKED in passwords.values() and len(set(passwords.values())) == 1
    )


@pytest.mark.parametrize("gap", [{"unreadable": ("/etc/sudoers.d/x",)}, {"unknown": ("/etc/sudoers:7",)}])
def test_rules_not_read_are_no_pass(gap, accounts, account, only, outcomes) -> None:
    """A file that could not be read may hold the rule in question; what was found stands."""
    quiet = replace(RULES, rules=(replace(RULE, password=True),), **gap)
    assert only(sudo_without_password, quiet, accounts(account())).outcome is UNSURE
    found = outcomes(sudo_without_password, replace(RULES, **gap), accounts(account()))
    assert sorted(found.values()) == [FAIL, UNSURE]


def test_no_sudo(accounts, account, only) -> None:
    """Where there is neither sudo nor doas, nobody becomes root by them."""
    none = replace(RULES, rules=(), installed=False)
    assert only(sudo_without_password, none, accounts(account())).outcome is Outcome.NOT_APPLICABLE
