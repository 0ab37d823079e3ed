"""The twelve configurations as files of a machine; what is true of each stands in ssh_lab_truth.py."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ssh_lab import ssh_lab_truth as truth
from ssh_lab.ssh_lab_keys import fingerprint
from ssh_lab.ssh_lab_machine import AS_NOBODY, SECRET, Machine
from ssh_lab.ssh_lab_rows import OFFICE, Truth

Keys = Mapping[str, str]
OFFICE_ONLY, NETWORK = 'from="10.0.0.0/8"', 'from="203.0.113.0/24"'
LOCKED, NONE = "!", ""
HASH = subprocess.run(
    ["openssl", "passwd", "-6", "-salt", "labsalt00", SECRET], capture_output=True, text=True, check=True
).stdout.strip()


def _log(days: int, *logins: tuple[int, str, str]) -> str:
    """What a log of so many days says of logins: how many days ago, with which key, from where."""
    now = datetime.now(UTC)  # the host's own clock
    lines = [f"{(now - timedelta(days=days)).isoformat()} lab sshd[7]: Server listening on 0.0.0.0 port 22."]
    for ago, line, address in logins:
        seen = f"Accepted publickey for backup from {address} port 40000 ssh2: ED25519 {fingerprint(line)}"
        lines.append(f"{(now - timedelta(days=ago)).isoformat()} lab sshd[{100 + ago}]: {seen}")
    return "\n".join((*lines, ""))


def _machine(root: Path, *lines: str, password: str = LOCKED) -> Machine:
    """`password` is root's."""
    machine = Machine(root, "\n".join((*lines, "")))
    machine.write("var/log/auth.log", _log(3), 0o640)
    machine.shadow.append(f"root:{password}:20000:0:99999:7:::")
    return machine


def debian(root: Path, keys: Keys) -> Machine:
    machine = _machine(
        root,
        "Include /etc/ssh/sshd_config.d/*.conf", "KbdInteractiveAuthentication no", "UsePAM yes", "X11Forwarding yes",
        "PrintMotd no", "AcceptEnv LANG LC_*", "Subsystem sftp /usr/lib/openssh/sftp-server", password=HASH,
    )  # fmt: skip
    machine.account("anna", 1000, HASH)
    machine.account("bert", 1001, LOCKED)
    machine.groups["sudo"] = ["anna"]
    machine.authorize("anna", keys["anna"])
    machine.authorize("root", keys["ops"])
    return machine


def debian_without_rights(root: Path, keys: Keys) -> Machine:
    machine = debian(root, keys)
    machine.before = "chmod 700 /root /home/anna /home/bert\n"
    machine.prefix = AS_NOBODY
    return machine


def cloud_init(root: Path, keys: Keys) -> Machine:
    machine = _machine(
        root, "Include /etc/ssh/sshd_config.d/*.conf", "PasswordAuthentication no", "PermitRootLogin no",
        "KbdInteractiveAuthentication no", "UsePAM yes",
    )  # fmt: skip
    machine.write("etc/ssh/sshd_config.d/50-cloud-init.conf", "PasswordAuthentication yes\n", 0o600)
    machine.account("anna", 1000, HASH)
    machine.groups["sudo"] = ["anna"]
    machine.write("etc/sudoers.d/90-cloud-init-users", "# User rules for anna\nanna ALL=(ALL) NOPASSWD:ALL\n", 0o440)
    says = 'Please login as the user \\"anna\\" rather than the user \\"root\\".'
    options = "no-port-forwarding,no-agent-forwarding,no-X11-forwarding"
    machine.authorize("root", f"{options},command=\"echo '{says}';echo;sleep 10;exit 142\" {keys['image']}")
    return machine


def match_address(root: Path, keys: Keys) -> Machine:
    machine = _machine(
        root, "UsePAM no", "PermitRootLogin no", "PasswordAuthentication yes", "Match User root Address 10.0.0.0/8",
        "  PermitRootLogin yes", password=HASH,
    )  # fmt: skip
    machine.account("anna", 1000, "*")  # with ! sshd would refuse her key, too (auth.c, without PAM)
    machine.authorize("anna", f"{OFFICE_ONLY} {keys['anna']}")
    return machine


def match_port(root: Path, keys: Keys) -> Machine:
    machine = _machine(
        root, "Port 22", "Port 2222", "UsePAM no", "PasswordAuthentication no", "Match LocalPort 2222",
        "  PasswordAuthentication yes",
    )  # fmt: skip
    machine.account("anna", 1000, HASH)
    machine.account("bert", 1001, LOCKED)
    machine.authorize("bert", keys["bert"])
    return machine


