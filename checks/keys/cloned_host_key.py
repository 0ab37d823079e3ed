from __future__ import annotations

from checks.keys.fleet import evidence_of, others, some, unseen
from posture.sdk import (
    FleetKey,
    FleetKeys,
    Iterator,
    KeyRole,
    Machine,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "keys.cloned-host-key",
    title="Several servers have the same host key",
    clause="4.3",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:4.6",
        "iso27001@2022:A.8.9", "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.AA-03",
        "nist-800-53@5:IA-5(2)", "nist-800-53@5:SC-12", "nist-800-53@5:SC-13",
        "nis2@2022:21(2)(h)",
        "nis2-annex@2024:9.2.c",
        "pci-dss@4.0.1:2.2.7",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:CRY-04",
        "bsi-grundschutz@2023:CON.1.A4",
    ),
)  # fmt: skip
def cloned_host_key(fleet: FleetKeys) -> Iterator[Verdict]:
    """Two hosts, or hosts of two customers, prove with one key who they are.

    That is what copying a machine or an image with its keys in it leads to. Whoever administrates one of them, or
    breaks into it, can pose as the other, and nobody who connects is warned. Of other customers only the number is
    told, as seen in the last 90 days.

    Two entries of the inventory that are one running machine (a hash of the id of its boot and of its machine id is the
    same) pass. Medium where they may be: same name, all host keys the same, and a host did not tell that hash. It is
    wrong for machines that share one address on purpose (a failover pair, several servers behind one name), and for one
    machine with two entries that was started again between the two looks.
    """
    machines = {machine.resource: machine for machine in fleet.machines}
    keys = [key for key in fleet.keys if key.having(KeyRole.HOST)]
    hosts = dict.fromkeys(place.resource for key in keys for place in key.having(KeyRole.HOST))
    failed = False
    for host in hosts:
        mine = [key for key in keys if _at(key, host)]
        cloned = [key for key in mine if key.elsewhere > 0 or _clones(key, host, machines)]
        if cloned:
            failed = True
            yield _failure(host, mine, cloned, machines, fleet)
    if gap := unseen(fleet, KeyRole.HOST):
        yield gap
    elif not keys:
        yield not_applicable("No host has an SSH server")
    elif not failed:
        yield passed(f"The host keys of {len(hosts)} {'host are its' if len(hosts) == 1 else 'hosts are their'} own")


def _at(key: FleetKey, host: str) -> bool:
    return any(place.resource == host for place in key.having(KeyRole.HOST))


def _clones(key: FleetKey, host: str, machines: dict[str, Machine]) -> tuple[str, ...]:
    """Other hosts with this key that are not the same running machine under another entry."""
    me = machines.get(host)
    here = me.running if me else ""
    found = dict.fromkeys(place.resource for place in key.having(KeyRole.HOST) if place.resource != host)
    return tuple(other for other in found if not (here and other in machines and machines[other].running == here))


def _failure(
    host: str, mine: list[FleetKey], cloned: list[FleetKey], machines: dict[str, Machine], fleet: FleetKeys
) -> Verdict:
    clones = tuple(dict.fromkeys(other for key in cloned for other in _clones(key, host, machines)))
    elsewhere = max(key.elsewhere for key in cloned)
    perhaps = not elsewhere and all(_perhaps_one(host, other, mine, machines) for other in clones)
    whom = [some(clones)] if clones else []
    whom += [others(elsewhere)] if elsewhere else []
    doubt = "; or it is one machine that stands in the inventory twice" if perhaps else ""
    return fail(
        f"{host} has the same host key as {' and '.join(whom)}{doubt}",
        subject=host,
        severity=Severity.MEDIUM if perhaps else None,
        evidence=tuple(one for key in cloned for one in evidence_of(key, key.having(KeyRole.HOST), fleet)),
        host=host,
        clones=clones,
        elsewhere=others(elsewhere) if elsewhere else "",
        perhaps=perhaps,
        fingerprints=tuple(key.fingerprint for key in cloned),
    )


def _perhaps_one(host: str, other: str, mine: list[FleetKey], machines: dict[str, Machine]) -> bool:
    """Whether two entries may be one machine: nothing that was seen tells them apart."""
    one, two = machines.get(host), machines.get(other)
    if one is None or two is None or (one.running and two.running):
        return False
    return one.hostname == two.hostname and all(_at(key, other) for key in mine)
