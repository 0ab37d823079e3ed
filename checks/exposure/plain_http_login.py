from __future__ import annotations

from checks.exposure.access import details, side
from checks.exposure.websites import capital, port_of, reachable, rest, shown, subject, url
from posture.sdk import (
    Iterator,
    Reach,
    Service,
    Services,
    Severity,
    Verdict,
    WebSite,
    WebSites,
    check,
    fail,
    not_assessed,
    passed,
)


@check(
    "exposure.plain-http-login",
    title="Passwords are asked for over unencrypted HTTP",
    clause="4.4",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.5.14", "iso27001@2022:A.8.21", "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "pci-dss@4.0.1:2.2.7", "pci-dss@4.0.1:8.3.2",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
    ),
)  # fmt: skip
def plain_http_login(services: Services, web: WebSites) -> Iterator[Verdict]:
    """A page over plain HTTP has a password field, or a path is guarded by Basic authentication over plain HTTP.

    Whoever is on the way reads such a password, and can change the page first (RFC 7617, section 4: Basic is not secure
    without TLS). The first page is looked at, the login it links to, and the pages of administration interfaces; a
    redirect is followed on the same server only. Nothing is typed in. It passes when plain HTTP leads to https, or
    shows no login on the pages that were looked at.

    It can be wrong where the login lies on a page that nothing leads to, is drawn by a script, or is reached through a
    VPN only, and when the host was seen from its own machine only: then it is of medium severity.
    """
    said = False
    for service, site in reachable(services, web):
        if site.scheme != "https":
            said = True
            yield _judged(service, site)
    yield from rest(services, web, "a web server without TLS", said=said)


def _judged(service: Service, site: WebSite) -> Verdict:
    evidence = (*service.evidence, *shown(site.transcript))
    path = site.login_form or site.basic_auth
    if path:
        asks = "a password" if site.login_form else "a password (Basic authentication)"
        return fail(
            f"The page {path} on {port_of(site)} asks for {asks} and sends it in clear ({side(service)})",
            subject=subject(service, site),
            severity=None if service.reach is Reach.OUTSIDE else Severity.MEDIUM,
            evidence=evidence,
            problem="form" if site.login_form else "basic",
            path=path,
            url=url(service, "http", path, site.host),
            server=site.server,
            **details(service),
        )
    if site.to_https:
        return passed(f"{capital(port_of(site))} leads to https", subject=subject(service, site), evidence=evidence)
    if site.reason:
        reason = f"The web server on {port_of(site)} was looked at in part: {site.reason}"
        return not_assessed(reason, subject=subject(service, site), evidence=evidence)
    none = f"No page seen on {port_of(site)} asks for a password"
    return passed(none, subject=subject(service, site), evidence=evidence)
