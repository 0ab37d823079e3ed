"""SSH as facts: typical ways in, keys and uses, and for each check of keys facts on which it fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from posture.sdk import (
    INTERNET,
    Account,
    Accounts,
    AuthorizedKey,
    AuthorizedKeys,
    CaKey,
    KeyUse,
    LoosePath,
    Password,
    PrivateKey,
    PrivateKeys,
    SshAuthorities,
    SshdContext,
    SshLog,
    SshServer,
    Unavailable,
)

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
PUBLIC = "AAAAC3NzaC1lZDI1NTE5AAAAIN2bLF7aDyWXKkZZ5hyBwPmYBsdVSyMDJCpn1X2Yd5MA"
PRINT = "SHA256:6fF6Cra/mF9ONi9E82wvP8EzeUVVa"
ROOT = Account("root", 0, "/bin/bash", "/root", can_login=True, admin=True, password=Password.SET)
ALEX = Account("alex", 1000, "/bin/bash", "/home/alex", can_login=True, admin=False, password=Password.SET)
KEY = AuthorizedKey(
    "root", 0, "/root/.ssh/authorized_keys", 3, "ssh-ed25519", 256, PRINT, "jo@laptop", public=PUBLIC
)  # fmt: skip
OWN = replace(KEY, account="alex", uid=1000, path="/home/alex/.ssh/authorized_keys")
USE = KeyUse("root", PRINT, AT, 12, ("203.0.113.10", "2001:db8:5::7"))
SETTINGS = {
    "permitrootlogin": "prohibit-password", "passwordauthentication": "yes", "kbdinteractiveauthentication": "no",
    "usepam": "yes", "pubkeyauthentication": "yes", "authenticationmethods": "any", "trustedusercakeys": "none",
    "authorizedprincipalsfile": "none", "authorizedkeyscommand": "none", "authorizedkeyscommanduser": "none",
    "revokedkeys": "none", "forcecommand": "none", "disableforwarding": "no", "allowtcpforwarding": "yes",
    "allowstreamlocalforwarding": "yes", "permitopen": "any", "permitlisten": "any", "permittunnel": "no",
    "x11forwarding": "yes", "strictmodes": "yes", "loglevel": "INFO", "requiredrsasize": "1024",
}  # fmt: skip


def context(user: str = "root", *more: tuple[str, str], origin: str = INTERNET, **options: str) -> SshdContext:
    """What ``sshd -T -C user=...`` prints on Debian; keywords change it, `more` adds lines."""
    address = "" if origin == INTERNET else origin.partition("/")[0]
    return SshdContext(user, user == "root", (*{**SETTINGS, **options}.items(), *more), origin, address)


def server(*contexts: SshdContext, **changes: Any) -> SshServer:
    """A server with these ways in, root's and alex's where none are given."""
    found = contexts or (context(), context("alex"))
    return replace(SshServer(found, (), "9.2", "ssh.service", AT, listening=True, guards=()), **changes)


def accounts(*some: Account, **changes: Any) -> Accounts:
    return replace(Accounts(some or (ROOT, ALEX), shadow_read=True, observed=AT), **changes)


def keys(*some: AuthorizedKey, **changes: Any) -> AuthorizedKeys:
    return replace(AuthorizedKeys(some, ("root", "alex"), (), (), "", AT, paths_checked=True), **changes)


def log(*uses: KeyUse, days: int = 60, **changes: Any) -> SshLog:
    """A whole log of some days."""
    typical = SshLog(uses, (), 0, 0, AT - timedelta(days=days), AT, "journal", whole=True, observed=AT)
    return replace(typical, **changes)


def authorities(*some: CaKey, **changes: Any) -> SshAuthorities:
    return replace(SshAuthorities(some, (), "", "", (), AT), **changes)


def with_options(key: AuthorizedKey, *options: str, **changes: Any) -> AuthorizedKey:
    """The key with options, each ``name`` or ``name=value``."""
    pairs = tuple((name, value) for name, _, value in (option.partition("=") for option in options))
    return replace(key, options=pairs, **changes)


NO_LOG = Unavailable("the log could not be read")
NO_SERVER = Unavailable("sshd could not be asked")
TIED = with_options(KEY, "command=/usr/bin/rrsync", comment="backup@nas")
OTHER = replace(USE, fingerprint="SHA256:another")
LOOSE = LoosePath("alex", "/home/alex/.ssh/authorized_keys", "/home/alex", "alex", 0o775, "group www-data")
CA = CaKey("/etc/ssh/user_ca.pub", 1, "ssh-ed25519", 256, "SHA256:ca", "company", PUBLIC)
BACKUP = Account("backup", 34, "/usr/sbin/nologin", "/var/backups", can_login=False, admin=False, password=Password.SET)
PRIVATE = PrivateKey("/home/alex/.ssh/id_ed25519", "alex", 0o600, "openssh", encrypted=False, type="ssh-ed25519")
MANY = replace(USE, addresses=tuple(f"203.0.113.{n}" for n in range(1, 31)), more_addresses=True)


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """For every check the facts on which it fails, chosen to reach each branch of its text."""
    rsa = replace(KEY, type="ssh-rsa", bits=4096, public="A" * 716)
    return {
        "keys.authorized-key-unused": (
            (keys(KEY), accounts(), server(), log(OTHER)),
            (keys(replace(OWN, comment="kim@desk"), replace(OWN, line=9)), accounts(), NO_SERVER, log(OTHER)),
            (keys(replace(OWN, can_login=False)), accounts(), server(), NO_LOG),
            (keys(with_options(OWN, "restrict", can_login=False)), accounts(), server(), NO_LOG),
        ),
        "keys.authorized-keys-writable": tuple(
            (keys(OWN, loose=(path,)), accounts(), one)
            for path in (LOOSE, replace(LOOSE, path=OWN.path, by="everyone"), replace(LOOSE, by="kim", owner="kim"))
            for one in (server(), server(context(strictmodes="no")), NO_SERVER)
        ),
        "keys.authorized-keys-command": tuple(
            (server(context(**{name: "/usr/bin/k %u", f"{name}user": "root"}), unit=unit), keys())
            for name in ("authorizedkeyscommand", "authorizedprincipalscommand")
            for unit in ("ssh.service", "")
        ),
        "keys.certificate-authority-unbounded": (
            (keys(with_options(KEY, "cert-authority")), accounts(), server(), authorities()),
            (keys(with_options(OWN, "cert-authority")), accounts(), server(), authorities(revoked="/etc/ssh/r")),
            (keys(), accounts(), server(context(trustedusercakeys=CA.path)), authorities(CA)),
            (keys(), accounts(), server(), authorities(replace(CA, type="ssh-rsa", bits=1024), revoked="/etc/ssh/r")),
        ),
        "keys.private-key-readable": tuple(
            (PrivateKeys((key,), ("/home",), 0, complete=True, observed=AT),)
            for key in (
                replace(PRIVATE, mode=0o644), replace(PRIVATE, mode=0o640, readers=("kim", "www-data")),
                replace(PRIVATE, path="/etc/ssh/ssh_host_rsa_key", mode=0o640, encrypted=True),
            )
        ),
        "keys.private-key-unencrypted": tuple(
            (PrivateKeys((key,), ("/home",), 0, complete=True, observed=AT), accounts(ROOT, ALEX, BACKUP))
            for key in (
                PRIVATE, replace(PRIVATE, owner="backup", path="/var/backups/.ssh/id_rsa"),
                replace(PRIVATE, encrypted=True, format="pem", kdf="md5"), replace(PRIVATE, format="putty"),
            )
        ),
        "keys.authorized-key-forwarding": (
            (keys(TIED), accounts(), server()),
            (keys(KEY), accounts(), server(context(forcecommand="internal-sftp", allowtcpforwarding="no"))),
            (keys(with_options(OWN, "restrict", "port-forwarding", "command=/usr/bin/x")), accounts(), server()),
            (keys(TIED, with_options(TIED, "restrict", line=9)), accounts(), server()),
        ),
        "keys.authorized-key-shell-for-job": tuple(
            (keys(*lines), accounts(), server(), one)
            for words in ("rsync", "borg", "restic", "deploy", "nagios", "cron", "ansible")
            for lines, one in (
                ((replace(KEY, comment=words), with_options(KEY, "restrict", line=9)), log(USE)),
                ((with_options(OWN, "from=*" if words == "ansible" else "from=192.0.2.1", comment=words),), NO_LOG),
                ((replace(OWN, comment=words),), NO_LOG),
            )
        ),
        "keys.authorized-key-dead": tuple(
            (keys(*lines), accounts())
            for lines in (
                (replace(OWN, line=4, dead="unknown option"), replace(OWN, fingerprint="SHA256:x")),
                (replace(KEY, dead="unknown option"), replace(KEY, line=9)),
                (replace(KEY, fingerprint="", dead="unknown option no-fowarding"),),
            )
        ),
        "keys.authorized-key-weak": (
            *(
                (keys(key), accounts(), one)
                for key in (replace(OWN, type="ssh-rsa", bits=1024), replace(KEY, type="ssh-dss", bits=1024))
                for one in (NO_SERVER, server(context(permitrootlogin="no"), context("alex", requiredrsasize="2048")))
            ),
            (keys(with_options(OWN, "no-touch-required", type="sk-ssh-ed25519@openssh.com")), accounts(), NO_SERVER),
        ),
        "keys.authorized-key-unrestricted": tuple(
            (keys(*lines), accounts(), server(), one)
            for lines, one in (
                ((KEY,), log(USE)), ((OWN,), NO_LOG), ((KEY, with_options(KEY, "restrict", line=9)), log(MANY)),
                ((with_options(KEY, "from=*"),), log()),
                ((with_options(OWN, "no-pty", "expiry-time=20271231"),), log()),
                ((rsa,), log(USE)), ((with_options(KEY, "environment=A=…"),), log(USE)),
            )
        ),
    }  # fmt: skip
