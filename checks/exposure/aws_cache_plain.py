from __future__ import annotations

from checks.aws import unseen
from checks.wording import count, listed
from posture.sdk import (
    CacheCluster,
    CacheClusters,
    Evidence,
    Iterator,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "exposure.aws-cache-plain",
    title="A cache of ElastiCache takes connections without TLS or login",
    clause="4.4",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.8.5", "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "pci-dss@4.0.1:2.2.7",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
    ),
)  # fmt: skip
def aws_cache_plain(caches: CacheClusters) -> Iterator[Verdict]:
    """A cache of ElastiCache lets clients connect without TLS, or (Redis, Valkey) without a password or user.

    A cache is never on the internet, only in its VPC: who gets into one machine there reads and changes sessions and
    whatever else is cached. Memcached has no logins; its TLS alone is judged. TLS that clients may leave out (mode
    preferred) counts as none. Serverless caches always have TLS and are not judged.

    It can be wrong where a network of its own guards the cache and what it holds is public anyhow.
    """
    plain = [one for one in caches.caches if not one.encrypted or _open(one)]
    for one in plain:
        yield _failure(one, caches)
    yield from unseen(caches.gaps)
    if plain or caches.gaps:
        return
    where = listed(caches.regions)
    if caches.caches:
        yield passed(f"{count(len(caches.caches), 'cache')}: all ask for TLS and a login ({where})")
    else:
        yield not_applicable(f"There is no cache of ElastiCache ({where})")


def _open(one: CacheCluster) -> bool:
    return one.engine != "memcached" and not one.login


def _failure(one: CacheCluster, caches: CacheClusters) -> Verdict:
    lacks = [word for word, is_so in (("TLS", not one.encrypted), ("a login", _open(one))) if is_so]
    told = f"{one.region} {one.kind} {one.id}: {one.engine} {one.version}, TLS {one.encrypted}, login {one.login}"
    return fail(
        f"The cache {one.id} ({one.engine}) in {one.region} takes connections without {' and '.join(lacks)}",
        subject=f"{one.region} {one.kind} {one.id}",
        evidence=[Evidence("AWS API", f"{told}, as configured", caches.observed)],
        cache=one.id,
        engine="memcached" if one.engine == "memcached" else "redis",
        problem=one.kind,
        region=one.region,
        encrypted=one.encrypted,
        optional=one.optional,
        login=not _open(one),
        lacks=tuple(lacks),
    )
