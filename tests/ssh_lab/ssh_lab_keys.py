"""The keys of the twelve configurations, made once: pairs, certificates, public halves of security keys."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from pathlib import Path

PAIRS = (
    "anna", "ops", "image", "bert", "carl", "dora", "nora", "ca", "line", "free", "user", "served", "glob", "borg",
    "rrsync", "tunnel", "from", "expired", "unknown", "twice", "environment", "files", "plain", "job", "stolen",
)  # fmt: skip
CERTIFIED = (  # name, authority, principal
    ("ca-root", "ca", "root"), ("ca-anna", "ca", "anna"), ("ca-ops", "ca", "ops"), ("line-anna", "line", "anna"),
    ("line-deploy", "line", "deploy"), ("free-bert", "free", "bert"), ("free-anna", "free", "anna"),
)  # fmt: skip

# Published with Vagrant's images (hashicorp/vagrant, keys/vagrant.pub).
VAGRANT = (
    "AAAAB3NzaC1yc2EAAAABIwAAAQEA6NF8iallvQVp22WDkTkyrtvp9eWW6A8YVr+kz4TjGYe7gHzIw+niNltGEFHzD8+v1I2YJ6oXevct1YeS0o9HZyN1"
    "Q9qgCgzUFtdOKLv6IedplqoPkcmF0aYet2PkEDo3MlTBckFXPITAMzF8dJSIFo9D8HfdOV0IAdx4O7PtixWKn5y2hMNG0zQPyUecp4pzC6kivAIhyfHi"
    "lFR61RGL+GPXQ2MWZWFYbAGjyiYJnAmCP3NOTd0jMZEnDkbUvxhMmBYSdETk1rRgm+R4LOzFUGaHqHDLKLX+FIPKcF96hrucXzcWyLbIbEgE98OHlnVY"
    "CzRdK8jlqm8tehUc9c9WhQ=="
)


def fingerprint(line: str) -> str:
    wire = base64.b64decode(line.split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(wire).digest()).decode().rstrip("=")


def _made(folder: Path, name: str, *options: str) -> str:
    words = ["ssh-keygen", "-q", "-N", "", "-C", f"{name}@laptop", "-f", folder / name, *(options or ("-t", "ed25519"))]
    subprocess.run(words, check=True)
    return (folder / f"{name}.pub").read_text().strip()


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _hardware(line: str) -> str:
    """A security key's public half (PROTOCOL.u2f): that of a plain one, and its application."""
    kind = b"sk-ssh-ed25519@openssh.com"
    wire = _string(kind) + base64.b64decode(line.split()[1])[-36:] + _string(b"ssh:")
    return f"{kind.decode()} {base64.b64encode(wire).decode()} token@laptop"


def made_keys(folder: Path) -> dict[str, str]:
    """Name -> line of an authorized_keys file, without options; the private halves lie in `folder`."""
    keys = {name: _made(folder, name) for name in PAIRS}
    keys["rsa1024"] = _made(folder, "rsa1024", "-t", "rsa", "-b", "1024")
    keys["dsa"] = _made(folder, "dsa", "-t", "dsa")
    keys["vagrant"] = f"ssh-rsa {VAGRANT} vagrant insecure public key"
    for name in ("anna", "bert", "carl", "erik"):
        keys[f"sk-{name}"] = _hardware(_made(folder, f"sk-{name}"))
    for name, authority, principal in CERTIFIED:
        _made(folder, name)
        words = ["ssh-keygen", "-q", "-s", folder / authority, "-I", name, "-n", principal, folder / f"{name}.pub"]
        subprocess.run(words, check=True, stderr=subprocess.DEVNULL)
    return keys
