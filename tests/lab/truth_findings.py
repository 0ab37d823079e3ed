"""The table of findings: what an audit of the lab must find, told by hand, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from truth_addresses import ADDRESSES, KNOWN_AS


@dataclass(frozen=True, slots=True)
class Expected:
    """A finding, by check and by what it is about. Whatever is neither here nor in `MACHINE_DEPENDENT` is invented.

    ``{name}`` in a subject stands for the fingerprint of the lab's key of that name.
    """

    check: str
    host: str
    subject: str
    why: str = ""


def _at(check: str, host: str, port: int, protocol: str = "tcp", *, more: str = "", why: str = "") -> Expected:
    address = KNOWN_AS[host]
    place = f"[{address}]" if ":" in address else address
    return Expected(check, host, f"{place}:{port}/{protocol}{more}", why)


REMOTE_ACCESS = (
    _at("exposure.telnet", "weak-ssh", 23),
    _at("exposure.ftp-anonymous", "weak-ssh", 21),
    _at("exposure.ssh-algorithms-weak", "weak-crypto", 2222),
    *(Expected("mfa.ssh-password-login", "weak-ssh", account) for account in ("root", "deploy")),
    *(Expected("mfa.ssh-second-factor", "weak-ssh", account) for account in ("root", "deploy")),
    Expected("mfa.ssh-second-factor", "data", "root", why="the key on weak-ssh opens it, and nothing else is asked"),
    *(
        Expected("mfa.ssh-second-factor", host, "auditor", why="the lab's auditor has a shell, and one key opens it")
        for host in ("weak-ssh", "weak-crypto", "data", "shares", "dropping", "firewalled")
    ),
    Expected("mfa.ssh-root-login", "weak-ssh", "root"),
    Expected("mfa.empty-password", "weak-ssh", "legacy"),
    Expected("keys.private-key-readable", "weak-ssh", "/home/deploy/.ssh/id_ed25519"),
    Expected("keys.authorized-key-unrestricted", "weak-ssh", "root {auditor}"),
    Expected("keys.authorized-key-weak", "weak-ssh", "root {small-rsa}", why="RSA of 1024 bits"),
    Expected(
        "keys.private-key-unencrypted",
        "weak-ssh",
        "/home/deploy/.ssh/id_ed25519",
        why="no passphrase; that others read it is keys.private-key-readable",
    ),
    Expected(
        "keys.authorized-key-dead",
        "weak-ssh",
        "root {dead}",
        why="sshd ignores a line with an option it does not know: dead, yet the admin believes in it",
    ),
    Expected(
        "keys.private-key-opens-host",
        "all hosts",
        "weak-ssh /home/deploy/.ssh/id_ed25519",
        why="its public half is authorized for root on data",
    ),
    Expected("keys.ssh-guessing", "weak-ssh", "", why="passwords, and nothing that shuts out who guesses"),
    Expected("keys.secret-in-file", "data", "database-password hmac:*", why="/srv/shop/.env is open to everybody"),
    Expected("packages.reboot-needed", "weak-ssh", "", why="/run/reboot-required"),
    Expected("packages.security-updates", "weak-ssh", "", why="libssl3 is told to be 3.0.8-1; the archive has a fix"),
)
DATABASES = (
    _at("exposure.redis-no-auth", "data", 6379),
    _at("exposure.redis-no-auth", "data", 36379, why="an odd port hides nothing"),
    _at("exposure.redis-no-auth", "dropping", 48379, why="nor does a firewall that lets it through"),
    _at("exposure.redis-no-auth", "six", 6379),
    _at("exposure.memcached-open", "data", 11211),
    _at("exposure.database-open", "data", 3306),
    _at("exposure.database-open", "data", 5432),
    Expected("packages.release-end-of-life", "data", "", why="Debian 10"),
    Expected("mfa.ssh-root-login", "data", "root", why="prohibit-password: with a key, nobody knows who it was"),
)
STORES = (
    # A database that strangers reach is a finding with a login as well.
    *(_at("exposure.database-open", "stores", port) for port in (27017, 27018, 9042, 9043, 9200, 9201, 5984, 5985)),
    _at("exposure.memcached-open", "stores", 11211),
    # The same cache by datagram is no second open one: what is worse there is the flood.
    _at("exposure.udp-amplifier", "stores", 11211, "udp"),
    _at("exposure.message-broker-open", "stores", 1883),
    _at("exposure.message-broker-open", "stores", 9092),
    _at("exposure.cluster-state-open", "stores", 2379),
    _at("exposure.cluster-state-open", "stores", 2181),
    _at("exposure.ldap-anonymous", "stores", 389),
)
WEB = (
    *(
        _at("exposure.web-files-exposed", "web", 80, more=path)
        for path in ("/.git/HEAD", "/.env", "/backup.sql", "/backup/")
    ),
    _at("exposure.http-without-redirect", "web", 80),
    _at("exposure.plain-http-login", "web", 8081, why="a form"),
    _at("exposure.plain-http-login", "web", 9091, why="Basic authentication"),
    _at("exposure.https-missing-hsts", "web", 8441),
    _at("exposure.tls-certificate", "web", 8442, why="expired"),
    _at("exposure.tls-certificate", "web", 8443, why="self-signed"),
    _at("exposure.tls-certificate", "web", 8444, why="another name"),
    _at("exposure.tls-certificate", "web", 8445, why="RSA of 1024 bits"),
    Expected(
        "exposure.tls-name-elsewhere",
        "web",
        f"{ADDRESSES['web']} names that do not exist",
        why="www.lab.test and shop.example.org are in certificates, and the lab's DNS has neither",
    ),
    _at("exposure.tls-protocol-old", "web", 8446, why="TLS 1.0 and 1.1"),
    _at("exposure.tls-cipher-weak", "web", 8447, why="NULL"),
    *(_at("exposure.container-api-open", "web", port) for port in (2375, 5000, 10250)),
    *(
        _at("exposure.web-admin-open", "web", port, more=f" {name}")
        for port, name in ((3000, "grafana"), (8090, "jenkins"), (8888, "jupyter"), (9090, "prometheus"))
    ),
)
MAIL = (
    *(_at("exposure.plain-login", "mail", port) for port in (110, 143, 587)),
    _at("email.open-relay", "mail", 2526),
    _at("email.backscatter", "mail", 2526, why="knows no list of its mailboxes"),
    _at("email.smtp-without-starttls", "mail", 2526),
    *(_at("email.smtp-vrfy", "mail", port, why="Postfix' default") for port in (25, 465, 587, 2587)),
)
UDP = (
    *(_at("exposure.udp-amplifier", "udp", port, "udp", why="of no use to strangers") for port in (7, 13, 17, 19)),
    *(_at("exposure.udp-amplifier", "udp", port, "udp", why="the same") for port in (111, 389, 1900)),
    *(
        _at("exposure.udp-amplifier", "udp", port, "udp", why="made for the local network")
        for port in (3283, 3702, 5353)
    ),
    _at("exposure.udp-amplifier", "udp", 53, "udp", why="resolves for anyone"),
    _at("exposure.udp-amplifier", "udp", 123, "udp", why="monlist"),
    _at("exposure.udp-amplifier", "udp", 5683, "udp", why="its list of resources is many times the request"),
    # These two answer with too little to flood others: that they answer at all is the one problem they have.
    _at("exposure.snmp-public", "udp", 161, "udp"),
    _at("exposure.tftp-reachable", "udp", 69, "udp"),
    _at("exposure.ipmi-reachable", "udp", 623, "udp"),
    _at("exposure.udp-amplifier", "shares", 111, "udp"),
)
SHARES = (
    _at("exposure.file-share-open", "shares", 873),
    _at("exposure.file-share-open", "shares", 2049),
    *(_at("exposure.file-share-open", "shares", port) for port in (139, 445)),
    *(_at("exposure.smb-reachable", "shares", port, why="whatever login it asks for") for port in (139, 445, 1445)),
    _at("exposure.remote-desktop", "shares", 3389, why="no Network Level Authentication"),
    _at("exposure.remote-desktop", "shares", 5900),
    _at("exposure.remote-desktop", "shares", 6000),
)
FINDINGS = (*REMOTE_ACCESS, *DATABASES, *STORES, *WEB, *MAIL, *UDP, *SHARES)

# What is there and cannot be proven with one harmless exchange: it must not pass, and need not be a finding.
DOUBTED = (
    _at("exposure.remote-shell", "weak-ssh", 513, why="it hangs up on clients without a privileged port"),
    _at("exposure.remote-shell", "weak-ssh", 514, why="the same"),
    _at("exposure.plain-login", "weak-ssh", 21, why="it does not say whether it has accounts, too"),
)

# What the machine below has installed and how it is updated: the hosts share its file system.
_OF_THE_MACHINE = (
    "automatic-updates", "half-installed", "held-back", "language-packages", "services-on-old-libraries", "third-party",
    "unsupported-packages", "update-sources", "web-application-outdated",
)  # fmt: skip

# (check, host) whose outcome follows from the machine below: its packages, kernel and replaced libraries show through.
MACHINE_DEPENDENT = frozenset(
    {
        *(("packages.reboot-needed", host) for host in ADDRESSES if host != "weak-ssh"),
        *(("packages.release-end-of-life", host) for host in ADDRESSES if host != "data"),
        *((f"packages.{check}", host) for check in _OF_THE_MACHINE for host in ADDRESSES),
    }
)
