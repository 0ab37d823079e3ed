"""What a customer installs, on a real sshd with real sudo: the account can do nothing but run the collector."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import paramiko
import pytest

from posture import __version__
from posture.collect.host.capture import Capture
from posture.collect.host.certificate import PRINCIPAL, signed
from posture.collect.host.collect import collect_inside
from posture.collect.host.installed import Login, Tier, digest, setup_script
from posture.collect.host.program import new_nonce, program
from posture.collect.host.system import first, gathered
from posture.collect.scope import ScopeGate
from posture.facts.accounts import Accounts
from posture.facts.packages import InstalledPackages
from posture.facts.ssh_trust import SshHostTrust, Trust
from posture.model.action import Action
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.resource import Resource, ResourceKind, SshAccess
from posture.model.secret import SecretRef

INCLUDE = "Include /etc/ssh/sshd_config.d/*.conf"
HERE = ("127.0.0.1",)
KEY = "ab" * 32


def made_key(path: Path) -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path.with_name(f"{path.name}.pub").read_text().strip()


@pytest.fixture
def authority(tmp_path: Path) -> tuple[SecretRef, Login]:
    public = made_key(tmp_path / "ca")
    return SecretRef.parse(f"file:{tmp_path / 'ca'}"), Login(public, certificates=True)


@contextmanager
def logged_in(port: int, key: paramiko.PKey) -> Iterator[paramiko.Transport]:
    transport = paramiko.Transport(("127.0.0.1", port))
    try:
        transport.start_client(timeout=10)
        transport.auth_publickey(PRINCIPAL, key)
        yield transport
    finally:
        transport.close()


def collected(transport: paramiko.Transport, command: str) -> Capture:
    """What comes back for a command, with the sent program on its standard input as in an audit."""
    capture = Capture(new_nonce(), KEY)
    channel = transport.open_session()
    channel.settimeout(90)
    channel.exec_command(command)
    channel.sendall(program(capture.nonce, capture.key)[:32768])
    channel.shutdown_write()
    while data := channel.recv(65536):
        capture.add(data)
    return capture


def told(capture: Capture, tag: str) -> str:
    return first(gathered(capture.sections().found["system"].body), tag)


def now() -> datetime:
    return datetime.now(UTC)


def test_a_certificate_runs_the_collector_and_nothing_else(host, serve, authority, tmp_path) -> None:
    """Whatever is asked for: a command, a forward, a terminal, files; the host's log names the run."""
    reference, login = authority
    machine = host(INCLUDE)
    machine.setup(setup_script("bakery", login, Tier.USER))
    machine.setup(setup_script("bakery", login, Tier.USER))
    serve(machine)
    precious = tmp_path / "precious"
    precious.mkdir(mode=0o777)
    with logged_in(machine.port, signed(reference, PRINCIPAL, "42", HERE, now())) as transport:
        capture = collected(transport, f"rm -rf {precious}")
        assert precious.is_dir()
        assert capture.complete
        assert capture.sections().collector == (__version__, "installed")
        assert digest().encode() in capture.output
        assert told(capture, "uid") != "0"
        with pytest.raises(paramiko.ChannelException, match="prohibited"):
            transport.open_channel("direct-tcpip", ("127.0.0.1", machine.port), ("127.0.0.1", 1))
        with pytest.raises(paramiko.SSHException):
            transport.request_port_forward("127.0.0.1", 0)
        with pytest.raises(paramiko.SSHException):
            transport.open_session().get_pty()
        refused(transport, "", subsystem="sftp")
        assert b"only runs the collector" in refused(transport, f"scp -t {precious}")
    assert "ID run-42@posture" in machine.log
    assert f"\n{PRINCIPAL}:*:" in machine.read("/etc/shadow")


def refused(transport: paramiko.Transport, command: str, subsystem: str = "") -> bytes:
    channel = transport.open_session()
    channel.settimeout(30)
    if subsystem:
        channel.invoke_subsystem(subsystem)
    else:
        channel.exec_command(command)
    channel.sendall(b"\0\0\0\5\1\0\0\0\3")
    channel.shutdown_write()
    assert channel.recv(100) == b""
    assert channel.recv_exit_status() == 64
    return channel.recv_stderr(1000)


