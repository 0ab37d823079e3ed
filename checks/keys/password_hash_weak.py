from __future__ import annotations

from collections import defaultdict

from checks.wording import count
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
WEAK = Severity.MEDIUM  # what the collector says of hashes that a graphics card tries by the billion


@check(
    "keys.password-hash-weak",
    title="Passwords are kept in a form that is guessed fast, or where others read them",
    clause="4.3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:3.11", "cis@8.1:5.2",
        "iso27001@2022:A.5.17",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:IA-5(1)",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.6.1",
        "pci-dss@4.0.1:8.3.2",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:IDM-09",
        "bsi-grundschutz@2023:ORP.4.A22",
    ),
)  # fmt: skip
def password_hash_weak(leaks: HostLeaks) -> Iterator[Verdict]:
    """A file (.htpasswd, a copy of the shadow file, a dump) holds password hashes of a weak form, or open ones.

    Weak are plain text, unsalted SHA-1 (``{SHA}``), DES crypt and MD5 (``$1$``, ``$apr1$``): a graphics card tries
    millions of them a second, billions of the first. Medium; high where everybody can read such a file. A strong form
    (bcrypt, SHA-512 crypt, Argon2, yescrypt) is low where everybody can read it and no finding otherwise. One
    finding a file. The hashes themselves never leave the host.

    It is wrong for accounts that no longer exist. Files that are not searched, and tables of a running database, are
    not seen.
    """
    by_file: dict[str, list[LeakedSecret]] = defaultdict(list)
    for secret in leaks.secrets:
        if secret.rule == "password-hash":
            by_file[secret.path].append(secret)
    failing = {path: found for path, found in by_file.items() if _severity(found) is not None}
    for path, found in failing.items():
        yield _failure(path, found, leaks)
    if leaks.gaps:
        yield not_assessed(f"Not everything was looked at: {'; '.join(leaks.gaps)}")
    elif by_file and not failing:
        yield passed(f"The password hashes in {count(len(by_file), 'file')} are strong, and closed to others")
    elif not by_file:
        yield not_applicable("No file with password hashes was found")


def _severity(found: list[LeakedSecret]) -> Severity | None:
    weak = any(secret.severity >= WEAK for secret in found)
    everyone = any(secret.readers and EVERYONE in secret.readers for secret in found)
    if weak:
        return Severity.HIGH if everyone else Severity.MEDIUM
    return Severity.LOW if everyone else None


def _failure(path: str, found: list[LeakedSecret], leaks: HostLeaks) -> Verdict:
    weak = next((secret for secret in found if secret.severity >= WEAK), None)
    first = weak or found[0]
    form = first.proof or first.note or "an unknown form"
    more = f"{first.note}; " if first.proof and first.note else ""
    seen = f"{form}; {more}{first.mode:04o} {first.owner}; {count(len(found), 'place')}"
    what = f"passwords in a weak form ({form})" if weak else f"password hashes that everybody can read ({form})"
    return fail(
        f"{path} holds {what}",
        subject=path,
        severity=_severity(found),
        evidence=(Evidence(path, seen, leaks.observed),),
        path=path,
        owner=first.owner,
        form=form,
        weak=weak is not None,
        everyone=any(secret.readers and EVERYONE in secret.readers for secret in found),
        htpasswd="htpasswd" in path,
    )
