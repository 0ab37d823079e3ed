"""Which of the versions that AWS runs for an account still get security updates, as of the day they were seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from posture.engine.aws import version_table
from posture.facts.aws.databases import CacheClusters, ManagedDatabase, RdsDatabases
from posture.facts.aws.endpoints import EksClusters, SearchDomains
from posture.facts.aws.functions import LambdaFunctions
from posture.facts.aws.lives import ClusterLives, DatabaseLives, Lives, RuntimeLives, VersionLife
from posture.facts.factset import Facts, without
from posture.facts.unavailable import Unavailable

L = TypeVar("L", bound=Lives)


def of_versions(facts: Facts) -> Facts:
    """`RuntimeLives`, `DatabaseLives` and `ClusterLives`."""
    return {
        **_concluded(facts, RuntimeLives, LambdaFunctions),
        **_concluded(facts, DatabaseLives, RdsDatabases, CacheClusters, SearchDomains),
        **_concluded(facts, ClusterLives, EksClusters),
    }


def _concluded(facts: Facts, kind: type[L], *sources: type[Any]) -> Facts:
    given = [facts.get(source, Unavailable("not read")) for source in sources]
    known = [one for one in given if not isinstance(one, Unavailable)]
    missing = tuple(one.reason for one in given if isinstance(one, Unavailable))
    if not known:
        return without("; ".join(dict.fromkeys(missing)), (kind,))
    at = min(one.observed for one in known)
    fact = kind(
        things=tuple(_judged(thing, at) for one in known for thing in _THINGS[type(one)](one)),
        regions=tuple(dict.fromkeys(region for one in known for region in one.regions)),
        gaps=tuple(gap for one in known for gap in one.gaps),
        missing=tuple(dict.fromkeys(missing)),
        dated=version_table.dated(),
        stale=version_table.stale(at),
        observed=at,
    )
    return {kind: fact}


Thing = tuple[str, str, str, str, str, str, str]  # kind, id, ARN, region, engine, version, support


def _functions(fact: LambdaFunctions) -> Iterator[Thing]:
    for one in fact.functions:
        if one.runtime:
            yield "lambda-function", one.name, one.arn, one.region, "", one.runtime, ""


def _databases(fact: RdsDatabases) -> Iterator[Thing]:
    clusters = {(one.region, one.id) for one in fact.databases if one.kind == "rds-cluster"}
    for one in fact.databases:
        if one.kind == "rds-cluster" or (one.region, one.cluster) not in clusters:
            yield one.kind, one.id, one.arn, one.region, one.engine, _version(one), one.support


def _caches(fact: CacheClusters) -> Iterator[Thing]:
    for one in fact.caches:
        yield one.kind, one.id, one.arn, one.region, one.engine, one.version, ""


def _domains(fact: SearchDomains) -> Iterator[Thing]:
    for one in fact.domains:
        engine, _, version = one.version.partition("_")
        yield "search-domain", one.name, one.arn, one.region, engine.lower(), version, ""


def _clusters(fact: EksClusters) -> Iterator[Thing]:
    for one in fact.clusters:
        yield "eks-cluster", one.name, one.arn, one.region, "eks", one.version, one.support


_THINGS: Mapping[type[Any], Callable[[Any], Iterator[Thing]]] = {
    LambdaFunctions: _functions,
    RdsDatabases: _databases,
    CacheClusters: _caches,
    SearchDomains: _domains,
    EksClusters: _clusters,
}


def _version(database: ManagedDatabase) -> str:
    """The version that AWS's table of an engine counts in: Aurora's own of ``8.0.mysql_aurora.3.05.2``."""
    if database.engine in {"aurora", "aurora-mysql"}:
        _, found, own = database.version.partition("mysql_aurora.")
        return own if found else {"5.6": "1", "5.7": "2", "8.0": "3"}.get(database.version[:3], database.version)
    return database.version


def _judged(thing: Thing, at: datetime) -> VersionLife:
    kind, name, arn, region, engine, version, support = thing
    product = "lambda" if kind == "lambda-function" else _PRODUCTS.get(engine, engine.partition("-")[0])
    life = version_table.life(product, version, at)
    return VersionLife(
        kind, name, arn, region, engine, version, life.title, life.phase, life.standard, life.ends, support
    )


_PRODUCTS = {
    "aurora": "aurora-mysql",
    "aurora-mysql": "aurora-mysql",
    "aurora-postgresql": "aurora-postgresql",
    "postgres": "postgres",
}
