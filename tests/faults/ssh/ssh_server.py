"""A real sshd of the test's own on loopback, its keys and configuration made for it, in its own mount namespace."""

from __future__ import annotations

import base64
import hashlib
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from posture.collect.scope import ScopeGate
from posture.model.action import Action
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.resource import Resource, ResourceKind, SshAccess
from posture.model.secret import SecretRef

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
# A root without /run/sshd cannot run sshd; the folder made here is gone with the server.
APART = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec "$@"', "sh"]


def missing() -> str:
    """Why there can be no server here, empty when there can."""
    if not Path("/usr/sbin/sshd").exists() or not shutil.which("unshare"):
        return "needs sshd and unshare"
    tried = subprocess.run([*APART, "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "needs root and mount namespaces"


@dataclass
class Log:
    """The actions, in memory."""

    actions: list[Action] = field(default_factory=list)

    def record(self, action: Action) -> None:
        self.actions.append(action)


class Clock:
    """The real speed, from a fixed moment, with leaps."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.started = time.monotonic()

    def __call__(self) -> datetime:
        return NOW + self.ahead + timedelta(seconds=time.monotonic() - self.started)


def customer(valid_for: timedelta = timedelta(hours=1)) -> Customer:
    grant = Authorization(AuthorizationMethod.CONTRACT, "MSA-1", "Jane Doe", NOW - timedelta(days=1), NOW + valid_for)
    return Customer("bakery", "Example Bakery", grant, networks=(ip_network("127.0.0.1/32"),))


def make_key(path: Path, *options: str) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", *options, "-f", path], check=True)
    return path


def fingerprint(key: Path) -> str:
    blob = base64.b64decode(key.with_name(f"{key.name}.pub").read_text().split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


@dataclass
class Sshd:
    """A running server; `resource` is it as the inventory would have it."""

    folder: Path
    process: subprocess.Popen[bytes]
    port: int

    def resource(self, *, key: Path | None = None, host_key: str = "", user: str = "root") -> Resource:
        access = SshAccess(
            user,
            SecretRef.parse(f"file:{key or self.folder / 'login'}"),
            (host_key or fingerprint(self.folder / "host"),),
            self.port,
        )
        return Resource(ResourceKind.HOST, "web1", "127.0.0.1", access)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, *settings: str) -> Sshd:
    """A server with these lines in its configuration before its own; the first value of a keyword counts."""
    port = free_port()
    for name in ("host", "login"):
        if not (folder / name).exists():
            make_key(folder / name)
    keys = folder / "authorized_keys"
    if not keys.exists():
        keys.write_text((folder / "login.pub").read_text())
    config = folder / "sshd_config"
    own = (
        f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {folder / 'host'}", f"AuthorizedKeysFile {keys}",
        "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password",
        "StrictModes no", "UsePAM no", "MaxAuthTries 3", "PidFile none", "PrintMotd no", "PrintLastLog no",
    )  # fmt: skip
    config.write_text("\n".join((*settings, *own)) + "\n")
    log = (folder / "sshd.log").open("ab")
    process = subprocess.Popen(
        [*APART, "/usr/sbin/sshd", "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
    )
    log.close()
    server = Sshd(folder, process, port)
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return server
    server.stop()
    raise RuntimeError((folder / "sshd.log").read_text())


def gate(log: Log, clock: Clock, who: Customer | None = None) -> ScopeGate:
    return ScopeGate(who or customer(), "run-1", clock, log)