@pytest.mark.parametrize("wrong", ["expired", "elsewhere", "stranger"])
def test_a_certificate_is_worth_nothing_later_elsewhere_or_of_another_authority(
    host, serve, authority, tmp_path, wrong
) -> None:
    """The login itself is refused."""
    reference, login = authority
    machine = host(INCLUDE)
    machine.setup(setup_script("bakery", login, Tier.USER))
    serve(machine)
    made_key(tmp_path / "stranger")
    key = {
        "expired": lambda: signed(reference, PRINCIPAL, "1", HERE, now() - timedelta(minutes=16)),
        "elsewhere": lambda: signed(reference, PRINCIPAL, "1", ("192.0.2.0/24",), now()),
        "stranger": lambda: signed(SecretRef.parse(f"file:{tmp_path / 'stranger'}"), PRINCIPAL, "1", HERE, now()),
    }[wrong]()
    with pytest.raises(paramiko.AuthenticationException), logged_in(machine.port, key):
        pass


def test_a_key_runs_the_collector_with_roots_eyes_by_one_sudo_line(host, serve, tmp_path) -> None:
    """The tier of root brings what only root sees, from a host whose configuration includes no drop-ins."""
    if not shutil.which("visudo", path="/usr/sbin"):
        pytest.skip("needs sudo")
    login = Login(made_key(tmp_path / "login"), certificates=False, sources=HERE)
    machine = host()
    before = machine.read("/etc/ssh/sshd_config")
    machine.setup(setup_script("bakery", login, Tier.ROOT))
    serve(machine)
    with logged_in(machine.port, paramiko.Ed25519Key(filename=str(tmp_path / "login"))) as transport:
        capture = collected(transport, "cat /etc/shadow")
        with pytest.raises(paramiko.ChannelException, match="prohibited"):
            transport.open_channel("direct-tcpip", ("127.0.0.1", machine.port), ("127.0.0.1", 1))
    assert capture.complete
    assert told(capture, "uid") == "0"
    assert b"$y$" not in capture.output
    sudo = ["setpriv", "--reuid", PRINCIPAL, "--clear-groups", "--regid", PRINCIPAL, "sudo", "-n"]
    assert machine.run(*sudo, "/usr/local/sbin/posture-collect-root", "x", check=False).returncode
    assert machine.run(*sudo, "id", check=False).returncode
    machine.setup(setup_script("bakery", login, Tier.ROOT), "--uninstall")
    assert machine.read("/etc/ssh/sshd_config") == before
    assert PRINCIPAL not in machine.read("/etc/passwd")
    for left in ("/usr/local/sbin/posture-collect", "/etc/sudoers.d/posture-audit", "/etc/ssh/posture-audit.keys"):
        assert not machine.has(left)


def test_sshd_keeps_its_configuration_where_the_new_one_would_not_hold(host, authority) -> None:
    """Another Match block decides first what the account may run: nothing of ours stays in sshd's configuration."""
    machine = host("Match User *", "ForceCommand /bin/false", "Match all")
    before = machine.read("/etc/ssh/sshd_config")
    done = machine.setup(setup_script("bakery", authority[1], Tier.USER), check=False)
    assert done.returncode
    assert "as before" in done.stderr
    assert machine.read("/etc/ssh/sshd_config") == before


