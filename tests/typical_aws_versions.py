"""Machines and versions of an AWS account that are not up to date, as they are typically found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from posture.facts.aws.instances import Ec2Instance, Ec2Instances
from posture.facts.aws.lives import ClusterLives, DatabaseLives, Lives, Phase, RuntimeLives, VersionLife
from posture.facts.aws.patches import InstancePatches, ManagedInstance, PatchState

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
HERE = "eu-central-1"
ACCOUNT = "111122223333"
ID = "i-0a1b2c3d4e5f60718"
MACHINE = Ec2Instance(ID, "shop", HERE, "running", AT, "ami-1", "Linux/UNIX")
MANAGED = ManagedInstance(ID, "shop", HERE, "Online", AT, "Ubuntu 22.04")
STATE = PatchState(ID, HERE, 14, 1, 0, 0, 2, 3, 10, AT - timedelta(days=2))
WHOLE = replace(STATE, missing=0, failed=0, critical=0, security=0, other=0)

L = TypeVar("L", bound=Lives)


def instances(*some: Ec2Instance, **changes: Any) -> Ec2Instances:
    return replace(Ec2Instances(ACCOUNT, some, (HERE,), (), AT), **changes)


def patches(*states: PatchState, managed: tuple[ManagedInstance, ...] = (MANAGED,), **changes: Any) -> InstancePatches:
    return replace(InstancePatches(managed, states, (HERE,), (), AT), **changes)


def life(kind: str, engine: str, version: str, phase: Phase, **changes: Any) -> VersionLife:
    known = VersionLife(kind, "shop", "arn:x", HERE, engine, version, "Product", phase, date(2024, 2, 29))
    return replace(known, **changes)


def lives(kind: type[L], *things: VersionLife, **changes: Any) -> L:
    return replace(kind(things, (HERE,), (), (), date(2026, 8, 22), stale=False, observed=AT), **changes)


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Check -> the facts on which it fails."""
    function = life("lambda-function", "", "python3.8", Phase.ENDED, ends=date(2027, 3, 3))
    kinds = ("rds-instance", "rds-cluster", "replication-group", "cluster", "search-domain")
    databases = [life(kind, "mysql", "5.7", Phase.EXTENDED, ends=date(2029, 6, 30)) for kind in kinds]
    old = life("rds-instance", "mysql", "5.1", Phase.ENDED, standard=None, support="x-disabled")
    cluster = life("eks-cluster", "eks", "1.31", Phase.EXTENDED, ends=date(2026, 11, 26))
    waiting = replace(WHOLE, pending_reboot=2, scanned=None)
    return {
        "packages.aws-lambda-runtime-ended": (
            (lives(RuntimeLives, function),),
            (lives(RuntimeLives, replace(function, ends=date(2022, 1, 1), standard=None)),),
            (lives(RuntimeLives, replace(function, ends=None)),),
        ),
        "packages.aws-database-ended": (*((lives(DatabaseLives, one),) for one in (*databases, old)),),
        "packages.aws-cluster-version-ended": (
            (lives(ClusterLives, cluster),),
            (lives(ClusterLives, replace(cluster, phase=Phase.ENDED)),),
            (lives(ClusterLives, replace(cluster, phase=Phase.ENDED, standard=None, ends=None)),),
        ),
        "packages.aws-instance-patches-missing": (
            (patches(STATE), instances(MACHINE)),
            (patches(replace(STATE, failed=0, critical=0), managed=()), instances()),
            (patches(waiting), instances(MACHINE)),
        ),
        "packages.aws-instance-unmanaged": (
            (instances(MACHINE), patches(managed=())),
            (instances(*(replace(MACHINE, id=f"{ID}{n}", profile="arn:p", name="") for n in range(30))), patches()),
        ),
    }
