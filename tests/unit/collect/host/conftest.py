"""The real collector in a staged machine: this one's programs, files made by the test, namespaces of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from posture.collect.host.capture import Capture
from posture.collect.host.collect import facts
from posture.collect.host.program import program

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NONCE = "0123456789abcdef"

PROLOGUE = """set -e
for place in /root /home /srv /run /boot /var/www; do
  [ -d $place ] || continue
  mount -t tmpfs -o mode=755 none $place
  if [ -d "$0$place" ]; then cp -a "$0$place/." $place/; fi
done
for file in etc/passwd etc/group etc/shadow etc/ssh etc/nsswitch.conf; do mount --bind "$0/$file" /$file; done
mkdir -m 755 -p /run/sshd
if [ -e "$0/before" ]; then . "$0/before"; fi
exec "$@"
"""


@dataclass
class Machine:
    """A stage: write files below `root`, then `collect`. `before` runs in it first."""

    root: Path
    passwd: list[str] = field(
        default_factory=lambda: ["root:x:0:0:root:/root:/bin/sh", "sshd:*:104:65534::/run/sshd:/usr/sbin/nologin"]
    )
    shadow: list[str] = field(default_factory=lambda: ["root:*:20000:0:99999:7:::"])
    group: list[str] = field(default_factory=lambda: ["root:x:0:"])
    sshd_config: str = "UsePAM no\n"
    nsswitch: str = "passwd: files systemd\n"
    before: str = ""
    only: tuple[str, ...] = ()  # sections to run; all when empty
    key: str = ""  # for the fingerprints of secrets
    alone: bool = False  # it sees no processes but its own, whatever runs beside it

    def write(self, path: str, text: str = "", mode: int = 0o644) -> Path:
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return file

    def output(self, *prefix: str) -> bytes:
        """What leaves the machine."""
        for name in ("passwd", "shadow", "group"):
            self.write(f"etc/{name}", "\n".join(getattr(self, name)) + "\n", 0o600 if name == "shadow" else 0o644)
        self.write("etc/nsswitch.conf", self.nsswitch)
        self.write("etc/ssh/sshd_config", self.sshd_config)
        if not (self.root / "etc/ssh/ssh_host_ed25519_key").exists():
            key = self.root / "etc/ssh/ssh_host_ed25519_key"
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        self.write("before", self.before)
        apart = ("-p", "-f", "--mount-proc") if self.alone else ()
        run = subprocess.run(
            ["unshare", "-m", "-n", *apart, "sh", "-c", PROLOGUE, str(self.root), *prefix, "sh", "-s"],
            input=self._program(), capture_output=True, check=False, timeout=120,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        return run.stdout

    def _program(self) -> bytes:
        text = program(NONCE, self.key).decode()
        if self.only:
            some = re.compile(rf"^section (?!(?:{'|'.join(self.only)}) )[a-z-]+ .*?^EOF\n", re.MULTILINE | re.DOTALL)
            text = some.sub("", text)
        return text.encode()

    def collect(self, *prefix: str) -> dict[type[Any], Any]:
        return read(self.output(*prefix))


def read(output: bytes) -> dict[type[Any], Any]:
    capture = Capture(NONCE)
    capture.add(output)
    return facts(capture.sections(), NOW)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A staged machine; skips where namespaces cannot be made."""
    if not shutil.which("unshare") or not shutil.which("sshd", path="/usr/sbin:/usr/bin"):
        pytest.skip("needs unshare and sshd")
    if subprocess.run(["unshare", "-m", "-n", "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs root and namespaces")
    # Folders on the way down must let an account without rights pass.
    root = tmp_path / "stage"
    root.mkdir()
    below = takewhile(lambda folder: folder != Path(tempfile.gettempdir()), root.parents)
    for folder in (root, *below):
        folder.chmod(folder.stat().st_mode | 0o011)
    return Machine(root)


@pytest.fixture
def reader() -> Callable[[bytes], dict[type[Any], Any]]:
    """Output of the collector -> facts."""
    return read
