from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from checks.exposure.access import absent, details, doubtful, left_out, unreachable
from posture.sdk import (
    Evidence,
    Iterator,
    Service,
    Services,
    Severity,
    SshOffer,
    SshOffers,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

# Pattern -> (severity, source). Low: weaker than it should be, and nobody is known to break it in a connection.
_KEY_EXCHANGES = {
    "diffie-hellman-group1-sha1": (Severity.MEDIUM, "RFC 9142"),  # 1024 bits: Logjam, CVE-2015-4000
    "rsa1024-sha1": (Severity.MEDIUM, "RFC 9142"),
    "diffie-hellman-group-exchange-sha1": (Severity.LOW, "RFC 9142"),
    "diffie-hellman-group14-sha1": (Severity.LOW, "RFC 9142; BSI TR-02102-4"),
    "gss-gex-sha1-*": (Severity.LOW, "RFC 9142"),
    "gss-group1-sha1-*": (Severity.MEDIUM, "RFC 9142"),
    "gss-group14-sha1-*": (Severity.LOW, "RFC 9142"),
}
_CIPHERS = {
    "none": (Severity.HIGH, "RFC 4253, 6.3"),
    "arcfour*": (Severity.MEDIUM, "RFC 8758"),
    "3des-cbc": (Severity.MEDIUM, "CVE-2016-2183; OpenSSH 7.4 release notes"),
    "blowfish-cbc": (Severity.MEDIUM, "CVE-2016-2183; OpenSSH 7.6 release notes"),
    "cast128-cbc": (Severity.MEDIUM, "CVE-2016-2183; OpenSSH 7.6 release notes"),
    "idea-cbc": (Severity.MEDIUM, "CVE-2016-2183"),
    "des-cbc*": (Severity.MEDIUM, "FIPS 46-3, withdrawn"),
    "*-cbc*": (Severity.LOW, "CVE-2008-5161; OpenSSH 6.7 release notes"),
}
_MACS = {
    "none": (Severity.HIGH, "RFC 4253, 6.4"),
    "hmac-md5*": (Severity.LOW, "RFC 6151; OpenSSH 7.2 release notes"),
    "*-96": (Severity.LOW, "OpenSSH 7.2 release notes"),
    "*-96-etm@openssh.com": (Severity.LOW, "OpenSSH 7.2 release notes"),
    "hmac-ripemd160*": (Severity.LOW, "OpenSSH 7.6 release notes"),
}
_STRICT = "kex-strict-s-v00@openssh.com"
_CHACHA = "chacha20-poly1305@openssh.com"
_LEAST_RSA = 2048  # NIST SP 800-131A, rev. 2


@dataclass(frozen=True, slots=True)
class _Weakness:
    kind: str
    name: str
    severity: Severity
    source: str


@check(
    "exposure.ssh-algorithms-weak",
    title="SSH offers weak algorithms",
    clause="4.4",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:3.10", "cis@8.1:4.6",
        "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:AC-17(2)", "nist-800-53@5:CM-7", "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "pci-dss@4.0.1:2.2.7",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
        "bsi-grundschutz@2023:SYS.1.3.A8",
    ),
)  # fmt: skip
def ssh_algorithms_weak(services: Services, ssh: SshOffers) -> Iterator[Verdict]:
    """An SSH server that can be reached offers algorithms or shows host keys that are no longer held to be safe.

    Its lists are read from the first message of the key exchange (RFC 4253, 7.1), its host keys from an exchange that
    is not finished; nobody logs in. Medium: key exchange with a 1024-bit group or key (RFC 9142), arcfour (RFC 8758),
    ciphers with blocks of 64 bits (Sweet32), ssh-dss host keys (OpenSSH 7.0 release notes; FIPS 186-5), RSA host keys
    below 2048 bits (NIST SP 800-131A), and Terrapin (CVE-2023-48795: ChaCha20-Poly1305, or CBC with an
    encrypt-then-MAC, without strict key exchange). Low: other key exchanges with SHA-1 (RFC 9142), CBC (CVE-2008-5161),
    MD5, RIPEMD-160 and MACs of 96 bits, host keys that sign with SHA-1 only (RFC 8332, OpenSSH 8.8 release notes).
    HMAC with SHA-1 and UMAC-64 are not judged: no attack on them as MACs is known.

    A client and a server pick the best that both have, so this matters for old clients and for whoever can steer the
    choice. It can be wrong when a device in front of the server answers for it. Of the host keys at most three types
    are asked for.
    """
    told = False
    for offer in ssh.offers:
        service = services.at(offer.port)
        if service is None:
            yield not_assessed(f"Port {offer.port} spoke SSH, and is not among the services any more")
        else:
            yield _judged(service, offer) if service.reach.exposed else unreachable(service, "SSH")
        told = True
    for port, why in ssh.not_looked_at:
        service = services.at(port)
        if service is not None and service.reach.exposed:
            yield _unknown(service, why)
            told = True
    seen = {offer.port for offer in ssh.offers} | {port for port, _ in ssh.not_looked_at}
    for service in left_out(services, seen):
        if service.name == "ssh":
            yield _unknown(service, service.login_reason)
            told = True
    doubts = tuple(doubtful(services, ("ssh",), "SSH"))
    yield from doubts
    if not told and not doubts:
        yield absent(services, "SSH service")


