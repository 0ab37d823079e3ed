"""What is in the lab, told by hand: the table that an audit of the lab is held against.

Nothing here is computed from the lab: `test_lab.py` proves that the lab matches this table, the audit's own test proves
that the audit finds what the table tells and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

NETWORK = "198.51.100.0/24"  # RFC 5737, TEST-NET-2: for documentation, routed nowhere
SCANNER = "198.51.100.2"
ADDRESSES = {
    "hardened": "198.51.100.11",
    "weak-ssh": "198.51.100.12",
    "data": "198.51.100.13",
    "firewalled": "198.51.100.14",
    "dark": "198.51.100.15",
    "hostile": "198.51.100.16",
    "neighbour": "198.51.100.17",
}
ABSENT = "198.51.100.10"  # in scope, and nobody has it: a host that is down answers not even ARP
CUSTOMER = "lab"
IN_SCOPE = tuple(name for name in ADDRESSES if name != "neighbour")
SCOPE = ("198.51.100.8/29", "198.51.100.16/32")  # every host in scope; the neighbour is the next address
SCOPE_AROUND_NEIGHBOUR = ("198.51.100.0/27",)  # only right together with `exclude: [the neighbour]`
REASONS = {
    "hardened": "everything as it should be: no finding may come from here",
    "weak-ssh": "remote access done wrong: passwords, root, telnet, anonymous FTP, keys that lie open",
    "data": "stores reachable by anyone, with and without a login; its release gets no updates any more",
    "firewalled": "open inside and not reachable from outside is not exposed",
    "dark": "answers ARP and nothing else: filtered, which is neither open nor fine",
    "hostile": "servers that attack whoever scans them",
    "neighbour": "out of scope: counts every packet that reaches it",
}
NAMES = {  # what the scanner's resolver answers; everything else does not exist
    "web.lab.test": (ADDRESSES["hardened"],),
    "alias.lab.test": (ADDRESSES["neighbour"],),  # a CNAME of neighbour.lab.test
    "mixed.lab.test": (ADDRESSES["hardened"], ADDRESSES["neighbour"]),
    **{f"{name}.lab.test": (address,) for name, address in ADDRESSES.items()},
}


@dataclass(frozen=True, slots=True)
class Port:
    """A listening TCP port.

    `process` is the name the kernel gives (`/proc/PID/comm`), None for the lab's own scripts. `without_login` tells
    that a stranger gets at what is served without proving who he is.
    """

    host: str
    number: int
    service: str
    process: str | None
    without_login: bool = False
    outside: bool = True

    @property
    def endpoint(self) -> str:
        return f"{ADDRESSES[self.host]}:{self.number}/tcp"


PORTS = (
    Port("hardened", 22, "ssh", "sshd"),
    Port("hardened", 80, "http", "nginx", without_login=True),  # a public web page: meant for strangers
    Port("weak-ssh", 21, "ftp", "vsftpd", without_login=True),
    Port("weak-ssh", 22, "ssh", "sshd"),
    Port("weak-ssh", 23, "telnet", "xinetd"),
    Port("data", 22, "ssh", "sshd"),
    Port("data", 3306, "mysql", "mariadbd"),
    Port("data", 5432, "postgresql", "postgres"),
    Port("data", 6379, "redis", "redis-server", without_login=True),
    Port("data", 6380, "redis", "redis-server"),  # NOAUTH: wants a password
    Port("data", 6381, "redis", "redis-server"),  # DENIED: protected mode answers loopback only
    Port("data", 11211, "memcached", "memcached", without_login=True),
    Port("firewalled", 22, "ssh", "sshd"),
    Port("firewalled", 6379, "redis", "redis-server", without_login=True, outside=False),
    Port("hostile", 21, "ftp", None),  # a banner of terminal escapes, HTML and bytes that are not UTF-8
    Port("hostile", 22, "ssh", None),  # a tarpit: lines without end before the version (RFC 4253, 4.2, allows lines)
    Port("hostile", 80, "http", None),  # redirects to the neighbour, `/name` by its name
    Port("hostile", 3306, "mysql", None),  # accepts and never says anything
    Port("hostile", 6379, "redis", None),  # floods without end
    Port("neighbour", 22, "ssh", "sshd"),
    Port("neighbour", 6379, "redis", "redis-server", without_login=True),
)


@dataclass(frozen=True, slots=True)
class Expected:
    """A finding, by check and by what it is about. Whatever is neither here nor in `MACHINE_DEPENDENT` is invented.

    ``{name}`` in a subject stands for the fingerprint of the lab's key of that name.
    """

    check: str
    host: str
    subject: str
    why: str = ""


def _at(check: str, host: str, port: int) -> Expected:
    return Expected(check, host, f"{ADDRESSES[host]}:{port}/tcp")


FINDINGS = (
    _at("exposure.telnet", "weak-ssh", 23),
    _at("exposure.ftp-anonymous", "weak-ssh", 21),
    *(Expected("mfa.ssh-password-login", "weak-ssh", account) for account in ("root", "deploy")),
    Expected("mfa.ssh-root-login", "weak-ssh", "root"),
    Expected("mfa.empty-password", "weak-ssh", "legacy"),
    Expected("keys.private-key-readable", "weak-ssh", "/home/deploy/.ssh/id_ed25519"),
    Expected("keys.authorized-key-unrestricted", "weak-ssh", "root {auditor}"),
    Expected("keys.authorized-key-weak", "weak-ssh", "root {small-rsa}", why="RSA of 1024 bits"),
    Expected(
        "keys.authorized-key-weak",
        "weak-ssh",
        "root {dead}",
        why="sshd ignores a line with an option it does not know: dead, yet the admin believes in it",
    ),
    Expected("packages.reboot-needed", "weak-ssh", "", why="/run/reboot-required"),
    Expected("packages.security-updates", "weak-ssh", "", why="libssl3 is told to be 3.0.8-1; the archive has a fix"),
    _at("exposure.redis-no-auth", "data", 6379),
    _at("exposure.memcached-open", "data", 11211),
    _at("exposure.database-open", "data", 3306),
    _at("exposure.database-open", "data", 5432),
    Expected("packages.release-end-of-life", "data", "", why="Debian 10"),
    Expected("mfa.ssh-root-login", "data", "root", why="prohibit-password: with a key, nobody knows who it was"),
)

# (check, host) whose outcome follows from the machine below: its packages, kernel and replaced libraries show through.
MACHINE_DEPENDENT = frozenset(
    {
        *(("packages.reboot-needed", host) for host in ADDRESSES if host != "weak-ssh"),
        *(("packages.release-end-of-life", host) for host in ADDRESSES if host != "data"),
    }
)


def reachable(host: str) -> frozenset[int]:
    """The ports of a host that a stranger can connect to."""
    return frozenset(port.number for port in PORTS if port.host == host and port.outside)


def listening(host: str) -> frozenset[int]:
    """The ports of a host that somebody listens on, reachable or not."""
    return frozenset(port.number for port in PORTS if port.host == host)
