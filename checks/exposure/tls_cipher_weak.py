from __future__ import annotations

from checks.exposure.tls_ports import between_mail_servers, evidence, over_endpoints, tls_details, where
from posture.sdk import (
    Iterator,
    Service,
    Services,
    Severity,
    TlsEndpoint,
    TlsEndpoints,
    Verdict,
    WeakSuite,
    check,
    fail,
    not_assessed,
    passed,
)

_BROKEN = frozenset({"NULL", "anonymous", "EXPORT"})
_WITH_SUITES = ("SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2")  # TLS 1.3 has no weak suite that a server would agree to


@check(
    "exposure.tls-cipher-weak",
    title="A weak TLS cipher suite is accepted",
    clause="4.4",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "pci-dss@4.0.1:2.2.7", "pci-dss@4.0.1:4.2.1",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
    ),
)  # fmt: skip
def tls_cipher_weak(services: Services, tls: TlsEndpoints) -> Iterator[Verdict]:
    """A server that can be reached agrees to a weak cipher suite.

    The weak suites are offered, and nothing else; what the server picks it agrees to. High: NULL (no encryption),
    anonymous (no certificate, so anybody in between can be the server) and EXPORT (40 bits; FREAK, CVE-2015-0204), all
    forbidden by RFC 9325, 4.1. Medium: RC4 (RFC 7465), DES and IDEA (RFC 5469), 3DES (Sweet32, CVE-2016-2183). Suites
    with CBC or without forward secrecy are not judged: RFC 9325 advises against the latter and forbids neither. Where
    mail servers exchange mail (STARTTLS in SMTP on other ports than 587) each is one step less, and anonymous suites
    are in order: senders that verify nothing gain no more from a certificate (RFC 7435; Postfix offers them on
    purpose).

    It passes when none was picked. It can be wrong when a device in front of the server answers for it. A suite that
    only a client with a pre-shared key can use is not asked for. MySQL is not asked: it turns away whoever hangs up
    before a login too often.
    """
    return over_endpoints(services, tls, _judged)


def _judged(service: Service, endpoint: TlsEndpoint) -> Verdict:
    mail = between_mail_servers(endpoint)
    weak = tuple(suite for suite in endpoint.weak if not (mail and suite.family == "anonymous"))
    told = evidence(service, endpoint, "; ".join(map(_told, weak)) or "no weak suite was agreed to")
    if weak:
        families = tuple(dict.fromkeys(suite.family for suite in weak))
        return fail(
            f"{where(service, endpoint)} agrees to weak cipher suites: {', '.join(families)}",
            subject=service.subject,
            severity=_severity(families, mail),
            evidence=told,
            families=families,
            suites=tuple(suite.suite for suite in weak),
            **tls_details(service, endpoint),
        )
    unknown = [version for version in _WITH_SUITES if version in endpoint.unknown]
    if endpoint.weak_reason or unknown:
        why = endpoint.weak_reason or f"{', '.join(unknown)} could not be asked for ({endpoint.reason})"
        reason = f"Whether {where(service, endpoint)} agrees to weak cipher suites is not known: {why}"
        return not_assessed(reason, subject=service.subject, evidence=told)
    return passed(f"{where(service, endpoint)} refuses weak cipher suites", subject=service.subject, evidence=told)


def _severity(families: tuple[str, ...], mail: bool) -> Severity:
    if _BROKEN & set(families):
        return Severity.MEDIUM if mail else Severity.HIGH
    return Severity.LOW if mail else Severity.MEDIUM


def _told(suite: WeakSuite) -> str:
    return f"{suite.protocol}: {suite.suite}"