BLOCKS = {
    "another address": "Match Address 127.0.0.0/8\nForceCommand /bin/sh\nAuthenticationMethods any\nPermitTTY yes",
    "an address in an office": 'match address="!10.1.0.0/16,10.*"\n  forcecommand /bin/sh',
    "another port": "Match LocalPort 2222\nPermitTTY yes",
    "a name and an address": "Match Host *.bakery.example Address 2001:db8:7:*\nForceCommand /bin/sh",
    "the audit's own source": "Match Address 203.0.112.0/22,!203.0.112.0/24\nPermitTTY yes",
    "other keys": "Match Address 127.0.0.0/8\nAuthorizedKeysFile /srv/%u",
    "a program for keys": "Match Address 127.0.0.0/8\nAuthorizedKeysCommand /bin/x\nAuthorizedKeysCommandUser nobody",
    "the user's own commands": "Match User posture*\nPermitUserRC yes",
    "its own file": "Include /etc/ssh/more/*.conf",
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_that_decides_otherwise_for_some_connections_is_named(host, tmp_path, name) -> None:
    """Wherever it matches and whatever it changes: the installation fails, says which block, and takes itself back."""
    machine = host(BLOCKS[name], "Match all", INCLUDE)
    machine.run("mkdir", "/etc/ssh/more")
    machine.run("tee", "/etc/ssh/more/own.conf", text="Match Address 127.0.0.0/8\nPermitTTY yes\n")
    before = machine.read("/etc/ssh/sshd_config")
    login = Login(made_key(tmp_path / "login"), certificates=False, sources=("203.0.113.0/28",))
    done = machine.setup(setup_script("bakery", login, Tier.USER), check=False)
    assert done.returncode
    block = "Match Address 127.0.0.0/8" if name == "its own file" else BLOCKS[name].partition("\n")[0]
    assert f": {block}\n" in done.stderr
    assert "00-posture-audit" not in done.stderr
    assert "as before" in done.stderr
    assert machine.read("/etc/ssh/sshd_config") == before
    assert not machine.has("/etc/ssh/sshd_config.d/00-posture-audit.conf")


def test_blocks_for_others_and_ones_that_agree_are_no_hindrance(host, tmp_path) -> None:
    """A host that treats some connections otherwise, but not the audit's account, can be audited."""
    machine = host(
        "Match Address 127.0.0.0/8 User deploy", "ForceCommand /bin/sh", "Match LocalPort 22", "PermitTTY no"
    )
    login = Login(made_key(tmp_path / "login"), certificates=False, sources=HERE)
    assert "Installed." in machine.setup(setup_script("bakery", login, Tier.USER)).stdout


@pytest.mark.parametrize("tier", list(Tier))
@pytest.mark.parametrize("drop_ins", [True, False])
def test_access_ends_where_sshd_has_another_fault(host, tmp_path, tier, drop_ins) -> None:
    """A configuration that somebody broke keeps nobody's door open, and is not blamed on the lines taken out."""
    machine = host(*([INCLUDE] if drop_ins else []))
    script = setup_script("bakery", Login(made_key(tmp_path / "login"), certificates=False, sources=HERE), tier)
    if tier is Tier.ROOT and not shutil.which("visudo", path="/usr/sbin"):
        pytest.skip("needs sudo")
    machine.setup(script)
    machine.run("sed", "-i", "1i Nonsense yes", "/etc/ssh/sshd_config")
    done = machine.setup(script, "--uninstall")
    assert "another reason" in done.stderr
    for left in ("collect", "collect-root"):
        assert not machine.has(f"/usr/local/sbin/posture-{left}")
    for left in ("ssh/posture-audit.keys", "sudoers.d/posture-audit", "ssh/sshd_config.d/00-posture-audit.conf"):
        assert not machine.has(f"/etc/{left}")
    assert PRINCIPAL not in machine.read("/etc/passwd") + machine.read("/etc/ssh/sshd_config")
    assert machine.read("/etc/ssh/sshd_config").startswith("Nonsense yes\n")


@pytest.mark.parametrize("certificates", [True, False])
@pytest.mark.parametrize("tier", list(Tier))
def test_the_script_is_one_that_a_careful_customer_can_accept(tmp_path, certificates, tier) -> None:
    """Shells read it, and shellcheck has nothing to say."""
    if not shutil.which("shellcheck"):
        pytest.skip("needs shellcheck")
    file = tmp_path / "setup.sh"
    file.write_text(setup_script("bakery", Login("ssh-ed25519 AAAA x", certificates, HERE), tier))
    done = subprocess.run(["shellcheck", "-s", "sh", file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_an_audit_logs_in_with_an_authority_alone(host, serve, authority) -> None:
    """The whole way: the inventory names an authority, the host is believed, and root's tier tells the facts."""
    reference, login = authority
    machine = host(INCLUDE)
    machine.setup(setup_script("bakery", login, Tier.ROOT))
    serve(machine)
    access = SshAccess(PRINCIPAL, None, (machine.host_key,), machine.port, authority=reference)
    resource = Resource(ResourceKind.HOST, "web1", "127.0.0.1", access)
    log: list[Action] = []
    gate = ScopeGate(bakery(resource), "run-7", now, Noted(log), lambda _: ())
    facts = collect_inside(resource, gate, now, now() + timedelta(minutes=3), key=KEY)
    assert facts[SshHostTrust].trust is Trust.INVENTORY
    assert facts[Accounts].shadow_read, "root's tier reads the shadow file"
    assert facts[InstalledPackages].packages
    assert "run-7@posture" in machine.log
    assert any("ran the collector" in action.what for action in log)


@dataclass
class Noted:
    log: list[Action]

    def record(self, action: Action) -> None:
        self.log.append(action)


def bakery(resource: Resource) -> Customer:
    grant = Authorization(
        AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", now() - timedelta(1), now() + timedelta(1)
    )
    return Customer("bakery", "Bakery", grant, networks=(ip_network("127.0.0.0/8"),), resources=(resource,))
