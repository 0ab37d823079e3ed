"""Factories of real fact values, each with what a typical host says, to be changed by keyword."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import typical_admin
import typical_aws_leaks
import typical_aws_logins
import typical_aws_network
import typical_aws_powers
import typical_aws_resources
import typical_aws_versions
import typical_dkim_dmarc
import typical_email_dns
import typical_email_transport
import typical_flaws
import typical_fleet
import typical_keys
import typical_leaks
import typical_mail_servers
import typical_pam
import typical_people
import typical_software
import typical_sources
import typical_spf
import typical_ssh
import typical_trust
import typical_updates
import typical_web
from factories_tls import TYPICAL_FAILURES
from typical_updates import EXPLOITED, FLAW, PENDING, UPDATE

from checks.exposure.container_api_open import PROGRAMS
from checks.exposure.web_admin_open import INTERFACES
from checks.exposure.web_files_exposed import KINDS
from posture.model.verdict import Outcome, Verdict
from posture.sdk import (
    Account,
    Accounts,
    Amplification,
    Application,
    AuthorizedKey,
    AuthorizedKeys,
    Check,
    Evidence,
    KernelState,
    Login,
    Password,
    PrivateKey,
    PrivateKeys,
    Process,
    Reach,
    Release,
    ReleaseSupport,
    Service,
    Services,
    SshdContext,
    SshServer,
    Support,
    Unavailable,
    WebSites,
)

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
SEEN = Evidence("Nmap 7.93, from outside", "198.51.100.2 open", AT)

REDIS = Process(
    812, "redis-server", "/usr/bin/redis-check-rdb", "redis", "redis-server.service", "redis-server", "5:7.0.15-1",
    ("/etc/redis/redis.conf",),
)  # fmt: skip
SERVICE = Service(
    "198.51.100.2", 6379, "tcp", "redis", "Redis key-value store", "7.0.15", Reach.OUTSIDE, Login.NOT_NEEDED, "",
    "seen from outside and inside", REDIS, (SEEN,),
)  # fmt: skip
ACCOUNT = Account("alex", 1000, "/bin/bash", "/home/alex", can_login=True, admin=True, password=Password.SET)
KERNEL = KernelState(
    "6.1.0-28-amd64", "6.1.0-28-amd64", reboot_required=False, reboot_packages=(), container="", observed=AT
)
RELEASE = ReleaseSupport("Debian 12 (bookworm)", Support.LTS, datetime(2028, 6, 30, tzinfo=UTC), None, AT, AT)
KEY = AuthorizedKey(
    "root", 0, "/root/.ssh/authorized_keys", 3, "ssh-ed25519", 256, "SHA256:6fF6Cra/mF9ONi9E82wvP8EzeUVVa", "jo@laptop"
)
PRIVATE = PrivateKey("/home/alex/.ssh/id_ed25519", "alex", 0o600, "openssh", encrypted=False, type="ssh-ed25519")

SSHD_DEFAULTS = {
    "permitrootlogin": "prohibit-password", "passwordauthentication": "yes", "kbdinteractiveauthentication": "no",
    "usepam": "yes", "pubkeyauthentication": "yes", "authenticationmethods": "any", "trustedusercakeys": "none",
    "permitemptypasswords": "no",
}  # fmt: skip

Factory = Callable[..., Any]


def made(typical: Any) -> Factory:
    """A factory of values like this one."""
    return lambda **changes: replace(typical, **changes)


def make_context(user: str = "alex", *more: tuple[str, str], **options: str) -> SshdContext:
    """What ``sshd -T -C user=...`` prints; keywords change Debian's defaults, `more` adds lines."""
    return SshdContext(user, user == "root", (*{**SSHD_DEFAULTS, **options}.items(), *more))


def make_server(
    *contexts: SshdContext, failed: tuple[tuple[str, str], ...] = (), version: str = "9.2", **changes: Any
) -> SshServer:
    return replace(SshServer(contexts, failed, version, "ssh.service", AT, guards=()), **changes)


def make_accounts(*accounts: Account, shadow_read: bool = True, elsewhere: tuple[str, ...] = ()) -> Accounts:
    return Accounts(accounts, shadow_read, AT, elsewhere)


def make_keys(*keys: AuthorizedKey, read: tuple[str, ...] = ("root", "alex"), **changes: Any) -> AuthorizedKeys:
    return replace(AuthorizedKeys(keys, read, (), (), "", AT), **changes)


def make_services(*services: Service, blind: str = "") -> Services:
    return Services(services, blind, AT)


def serving(name: str, login: Login = Login.NOT_NEEDED) -> Application:
    """What a web server serves."""
    return Application(name, "/", login)


