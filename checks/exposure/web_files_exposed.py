from __future__ import annotations

from checks.exposure.access import capped, details, side
from checks.exposure.websites import port_of, reachable, rest, shown, subject, url
from posture.sdk import (
    ExposedFile,
    Iterator,
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

# Kind -> (what it is, what it gives a stranger, severity).
KINDS = {
    "git-credentials": (
        "A Git repository with a password in its configuration", "the program's source, and that password",
        Severity.CRITICAL,
    ),
    "git": ("A Git repository", "the program's source with all its history, and secrets in it", Severity.HIGH),
    "svn": ("A Subversion working copy", "the program's source, and secrets in it", Severity.HIGH),
    "env": ("A file with a program's settings", "its passwords and keys", Severity.CRITICAL),
    "config": ("A copy of a configuration file", "the database's password", Severity.CRITICAL),
    "dump": ("A dump of a database", "all data in it", Severity.CRITICAL),
    "backup": ("A backup archive", "everything in it", Severity.HIGH),
    "key": ("A private key", "the right to pose as this server or its owner", Severity.CRITICAL),
    "cloud-key": ("An access key of a cloud account", "the account", Severity.CRITICAL),
    "passwords": ("A file of password hashes", "passwords to guess at leisure", Severity.HIGH),
    "listing": ("A list of a folder's files", "the names of all files in it, and the files", Severity.MEDIUM),
    "phpinfo": ("A page with all settings of PHP", "paths, versions and often secrets", Severity.MEDIUM),
    "folder-view": ("A Mac's view of a folder", "the names of files in it", Severity.LOW),
}  # fmt: skip
_OTHER = ("A file that is not for the public", "what is in it", Severity.MEDIUM)


@check(
    "exposure.web-files-exposed",
    title="A web server serves files that are not for the public",
    clause="4.4",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:3.3", "cis@8.1:4.8",
        "iso27001@2022:A.8.3", "iso27001@2022:A.8.9",
        "nist-csf@2.0:PR.AA-05", "nist-csf@2.0:PR.PS-01",
        "nist-800-53@5:AC-3", "nist-800-53@5:AC-6", "nist-800-53@5:CM-7",
        "nis2@2022:21(2)(e)", "nis2@2022:21(2)(i)",
        "pci-dss@4.0.1:2.2.6",
        "soc2@2017:CC6.1", "soc2@2017:CC6.6", "soc2@2017:CC6.8",
        "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:SYS.1.1.A6",
    ),
)  # fmt: skip
def web_files_exposed(services: Services, web: WebSites) -> Iterator[Verdict]:
    """A web server gives a stranger repositories, settings, keys, dumps or backups, or lists its folders.

    Some 25 usual paths are asked for (`/.git/HEAD`, `/.env`, `/backup.sql`, `/.ssh/id_rsa` and the like), at most 8 KiB
    of each. Only content proves anything: a key must begin as keys do, a dump as dumps do, and a page that the server
    gives for paths that do not exist proves nothing. Values are not kept: a finding shows names of settings only.

    It passes for the paths that were asked for; files of other names, or of other sites on the same address, are not
    seen. It can be wrong where a file is public on purpose, e.g. a folder of downloads, or when the host was seen from
    its own machine only. The finding then says so.
    """
    said = False
    for service, site in reachable(services, web):
        said = True
        yield from _judged(service, site)
    yield from rest(services, web, "a web server", said=said)


def _judged(service: Service, site: WebSite) -> Iterator[Verdict]:
    for file in site.exposed:
        yield _found(service, site, file)
    where = f"The web server on {port_of(site)}"
    if site.reason:
        yield not_assessed(f"{where} was looked at in part: {site.reason}", subject=subject(service, site))
    elif not site.exposed:
        yield passed(_clean(where, site), subject=subject(service, site), evidence=service.evidence)


def _clean(where: str, site: WebSite) -> str:
    if site.paths_asked:
        none = f"{where} serves none of {len(site.paths_asked)} files and folders that are not for the public"
        return f"{none}, and sends its first page on to https" if site.to_https else none
    if not site.status:
        return f"{where} asks for a TLS client certificate before it shows anything"
    if site.to_https:
        return f"{where} sends its first page on to https; no files were asked for"
    return f"{where} serves no files: it asks for a login first, or belongs to one program"


def _found(service: Service, site: WebSite, file: ExposedFile) -> Verdict:
    label, gives, severity = KINDS.get(file.kind, _OTHER)
    return fail(
        f"{label} can be fetched from {port_of(site)}, {file.path}: it gives anyone {gives} ({side(service)})",
        subject=f"{subject(service, site)}{file.path}",
        severity=capped(service, severity),
        evidence=(*service.evidence, *shown((file.transcript,))),
        problem=file.kind,
        label=label,
        gives=gives,
        path=file.path,
        url=url(service, site.scheme, file.path, site.host),
        server=site.server,
        **details(service),
    )
