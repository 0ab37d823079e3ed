"""Who may become whom: sudoers(5) by cvtsudoers and by our own reader, doas.conf(5)."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime

import pytest

from posture.collect.host.doas import from_doas
from posture.collect.host.sections import Section
from posture.collect.host.sudo import sudo_rules
from posture.collect.host.sudo_policy import shown
from posture.collect.host.sudoers_json import from_json
from posture.facts.accounts import Account, Password
from posture.facts.sudo import SudoRules
from posture.facts.unavailable import Unavailable

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SUDOERS = """\
# the provider's
Defaults env_reset
Defaults:bert !authenticate
User_Alias OPS = anna, %ops, !carl
Cmnd_Alias SVC = /usr/bin/systemctl restart nginx, \\
  /usr/bin/mysql -psecretword
Runas_Alias WWW = www-data, deploy
root ALL=(ALL:ALL) ALL
%sudo ALL=(ALL) NOPASSWD: ALL # everybody there
OPS ALL=(WWW) NOPASSWD: SVC, PASSWD: /bin/ls ""
#1000 elsewhere=(root) ALL
dora 192.0.2.0/24=(root) ALL
bert ALL=/usr/bin/vim
@includedir /etc/sudoers.d
"""
SKIPPED = "mallory ALL=(ALL) NOPASSWD: ALL\n"


@pytest.fixture
def customer(machine):
    """A machine with rules for accounts and groups, and nothing else looked at."""
    for number, name in enumerate(("anna", "bert", "carl", "dora"), 1000):
        machine.passwd.append(f"{name}:x:{number}:{27 if name == 'dora' else number}::/home/{name}:/bin/sh")
    machine.group += ["sudo:x:27:anna", "ops:x:50:carl,bert"]
    machine.only = ("system", "accounts", "sudo")
    machine.write("sudoers", SUDOERS, 0o440)
    machine.write("sudoers.d/deploy", "Defaults !authenticate\ncarl ALL=(root) /usr/bin/rsync --password-file=/x\n")
    machine.write("sudoers.d/old.bak", SKIPPED)
    machine.before = (
        "touch /etc/sudoers; mount --bind $0/sudoers /etc/sudoers\nmount --bind $0/sudoers.d /etc/sudoers.d\n"
    )
    if not shutil.which("sudo"):
        pytest.skip("needs sudo")
    return machine


@pytest.mark.parametrize("reader", ["cvtsudoers", "text"])
def test_rules_are_told_with_aliases_resolved(customer, reader):
    """By the system's own program where there is one, else by ours: the same rules; those of other hosts are none."""
    if reader == "text":
        customer.before += "mount --bind /dev/null $(command -v cvtsudoers)\n"
    elif not shutil.which("cvtsudoers"):
        pytest.skip("needs cvtsudoers")
    output = customer.output()
    rules = customer.collect()[SudoRules]
    assert b"mallory" not in output
    assert rules.installed
    assert rules.unreadable == ()
    found = {(rule.who, rule.accounts, rule.as_user, rule.commands) for rule in rules.rules}
    service = ("/usr/bin/systemctl restart nginx", "/usr/bin/mysql …")
    split = {
        (who, of, user, service)
        for who, of in (("anna", ("anna",)), ("%ops", ("bert",)))
        for user in ("www-data", "deploy")
    }
    assert found >= split | {
        ("root", ("root",), "ALL", ("ALL",)),
        ("%sudo", ("anna", "dora"), "ALL", ("ALL",)),
        ("anna", ("anna",), "deploy", ('/bin/ls ""',)),
        ("bert", ("bert",), "root", ("/usr/bin/vim",)),
        ("carl", ("carl",), "root", ("/usr/bin/rsync --password-file=…",)),
    }
    assert "#1000" not in {rule.who for rule in rules.rules}, "a rule of another host"
    assert rules.unknown == ("a rule for the hosts 192.0.2.0/24",)
    assert {rule.who for rule in rules.rules if rule.everything and not rule.password} == {"root", "%sudo"}
    assert all(rule.password for rule in rules.rules if rule.commands == ('/bin/ls ""',)), "PASSWD: stands on it"
    assert not any("secretword" in command for rule in rules.rules for command in rule.commands)


def test_without_root_the_rules_are_unknown(customer):
    found = customer.collect("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")[SudoRules]
    assert isinstance(found, Unavailable)
    assert "run as root" in found.reason


