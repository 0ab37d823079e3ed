"""Hosts that are reached by people: one as it should be, and those where remote access was done wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import lab_nginx
from lab_accounts import PASSWORD_HASH, Account
from lab_certificates import Authority
from lab_host import Entry, Host, home_of, with_ssh
from lab_keys import KeyPair
from truth import ADDRESSES, SCANNER

XINETD = """service {name}
{{
  type = UNLISTED
  port = {port}
  socket_type = stream
  protocol = tcp
  wait = no
  user = root
  server = /usr/sbin/{program}
  disable = no
}}
"""
OLD_SSH = """HostKey /etc/ssh/ssh_host_rsa_key
KexAlgorithms diffie-hellman-group1-sha1,diffie-hellman-group14-sha1,diffie-hellman-group14-sha256
Ciphers 3des-cbc,aes128-cbc,aes128-ctr
MACs hmac-md5,hmac-sha1-96,hmac-sha1
HostKeyAlgorithms ssh-rsa,rsa-sha2-256
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
UsePAM yes
"""


def hardened(keys: Mapping[str, KeyPair], authority: Authority) -> Host:
    own = authority.issue("hardened.lab.test", "mixed.lab.test", ADDRESSES["hardened"])
    nginx = lab_nginx.configuration(
        lab_nginx.plain(80, lab_nginx.TO_HTTPS),
        lab_nginx.tls(443, "own", lab_nginx.GOOD, lab_nginx.HSTS, lab_nginx.LOGIN, folder="/etc/nginx/tls"),
    )
    return with_ssh(
        "hardened",
        keys,
        "PasswordAuthentication no",
        "PermitRootLogin no",
        "AllowUsers auditor",
        audit_runs="sh -s",  # as posture sends its collector: no session for anybody
        servers=lab_nginx.START.format(path="/etc/nginx/nginx.conf"),
        entries=(
            Entry("/etc/nginx/nginx.conf", nginx),
            Entry("/etc/nginx/tls", None, 0o700),
            Entry("/etc/nginx/tls/own.pem", own.certificate),
            Entry("/etc/nginx/tls/own.key", own.key, 0o600),
        ),
        binds=("/etc/nginx",),
    )


def weak_ssh(keys: Mapping[str, KeyPair], _authority: Authority) -> Host:
    xinetd = "defaults\n{\n  log_type = FILE /var/log/xinetd.log\n}\n" + "".join(
        XINETD.format(name=name, port=port, program=program)
        for name, port, program in (("telnet", 23, "telnetd"), ("login", 513, "in.rlogind"), ("shell", 514, "in.rshd"))
    )
    vsftpd = (
        "listen=YES\nbackground=NO\nlocal_enable=YES\nanonymous_enable=YES\nanon_root=/srv/ftp\nseccomp_sandbox=NO\n"
    )
    root_keys = (
        keys["auditor"].public,
        f'from="{SCANNER}" {keys["small-rsa"].public}',
        f"no-such-option {keys['dead'].public}",
        f'restrict,command="/usr/bin/true" {keys["restricted"].public}',
    )
    deploy, legacy = Account("deploy", 1001, PASSWORD_HASH), Account("legacy", 1002, password="")
    lying_open = (
        Entry("/home/deploy", None, 0o755, "deploy"),
        Entry("/home/deploy/.ssh", None, 0o755, "deploy"),
        Entry("/home/deploy/.ssh/id_ed25519", keys["lying-open"].private, 0o644, "deploy"),
    )
    return with_ssh(
        "weak-ssh",
        keys,
        "PasswordAuthentication yes",
        "PermitRootLogin yes",
        servers="""printf '*** System restart required ***\\n' >/run/reboot-required
printf 'linux-image-amd64\\n' >/run/reboot-required.pkgs
mkdir -p /srv/ftp/pub /run/vsftpd/empty
printf 'name,iban\\n' >/srv/ftp/pub/customers.csv
xinetd -dontfork -pidfile /run/xinetd.pid &
vsftpd /etc/vsftpd.conf &""",
        others=(deploy, legacy),
        root_keys="\n".join(root_keys),
        root_password=PASSWORD_HASH,
        entries=(
            Entry("/etc/xinetd.conf", xinetd),
            Entry("/etc/vsftpd.conf", vsftpd),
            Entry("/var/lib/dpkg/status", _outdated(Path("/var/lib/dpkg/status").read_text())),
            *home_of(legacy),
            *lying_open,
        ),
        binds=("/etc/xinetd.conf", "/etc/vsftpd.conf", "/var/lib/dpkg/status"),
    )


def _outdated(status: str) -> str:
    """The machine's package list, with OpenSSL's library as it was before its first security update."""
    return re.sub(r"(?ms)^(Package: libssl3(?:t64)?\n.*?^Version: )[^\n]+", r"\g<1>3.0.8-1", status, count=1)


def weak_crypto(keys: Mapping[str, KeyPair], _authority: Authority) -> Host:
    """Two SSH servers: the usual one as it is, and an old one."""
    return with_ssh(
        "weak-crypto",
        keys,
        "PasswordAuthentication no",
        "PermitRootLogin no",
        servers="/usr/sbin/sshd -D -e -p 2222 -f /etc/ssh/sshd_old_config &",
        entries=(
            Entry("/etc/ssh/sshd_old_config", OLD_SSH),
            Entry("/etc/ssh/ssh_host_rsa_key", keys["old-host"].private, 0o600),
        ),
    )
