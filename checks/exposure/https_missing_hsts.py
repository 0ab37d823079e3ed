from __future__ import annotations

import re

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

_MAX_AGE = re.compile(r"(?:^|;)\s*max-age\s*=\s*\"?(\d{1,12})", re.IGNORECASE)
LEAST = 15_768_000  # seconds, half a year: less leaves gaps between visits


@check(
    "exposure.https-missing-hsts",
    title="A site over https does not keep browsers on https",
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
def https_missing_hsts(services: Services, web: WebSites) -> Iterator[Verdict]:
    """A site over https sends no Strict-Transport-Security header, or one that holds for less than half a year.

    Without it (RFC 6797) a browser that is told `http://` asks in clear first, and whoever is on the way can keep it
    there. One GET of the first page is judged. Only pages for people are: browsers alone obey the header, so interfaces
    of programs need none.

    It can be wrong where only the address is known: the site that is shown for a bare address may not be the one that
    visitors see. Give the site's name as a resource to have that one looked at.
    """
    said = False
    for service, site in reachable(services, web):
        if site.scheme == "https":
            said = True
            yield _judged(service, site)
    yield from rest(services, web, "a web server with TLS", said=said)


def _judged(service: Service, site: WebSite) -> Verdict:
    evidence = (*service.evidence, *shown(site.transcript))
    age = _MAX_AGE.search(site.hsts)
    seconds = int(age[1]) if age else 0
    if seconds >= LEAST:
        kept = f"The site on {port_of(site)} keeps browsers on https"
        return passed(kept, subject=subject(service, site), evidence=evidence)
    if not site.page:
        if site.reason:
            reason = f"The web server on {port_of(site)} was looked at in part: {site.reason}"
            return not_assessed(reason, subject=subject(service, site), evidence=evidence)
        return not_applicable(f"{capital(port_of(site))} shows no page for people", subject=subject(service, site))
    stay = "browsers to stay on https"
    what = f"tells {stay} for {seconds} seconds only" if seconds else f"does not tell {stay}"
    return fail(
        f"The site on {port_of(site)} {what} ({side(service)})",
        subject=subject(service, site),
        evidence=evidence,
        url=url(service, "https", "/", site.host),
        server=site.server,
        **details(service),
    )
