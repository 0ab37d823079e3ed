from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from checks.keys.rotation import where_to_replace
from checks.wording import count, listed
from posture.sdk import (
    Evidence,
    HostLeaks,
    Iterator,
    LeakedSecret,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

EVERYONE = "*"
PLACES = 5  # of one secret told as evidence
_HISTORY = re.compile(r"/\.(?:[a-z]+_)?history$|/\.(?:viminfo|lesshst|zhistory)$")
_WEB_ROOT = re.compile(r"^/(?:var/www|srv/(?:www|http)|usr/share/nginx|home/[^/]+/(?:public_html|www|htdocs|httpdocs))/"
                       r"|/(?:public_html|htdocs|httpdocs|httpsdocs|vhosts)/")  # fmt: skip
_COPY = re.compile(
    r"(?:\.(?:bak|old|save|orig|swp|copy|tmp|sql|dump|txt)|~)(?:\.gz)?$|[._-](?:backup|copy|old)\b", re.IGNORECASE
)
_KEY_FILE = "private-key"  # a file that is a key is judged by keys.private-key-readable and -unencrypted
_HASH = "password-hash"  # keys.password-hash-weak


@check(
    "keys.secret-in-file",
    title="A secret lies where others can get at it",
    clause="4.3",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:3.3", "cis@8.1:5.2",
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
def secret_in_file(leaks: HostLeaks) -> Iterator[Verdict]:
    """A password, key or token stands in a file of the host that others than its owner can read, or that is a leftover.

    A program's secret in its own file is where it has to be. It is a finding in these cases only:

    - everybody on the host can read it: as grave as what it opens;
    - some accounts besides its owner and root can (by the file's group, and every folder above it): one step less;
    - it stands in the history of a shell or a database client: medium at most, there for no purpose;
    - it stands in a copy, dump or text file within the folders of a web server: one step less than what it opens, since
      the next change of the server's settings gives it away.

    A secret that has ended by itself is information. The same value at several places is one finding. Only candidates
    are read, by forms of tokens and layouts of files that are documented (docs/secrets.md), and on the host itself:
    the value never leaves it. Private key files and password hashes have checks of their own.

    It is wrong where an account that can read the file is meant to (a group that shares a deployment): accept the risk
    with that reason. Secrets of no known form, in archives, and in places that are not searched are not seen.
    """
    by_value: dict[tuple[str, str], list[LeakedSecret]] = defaultdict(list)
    kept = 0
    for secret in leaks.secrets:
        if secret.rule == _HASH or (secret.rule == _KEY_FILE and secret.line <= 1):
            continue
        if _why(secret):
            by_value[secret.rule, secret.fingerprint].append(secret)
        elif secret.readers is not None:
            kept += 1
    for places in by_value.values():
        yield _failure(places, leaks)
    unknown = [secret.path for secret in leaks.secrets if secret.readers is None and not _why(secret)]
    gaps = list(leaks.gaps)
    if unknown:
        gaps.append(f"who can read {listed(dict.fromkeys(unknown), 3)} is not known")
    if gaps:
        yield not_assessed(f"Not everything was looked at: {'; '.join(gaps)}")
    elif by_value:
        return
    elif leaks.files:
        where = f"; {count(kept, 'secret')} stand where only their owners can read them" if kept else ""
        yield passed(f"No secret lies open in {count(leaks.files, 'file')} that may hold some{where}")
    else:
        yield not_applicable("No file that may hold a secret was found")


def _why(secret: LeakedSecret) -> str:
    """Why a secret is not where it should be; empty where it is."""
    if secret.readers and EVERYONE in secret.readers:
        return "everybody on the server can read it"
    if secret.readers:
        return f"{listed(secret.readers, 3)} can read it besides its owner"
    if _HISTORY.search(secret.path):
        return "it stands in a history of commands"
    if _WEB_ROOT.search(secret.path) and _COPY.search(secret.path):
        return "it stands in a leftover within the folders of a web server"
    return ""


def _severity(secret: LeakedSecret) -> Severity:
    if secret.expired or (secret.readers and EVERYONE in secret.readers):
        return secret.severity
    less = Severity(max(int(secret.severity) - 1, int(Severity.LOW)))
    return min(less, Severity.MEDIUM) if not secret.readers and _HISTORY.search(secret.path) else less


def _failure(places: Sequence[LeakedSecret], leaks: HostLeaks) -> Verdict:
    worst = max(places, key=_severity)
    paths = tuple(dict.fromkeys(secret.path for secret in places))
    ended = f", which ended on {worst.expired:%Y-%m-%d}" if worst.expired else ""
    return fail(
        f"{worst.kind}{ended} lies open in {listed(paths, 3)}: {_why(worst)}",
        subject=f"{worst.rule} {worst.fingerprint}",
        severity=_severity(worst),
        evidence=tuple(evidence_of(secret, leaks) for secret in places[:PLACES]),
        rule=worst.rule,
        kind=worst.kind,
        why=_why(worst),
        path=worst.path,
        owner=worst.owner,
        line=worst.line,
        note=worst.note,
        replace=where_to_replace(worst.rule),
        apart=where_to_replace(worst.rule),
        history=bool(_HISTORY.search(worst.path)),
        leftover=bool(_WEB_ROOT.search(worst.path) and _COPY.search(worst.path)),
        expired=bool(worst.expired),
    )


def evidence_of(secret: LeakedSecret, leaks: HostLeaks) -> Evidence:
    """Where it stands, what may be said of it, who can read it."""
    place = f"{secret.path}:{secret.line}" if secret.line else secret.path
    parts = (
        f"begins with {secret.start}" if secret.start else "",
        secret.fingerprint, secret.proof, secret.note, f"{secret.mode:04o} {secret.owner}",
        f"readable by {listed(secret.readers)}" if secret.readers else "",
    )  # fmt: skip
    return Evidence(place, "; ".join(part for part in parts if part), leaks.observed)
