"""A machine of namespaces for one sshd configuration: its accounts, files, real sshd and attempts to log in."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from ssh_lab.ssh_lab_rows import Login

from posture.collect.host.program import program

NONCE = "0123456789abcdef0123456789abcdef"
AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
ADDRESS = "198.51.100.2"
SECRET = "correct horse battery"  # of the accounts of a namespace
SECTIONS = "system|accounts|sockets|ssh|ssh-log|sudo|private-keys"
REST = re.compile(rf"^section (?!(?:{SECTIONS}) )[a-z-]+ .*?^EOF\n", re.MULTILINE | re.DOTALL)

# The rest of the machine is this one's. sshd runs on the configuration, and is asked, before `after` changes it.
PROLOGUE = """set -e
umask 022
for place in /root /home /srv /run /var/log /var/www; do
  [ -d $place ] || continue
  mount -t tmpfs -o mode=755 none $place
  if [ -d "$0$place" ]; then cp -a "$0$place/." $place/; fi
done
for file in etc/passwd etc/group etc/shadow etc/ssh etc/nsswitch.conf etc/sudoers etc/sudoers.d; do
  mount --bind "$0/$file" /$file
done
mkdir -m 755 -p /run/sshd
while read -r owner home; do chown -R "$owner" "$home"; done <"$0/owners"
ip link set lo up
for address in 198.51.100.2 203.0.113.7 10.1.2.3; do ip address add $address/32 dev lo; done
. "$0/before"
/usr/sbin/sshd -D -E "$0/sshd.log" &
server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  ss -Hltn | grep -q :22 && break
  sleep 0.05
done
. "$0/logins" >"$0/opened"
. "$0/after"
"$@"
"""

CLIENT = (
    "ssh -v -F none -T -b {source} -p {port} -l {user} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
    "-o KexAlgorithms=curve25519-sha256 -o IdentitiesOnly=yes -o IdentityAgent=none -o NumberOfPasswordPrompts=1 "
    "-o PubkeyAcceptedAlgorithms=+ssh-dss -o ConnectTimeout=10 {options}"
)


@dataclass
class Machine:
    """Write files below `root` (`write`, `authorize`), then `output`."""

    root: Path
    sshd_config: str
    passwd: list[str] = field(
        default_factory=lambda: ["root:x:0:0:root:/root:/bin/sh", "sshd:x:104:65534::/run/sshd:/usr/sbin/nologin"]
    )
    shadow: list[str] = field(default_factory=lambda: ["sshd:!:20000::::::"])
    groups: dict[str, list[str]] = field(default_factory=dict)
    owners: list[str] = field(default_factory=list)
    before: str = ""
    after: str = ""
    prefix: tuple[str, ...] = ()

    def write(self, path: str, text: str = "", mode: int = 0o644) -> None:
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def account(self, name: str, uid: int, password: str, *, shell: str = "/bin/sh", gid: int = 100) -> None:
        """`password` is the field of /etc/shadow."""
        self.passwd.append(f"{name}:x:{uid}:{gid}::/home/{name}:{shell}")
        self.shadow.append(f"{name}:{password}:20000:0:99999:7:::")
        (self.root / "home" / name).mkdir(parents=True, exist_ok=True)
        self.owners.append(f"{uid}:{gid} /home/{name}")

    def authorize(self, account: str, *lines: str, path: str = "") -> None:
        home = "root" if account == "root" else f"home/{account}"
        self.write(path or f"{home}/.ssh/authorized_keys", "".join(f"{line}\n" for line in lines))

    def _etc(self) -> None:
        numbers = {"root": 0, "adm": 4, "sudo": 27, "users": 100, "web": 2001, "sftp": 2002}
        groups = [f"{name}:x:{number}:{','.join(self.groups.get(name, ()))}" for name, number in numbers.items()]
        self.write("etc/passwd", "\n".join((*self.passwd, "nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin", "")))
        self.write("etc/shadow", "\n".join((*self.shadow, "")), 0o600)
        self.write("etc/group", "\n".join((*groups, "nogroup:x:65534:", "")))
        self.write("etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n")
        self.write("etc/ssh/sshd_config", self.sshd_config)
        if not (self.root / "etc/sudoers").exists():
            self.write("etc/sudoers", "root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n")
        (self.root / "etc/sudoers").chmod(0o440)
        (self.root / "etc/sudoers.d").mkdir(exist_ok=True)

    def output(self, logins: tuple[Login, ...], keys: Path) -> tuple[bytes, dict[Login, bool]]:
        """What the collector says, and which of the logins sshd let in."""
        self._etc()
        host_key = self.root / "etc/ssh/ssh_host_ed25519_key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "host", "-f", host_key], check=True)
        for name, text in (("before", self.before), ("after", self.after), ("owners", "\n".join((*self.owners, "")))):
            self.write(name, text)
        self.write("password", f"#!/bin/sh\necho '{SECRET}'\n", 0o755)
        self.write("logins", "\n".join((*(self._attempt(login, keys) for login in logins), "")))
        run = subprocess.run(
            ["unshare", "-m", "-n", "sh", "-c", PROLOGUE, str(self.root), *self.prefix, "sh", "-s"],
            input=REST.sub("", program(NONCE).decode()).encode(), capture_output=True, check=False, timeout=120,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )  # fmt: skip
        assert run.returncode == 0, (run.stderr, (self.root / "sshd.log").read_text())
        opened = (self.root / "opened").read_text().split()
        return run.stdout, {login: word == "yes" for login, word in zip(logins, opened, strict=True)}

    def _attempt(self, login: Login, keys: Path) -> str:
        options = []
        if login.by in {"password", "empty"}:
            options = ["-o PreferredAuthentications=password -o PubkeyAuthentication=no"]
        elif login.by.endswith("+password"):
            options = ["-o PreferredAuthentications=publickey,password", f"-i {keys / login.by.split('+')[0]}"]
        else:
            options = ["-o PreferredAuthentications=publickey", f"-i {keys / login.by}"]
        sign = "Sending command"  # a session began: root is told of success and then cut off (monitor.c)
        if login.forward:
            options.append(f"-W {ADDRESS}:{login.port}")
            sign = "^SSH-2.0"
        words = CLIENT.format(source=login.source, port=login.port, user=login.user, options=" ".join(options))
        asked = f"SSH_ASKPASS={shlex.quote(str(self.root / 'password'))} SSH_ASKPASS_REQUIRE=force"
        command = f"{asked} timeout 10 {words} {ADDRESS} {'' if login.forward else 'true'} </dev/null 2>&1"
        return f"if {command} | grep -aq {shlex.quote(sign)}; then echo yes; else echo no; fi"
