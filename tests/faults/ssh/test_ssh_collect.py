"""The whole collector against a real sshd: what it finds, and that it is what the host itself says."""

from __future__ import annotations

import subprocess
from datetime import timedelta

import paramiko
import pytest
import ssh_server
from ssh_server import NOW, Clock, Log, gate

from posture.collect.host import collect_inside
from posture.facts.accounts import Accounts, Password
from posture.facts.authorized_keys import AuthorizedKeys
from posture.facts.factset import INSIDE
from posture.facts.host import ListeningSockets, OsRelease
from posture.facts.packages import InstalledPackages
from posture.facts.private_keys import PrivateKeys
from posture.facts.sshd import SshServer
from posture.facts.unavailable import Unavailable

LONG = NOW + timedelta(minutes=2)


def test_one_login_brings_every_fact(sshd):
    """All facts of the inside come over one connection, and they are those of the server that was logged in to."""
    server, log, clock = sshd("LoginGraceTime 77"), Log(), Clock()
    keys = server.folder / "authorized_keys"
    with keys.open("a") as file:
        file.write(
            'restrict,command="/bin/backup --password=hunter2hunter2" ' + (server.folder / "host.pub").read_text()
        )
        file.write("restrict,nonsense " + (server.folder / "host.pub").read_text())
    facts = collect_inside(server.resource(), gate(log, clock), clock, LONG)
    assert set(facts) == set(INSIDE)
    missing = {kind.__name__: fact for kind, fact in facts.items() if isinstance(fact, Unavailable)}
    assert missing.keys() <= {"SshLog"}, missing  # a machine without a log has none

    ssh = facts[SshServer]
    root = next(context for context in ssh.contexts if context.user == "root")
    assert root.get("logingracetime") == "77", "the configuration of the running server, not /etc/ssh/sshd_config"
    assert root.admin
    assert ssh.version.startswith("OpenSSH_")

    plain, backup, dead = [key for key in facts[AuthorizedKeys].keys if key.account == "root"]
    assert plain.fingerprint == ssh_server.fingerprint(server.folder / "login")
    assert (plain.path, plain.line, plain.type, plain.bits, plain.dead) == (str(keys), 1, "ssh-ed25519", 256, "")
    assert backup.has("restrict")
    assert dict(backup.options)["command"] == "/bin/backup …", "arguments may be secret"
    assert "nonsense" in dead.dead

    own = next(socket for socket in facts[ListeningSockets].sockets if socket.port == server.port)
    assert own.process is not None
    assert (own.process.name, own.process.executable, own.process.user) == ("sshd", "/usr/sbin/sshd", "root")
    assert own.process.package == "openssh-server"
    count = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status}\n"], capture_output=True, text=True, check=True)
    assert len(facts[InstalledPackages].packages) == count.stdout.split().count("installed")
    versions = {package.name: package.version for package in facts[InstalledPackages].packages}
    assert own.process.package_version == versions["openssh-server"]
    assert facts[OsRelease].id
    assert "hunter2" not in repr(facts)


def test_the_log_says_who_was_contacted_and_why(sshd):
    server, log, clock = sshd(), Log(), Clock()
    collect_inside(server.resource(), gate(log, clock), clock, LONG)
    assert {(action.target, action.authorization) for action in log.actions} == {
        (f"127.0.0.1 port {server.port}/tcp", "MSA-1")
    }
    assert [action.what for action in log.actions if action.result == "connected"] == [
        "tcp connect: host audit over SSH"
    ]
    assert log.actions[-1].what == "host audit over SSH: root ran the collector"
    assert "bytes read" in log.actions[-1].result


def test_a_login_without_root_says_what_it_cannot_see(sshd):
    """Password states, other people's processes and keys stay unknown, in as many words; the rest is there."""
    clock = Clock()
    server = sshd("ForceCommand setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/ sh -s")
    facts = collect_inside(server.resource(), gate(Log(), clock), clock, LONG)
    accounts = facts[Accounts]
    assert not accounts.shadow_read
    assert {account.password for account in accounts.accounts if account.name == "root"} == {Password.UNKNOWN}
    assert not facts[ListeningSockets].processes_complete
    assert facts[InstalledPackages].packages
    if isinstance(facts[AuthorizedKeys], Unavailable):
        pytest.fail(facts[AuthorizedKeys].reason)
    assert "root" in facts[AuthorizedKeys].accounts_unread
    assert facts[PrivateKeys].unreadable > 0


def test_both_streams_are_drained(sshd):
    """Eight megabytes on standard error, where a reader of one stream at a time waits for ever."""
    clock = Clock()
    server = sshd("ForceCommand head -c 8000000 /dev/zero >&2; sh -s")
    facts = collect_inside(server.resource(), gate(Log(), clock), clock, LONG)
    assert isinstance(facts[OsRelease], OsRelease)


def test_a_child_that_keeps_the_output_open_does_not_hold_up_the_run(sshd):
    """The collector's last line ends the reading, not the end of the stream."""
    clock = Clock()
    server = sshd("ForceCommand sleep 20 & sh -s")
    facts = collect_inside(server.resource(), gate(Log(), clock), clock, LONG)
    assert isinstance(facts[OsRelease], OsRelease)
    assert clock() < NOW + timedelta(seconds=18)


def test_a_match_block_is_judged_as_the_internet_meets_it(sshd):
    """A Match on any of the six keys of -C neither fails nor hides the options that count for an address out there."""
    clock = Clock()
    server = sshd("PermitTTY no")
    config = server.folder / "sshd_config"
    with config.open("a") as file:
        file.write(f"Match LocalPort {server.port} User root\n  PermitEmptyPasswords yes\n")
        file.write("Match Address 10.0.0.0/8\n  X11Forwarding yes\nMatch User postgres\n  GatewayPorts yes\n")
    facts = collect_inside(server.resource(), gate(Log(), clock), clock, LONG)
    root = next(context for context in facts[SshServer].contexts if context.user == "root")
    assert root.get("permitemptypasswords") == "yes"
    assert root.get("x11forwarding") == "no"
    assert root.get("gatewayports") == "no"


def test_a_port_that_a_session_forwards_is_no_second_server(sshd):
    """Its process is an sshd that listens, root's even; the one that was logged in to is known as listening."""
    clock = Clock()
    server = sshd()
    key = paramiko.Ed25519Key.from_private_key_file(str(server.folder / "login"))
    with paramiko.Transport(("127.0.0.1", server.port)) as session:
        session.connect(username="root", pkey=key)
        forwarded = session.request_port_forward("127.0.0.1", 0)
        facts = collect_inside(server.resource(), gate(Log(), clock), clock, LONG)
    sockets = {socket.port: socket.process for socket in facts[ListeningSockets].sockets}
    assert sockets[forwarded].name == "sshd"
    assert str(forwarded) not in facts[SshServer].others
    assert facts[SshServer].listening is True


def test_a_broken_configuration_is_said_not_guessed(sshd):
    clock = Clock()
    server = sshd()
    with (server.folder / "sshd_config").open("a") as file:
        file.write("PasswordAuthentification no\n")
    facts = collect_inside(server.resource(), gate(Log(), clock), clock, LONG)
    assert "PasswordAuthentification" in facts[SshServer].reason
    assert not facts[AuthorizedKeys].accounts_read
    assert "root" in facts[AuthorizedKeys].accounts_unread
