"""What the checks of TLS share: the ports that speak it, who is behind them, and what could not be told."""

from __future__ import annotations

from collections.abc import Callable

from checks.exposure.access import Details, absent, details, doubtful, left_out, unreachable
from checks.exposure.websites import SPOKEN
from posture.sdk import (
    Evidence,
    Iterator,
    Reach,
    Service,
    Services,
    TlsEndpoint,
    TlsEndpoints,
    Verdict,
    not_assessed,
)

Judge = Callable[[Service, TlsEndpoint], Verdict]

_LABELS = {
    "http": "HTTPS", "https": "HTTPS", "smtp": "SMTP", "imap": "IMAP", "pop3": "POP3", "ftp": "FTP", "ldap": "LDAP",
    "postgresql": "PostgreSQL", "ssl": "TLS",
}  # fmt: skip

# The program or its package begins so -> whose settings the fix is written for.
_ENGINES = (
    ("nginx", "nginx"), ("openresty", "nginx"), ("apache", "apache"), ("httpd", "apache"), ("postfix", "postfix"),
    ("dovecot", "dovecot"), ("imap-login", "dovecot"), ("pop3-login", "dovecot"), ("vsftpd", "vsftpd"),
    ("slapd", "slapd"), ("openldap", "slapd"), ("postgres", "postgresql"),
)  # fmt: skip
_SUBMISSION = 587

# Protocols in nmap's words: those that were asked for TLS, at once or after STARTTLS, wherever they answered.
ASKED = frozenset({
    "smtp", "submission", "imap", "pop3", "ftp", "ldap", "postgresql",
    "https", "imaps", "pop3s", "smtps", "ldaps", "ftps",
})  # fmt: skip
# Those that usually have a port behind TLS; where they answered without it, they are not among the endpoints.
BEHIND_TLS = frozenset({
    *SPOKEN, "amqp", "cassandra-native", "clickhouse", "imap", "kafka", "ldap", "mqtt", "nntp", "pop3", "smtp",
    "zookeeper",
})  # fmt: skip


class TlsDetails(Details):
    """`engine` is the program whose settings are to be changed, empty where it is not known; `label` its protocol."""

    engine: str
    label: str


def over_endpoints(services: Services, tls: TlsEndpoints, judge: Judge) -> Iterator[Verdict]:
    """Judge every port with TLS that must be taken for reachable; say of which ports nothing is known."""
    told = False
    for endpoint in tls.endpoints:
        service = services.at(endpoint.port)
        if service is None:
            yield not_assessed(f"Port {endpoint.port} spoke TLS, and is not among the services any more")
        else:
            yield judge(service, endpoint) if service.reach.exposed else unreachable(service, label(service, endpoint))
        told = True
    for port, why in tls.not_looked_at:
        service = services.at(port)
        if service is not None and service.reach.exposed:
            yield _unknown(service, why)
            told = True
    seen = {one.port for one in tls.endpoints} | {port for port, _ in tls.not_looked_at} | set(tls.without)
    for service in left_out(services, seen):
        if _may_have_tls(service):
            yield _unknown(service, service.login_reason)
            told = True
    doubts = tuple(doubtful(services, ASKED | BEHIND_TLS, "a service with TLS"))
    yield from doubts
    if not told and not doubts:
        yield absent(services, "service with TLS")


def _may_have_tls(service: Service) -> bool:
    """What is known by its process alone, as it gave no answer or was not tried, may have TLS as well."""
    unheard = bool(service.maybe) or service.reach is Reach.LISTENS
    return service.tls or service.name in ASKED or (unheard and service.name in BEHIND_TLS)


def _unknown(service: Service, why: str) -> Verdict:
    reason = f"TLS on port {service.port} is not known: {why or 'it was not looked at'}"
    return not_assessed(reason, subject=service.subject, evidence=service.evidence)


def label(service: Service, endpoint: TlsEndpoint) -> str:
    """The service's name for people."""
    name = endpoint.starttls or service.name
    return _LABELS.get(name, name or "TLS")


def where(service: Service, endpoint: TlsEndpoint) -> str:
    """``SMTP on port 25``."""
    return f"{label(service, endpoint)} on port {service.port}"


def between_mail_servers(endpoint: TlsEndpoint) -> bool:
    """Whether senders would take no TLS at all as well: TLS here is better than none, however it is made (RFC 7435)."""
    return endpoint.starttls == "smtp" and endpoint.port != _SUBMISSION


def evidence(service: Service, endpoint: TlsEndpoint, seen: str) -> list[Evidence]:
    """That of the service, and what was seen of its TLS."""
    asked = f" after STARTTLS in {label(service, endpoint)}" if endpoint.starttls else ""
    name = f" by the name {endpoint.name_asked}" if endpoint.name_asked else ""
    return [*service.evidence, Evidence(f"TLS hellos{asked}{name}", seen, endpoint.observed)]


def tls_details(service: Service, endpoint: TlsEndpoint) -> TlsDetails:
    """What the remediation texts are rendered with: as for all services, and whose settings are to be changed."""
    return {**details(service), "engine": _engine(service, endpoint), "label": label(service, endpoint)}


def _engine(service: Service, endpoint: TlsEndpoint) -> str:
    process = service.process
    told = (process.name, process.package) if process else (service.product,)
    for word in told:
        for start, engine in _ENGINES:
            if word.lower().startswith(start):
                return engine
    return endpoint.starttls if endpoint.starttls == "postgresql" else ""