def test_a_machine_without_sudo_has_no_rules(machine):
    machine.only = ("system", "accounts", "sudo")
    machine.before = (
        "for file in /etc/sudoers /etc/doas.conf; do [ ! -e $file ] || mount --bind /nonexistent $file || true; done\n"
    )
    found = sudo_rules(Section(b"H\thost\tweb1\nZ\n", 0, False), (), NOW)
    assert isinstance(found, SudoRules)
    assert not found.installed
    assert found.rules == ()


def test_text_that_is_not_understood_is_named_not_dropped():
    body = (
        "H\tsudo\tyes\nF\t/etc/sudoers\nL\t1:anna ALL=(root) CWD=/x ALL\nL\t2:a b c d\nL\t3:+admins ALL=ALL\n"
        "L\t4:kim web1=/bin/ls : web2=/bin/cat\nZ\n"
    )
    found = sudo_rules(Section(body.encode(), 0, False), (), NOW)
    assert isinstance(found, SudoRules)
    assert [rule.who for rule in found.rules] == ["+admins"]
    assert found.unknown == tuple(f"line {number} of /etc/sudoers" for number in (1, 2, 4))


def test_doas_rules():
    """With nopass, for groups, for one command; a later deny takes the rule out."""
    lines = [
        "permit nopass keepenv :wheel",
        "permit persist setenv { FOO=bar -X } anna as www-data cmd /bin/ls args -l",
        "permit bert",
        "deny bert",
        "allow all",
        "# a comment",
    ]
    policy = from_doas(("/etc/doas.conf", number, line) for number, line in enumerate(lines, 1))
    told = [(rule.users[0][0], rule.as_users, rule.commands, rule.password, rule.line) for rule in policy.rules]
    assert told == [
        ("%wheel", ("ALL",), ("ALL",), False, 1),
        ("anna", ("www-data",), ("/bin/ls -l",), True, 2),
    ]
    assert policy.unknown == ["line 5 of /etc/doas.conf"]


def test_an_account_free_of_passwords_is_told():
    """Defaults:bert !authenticate holds for rules that say nothing of passwords."""
    told = {
        "Defaults": [{"Binding": [{"username": "bert"}], "Options": [{"authenticate": False}]}],
        "User_Specs": [
            {
                "User_List": [{"username": who}],
                "Host_List": [{"hostname": "ALL"}],
                "Cmnd_Specs": [{"Commands": [{"command": "ALL"}]}],
            }
            for who in ("anna", "bert")
        ],
    }
    body = "H\tsudo\tyes\n" + "".join(f"J\t{line}\n" for line in json.dumps(told, indent=1).splitlines()) + "Z\n"
    people = [
        Account(n, 1, "/bin/sh", "/", can_login=True, admin=False, password=Password.SET) for n in ("anna", "bert")
    ]
    found = sudo_rules(Section(body.encode(), 0, False), people, NOW)
    assert isinstance(found, SudoRules)
    assert {rule.who: rule.password for rule in found.rules} == {"anna": True, "bert": False}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/usr/bin/curl -u admin:hunter2 https://x", "/usr/bin/curl -u … …"),
        ("/bin/x --token abcdef", "/bin/x --token …"),
        ("/usr/bin/mysql -p hunter", "/usr/bin/mysql -p …"),
        ("/usr/bin/mysql -phunter", "/usr/bin/mysql …"),
        ("/usr/bin/x password hunter", "/usr/bin/x password …"),
        ("/bin/x PGPASSWORD=abc", "/bin/x PGPASSWORD=…"),
        ("/usr/bin/mysql -p*", "/usr/bin/mysql …*"),
        ("/usr/bin/x --token [a-z]?", "/usr/bin/x --token …*"),
        (r"/usr/bin/x ^--key=.*$", "/usr/bin/x …*"),
        (r"/usr/bin/x ^--key=[0-9]{4}$", "/usr/bin/x …"),
        (r"/usr/bin/x ^[a-z/]+$", "/usr/bin/x …*"),
        ("/bin/x PASSWORD=*", "/bin/x PASSWORD=…*"),
        ("/bin/x " + "a " * 50, "/bin/x " + "a " * 40 + "…"),
        ("/bin/x " + "a " * 50 + "*", "/bin/x " + "a " * 40 + "…*"),
        ("!/bin/su", "!/bin/su"),
        ("/usr/bin/apt-get update", "/usr/bin/apt-get update"),
    ],
)
def test_arguments_that_may_be_secret_stay_out(command, expected):
    """What stands for one still tells whether it allows several: sudo's wildcards match spaces, too."""
    assert shown(command) == expected


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{", '{"User_Specs": 3}', "[]", '{"User_Specs": [{"User_List": [1]}]}']
)
def test_nothing_that_poses_as_rules_stops_the_reader(text):
    policy = from_json(text)
    assert policy is None or policy.rules == []
