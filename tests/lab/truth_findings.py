"""The table of findings: what an audit of the lab must find, told by hand, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from truth_addresses import ADDRESSES


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
