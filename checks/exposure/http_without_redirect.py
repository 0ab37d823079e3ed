from __future__ import annotations

from checks.exposure.access import details, side
from checks.exposure.websites import capital, port_of, reachable, rest, shown, subject, url
from posture.sdk import (
    Iterator,
    Service,
    Services,
    Severity,
    Verdict,
    WebSite,
    WebSites,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

HTTP, HTTPS = 80, 443


@check(
    "exposure.http-without-redirect",
    title="A site with https is served over plain HTTP as well",
    clause="4.4",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "pci-dss@4.0.1:2.2.7",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
    ),
)  # fmt: skip
def http_without_redirect(services: Services, web: WebSites) -> Iterator[Verdict]:
    """Port 80 shows a page instead of leading to https, though the server has https on port 443.

    Visitors who type the name without `https://` then stay on the connection that everybody on the way can read and
    change. One GET of the first page is judged. A server without https is no finding here, nor are other ports: logins
    over plain HTTP have a check of their own.

    It can be wrong where the two ports serve different sites, and where a page sends browsers on by a script.
    """
    both = tuple(reachable(services, web))
    with_tls = any(site.port == HTTPS and site.scheme == "https" for _, site in both)
    plain = tuple((service, site) for service, site in both if site.port == HTTP and site.scheme != "https")
    for service, site in plain:
        yield _judged(service, site, with_tls=with_tls)
    yield from rest(services, web, "a web server on port 80", said=bool(plain))


def _judged(service: Service, site: WebSite, *, with_tls: bool) -> Verdict:
    evidence = (*service.evidence, *shown(site.transcript))
    about, port = subject(service, site), port_of(site)
    if site.to_https:
        return passed(f"{capital(port)} leads to https", subject=about, evidence=evidence)
    if not with_tls:
        return not_applicable(f"The site on {port} has no https to lead to", subject=about)
    if not site.page:
        if site.reason:
            return not_assessed(f"{capital(port)} was looked at in part: {site.reason}", subject=about)
        return passed(f"{capital(port)} shows no page", subject=about, evidence=evidence)
    return fail(
        f"The site on {port} shows its pages without encryption, though https is there ({side(service)})",
        subject=about,
        evidence=evidence,
        url=url(service, "http", "/", site.host),
        server=site.server,
        **details(service),
    )