def certificates(root: Path, keys: Keys) -> Machine:
    machine = _machine(
        root, "UsePAM no", "PasswordAuthentication no", "TrustedUserCAKeys /etc/ssh/ca.pub", "Match User anna",
        "  AuthorizedPrincipalsFile /etc/ssh/principals/%u",
    )  # fmt: skip
    machine.account("anna", 1000, "*")
    machine.account("bert", 1001, "*")
    machine.shadow[1] = "root:*:20000::::::"
    machine.groups["sudo"] = ["anna"]
    machine.write("etc/ssh/ca.pub", keys["ca"] + "\n")
    machine.write("etc/ssh/principals/anna", "# who is on call\nops\n")
    machine.authorize("anna", f'cert-authority,principals="deploy" {keys["line"]}')
    machine.authorize("bert", f"cert-authority {keys['free']}")
    return machine


def security_keys(root: Path, keys: Keys) -> Machine:
    machine = _machine(
        root, "UsePAM no", "PasswordAuthentication no", "PermitRootLogin no", "Match User carl",
        "  PubkeyAuthOptions touch-required",
    )  # fmt: skip
    for uid, name in enumerate(("anna", "bert", "carl", "dora", "erik"), 1000):
        machine.account(name, uid, "*")
    machine.groups["sudo"] = ["anna"]
    machine.authorize("anna", f"verify-required,{NETWORK} {keys['sk-anna']}")
    machine.authorize("bert", f"no-touch-required,{NETWORK} {keys['sk-bert']}")
    machine.authorize("carl", f"no-touch-required,{NETWORK} {keys['sk-carl']}")
    machine.authorize("dora", f"no-touch-required {keys['dora']}")
    machine.authorize("erik", keys["sk-erik"])
    return machine


def keys_command(root: Path, keys: Keys) -> Machine:
    machine = _machine(
        root, "UsePAM no", "PasswordAuthentication no", "AuthorizedKeysFile none",
        "AuthorizedKeysCommand /etc/ssh/keys.sh %u", "AuthorizedKeysCommandUser nobody",
    )  # fmt: skip
    machine.account("anna", 1000, "*")
    machine.shadow[1] = "root:*:20000::::::"
    machine.write("etc/ssh/keys.sh", f"#!/bin/sh\n[ $1 != anna ] || echo '{keys['served']}'\n", 0o755)
    machine.authorize("anna", keys["anna"])
    return machine


def broken(root: Path, keys: Keys) -> Machine:
    machine = debian(root, keys)
    machine.after = "echo 'PasswordAuthentication perhaps' >>/etc/ssh/sshd_config\n"
    return machine


def unreadable_include(root: Path, keys: Keys) -> Machine:
    machine = cloud_init(root, keys)
    machine.prefix = AS_NOBODY
    return machine


def keys_elsewhere(root: Path, keys: Keys) -> Machine:
    machine = _machine(
        root, "UsePAM no", "PasswordAuthentication no", "PermitRootLogin no",
        "AuthorizedKeysFile /etc/ssh/keys/%u.pub /etc/ssh/keys/%u.d/* .ssh/authorized_keys",
    )  # fmt: skip
    for uid, name in enumerate(("anna", "bert", "carl", "web"), 1000):
        machine.account(name, uid, "*", shell="/usr/sbin/nologin" if name == "web" else "/bin/sh")
    machine.groups |= {"sudo": ["anna"], "web": ["web", "bert"]}
    machine.authorize("anna", keys["anna"], path="etc/ssh/keys/anna.pub")
    machine.authorize("anna", keys["glob"], path="etc/ssh/keys/anna.d/laptop")
    machine.authorize("bert", keys["bert"])
    machine.authorize("carl", keys["carl"])
    machine.before = "chgrp web /home/bert\nchmod 775 /home/bert\n"
    return machine


def keys_without_strict_modes(root: Path, keys: Keys) -> Machine:
    machine = keys_elsewhere(root, keys)
    machine.sshd_config = "StrictModes no\n" + machine.sshd_config
    return machine


def backup_keys(root: Path, keys: Keys) -> Machine:
    machine = _machine(
        root, "UsePAM no", "PasswordAuthentication no", "PermitRootLogin no", "PermitUserEnvironment yes"
    )
    machine.account("backup", 1000, "*")
    machine.authorize(
        "backup",
        f'command="/usr/bin/true serve" {keys["borg"]}',
        f'restrict,command="/usr/bin/rrsync -ro /srv" {keys["rrsync"]}',
        f'permitopen="127.0.0.1:5432",command="/usr/bin/false" {keys["tunnel"]}',
        f"{NETWORK} {keys['from'].replace('from@laptop', 'rsync@nas')}",
        f'expiry-time="20200101" {keys["expired"]}',
        f"no-shell {keys['unknown']}",
        f"{OFFICE_ONLY},{NETWORK} {keys['twice']}",
        f'environment="LD_PRELOAD=/tmp/x.so",{NETWORK} {keys["environment"].replace("environment@laptop", "cron@nas")}',
    )
    machine.write(
        "var/log/auth.log",
        _log(40, (20, keys["borg"], "203.0.113.9"), (3, keys["from"], "203.0.113.7"), (1, keys["borg"], OFFICE)),
        0o640,
    )
    return machine