def make_private(*keys: PrivateKey, **changes: Any) -> PrivateKeys:
    return replace(PrivateKeys(keys, ("/etc/ssh", "/home"), 0, complete=True, observed=AT), **changes)


def make_root(**changes: Any) -> Account:
    root = Account("root", 0, "/bin/bash", "/root", can_login=True, admin=True, password=Password.SET)
    return replace(root, **changes)


def with_sites(*hosts: tuple[Services]) -> tuple[tuple[Services, WebSites], ...]:
    """For checks that also need to know which web servers were looked at: none was."""
    return tuple((one, typical_web.sites()) for (one,) in hosts)


def udp_failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """For the checks of UDP services: every engine, program and problem that their texts tell apart."""

    def seen(name: str, port: int, program: str = "", factor: int = 20, **changes: Any) -> tuple[Services]:
        unit = f"{program}.service" if program else ""
        process = Process(7, program, unit=unit, package=program, package_version="1.0-1") if program else None
        measured = Amplification("a request", 10, 10 * factor, 1)
        typical = {"protocol": "udp", "port": port, "name": name, "amplification": measured, "process": process}
        return (replace(make_services(replace(SERVICE, **(typical | changes))), asked_udp=(port,)),)

    docker = {"process": Process(9, "docker-proxy", unit="docker.service")}
    resolver = {"weakness": "open-resolver"}
    return {
        "exposure.udp-amplifier": (
            *(seen("domain", 53, program, **resolver) for program in ("unbound", "named", "dnsmasq", "")),
            seen("ntp", 123, "ntpd", weakness="monlist mode6"), seen("ntp", 123, weakness="mode6"),
            seen("snmp", 161, "snmpd", weakness="community-public"), seen("memcached", 11211, "memcached"),
            seen("rpcbind", 111, "rpcbind"), seen("mdns", 5353, "avahi-daemon"), seen("chargen", 19, "xinetd"),
            seen("cldap", 389), seen("upnp", 1900, "minissdpd"), seen("", 9, factor=4), seen("cldap", 389, **docker),
            seen("stun", 3478, factor=5, address="::1", reach=Reach.SAME_MACHINE), seen("tftp", 69, factor=4),
        ),
        "exposure.snmp-public": (
            seen("snmp", 161, "snmpd"), seen("snmp", 161), seen("snmp", 161, **docker),
            seen("snmp", 161, "snmpd", reach=Reach.SAME_MACHINE, address="127.0.0.1"),
        ),
        "exposure.ipmi-reachable": (
            seen("asf-rmcp", 623), seen("asf-rmcp", 623, "ipmi_sim", weakness="no-authentication cipher-zero"),
        ),
        "exposure.tftp-reachable": (
            seen("tftp", 69, "in.tftpd"), seen("tftp", 69, "dnsmasq"), seen("tftp", 69), seen("tftp", 69, **docker),
        ),
    }  # fmt: skip


service = pytest.fixture(scope="session", name="service")(lambda: made(SERVICE))
account = pytest.fixture(scope="session", name="account")(lambda: made(ACCOUNT))
update = pytest.fixture(scope="session", name="update")(lambda: made(UPDATE))
pending = pytest.fixture(scope="session", name="pending")(lambda: made(PENDING))
flaw = pytest.fixture(scope="session", name="flaw")(lambda: made(FLAW))
exploited = pytest.fixture(scope="session", name="exploited")(lambda: made(EXPLOITED))
kernel = pytest.fixture(scope="session", name="kernel")(lambda: made(KERNEL))
release = pytest.fixture(scope="session", name="release")(lambda: made(RELEASE))
key = pytest.fixture(scope="session", name="key")(lambda: made(KEY))
private_key = pytest.fixture(scope="session", name="private_key")(lambda: made(PRIVATE))
root = pytest.fixture(scope="session", name="root")(lambda: make_root)
context = pytest.fixture(scope="session", name="context")(lambda: make_context)
server = pytest.fixture(scope="session", name="server")(lambda: make_server)
accounts = pytest.fixture(scope="session", name="accounts")(lambda: make_accounts)
keys = pytest.fixture(scope="session", name="keys")(lambda: make_keys)
services = pytest.fixture(scope="session", name="services")(lambda: make_services)
private = pytest.fixture(scope="session", name="private")(lambda: make_private)


@pytest.fixture(scope="session")
def judged() -> Callable[..., list[Verdict]]:
    """All that a check says about some facts."""
    return lambda check, *facts: list(check.judge(*facts))


@pytest.fixture(scope="session")
def only() -> Callable[..., Verdict]:
    """The one verdict a check gives on some facts."""

    def one(check: Check, *facts: Any) -> Verdict:
        verdicts = list(check.judge(*facts))
        assert len(verdicts) == 1, verdicts
        return verdicts[0]

    return one


