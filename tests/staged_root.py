"""A system of another kind, made of folders that a test writes: the real collector runs in it by chroot.

Programs and libraries are this machine's, or busybox alone; /etc, /var, /boot, /run and /lib are the test's.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from posture.collect.host.capture import Capture
from posture.collect.host.collect import facts
from posture.collect.host.program import program

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NONCE = "0123456789abcdef"
AS_NOBODY = ("--userspec=65534:65534", "--groups=")

# What is about packages; the rest of the collector looks at the whole machine, for as long.
OTHERS = re.compile(rb"^section (?!system |packages |updates )\S+ [0-9 ]+<<'EOF'\n.*?^EOF\n", re.MULTILINE | re.DOTALL)

# Mounts live in a namespace of their own and end with it.
PROLOGUE = """set -e
cd "$0"
for place in $1; do
  mkdir -p ".$place"
  mount --rbind "$place" ".$place"
done
mkdir -p etc var boot run tmp lib
shift
exec chroot "$@"
"""


@dataclass(frozen=True)
class Root:
    """Write files below `path`, then `collect`. `busybox`: no other program is there, as on Alpine."""

    path: Path
    busybox: bool = False

    @property
    def mounts(self) -> str:
        """What it shares with this machine."""
        programs = sorted(map(str, Path("/usr").glob("lib*"))) if self.busybox else ["/usr"]
        return " ".join((*programs, "/proc", "/dev"))

    def write(self, name: str, text: str | bytes = "", mode: int = 0o644) -> Path:
        file = self.path / name.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        file.chmod(mode)
        return file

    def system(self, **release: str) -> None:
        """os-release."""
        self.write("etc/os-release", "".join(f'{name}="{value}"\n' for name, value in release.items()))

    def output(self, *options: str) -> bytes:
        """What leaves it."""
        stage = [self.path, self.mounts, *options, self.path, "/bin/sh", "-s"]
        run = subprocess.run(
            ["unshare", "-m", "-n", "sh", "-c", PROLOGUE, *stage],
            input=OTHERS.sub(b"", program(NONCE)), env={"PATH": os.environ["PATH"]},
            capture_output=True, check=False, timeout=120,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        return run.stdout

    def collect(self, *options: str) -> dict[type[Any], Any]:
        return read(self.output(*options))


def read(output: bytes) -> dict[type[Any], Any]:
    """The facts that the output holds."""
    capture = Capture(NONCE)
    capture.add(output)
    return facts(capture.sections(), NOW)


def made(path: Path, *, busybox: bool = False) -> Root:
    """An empty system; skips where none can be made."""
    if subprocess.run(["unshare", "-m", "-n", "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs root and namespaces")
    path.mkdir()
    for folder in (path, *path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o011)
    for folder in sorted(Path("/usr").glob("lib*")):  # a system with merged /usr, whose /lib is the test's own
        if folder.name != "lib":
            (path / folder.name).symlink_to(f"usr/{folder.name}")
    (path / "lib").mkdir()
    for folder in Path("/usr/lib").glob("*-linux-gnu*"):
        (path / "lib" / folder.name).symlink_to(f"/usr/lib/{folder.name}")
    (path / "sbin").symlink_to("bin" if busybox else "usr/sbin")
    if not busybox:
        shutil.copytree("/etc/alternatives", path / "etc/alternatives", symlinks=True)  # awk is one
        (path / "bin").symlink_to("usr/bin")
        return Root(path)
    (path / "bin").mkdir()
    program_ = shutil.which("busybox")
    if not program_:
        pytest.skip("needs busybox")
    shutil.copy(program_, path / "bin/busybox")
    for name in subprocess.run([program_, "--list"], capture_output=True, check=True, text=True).stdout.split():
        if name != "busybox":
            (path / "bin" / name).symlink_to("busybox")
    return Root(path, busybox=True)
