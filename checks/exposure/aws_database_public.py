from __future__ import annotations

from dataclasses import dataclass

from checks.aws import unseen
from checks.exposure.aws_world import lists_of, openness, width
from checks.wording import count, listed
from posture.sdk import (
    AwsNetwork,
    Evidence,
    Gap,
    Iterator,
    ManagedDatabase,
    RdsDatabases,
    RedshiftClusters,
    Severity,
    Unavailable,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)

_WHAT = {"rds-instance": "database", "rds-cluster": "database cluster", "redshift": "Redshift cluster"}
_GROUPS = ("ec2:DescribeSecurityGroups", "ec2:DescribeManagedPrefixLists", "ec2:GetManagedPrefixListEntries")
_SEVERITY = {"open": None, "unknown": Severity.MEDIUM, "closed": Severity.LOW}


@check(
    "exposure.aws-database-public",
    title="A database has a public address",
    clause="4.4",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:4.4",
        "iso27001@2022:A.8.20", "iso27001@2022:A.8.22",
        "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:CM-7", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.7.2.c",
        "pci-dss@4.0.1:1.4.4",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:APP.4.3.A3", "bsi-grundschutz@2023:SYS.1.1.A19",
    ),
)  # fmt: skip
def aws_database_public(
    rds: RdsDatabases, redshift: RedshiftClusters, network: AwsNetwork | Unavailable
) -> Iterator[Verdict]:
    """A database of RDS (also Aurora, Neptune, DocumentDB) or a cluster of Redshift is "publicly accessible".

    Its name then leads to a public address. It is high where its security groups let a large part of the internet in to
    its port as well, low where they do not: one rule more would open it. Where the groups could not be read it is
    medium. Judged is the configuration; no packet is sent. A cluster of Aurora is as public as its instances, which are
    told each.

    It can be wrong where its subnets have no route from the internet, or a network ACL stops the packets; then it is
    set public without being it.
    """
    databases = (*rds.databases, *redshift.databases)
    public = [one for one in databases if one.public]
    gaps = (*rds.gaps, *redshift.gaps)
    doors = [_door(one, network) for one in public]
    for one, door in zip(public, doors, strict=True):
        yield _failure(one, door, rds)
    unknown = {one.region for one, door in zip(public, doors, strict=True) if door.problem == "unknown"}
    yield from unseen((*gaps, *_of_groups(network, unknown)))
    if public or gaps:
        return
    where = listed(rds.regions)
    if databases:
        yield passed(f"None of {count(len(databases), 'database')} has a public address ({where})")
    else:
        yield not_applicable(f"There is no database of RDS or Redshift ({where})")


@dataclass(frozen=True, slots=True)
class _Door:
    """Whether its security groups let the internet in; `words` end the sentence."""

    problem: str
    words: str
    groups: tuple[str, ...] = ()


def _of_groups(network: AwsNetwork | Unavailable, regions: set[str]) -> list[Gap]:
    """Why the groups of these regions are not known."""
    gaps = () if isinstance(network, Unavailable) else network.gaps
    return [gap for gap in gaps if gap.action in _GROUPS and gap.region in regions]


def _failure(one: ManagedDatabase, door: _Door, rds: RdsDatabases) -> Verdict:
    what = _WHAT.get(one.kind, "database")
    port = f" ({one.port}/tcp)" if one.port else ""
    told = f"{one.region} {one.kind} {one.id}: {one.engine} {one.version} at {one.address or 'no name yet'}{port}"
    return fail(
        f"The {what} {one.id} ({one.engine}) in {one.region} has a public address, and {door.words}",
        subject=f"{one.region} {one.kind} {one.id}",
        severity=_SEVERITY[door.problem],
        evidence=[Evidence("AWS API", f"{told}, PubliclyAccessible, as configured", rds.observed)],
        manager=one.kind,
        problem=door.problem,
        database=one.id,
        what=what,
        kind=one.engine,
        region=one.region,
        address=one.address,
        port=one.port,
        groups=door.groups,
    )


def _door(one: ManagedDatabase, network: AwsNetwork | Unavailable) -> _Door:
    if isinstance(network, Unavailable):
        return _Door("unknown", "its security groups could not be read")
    lists = lists_of(network)
    mine = [group for group in network.groups if group.region == one.region and group.id in one.security_groups]
    rules = [openness(group, lists) for group in mine]
    cidrs = [cidrs for each in rules for _, cidrs in each.letting_in("tcp", one.port, one.port)]
    wide = width(frozenset().union(*cidrs))
    if wide.wide:
        names = tuple(group.id for group in mine)
        return _Door("open", f"its security groups let {wide.told} in to port {one.port}", names)
    unread = len(mine) < len(set(one.security_groups)) or any(each.unknown for each in rules)
    if unread or not mine or not one.port:
        return _Door("unknown", "not all its security groups could be read")
    return _Door("closed", "only its security groups keep the internet out")