@pytest.fixture(scope="session")
def outcomes() -> Callable[..., dict[str, Outcome]]:
    """Subject -> outcome of all that a check says about some facts."""
    return lambda check, *facts: {verdict.subject: verdict.outcome for verdict in check.judge(*facts)}


@pytest.fixture(scope="session")
def typical_failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """For every check some facts on which it fails, chosen to reach each branch of its text."""
    like = made(SERVICE)
    mysql = {"name": "mysql", "port": 3306, "login": Login.REQUIRED}
    docker = Process(9, "docker-proxy", unit="docker.service")
    vsftpd = Process(5, "vsftpd", unit="vsftpd.service", package="vsftpd", package_version="3.0.3-13")
    everywhere = make_context("root", permitrootlogin="yes")
    no_pam, debian = Unavailable("an older collector"), typical_pam.stack(typical_pam.DEBIAN)
    lenient = f"@include common-auth\n{typical_pam.GOOGLE} nullok\n"
    with_codes = typical_pam.stack(lenient, enrolled={"alex": False, "kim": False})
    office = replace(make_context(), origin="10.0.0.0/8", address="10.0.0.1")
    by_pam = make_context(passwordauthentication="no", kbdinteractiveauthentication="yes")
    return {
        "exposure.redis-no-auth": (
            (make_services(SERVICE),), (make_services(like(process=None, reach=Reach.SAME_MACHINE, address="::1")),),
            (make_services(like(process=replace(REDIS, config_files=()))),), (make_services(like(process=docker)),),
        ),
        "exposure.memcached-open": (
            (make_services(like(name="memcached", port=11211, process=replace(REDIS, name="memcached"))),),
            (make_services(like(name="memcached", process=docker)),),
            (make_services(like(name="memcached", process=None)),),
        ),
        "exposure.ftp-anonymous": (
            (make_services(like(name="ftp", port=21, process=vsftpd)),),
            (make_services(like(name="ftp", process=None)),),
            (make_services(like(name="ftp", address="2001:db8::2", process=replace(vsftpd, name="proftpd"))),),
            (make_services(like(name="ftp", process=replace(vsftpd, name="pure-ftpd"))),),
            (make_services(like(name="ftp", process=replace(vsftpd, unit=""))),),
            (make_services(like(name="ftp", process=replace(vsftpd, name="proftpd", unit=""))),),
            (make_services(like(name="ftp", process=Process(6, "xinetd", unit="xinetd.service"))),),
            (make_services(like(name="ftp", process=Process(6, "in.ftpd", unit="session-4.scope"))),),
            (make_services(like(name="ftp", process=docker)),),
        ),
        **TYPICAL_FAILURES,
        "exposure.telnet": (
            (make_services(like(name="telnet", port=23, login=Login.REQUIRED)),),
            (make_services(like(name="telnet", port=23, process=None)),),
        ),
        "exposure.database-open": with_sites(
            (make_services(like(**mysql)),), (make_services(like(**mysql, process=None)),),
            (make_services(like(**mysql, process=docker)),), (make_services(like(name="postgresql", port=5432)),),
            (make_services(like(name="mongodb", process=None)),), (make_services(like(name="cassandra")),),
            (make_services(like(name="http", product="Elasticsearch REST API", port=9200)),),
            *((make_services(like(name="http", port=9200, process=None, applications=(serving(name),))),) for name in (
                "elasticsearch", "opensearch", "couchdb", "influxdb", "clickhouse")),
            (make_services(like(name="ms-sql-s", port=1433)),), (make_services(like(name="oracle-tns")),),
        ),
        "exposure.message-broker-open": with_sites(
            (make_services(like(name="mqtt", process=replace(REDIS, name="mosquitto"))),),
            (make_services(like(name="mqtt", process=None)),), (make_services(like(name="mqtt", process=docker)),),
            (make_services(like(name="kafka", port=9092)),), (make_services(like(name="amqp", process=None)),),
            (make_services(like(name="amqp", process=replace(REDIS, name="java"))),),
            (make_services(like(name="http", process=None, applications=(serving("rabbitmq-management"),))),),
        ),
        "exposure.cluster-state-open": with_sites(
            (make_services(like(name="zookeeper", process=replace(REDIS, name="java", config_files=()))),),
            (make_services(like(name="zookeeper", process=docker)),), (make_services(like(name="epmd", process=None)),),
            *((make_services(like(name="http", process=None, applications=(serving(name),))),) for name in (
                "etcd", "consul")),
        ),
        "exposure.ldap-anonymous": (
            (make_services(like(name="ldap", port=389, process=replace(REDIS, name="slapd"))),),
            (make_services(like(name="ldap", process=None, address="2001:db8::2")),),
            (make_services(like(name="ldap", process=docker)),),
            (make_services(like(name="ldap", process=replace(REDIS, name="ns-slapd"))),),
        ),
        "exposure.file-share-open": tuple(
            (make_services(like(name=name, port=port, login_reason="backup", process=process)),)
            for name, port in (("rsync", 873), ("nfs", 2049), ("microsoft-ds", 445), ("afp", 548), ("iscsi", 3260))
            for process in (REDIS, None, docker)
        ),
        "exposure.smb-reachable": tuple(
            (make_services(like(name="microsoft-ds", port=445, weakness=weakness, process=process)),)
            for weakness in ("", "smb1") for process in (None, docker, REDIS)
        ),
        "exposure.remote-shell": (
            (make_services(like(name="shell", port=514)),), (make_services(like(name="login", process=None)),),
            (make_services(like(name="adb", port=5555)),), (make_services(like(name="smart-install", port=4786)),),
        ),
        "exposure.remote-desktop": tuple(
            (make_services(like(name=name, login=login, weakness=weakness, process=process)),)
            for name, login, weakness in (
                ("X11", Login.NOT_NEEDED, ""), ("vnc", Login.NOT_NEEDED, ""), ("vnc", Login.REQUIRED, "plain-login"),
                ("ms-wbt-server", Login.REQUIRED, "no-nla"),
            )
            for process in (REDIS, None, docker)
        ),
        "exposure.plain-login": tuple(
            (make_services(like(name=name, login=Login.REQUIRED, weakness="plain-login", process=process)),)
            for name in ("imap", "pop3", "smtp", "ftp", "nntp") for process in (vsftpd, REDIS, None, docker)
        ),
        **typical_web.failures(like, tuple(INTERFACES), tuple(PROGRAMS), tuple(KINDS)),
        **typical_updates.failures(),
        **typical_sources.failures(),
        "packages.reboot-needed": (
            (replace(KERNEL, running="6.1.0-18-amd64"),),
            (replace(KERNEL, updated=("glibc", "systemd")),),
            (replace(KERNEL, running="6.1.0-18-amd64", livepatches=("kpatch_1",)),),
            (replace(KERNEL, reboot_required=True, reboot_packages=("libc6", "dbus")),),
        ),
        **(flawed := typical_flaws.failures()),
        "packages.release-end-of-life": flawed["packages.release-end-of-life"] + tuple(
            (replace(RELEASE, product=product, phase=phase, upgrades=way, codename=name, free_until=AT),)
            for product, phase, name, way in (
                ("Debian 10 (buster)", Support.PAID, "buster", tuple(Release(n, n) for n in ("bullseye", "bookworm"))),
                ("Debian 10 (buster)", Support.PAID, "", ()),
                ("Ubuntu 18.04 LTS", Support.ENDED, "bionic", ()),
            )
        ),
        "mfa.ssh-password-login": (
            (make_server(make_context()), make_accounts(ACCOUNT), no_pam),
            (
                make_server(make_context(), make_context("kim")),
                make_accounts(ACCOUNT, replace(ACCOUNT, name="kim")), debian,
            ),
            (make_server(by_pam), make_accounts(ACCOUNT), debian),
        ),
        "mfa.ssh-second-factor": tuple(
            (make_server(*contexts), make_accounts(*people), make_keys(*own), typical_ssh.authorities(), pam)
            for contexts, people, own, pam in (
                ((make_context(),), (ACCOUNT,), (), debian),
                ((by_pam, make_context("kim")), (ACCOUNT, replace(ACCOUNT, name="kim")), (), with_codes),
                ((make_context("root"),), (make_root(),), (KEY,), no_pam),
                ((office,), (replace(ACCOUNT, admin=False),), (), debian),
            )
        ),
        "mfa.ssh-root-login": (
            (make_server(everywhere), make_accounts(make_root()), make_keys()),
            (make_server(make_context("root")), make_accounts(make_root()), make_keys(KEY)),
        ),
        "mfa.empty-password": ((make_accounts(replace(ACCOUNT, password=Password.EMPTY)),),),
        **typical_ssh.failures(),
        **typical_trust.failures(),
        **udp_failures(),
        **typical_software.failures(),
        **typical_fleet.failures(),
        **typical_keys.failures(),
        **typical_leaks.failures(),
        **typical_people.failures(),
        **typical_aws_logins.failures(),
        **typical_aws_network.failures(),
        **typical_aws_powers.failures(),
        **typical_aws_leaks.failures(),
        **typical_aws_versions.failures(),
        **typical_dkim_dmarc.failures(),
        **typical_email_dns.failures(),
        **typical_mail_servers.failures(),
        **typical_spf.failures(),
        **typical_email_transport.failures(),
        **typical_aws_resources.failures(),
        **typical_admin.failures(make_server(make_context()), make_accounts(ACCOUNT)),
    }  # fmt: skip
