from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import ip_address

from checks.exposure.tls_ports import between_mail_servers, evidence, over_endpoints, tls_details, where
from posture.sdk import (
    Certificate,
    ChainProblem,
    Iterator,
    Service,
    Services,
    Severity,
    TlsEndpoint,
    TlsEndpoints,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

_SOON = timedelta(days=14)
_WEB = frozenset({"http", "https", "http-proxy", "https-alt"})
_VERIFIED = frozenset({"imap", "imaps", "pop3", "pop3s", "smtp", "smtps", "submissions", "ftp", "ftps"}) | _WEB
# Programs whose clients are given the certificate of an authority of their own.
_OWN_AUTHORITY = frozenset({"consul", "docker", "etcd", "kubelet", "kubernetes", "nomad"})
_THEIR_PORTS = frozenset({2376, 2379, 2380, 6443, 10_250})  # where they say nothing without a client certificate


@dataclass(frozen=True, slots=True)
class _Problem:
    """One thing that is wrong: `kind` chooses the fix, `words` follow "its certificate"."""

    kind: str
    severity: Severity
    words: str


@check(
    "exposure.tls-certificate",
    title="A TLS certificate does not prove who answers",
    clause="4.4",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "pci-dss@4.0.1:4.2.1",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
    ),
)  # fmt: skip
def tls_certificate(services: Services, tls: TlsEndpoints) -> Iterator[Verdict]:
    """The certificate of a server that can be reached has expired, is not trusted, or can be forged.

    Two ordinary handshakes: one reads the certificate, the other has the system verify its chain. Where clients verify
    (web, IMAP, POP3, FTP, submission of mail) it fails when the certificate has expired, is not valid yet, is self-
    signed or of an issuer nobody knows, or is for other names than the one known here (RFC 9525): medium, since whoever
    clicks the warning away gives the connection to anybody in between. Without a known name a web server may keep
    another certificate for those who ask by name: an untrusted one is low then, as is a missing intermediate and the
    last 14 days (or the last quarter of a shorter life). Where the inventory gives a host `names`, its web servers are
    asked for each, and what they show for the bare address is not judged by name. Everywhere, RSA keys below 2048 bits
    and elliptic curves below 224 (NIST SP 800-131A, rev. 2) are medium; so are MD5 and SHA-1 signatures of an issuer
    (RFC 6151, RFC 6194).

    Where clients do not verify, or know an authority of their own, names, dates and issuer are not judged: mail between
    servers (RFC 7435), databases, LDAP, Docker, etcd and Kubernetes, and all that is not named above.

    It can be wrong when an authority of your own is known to all clients and not to the machine that looked, or where
    the clock of that machine is off.
    """
    yield from over_endpoints(services, tls, _judged)
    for endpoint in tls.endpoints:
        service = services.at(endpoint.port)
        if service is not None and service.reach.exposed:
            yield from _by_names(service, endpoint)


def _by_names(service: Service, endpoint: TlsEndpoint) -> Iterator[Verdict]:
    """What visitors of the further names are shown, judged name by name."""
    for one in endpoint.named:
        asked = replace(
            endpoint, name_asked=one.name, certificate=one.certificate, certificate_reason=one.reason, named=()
        )
        yield _judged(service, asked, one.name)


def _judged(service: Service, endpoint: TlsEndpoint, name: str = "") -> Verdict:
    """The certificate of the port, or what is shown to those who ask for one further name."""
    shown = endpoint.certificate
    subject = f"{service.subject} {name}" if name else service.subject
    place = f"{where(service, endpoint)} ({name})" if name else where(service, endpoint)
    if shown is None:
        reason = f"The certificate of {place} is not known: {endpoint.certificate_reason}"
        return not_assessed(reason.rstrip(": "), subject=subject, evidence=service.evidence)
    verified = _verified(service, endpoint)
    problems = [*_of_key(shown), *(_of_identity(service, endpoint, shown) if verified else ())]
    told = evidence(service, endpoint, _described(shown))
    if problems:
        kinds = {problem.kind for problem in problems}
        return fail(
            f"{place}: its certificate {_joined(problems)}",
            subject=subject,
            severity=max(problem.severity for problem in problems),
            evidence=told,
            problems=tuple(problem.words for problem in problems),
            issuer=shown.issuer,
            name=endpoint.name_asked,
            renew=bool(kinds & {"dates", "soon", "key", "signature"}),
            untrusted="issuer" in kinds,
            incomplete="chain" in kinds,
            other_name="name" in kinds,
            **tls_details(service, endpoint),
        )
    if verified and (unknown := _unknown(endpoint, shown)):
        reason = f"Whether the certificate of {place} is trusted is not known: {unknown}"
        return not_assessed(reason, subject=subject, evidence=told)
    how = "is in order" if verified else "is one that clients do not verify by themselves, and its key is long enough"
    return passed(f"{place}: its certificate {how}", subject=subject, evidence=told)


