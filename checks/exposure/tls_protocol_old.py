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
    check,
    fail,
    not_assessed,
    passed,
)

_SSL = ("SSLv2", "SSLv3")
_OLD = (*_SSL, "TLSv1.0", "TLSv1.1")


@check(
    "exposure.tls-protocol-old",
    title="An outdated version of TLS is accepted",
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
def tls_protocol_old(services: Services, tls: TlsEndpoints) -> Iterator[Verdict]:
    """A server that can be reached agrees to SSL 2.0, SSL 3.0, TLS 1.0 or TLS 1.1.

    Each version is asked for with a ClientHello of its own; the connection ends before any key is made. SSL 2.0 (RFC
    6176; DROWN, CVE-2016-0800, breaks other servers with the same key too) and SSL 3.0 (RFC 7568; POODLE,
    CVE-2014-3566) are high. TLS 1.0 and 1.1 (RFC 8996) are medium. Where mail servers exchange mail (STARTTLS in SMTP
    on other ports than 587) each but SSL 2.0 is one step less: a sender that finds no common version sends in clear
    (RFC 7435).

    It passes when every one of them is refused. A version that got no answer is neither accepted nor refused: the port
    is not assessed then. It can be wrong when a device in front of the server answers for it, and where a server asks
    for a name that is not known here. MySQL is not asked: it turns away whoever hangs up before a
    login too often.
    """
    return over_endpoints(services, tls, _judged)


def _judged(service: Service, endpoint: TlsEndpoint) -> Verdict:
    old = tuple(version for version in _OLD if version in endpoint.accepted)
    unknown = [version for version in _OLD if version in endpoint.unknown]
    told = evidence(
        service, endpoint, f"accepted: {', '.join(endpoint.accepted)}; refused: {_listed(endpoint.refused)}"
    )
    if old:
        return fail(
            f"{where(service, endpoint)} agrees to {_listed(old)}",
            subject=service.subject,
            severity=_severity(old, endpoint),
            evidence=told,
            versions=old,
            modern=bool({"TLSv1.2", "TLSv1.3"} & set(endpoint.accepted)),
            **tls_details(service, endpoint),
        )
    if unknown:
        reason = f"Whether {where(service, endpoint)} agrees to {_listed(unknown)} is not known: {endpoint.reason}"
        return not_assessed(reason, subject=service.subject, evidence=told)
    return passed(f"{where(service, endpoint)} refuses all outdated versions", subject=service.subject, evidence=told)


def _severity(old: tuple[str, ...], endpoint: TlsEndpoint) -> Severity:
    mail = between_mail_servers(endpoint)
    if "SSLv2" in old:
        return Severity.HIGH
    if "SSLv3" in old:
        return Severity.MEDIUM if mail else Severity.HIGH
    return Severity.LOW if mail else Severity.MEDIUM


def _listed(versions: list[str] | tuple[str, ...]) -> str:
    """``SSL 3.0 and TLS 1.0`` as people write them."""
    names = {"SSLv2": "SSL 2.0", "SSLv3": "SSL 3.0"}
    said = [names.get(version, version.replace("TLSv", "TLS ")) for version in versions]
    return " and ".join(part for part in (", ".join(said[:-1]), said[-1]) if part) if said else "none"
