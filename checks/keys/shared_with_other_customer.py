from __future__ import annotations

from checks.keys.fleet import evidence_of, files_of, hosts_of, limited, others, role_of, some, unseen
from posture.sdk import (
    FleetKey,
    FleetKeys,
    Iterator,
    KeyPlace,
    KeyRole,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)

ROLES = (KeyRole.AUTHORIZED, KeyRole.AUTHORITY, KeyRole.PRIVATE)


@check(
    "keys.shared-with-other-customer",
    title="A key is in use at other customers, too",
    clause="4.3",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:5.4", "cis@8.1:6.2",
        "iso27001@2022:A.5.16", "iso27001@2022:A.5.17", "iso27001@2022:A.5.18",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:IA-5", "nist-800-53@5:IA-5(7)",
        "nis2@2022:21(2)(h)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:9.2.c",
        "pci-dss@4.0.1:8.2.1",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:CRY-04", "bsi-c5@2020:IDM-08",
        "bsi-grundschutz@2023:CON.1.A4",
    ),
)  # fmt: skip
def shared_with_other_customer(fleet: FleetKeys) -> Iterator[Verdict]:
    """A key that opens an account here, or whose private half lies here, is in use at other customers of the provider.

    Somebody else's server or staff then holds what opens this one: an agency's key that it uses for all its customers,
    a key in an image that many servers were made from, a copied folder. Only the number of the other customers is told,
    never who they are. It counts customers whose hosts were looked at in the last 90 days and that have the key as
    authorized, as an authority or as a private half; host keys are judged by keys.cloned-host-key. Medium where every
    line limits the key with ``from=`` or ``command=``. Lines that sshd ignores do not count, nor does the key that the
    audit itself logs in with: the only one of the account that it uses, or one tied to a command there.

    It is wrong where two customers are one company, or where the agency's key is meant to be here: then accept the
    risk, or have the agency use a key of its own for each customer.
    """
    shared = [(key, places) for key in fleet.keys if key.elsewhere > 0 and (places := _places(key))]
    for key, places in shared:
        yield _failure(key, places, fleet)
    if gap := unseen(fleet, *ROLES):
        yield gap
    elif not any(_places(key) for key in fleet.keys):
        yield not_applicable("No key opens an account here, and none is kept")
    elif not shared:
        yield passed("No key that is used here is in use at another customer of the provider")


def _places(key: FleetKey) -> tuple[KeyPlace, ...]:
    return tuple(place for role in ROLES for place in key.having(role))


def _failure(key: FleetKey, places: tuple[KeyPlace, ...], fleet: FleetKeys) -> Verdict:
    lines = tuple(place for place in places if place.role is not KeyRole.PRIVATE)
    private = tuple(place for place in places if place.role is KeyRole.PRIVATE)
    what = role_of(places[0])
    held = lines and not private and all(limited(place) for place in lines)
    return fail(
        f"A key ({what} on {some(hosts_of(places))}) is also in use at {others(key.elsewhere)}",
        subject=key.fingerprint,
        severity=Severity.MEDIUM if held else None,
        evidence=evidence_of(key, places, fleet),
        fingerprint=key.fingerprint,
        hosts=hosts_of(places),
        uses=tuple(f"{place.resource}: {role_of(place)}" for place in places),
        elsewhere=others(key.elsewhere),
        files=files_of(lines),
        private_files=files_of(private),
        comments=tuple(dict.fromkeys(place.comment for place in places if place.comment)),
    )