def allowed_users(root: Path, keys: Keys) -> Machine:
    """``any`` stands before other methods: behind them sshd 9.2 refuses it for everybody, in a Match of others, too."""
    machine = _machine(
        root, "UsePAM no", "PasswordAuthentication yes", "PermitEmptyPasswords yes", "PermitRootLogin no",
        "AllowUsers root anna bert@10.* carl dora erik fred twin@203.0.113.* nora", "DenyUsers carl",
        "AllowGroups root users", "Match User fred", "  AuthenticationMethods any", "Match User anna",
        "  AuthenticationMethods publickey,password", password=HASH,
    )  # fmt: skip
    for uid, name in enumerate(("anna", "bert", "carl", "dora", "erik", "fred", "nora"), 1000):
        shell = "/usr/sbin/nologin" if name == "nora" else "/bin/sh"
        password = {"dora": NONE, "nora": "*"}.get(name, HASH)
        machine.account(name, uid, password, shell=shell, gid=65534 if name == "erik" else 100)
    machine.account("twin", 0, HASH)
    machine.authorize("anna", keys["anna"])
    machine.authorize("nora", keys["nora"])
    machine.write(
        "etc/sudoers.d/ops",
        "User_Alias OPS = fred, anna\nCmnd_Alias EDIT = /usr/bin/vim\nOPS ALL=(root) NOPASSWD: EDIT\n"
        "%users ALL=(root) NOPASSWD: /usr/bin/systemctl restart nginx\n",
        0o440,
    )
    return machine


def forced_commands(root: Path, keys: Keys) -> Machine:
    machine = _machine(
        root, "UsePAM no", "PasswordAuthentication no", "PermitRootLogin forced-commands-only", "PermitTunnel yes",
        "Subsystem sftp internal-sftp", "Match Group sftp", "  ForceCommand internal-sftp",
        "  ChrootDirectory /srv/sftp", "  DisableForwarding yes",
    )  # fmt: skip
    machine.shadow[1] = "root:*:20000::::::"
    for uid, name in enumerate(("bert", "carl", "dora", "vagrant"), 1000):
        machine.account(name, uid, "*")
    machine.account("files", 1100, "*", shell="/usr/sbin/nologin", gid=2002)
    machine.groups["sudo"] = ["dora"]
    machine.write("srv/sftp/readme", "")
    machine.authorize("files", keys["files"])
    machine.authorize("root", keys["plain"], f'command="/usr/bin/true" {keys["job"]}')
    machine.authorize("vagrant", keys["vagrant"])
    machine.authorize("bert", keys["rsa1024"], keys["dsa"])
    machine.authorize("dora", keys["stolen"])
    private = root / "home/carl/.ssh/id_ed25519"
    private.parent.mkdir()
    shutil.copy(root.parent / "keys/stolen", private)
    return machine


LAB: dict[str, tuple[Callable[[Path, Keys], Machine], Truth]] = {
    "1-debian": (debian, truth.DEBIAN),
    "1-debian-without-rights": (debian_without_rights, truth.DEBIAN_WITHOUT_RIGHTS),
    "2-cloud-init": (cloud_init, truth.CLOUD_INIT),
    "3-match-address": (match_address, truth.MATCH_ADDRESS),
    "4-match-port": (match_port, truth.MATCH_PORT),
    "5-certificates": (certificates, truth.CERTIFICATES),
    "6-security-keys": (security_keys, truth.SECURITY_KEYS),
    "7-keys-command": (keys_command, truth.KEYS_COMMAND),
    "8-broken": (broken, truth.BROKEN),
    "8-unreadable-include": (unreadable_include, truth.UNREADABLE_INCLUDE),
    "9-keys-elsewhere": (keys_elsewhere, truth.KEYS_ELSEWHERE),
    "9-without-strict-modes": (keys_without_strict_modes, truth.KEYS_WITHOUT_STRICT_MODES),
    "10-backup-keys": (backup_keys, truth.BACKUP_KEYS),
    "11-allowed-users": (allowed_users, truth.ALLOWED_USERS),
    "12-forced-commands": (forced_commands, truth.FORCED_COMMANDS),
}
