"""A real host for the setup script: sshd, sudo and useradd on a copy of this machine's /etc, in a mount namespace."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# What the scripts write lies on memory of the namespace: /etc is a copy, the rest is empty, /var/lib has dpkg only.
APART = """set -e
cp -a /etc "$0/etc"
rm -f "$0"/etc/ssh/ssh_host_* "$0"/etc/ssh/sshd_config.d/*
mkdir "$0/dpkg"
mount --bind /var/lib/dpkg "$0/dpkg"
mount --bind "$0/etc" /etc
for place in /run /var/lib /var/log /usr/local /root /home /srv /opt; do mount -t tmpfs -o mode=755 none $place; done
mkdir -p /run/sshd /usr/local/sbin /var/lib/dpkg
mount --bind "$0/dpkg" /var/lib/dpkg
ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
printf '%s\\n' "$1" >/etc/ssh/sshd_config
shift
exec "$@"
"""


@dataclass
class Host:
    """A namespace whose first program sleeps; `run` starts others in it."""

    folder: Path
    process: subprocess.Popen[bytes]
    port: int

    def run(self, *words: str, text: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["nsenter", "-t", str(self.process.pid), "-m", *words],
            input=text, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert not check or done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])
        return done

    def setup(self, script: str, *options: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        file = self.folder / "setup.sh"
        file.write_text(script)
        return self.run("sh", str(file), *options, check=check)

    def read(self, path: str) -> str:
        return self.run("cat", path).stdout

    def has(self, path: str) -> bool:
        return self.run("test", "-e", path, check=False).returncode == 0

    @property
    def host_key(self) -> str:
        return self.run("ssh-keygen", "-lf", "/etc/ssh/ssh_host_ed25519_key.pub").stdout.split()[1]

    @property
    def log(self) -> str:
        return (self.folder / "sshd.log").read_text()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Callable[..., Host]]:
    """Makes hosts: ``host("Include /etc/ssh/sshd_config.d/*.conf")``."""
    if not Path("/usr/sbin/sshd").exists() or not Path("/usr/sbin/useradd").exists():
        pytest.skip("needs sshd and useradd")
    if not shutil.which("unshare") or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        pytest.skip("needs root and mount namespaces")
    started: list[subprocess.Popen[bytes]] = []
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o011)

    def make(*settings: str) -> Host:
        folder = tmp_path / f"host{len(started)}"
        folder.mkdir()
        own = ("UsePAM no", "PasswordAuthentication no", "Subsystem sftp internal-sftp")
        config = "\n".join((*own, *settings))
        process = subprocess.Popen(
            ["unshare", "-m", "sh", "-c", APART, str(folder), config, "sh", "-c", "echo; exec sleep 600"],
            stdout=subprocess.PIPE,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        return Host(folder, process, 0)

    yield make
    for process in started:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Host], Host]]:
    """Starts a host's sshd."""
    running: list[subprocess.Popen[bytes]] = []

    def start(host: Host) -> Host:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            host.port = int(probe.getsockname()[1])
        with (host.folder / "sshd.log").open("ab") as log:
            running.append(
                subprocess.Popen(
                    [
                        "nsenter",
                        "-t",
                        str(host.process.pid),
                        "-m",
                        "/usr/sbin/sshd",
                        "-D",
                        "-e",
                        "-o",
                        f"Port={host.port}",
                        "-o",
                        "ListenAddress=127.0.0.1",
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            )
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", host.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return host
        raise RuntimeError(host.log)

    yield start
    for process in running:
        process.terminate()
        process.wait(10)
