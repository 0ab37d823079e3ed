from __future__ import annotations

from checks.elsewhere import sentence
from posture.sdk import (
    Evidence,
    Iterator,
    KeyFlaw,
    KeyFlaws,
    KeyRole,
    KeyStand,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

ROLES = {
    KeyRole.AUTHORIZED: "keys that open accounts",
    KeyRole.AUTHORITY: "keys that sign certificates for logins",
    KeyRole.HOST: "the server's own keys",
    KeyRole.PRIVATE: "private keys kept here",
}
MOST_GAPS = 3  # told by name for each kind of place


@check(
    "keys.key-compromised",
    title="Others have the private half of a key, or can compute it",
    clause="4.3",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.5.17", "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:IA-5", "nist-800-53@5:IA-5(2)", "nist-800-53@5:IA-5(7)", "nist-800-53@5:SC-12",
        "nist-800-53@5:SC-13",
        "nis2@2022:21(2)(h)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:9.2.c",
        "pci-dss@4.0.1:8.3.2",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:CRY-04", "bsi-c5@2020:IDM-08",
        "bsi-grundschutz@2023:CON.1.A4",
    ),
)  # fmt: skip
def key_compromised(flaws: KeyFlaws) -> Iterator[Verdict]:
    """A key's private half is on a list of known ones, or its public half is enough to compute it.

    Told by the public half alone, which is compared with lists on the auditor's machine; no key is ever used. The lists
    are those of keys in products and in Vagrant's images and of the generator "keypair" (CVE-2021-41117), and those
    that were brought as feeds (docs/feeds.md): the pass names them. RSA keys are tried for small factors, for primes
    too close to each other (Fermat's method, CVE-2022-26320), for the form of Infineon's library (ROCA,
    CVE-2017-15361), and for an exponent that protects nothing. Primes shared with other keys are told by
    keys.shared-prime.

    Critical where the key opens an account or signs certificates that do, high for the server's own key, medium for a
    private key that only lies here, low on a line that sshd ignores. A key of a security key (sk-...) is not tried: its
    private half cannot leave it. Private keys of other programs than SSH (TLS, mail) are tried as far as their files
    tell the public half, and leave nothing open. It is wrong for ROCA in one of 130 million keys.
    """
    for flaw in flaws.flaws:
        yield from (_failure(flaw, place, flaws) for place in flaw.places)
        if not flaw.places:
            yield not_assessed(f"Where the key stands is not known: {flaw.detail}", subject=flaw.fingerprint)
    yield from _gaps(flaws)
    if not flaws.flaws and flaws.judged:
        lists = ", ".join(f"{name} ({count:,})" for name, count in flaws.lists)
        keys = "The one key" if flaws.judged == 1 else f"None of {flaws.judged} keys"
        said = "is not known to the world" if flaws.judged == 1 else "is known to the world"
        yield passed(f"{keys} {said}, or can be computed; lists: {lists}")
    elif not flaws.flaws and not flaws.gaps:
        yield not_applicable("No key opens an account here, and none is kept")


def _gaps(flaws: KeyFlaws) -> Iterator[Verdict]:
    for role, words in ROLES.items():
        reasons = [reason for kind, reason in flaws.gaps if kind is role]
        if reasons:
            more = [f"and {len(reasons) - MOST_GAPS} more like it"] if len(reasons) > MOST_GAPS else []
            text = sentence([*reasons[:MOST_GAPS], *more])
            yield not_assessed(f"Of {words} not all could be judged: {text}", subject=words)


def _failure(flaw: KeyFlaw, place: KeyStand, flaws: KeyFlaws) -> Verdict:
    size = f" {flaw.bits} bits" if flaw.bits else ""
    seen = f"{flaw.type}{size} {flaw.fingerprint}"
    return fail(
        f"{_does(place)}, and {flaw.detail[:1].lower()}{flaw.detail[1:]}",
        subject=_subject(flaw, place),
        severity=_severity(place),
        evidence=(Evidence(place.place, f"{seen}: {flaw.detail}", flaws.observed),),
        role=place.role.value,
        kind=flaw.kind,
        detail=flaw.detail,
        account=place.account,
        path=place.place.rpartition(":")[0] if _has_line(place) else place.place,
        dead=place.dead,
        fingerprint=flaw.fingerprint,
        # As checks.keys.authorized.file_owner: root follows no path in a folder of somebody else's.
        owner="" if place.account in {"", "root"} or place.place.startswith("/etc/") else place.account,
    )


def _subject(flaw: KeyFlaw, place: KeyStand) -> str:
    """The account and the key, or the file: never the line, which moves."""
    return f"{place.account if _has_line(place) and place.account else place.place} {flaw.fingerprint}"


def _has_line(place: KeyStand) -> bool:
    return place.role in {KeyRole.AUTHORIZED, KeyRole.AUTHORITY}


def _does(place: KeyStand) -> str:
    match place.role:
        case KeyRole.AUTHORIZED:
            return f"A key on an ignored line of {place.account}" if place.dead else f"A key opens {place.account}"
        case KeyRole.AUTHORITY:
            return f"A key signs certificates that open {place.account or 'accounts'}"
        case KeyRole.HOST:
            return "The server proves with a key who it is"
        case KeyRole.PRIVATE:
            return f"{place.account} keeps a private key"


def _severity(place: KeyStand) -> Severity | None:
    if place.dead:
        return Severity.LOW
    return {KeyRole.HOST: Severity.HIGH, KeyRole.PRIVATE: Severity.MEDIUM}.get(place.role)