def _verified(service: Service, endpoint: TlsEndpoint) -> bool:
    """Whether clients that were told nothing verify the certificate here."""
    if between_mail_servers(endpoint) or service.port in _THEIR_PORTS:
        return False
    if endpoint.named and not endpoint.name_asked:  # visitors ask by these names, each of which is judged by itself
        return False
    if any(application.name in _OWN_AUTHORITY for application in service.applications):
        return False
    return (endpoint.starttls or service.name) in _VERIFIED


def _of_key(shown: Certificate) -> Iterator[_Problem]:
    least = {"rsa": 2048, "dsa": 2048, "ec": 224}.get(shown.key_type, 0)
    if 0 < shown.key_bits < least:
        words = f"has a key of {shown.key_bits} bits ({shown.key_type.upper()}); {least} are the least"
        yield _Problem("key", Severity.MEDIUM, words)
    if shown.signature_hash in {"md5", "sha1"} and not shown.self_signed:  # nobody relies on one's own signature
        yield _Problem("signature", Severity.MEDIUM, f"is signed with {shown.signature_hash.upper()}")


def _of_identity(service: Service, endpoint: TlsEndpoint, shown: Certificate) -> Iterator[_Problem]:
    now, life = endpoint.observed, shown.not_after - shown.not_before
    if shown.not_after < now:
        yield _Problem("dates", Severity.MEDIUM, f"expired on {shown.not_after:%Y-%m-%d}")
    elif shown.not_before > now:
        yield _Problem("dates", Severity.MEDIUM, f"is valid only from {shown.not_before:%Y-%m-%d} on")
    elif shown.not_after - now < min(_SOON, life / 4):
        yield _Problem("soon", Severity.LOW, f"expires on {shown.not_after:%Y-%m-%d}")
    else:
        yield from _of_chain_dates(shown)
    asked_by_name = bool(endpoint.name_asked) or service.name not in _WEB
    untrusted = Severity.MEDIUM if asked_by_name else Severity.LOW
    if shown.self_signed:
        yield _Problem("issuer", untrusted, "is self-signed")
    elif shown.chain_problem in {ChainProblem.UNKNOWN_ROOT, ChainProblem.SELF_SIGNED, ChainProblem.OTHER}:
        yield _Problem("issuer", untrusted, f"is not trusted ({shown.trust_reason or 'unknown issuer'})")
    elif shown.chain_problem is ChainProblem.ISSUER_MISSING:
        yield _Problem("chain", Severity.LOW, f"comes without that of its issuer ({shown.issuer}), which is not known")
    if endpoint.name_asked and not shown.more_names and not _fits(endpoint.name_asked, shown.names):
        yield _Problem("name", Severity.MEDIUM, f"is not for {endpoint.name_asked}")


def _of_chain_dates(shown: Certificate) -> Iterator[_Problem]:
    if shown.chain_problem is ChainProblem.DATES:
        yield _Problem("chain", Severity.MEDIUM, "comes with one of an issuer that has expired or is not valid yet")


def _fits(name: str, names: tuple[str, ...]) -> bool:
    """RFC 9525, 6.3: a wildcard stands for one whole label, the first."""
    wanted = name.lower().rstrip(".")
    above = wanted.partition(".")[2]
    given = {each.lower().rstrip(".") for each in names if not _is_address(each)}
    return wanted in given or (bool(above) and f"*.{above}" in given)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _unknown(endpoint: TlsEndpoint, shown: Certificate) -> str:
    if shown.trusted is None:
        return shown.trust_reason or "it was not verified"
    if endpoint.name_asked and shown.more_names and not _fits(endpoint.name_asked, shown.names):
        return f"it is for {len(shown.names) + shown.more_names} names, not all of which were kept"
    return ""


def _joined(problems: list[_Problem]) -> str:
    return "; it ".join(problem.words for problem in problems)


def _described(shown: Certificate) -> str:
    names = ", ".join(shown.names[:5]) + (", ..." if len(shown.names) > 5 else "")
    return (
        f"{shown.subject or 'no subject'}, issued by {shown.issuer or 'nobody'}, valid {shown.not_before:%Y-%m-%d} to "
        f"{shown.not_after:%Y-%m-%d}, {shown.key_type} {shown.key_bits} bits, names {names or 'none'}, "
        f"SHA-256 {shown.fingerprint}"
    )
