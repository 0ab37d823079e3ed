from __future__ import annotations

import re

from checks.exposure.access import absent, doubtful, judged, unreachable, untried
from posture.sdk import Iterator, Login, Reach, Service, Services, Severity, Verdict, check

# Protocol in nmap's words -> (engine, its name for people, what anyone can do).
SHARES = {
    "rsync": ("rsync", "rsync", "copy the files of its modules, and often replace them"),
    "nfs": ("nfs", "NFS", "mount its folders under any user's number"),
    "microsoft-ds": ("smb", "SMB (Windows file sharing)", "open its shares"),
    "netbios-ssn": ("smb", "SMB (Windows file sharing)", "open its shares"),
    "afp": ("afp", "AFP (Apple file sharing)", "log in as guest"),
    "iscsi": ("iscsi", "iSCSI", "use its disks"),
}

# Engine -> the words above that names of what is open stand for, and what one of them is called.
_NAMED = {"rsync": ("its modules", "module"), "nfs": ("its folders", "folder"), "smb": ("its shares", "share")}
_REMARKS = re.compile(r"(?: \(signing is (?:not )?required\))?(?:; (?:it accepts SMB 1|\d+ more modules).*)?\Z")


@check(
    "exposure.file-share-open",
    title="A file share is open to anyone",
    clause="4.4",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:4.4", "cis@8.1:4.8", "cis@8.1:6.3",
        "iso27001@2022:A.8.3", "iso27001@2022:A.8.5", "iso27001@2022:A.8.20",
        "nist-csf@2.0:PR.AA-03", "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:AC-3", "nist-800-53@5:CM-7", "nist-800-53@5:IA-2", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:6.7.2.c",
        "pci-dss@4.0.1:1.4.4", "pci-dss@4.0.1:7.2.5",
        "soc2@2017:CC6.1", "soc2@2017:CC6.6",
        "bsi-c5@2020:IDM-09", "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:ORP.4.A9", "bsi-grundschutz@2023:SYS.1.1.A19",
    ),
)  # fmt: skip
def file_share_open(services: Services) -> Iterator[Verdict]:
    """A file share that can be reached lets anyone in without a login.

    Asked are: rsync's daemon for its modules, each opened as far as the word that says whether a password is needed;
    NFS for the list of exports, and one look-up as user nobody to see whether Kerberos is needed; SMB for an anonymous
    session, and the top folders of its shares opened and not listed; AFP for the ways to log in; iSCSI for its targets.
    No file is read, nothing is mounted, written or changed.

    It passes when every share asks for a login, is exported to listed hosts only, or cannot be reached. Shares that a
    server does not list are not tried by name: then it is not assessed.

    It can be wrong when a public download area is what is wanted: accept the risk with that reason. Under NFS 3 alone
    it cannot be seen whether Kerberos is needed. Seen from its own machine only, a firewall in front may stop everybody
    else; the finding then says so.
    """
    found = tuple(s for s in services.named(*SHARES) if s.protocol == "tcp")
    for service in found:
        yield _judged(service)
    doubts = tuple(doubtful(services, SHARES, "a file share"))
    yield from doubts
    if not found and not doubts:
        yield absent(services, "file share")


def _judged(service: Service) -> Verdict:
    engine, label, consequence = SHARES[service.name]
    if not service.reach.exposed:
        return unreachable(service, label)
    if service.reach is Reach.LISTENS and service.login is not Login.NOT_NEEDED:
        return untried(service, label)
    if service.login is Login.NOT_NEEDED and service.login_reason:
        consequence = _with_names(engine, service.login_reason, consequence)
    return judged(service, label, consequence, Severity.CRITICAL, engine=engine, label=label)


def _with_names(engine: str, reason: str, consequence: str) -> str:
    """What anyone can do, with the names of what is open where the reason ends in them."""
    names = _REMARKS.sub("", reason.partition(": ")[2])
    if engine not in _NAMED or not names:
        return f"{consequence}: {reason}"
    own, noun = _NAMED[engine]
    return consequence.replace(own, f"the {noun}{'s' if ', ' in names or ' and ' in names else ''} {names}")
