from __future__ import annotations

from checks.packages.known_flaws import (
    ENDED,
    account,
    doubt,
    exploited_in,
    known,
    lines,
    name_of,
    places,
    source,
    worst,
)
from checks.wording import count
from posture.sdk import (
    ApplicationFlaws,
    Evidence,
    FlawedSoftware,
    InstalledApplications,
    Iterator,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

IN_TEXT = 10  # flaws
_NEVER_AS_ROOT = {"nextcloud", "owncloud"}  # occ runs as the owner of config.php only
_TITLES = {
    "adminer": "Adminer", "dolibarr": "Dolibarr", "drupal": "Drupal", "grafana": "Grafana", "joomla": "Joomla",
    "magento": "Magento", "matomo": "Matomo", "mediawiki": "MediaWiki", "moodle": "Moodle", "nextcloud": "Nextcloud",
    "owncloud": "ownCloud", "phpbb": "phpBB", "phpmyadmin": "phpMyAdmin", "prestashop": "PrestaShop",
    "roundcube": "Roundcube", "typo3": "TYPO3", "wordpress": "WordPress",
}  # fmt: skip


@check(
    "packages.web-application-outdated",
    title="A web application has known flaws",
    clause="4.1",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:7.3", "cis@8.1:7.4",
        "iso27001@2022:A.8.8",
        "nist-csf@2.0:ID.RA-01", "nist-csf@2.0:PR.PS-02",
        "nist-800-53@5:RA-5", "nist-800-53@5:SI-2",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.6.1",
        "pci-dss@4.0.1:6.3.3",
        "soc2@2017:CC7.1",
        "bsi-c5@2020:OPS-22",
        "bsi-grundschutz@2023:OPS.1.1.3.A15",
    ),
)  # fmt: skip
def web_application_outdated(flaws: ApplicationFlaws, found: InstalledApplications) -> Iterator[Verdict]:
    """A web application on disk is of a version with published flaws, or of a branch that its makers have ended.

    One finding an application. Its severity is that of the worst flaw, medium where none is told, critical where
    attackers are known to use one (CISA's KEV). The version is read from a file of the application; nothing is sent to
    the site. Applications that the distribution's packages installed are left out: it mends flaws under old versions.
    Plug-ins and themes are in no free database: that they were not judged is said.

    It can be wrong where a copy lies on disk that no web server serves, where somebody mended the files by hand, and
    for flaws in parts that are switched off. Applications without such a file, and in containers, are not seen.
    """
    flawed = [software for software in flaws.flawed if software.flaws]
    for software in flawed:
        yield _failure(flaws, software)
    if unsure := doubt(flaws, found):
        begin = "Not all was judged" if flawed else "No known flaw was found, but not all was judged"
        yield not_assessed(f"{begin}: {unsure}")
    elif flawed:
        return
    elif not found.applications:
        yield not_applicable(f"No web application was found in {places(found)}")
    elif not flaws.judged:
        yield not_assessed(f"None of {count(len(found.applications), 'application')} could be judged")
    else:
        told = Evidence(source(flaws), f"{count(flaws.judged, 'application')} in {places(found)}", flaws.observed)
        yield passed(f"No flaw is known in {count(flaws.judged, 'web application')}", evidence=(told,))


def _failure(flaws: ApplicationFlaws, software: FlawedSoftware) -> Verdict:
    exploited = exploited_in((software,))
    ended = tuple(flaw.summary for flaw in software.flaws if flaw.id.startswith(ENDED) and flaw.summary)
    number, over = known(software), known(software) < len(software.flaws)
    title = _TITLES.get(software.name, software.name)
    parts = [f"has {count(number, 'known flaw')}"] if number else []
    parts += ["is of a branch that its makers have ended"] if over else []
    attack = f"; attackers use {', '.join(exploited[:3])}" if exploited else ""
    return fail(
        f"{title} {software.version} in {software.place} {' and '.join(parts)}{attack}",
        subject=f"{software.name} {software.place}",
        severity=worst(software.flaws, Severity.CRITICAL),
        evidence=(Evidence(source(flaws), lines((software,)), flaws.observed),),
        product=software.name,
        title=title,
        place=software.place,
        owner=account((software,), never_root=software.name in _NEVER_AS_ROOT),
        version=software.version,
        fixed=software.fixed,
        flaws=tuple(dict.fromkeys(name_of(f) for f in software.flaws if not f.id.startswith(ENDED)))[:IN_TEXT],
        count=number,
        ended=ended,
        exploited=exploited[:IN_TEXT],
    )
