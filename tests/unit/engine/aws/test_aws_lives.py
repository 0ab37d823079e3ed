"""Versions that AWS runs, held against the table of their ends, as of a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from posture.engine.aws import version_table
from posture.engine.aws.lives import of_versions
from posture.facts.aws.databases import CacheCluster, CacheClusters, ManagedDatabase, RdsDatabases
from posture.facts.aws.endpoints import SearchDomain, SearchDomains
from posture.facts.aws.functions import LambdaFunction, LambdaFunctions
from posture.facts.aws.lives import ClusterLives, DatabaseLives, Phase, RuntimeLives
from posture.facts.unavailable import Unavailable

AT = datetime(2026, 11, 22, tzinfo=UTC)
HERE = "us-east-1"


@pytest.mark.parametrize(
    ("product", "version", "day", "phase"),
    [
        ("lambda", "python3.8", "2024-10-14", Phase.SUPPORTED),
        ("lambda", "python3.8", "2024-10-15", Phase.ENDED),
        ("lambda", "python3.99", "2026-11-22", Phase.UNKNOWN),
        ("eks", "1.31", "2026-11-26", Phase.EXTENDED),
        ("eks", "1.31", "2026-11-27", Phase.ENDED),
        ("eks", "1.9", "2026-11-22", Phase.ENDED),  # older than all: nine is less than eighteen
        ("eks", "1.99", "2026-11-22", Phase.UNKNOWN),
        ("mysql", "5.7.44-rds.20240408", "2026-11-22", Phase.EXTENDED),
        ("mysql", "5.6.51", "2026-11-22", Phase.ENDED),
        ("mysql", "8.4.3", "2026-11-22", Phase.SUPPORTED),
        ("postgres", "16.3", "2026-11-22", Phase.SUPPORTED),
        ("mariadb", "10.4.34", "2026-11-22", Phase.ENDED),  # no extended support
        ("sqlserver", "13.00.6300.2.v1", "2026-11-22", Phase.ENDED),
        ("oracle", "19.0.0.0.ru-2024-01.rur-2024-01.r1", "2026-11-22", Phase.UNKNOWN),
        ("redis", "7.1.0", "2026-11-22", Phase.SUPPORTED),  # no end announced
        ("mysql", "", "2026-11-22", Phase.UNKNOWN),
        ("dated", "1", "2026-11-22", Phase.UNKNOWN),
    ],
)
def test_a_version_is_what_the_table_says_of_the_day(product: str, version: str, day: str, phase: Phase):
    """The last day still counts; what the table does not know is not called supported."""
    assert version_table.life(product, version, datetime.fromisoformat(f"{day}T12:00:00+00:00")).phase is phase


def test_a_table_of_long_ago_is_told_as_that():
    """What ends may have been announced since."""
    assert not version_table.stale(AT)
    assert version_table.stale(AT + timedelta(days=400))


def database(kind: str, name: str, engine: str, version: str, cluster: str = "") -> ManagedDatabase:
    return ManagedDatabase(kind, name, f"arn:{name}", HERE, engine, version, public=False, cluster=cluster)


def test_each_thing_is_judged_once_by_its_own_engine():
    """A cluster stands for its instances, Aurora counts its own versions, a function of an image has no runtime."""
    databases = (
        database("rds-cluster", "c", "aurora-mysql", "8.0.mysql_aurora.2.11.5"),
        database("rds-instance", "c-1", "aurora-mysql", "8.0.mysql_aurora.2.11.5", "c"),
        database("rds-instance", "old", "sqlserver-se", "12.00.6449.1.v1"),
        database("rds-instance", "pg", "aurora-postgresql", "16.3", "elsewhere"),
    )
    cache = CacheCluster("cluster", "m", "arn:m", HERE, "memcached", "1.6.12", encrypted=False, login=False)
    domain = SearchDomain("logs", "arn:logs", HERE, "OpenSearch_2.9", vpc="")
    zipped = LambdaFunction("f", "arn:f", HERE, "python3.8", "Zip", None, "")
    image = LambdaFunction("g", "arn:g", HERE, "", "Image", None, "")
    derived = of_versions(
        {
            RdsDatabases: RdsDatabases("1", databases, (HERE,), (), AT),
            CacheClusters: CacheClusters("1", (cache,), (HERE,), (), AT),
            SearchDomains: SearchDomains("1", (domain,), (HERE,), (), AT),
            LambdaFunctions: LambdaFunctions((zipped, image), (HERE,), (), AT),
        }
    )
    assert {(one.id, one.phase) for one in derived[DatabaseLives].things} == {
        ("c", Phase.EXTENDED),
        ("old", Phase.ENDED),
        ("pg", Phase.SUPPORTED),
        ("m", Phase.UNKNOWN),
        ("logs", Phase.EXTENDED),
    }
    assert [(one.id, one.phase) for one in derived[RuntimeLives].things] == [("f", Phase.ENDED)]
    assert isinstance(derived[ClusterLives], Unavailable)


def test_a_source_that_is_not_there_is_told_beside_the_others():
    """Databases that were read are judged; the reason why caches are not known stays."""
    known = RdsDatabases("1", (database("rds-instance", "a", "mysql", "8.4.3"),), (HERE,), (), AT)
    lives = of_versions({RdsDatabases: known, CacheClusters: Unavailable("broken")})[DatabaseLives]
    assert (len(lives.things), lives.missing) == (1, ("broken", "not read"))
