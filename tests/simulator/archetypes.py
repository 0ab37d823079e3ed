"""Facts to draw from: for each type those on which some check fails, made once; and for some types what is fine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache
from types import ModuleType
from typing import Any

import factories_tls
import typical_admin
import typical_aws_leaks
import typical_aws_logins
import typical_aws_network
import typical_aws_powers
import typical_aws_resources
import typical_aws_versions
import typical_dkim_dmarc
import typical_email_dns
import typical_email_transport
import typical_keys
import typical_leaks
import typical_mail_servers
import typical_people
import typical_software
import typical_sources
import typical_spf
import typical_ssh
import typical_trust
import typical_web

from posture.facts.factset import COLLECTED
from posture.facts.unavailable import Unavailable
from posture.model.resource import ResourceKind

MODULES: tuple[ModuleType, ...] = (
    typical_aws_leaks,
    typical_aws_logins,
    typical_aws_network,
    typical_aws_powers,
    typical_aws_resources,
    typical_aws_versions,
    typical_dkim_dmarc,
    typical_email_dns,
    typical_email_transport,
    typical_keys,
    typical_leaks,
    typical_mail_servers,
    typical_people,
    typical_software,
    typical_sources,
    typical_spf,
    typical_ssh,
    typical_trust,
    typical_admin,
)

MOST_VARIANTS = 200  # of one type


@cache
def variants(kind: ResourceKind) -> Mapping[type[Any], tuple[Any, ...]]:
    """Fact type -> values to choose from, for every type that is collected of the kind and has some."""
    found: dict[type[Any], list[Any]] = defaultdict(list)
    wanted = set(COLLECTED[kind])
    for value in _typical():
        known = found[type(value)]
        if type(value) in wanted and len(known) < MOST_VARIANTS and value not in known:
            known.append(value)
    return {each: tuple(found[each]) for each in COLLECTED[kind] if found.get(each)}


@cache
def together(kind: ResourceKind) -> tuple[tuple[Any, ...], ...]:
    """Facts on which a check fails only when one resource has them all, of types that are collected of the kind."""
    wanted = set(COLLECTED[kind])
    every = (tuple(fact for fact in facts if type(fact) in wanted) for facts in _failing())
    return tuple(dict.fromkeys(facts for facts in every if len(facts) > 1))


def _typical() -> Iterator[Any]:
    """Every fact value that the tests of checks know, those of modules first, then those on which checks fail."""
    endpoints = (factories_tls.ENDPOINT, factories_tls.OLD, factories_tls.WEAK, factories_tls.EXPIRED)
    yield from (factories_tls.tls(endpoint) for endpoint in endpoints)
    yield from (factories_tls.ssh(offer) for offer in (factories_tls.OFFER, factories_tls.EVERYTHING))
    yield typical_web.sites(typical_web.SITE)
    for module in MODULES:
        for value in vars(module).values():
            if is_dataclass(value) and not isinstance(value, type | Unavailable):
                yield value
    for facts in _failing():
        yield from (fact for fact in facts if not isinstance(fact, Unavailable))


def _failing() -> Iterator[tuple[Any, ...]]:
    """The facts of resources on which a check fails."""
    for module in MODULES:
        if module is typical_admin:
            every = module.failures(typical_ssh.server(), typical_ssh.accounts())
        else:
            every = module.failures()
        for some in every.values():
            yield from some
