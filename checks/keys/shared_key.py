from __future__ import annotations

from checks.keys.fleet import evidence_of, files_of, hosts_of, limited, some, unseen
from posture.sdk import (
    FleetKey,
    FleetKeys,
    Iterator,
    KeyRole,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)

MANY, VERY_MANY = 5, 10  # hosts


@check(
    "keys.shared-key",
    title="One key opens the administrator account of many servers",
    clause="4.3",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:5.4", "cis@8.1:6.8",
        "iso27001@2022:A.5.17", "iso27001@2022:A.8.2",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:7.2.5",
        "soc2@2017:CC6.3",
        "bsi-c5@2020:IDM-06",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def shared_key(fleet: FleetKeys) -> Iterator[Verdict]:
    """One key is authorized for root or an administrator on five hosts or more, without ``from=`` or ``command=``.

    Whoever gets that one key has all of them at once. Low, because an administrator's own key on his own servers is how
    most small companies work; medium from ten hosts on. A line with ``from=`` or ``command=`` (sshd(8)) does not count,
    nor does one that sshd ignores, nor the key that the audit itself logs in with. Accounts without rights to
    administrate are not counted either.

    It is wrong where the key lies in a security key, or on a jump host that is guarded better than the servers: then
    accept the risk. Hosts count by their entry in the inventory: a machine that stands there twice counts twice.
    """
    wide = [key for key in fleet.keys if len(_hosts(key)) >= MANY]
    for key in wide:
        yield _failure(key, fleet)
    if gap := unseen(fleet, KeyRole.AUTHORIZED):
        yield gap
    elif len(fleet.hosts) < MANY:
        yield not_applicable(f"There are fewer than {MANY} hosts")
    elif not wide:
        yield passed(f"No key opens the administrator account of {MANY} or more of the {len(fleet.hosts)} hosts")


def _hosts(key: FleetKey) -> tuple[str, ...]:
    return hosts_of(place for place in key.having(KeyRole.AUTHORIZED) if place.admin and not limited(place))


def _failure(key: FleetKey, fleet: FleetKeys) -> Verdict:
    places = tuple(place for place in key.having(KeyRole.AUTHORIZED) if place.admin and not limited(place))
    hosts = hosts_of(places)
    return fail(
        f"One key opens an administrator account on {len(hosts)} hosts: {some(hosts)}",
        subject=key.fingerprint,
        severity=Severity.MEDIUM if len(hosts) >= VERY_MANY else None,
        evidence=evidence_of(key, places, fleet),
        fingerprint=key.fingerprint,
        hosts=hosts,
        files=files_of(places),
        comments=tuple(dict.fromkeys(place.comment for place in places if place.comment)),
    )
