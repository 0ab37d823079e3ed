"""What the lab needs of the machine, and what of it is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from lab_boot import PATH
from lab_wire import compiler

_PROGRAMS = {  # program -> the Debian package that has it
    "ip": "iproute2",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "nft": "nftables",
    "nmap": "nmap",
    "ssh-keygen": "openssh-client",
    "sshd": "openssh-server",
    "nginx": "nginx-light",
    "xinetd": "xinetd",
    "telnetd": "telnetd",
    "vsftpd": "vsftpd",
    "redis-server": "redis-server",
    "memcached": "memcached",
    "mariadbd": "mariadb-server-core",
    "dnsmasq": "dnsmasq-base",
    "openssl": "openssl",
    "in.rshd": "rsh-redone-server",
    "in.rlogind": "rsh-redone-server",
    "mosquitto": "mosquitto",
    "etcd": "etcd-server",
    "slapd": "slapd",
    "docker-registry": "docker-registry",
    "postfix": "postfix",
    "dovecot": "dovecot-imapd",
    "unbound": "unbound",
    "snmpd": "snmpd",
    "chronyd": "chrony",
    "rpcbind": "rpcbind",
    "in.tftpd": "tftpd-hpa",
    "coap-server-notls": "libcoap3-bin",
    "ipmi_sim": "openipmi",
    "rsync": "rsync",
    "smbd": "samba",
    "ganesha.nfsd": "nfs-ganesha",
    "Xtigervnc": "tigervnc-standalone-server",
    "Xvfb": "xvfb",
    "xauth": "xauth",
    "vncpasswd": "tigervnc-tools",
    "xrdp": "xrdp",
}
# What unsharing alone does not tell: a container may allow it and still refuse mounts, bridges or nftables.
_PROBE = """set -e
test -c /dev/net/tun
mount -t tmpfs none /run
ip link add b0 type bridge
ip link add v0 type veth peer name v1
nft 'table inet t { counter c { }; chain i { type filter hook prerouting priority raw; counter name c; }; }'
nft 'table arp t { chain i { type filter hook input priority 0; arp operation request; }; }'
unshare --net --mount --uts --ipc --pid --fork --kill-child mount -t proc proc /proc
"""


def missing() -> list[str]:
    """Why the lab cannot come up on this machine, one reason a line; empty where it can."""
    if os.geteuid() != 0:
        return ["not root: network namespaces cannot be made"]
    absent = [f"{name} (Debian package {package})" for name, package in _PROGRAMS.items() if not _found(name)]
    if compiler() is None:
        absent.append("a C compiler (Debian package tcc)")
    if not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        absent.append("postgres (Debian package postgresql)")
    if absent:
        return [f"{name} is not installed" for name in absent]
    probe = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", _PROBE]
    done = subprocess.run(probe, capture_output=True, text=True, env={"PATH": PATH}, timeout=30, check=False)
    return [f"namespaces cannot be made: {done.stderr.strip()[:300]}"] if done.returncode else []


def _found(program: str) -> bool:
    return shutil.which(program, path=PATH) is not None