def _unknown(service: Service, why: str) -> Verdict:
    reason = f"What SSH on port {service.port} offers is not known: {why or 'it was not looked at'}"
    return not_assessed(reason, subject=service.subject, evidence=service.evidence)


def _judged(service: Service, offer: SshOffer) -> Verdict:
    weak = tuple(_weaknesses(offer))
    told = [*service.evidence, Evidence("SSH key exchange, first message", _described(offer), offer.observed)]
    if weak:
        kinds = {weakness.kind for weakness in weak}
        return fail(
            f"SSH on port {service.port} offers what is no longer safe: {_summary(weak)}",
            subject=service.subject,
            severity=max(weakness.severity for weakness in weak),
            evidence=told,
            weaknesses=tuple(f"{weakness.name} ({weakness.source})" for weakness in weak),
            kex=_names(weak, "kex"),
            ciphers=_names(weak, "cipher"),
            macs=_names(weak, "mac"),
            gss="gss" in kinds,
            terrapin="terrapin" in kinds,
            short_key="short" in kinds,
            dss="dss" in kinds,
            sha1_only="sha1" in kinds,
            openssh="OpenSSH" in offer.banner,
            **details(service),
        )
    if not offer.keys or offer.keys_reason:
        which = "Not all host keys" if offer.keys else "The host keys"
        known = "known" if offer.keys else "not known"
        reason = f"{which} of SSH on port {service.port} are {known}: {offer.keys_reason or 'it showed none'}"
        return not_assessed(reason, subject=service.subject, evidence=told)
    says = f"SSH on port {service.port} offers no weak algorithm"
    return passed(says, subject=service.subject, evidence=told)


def _weaknesses(offer: SshOffer) -> Iterator[_Weakness]:
    for kind, names, table in (
        ("kex", offer.key_exchange, _KEY_EXCHANGES), ("cipher", offer.ciphers, _CIPHERS), ("mac", offer.macs, _MACS),
    ):  # fmt: skip
        for name in dict.fromkeys(names):
            known = next((pattern for pattern in table if fnmatchcase(name, pattern)), "")
            if known:
                yield _Weakness("gss" if name.startswith("gss-") else kind, name, *table[known])
    yield from _of_host_keys(offer)
    with_cbc = any(name.endswith("-cbc") for name in offer.ciphers) and any("-etm@" in name for name in offer.macs)
    if _STRICT not in offer.key_exchange and (_CHACHA in offer.ciphers or with_cbc):
        yield _Weakness("terrapin", "Terrapin", Severity.MEDIUM, "CVE-2023-48795")


def _of_host_keys(offer: SshOffer) -> Iterator[_Weakness]:
    if "ssh-dss" in offer.host_key_algorithms or any(key.type == "ssh-dss" for key in offer.keys):
        yield _Weakness("dss", "ssh-dss host key", Severity.MEDIUM, "OpenSSH 7.0 release notes; FIPS 186-5")
    for key in offer.keys:
        if key.type == "ssh-rsa" and 0 < key.bits < _LEAST_RSA:
            yield _Weakness("short", f"RSA host key of {key.bits} bits", Severity.MEDIUM, "NIST SP 800-131A, rev. 2")
    if offer.host_key_algorithms and set(offer.host_key_algorithms) <= {"ssh-rsa", "ssh-dss"}:
        yield _Weakness("sha1", "host keys that sign with SHA-1 only", Severity.LOW, "RFC 8332")


def _names(weak: tuple[_Weakness, ...], kind: str) -> tuple[str, ...]:
    return tuple(weakness.name for weakness in weak if weakness.kind == kind)


def _summary(weak: tuple[_Weakness, ...]) -> str:
    worst = sorted(weak, key=lambda weakness: -weakness.severity)
    named = ", ".join(weakness.name for weakness in worst[:3])
    return f"{named} and {len(weak) - 3} more" if len(weak) > 3 else named


def _described(offer: SshOffer) -> str:
    keys = ", ".join(f"{key.type} {key.bits} bits {key.fingerprint}" for key in offer.keys) or "none shown"
    return (
        f"{offer.banner}; key exchange {','.join(offer.key_exchange)}; host keys {','.join(offer.host_key_algorithms)} "
        f"({keys}); ciphers {','.join(offer.ciphers)}; MACs {','.join(offer.macs)}"
    )
