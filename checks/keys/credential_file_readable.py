from __future__ import annotations

from checks.wording import count, listed
from posture.sdk import (
    Evidence,
    HostLeaks,
    Iterator,
    LooseFile,
    Severity,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

EVERYONE = "*"

# What the collector says first where it looks at names and permissions only (collector/leaks.sh), which is enough here.
_CONTENTS = tuple(
    f"{reason}: contents were not looked at"
    for reason in (
        "python3 is not on the host",
        "python3 on the host lacks modules of its standard library",
        "python3 on the host is older than 3.6",
    )
)


@check(
    "keys.credential-file-readable",
    title="Others can read a file that is made to hold passwords",
    clause="4.3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:5.2",
        "iso27001@2022:A.5.17", "iso27001@2022:A.8.3",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:IA-5", "nist-800-53@5:IA-5(7)",
        "nis2@2022:21(2)(h)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:9.2.c",
        "pci-dss@4.0.1:8.6.2",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:CRY-04", "bsi-c5@2020:IDM-08",
        "bsi-grundschutz@2023:CON.1.A4",
    ),
)  # fmt: skip
def credential_file_readable(leaks: HostLeaks) -> Iterator[Verdict]:
    """A file whose only purpose is to hold logins (.my.cnf, .pgpass, .netrc, ...) can be read by others.

    Told by the file's name and who can read it: by its own permissions and those of every folder above it. What is in
    it does not matter, the next password will be. Medium where everybody can, low where some accounts can. Where a
    secret was found in the file, keys.secret-in-file tells it and this does not repeat it.

    It is wrong for a file that holds no login and never will. It needs the search of the collector; folders that could
    not be opened are told as not assessed.
    """
    told = {secret.path for secret in leaks.secrets if secret.readers}
    loose = [file for file in leaks.loose if file.path not in told]
    for file in loose:
        yield _failure(file, leaks)
    gaps = [gap for gap in leaks.gaps if not gap.startswith(_CONTENTS)]
    if gaps:
        yield not_assessed(f"Not every place was looked at: {'; '.join(gaps)}")
    elif not loose:
        yield passed(f"No file that is made for passwords lies open in {listed(leaks.places) or 'the places searched'}")


def _failure(file: LooseFile, leaks: HostLeaks) -> Verdict:
    everyone = EVERYONE in file.readers
    some = f"{count(len(file.readers), 'account')} ({listed(file.readers, 3)})"
    seen = f"{file.mode:04o} {file.owner}; readable by {listed(file.readers)}"
    whom = "Everybody on the server" if everyone else some
    return fail(
        f"{whom} can read {file.path}, a file made for passwords ({file.kind})",
        subject=file.path,
        severity=None if everyone else Severity.LOW,
        evidence=(Evidence(file.path, seen, leaks.observed),),
        path=file.path,
        kind=file.kind,
        owner=file.owner,
        mode=f"{file.mode:04o}",
        everyone=everyone,
    )
