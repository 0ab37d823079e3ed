from __future__ import annotations

from checks.keys.fleet import hosts_of, role_of, some, unseen
from posture.sdk import (
    Evidence,
    FleetKeys,
    Iterator,
    KeyRole,
    Severity,
    SharedPrime,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "keys.shared-prime",
    title="Anybody can compute the private half of a key",
    clause="4.3",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:IA-5(2)", "nist-800-53@5:SC-12", "nist-800-53@5:SC-13",
        "nis2@2022:21(2)(h)",
        "nis2-annex@2024:9.2.c",
        "pci-dss@4.0.1:2.2.7", "pci-dss@4.0.1:8.3.2",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:CRY-04",
        "bsi-grundschutz@2023:CON.1.A4",
    ),
)  # fmt: skip
def shared_prime(fleet: FleetKeys) -> Iterator[Verdict]:
    """The modulus of an RSA key has a prime in common with that of another key: both private halves can be computed.

    It happens to keys that were made by a machine without randomness, right after its first start (Heninger et al.,
    "Mining your Ps and Qs", 2012). All RSA keys that were ever seen at any customer are held against each other by
    their public halves alone; of other customers it is told only that such a key is there. No private key is computed.

    Two keys that share a prime are no matter of chance: a finding is not wrong, unless it is told of a key that was
    replaced since the last look. A host key that only the network showed, without its file, is not compared.
    """
    for prime in fleet.shared_primes:
        yield _failure(prime, fleet)
    if gap := unseen(fleet, *KeyRole):
        yield gap
    elif not any(key.type.startswith(("ssh-rsa", "rsa")) for key in fleet.keys):
        yield not_applicable("There is no RSA key")
    elif not fleet.shared_primes:
        yield passed("No RSA key has a prime in common with another")


def _failure(prime: SharedPrime, fleet: FleetKeys) -> Verdict:
    uses = tuple(f"{place.resource}: {role_of(place)} ({place.place})" for place in prime.places)
    where = some(hosts_of(prime.places)) or "a host"
    evidence = [
        Evidence(f"{place.resource} {place.place}", prime.fingerprint, fleet.observed) for place in prime.places
    ]
    partners = ", ".join((*prime.partners, *(("a key of another customer",) if prime.elsewhere else ())))
    evidence.append(Evidence("comparison of all RSA keys", f"a prime in common with: {partners}", fleet.observed))
    return fail(
        f"An RSA key on {where} shares a prime with another: whoever has both public halves has both private ones",
        subject=prime.fingerprint,
        evidence=evidence,
        fingerprint=prime.fingerprint,
        uses=uses,
        partners=prime.partners,
        elsewhere=prime.elsewhere,
        host_key=any(place.role is KeyRole.HOST for place in prime.places),
        paths=tuple(dict.fromkeys(place.place.rpartition(":")[0] or place.place for place in prime.places)),
    )
