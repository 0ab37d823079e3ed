"""The SPF policy of a domain."""

from __future__ import annotations

import re

from posture.collect.dns.lookup import Answer, State
from posture.collect.email.asked import DomainAsked
from posture.collect.email.spf.names import through
from posture.collect.email.spf.record import is_spf
from posture.collect.email.spf.walk import (
    FAR,
    holds_everyone,
    of_strangers,
    passing,
    records_of,
    shared_senders,
    walked,
)
from posture.facts.email.spf import SpfPolicy, SpfResult
from posture.model.text import visible

MOST_TEXT = 4096  # characters of a record that are kept
_ALIKE = re.compile(r"[\s\"'“”]*(?:v\s*=\s*spf|spf\s*[=:]|spf2\.0/)", re.IGNORECASE)


def read_spf(asked: DomainAsked) -> SpfPolicy:
    """What the domain's SPF record leads to.

    Raises:
        LookupFailed: whether there is one is not known.
    """
    answer = asked.lookup.found(asked.domain, "TXT")
    texts = tuple(text for text in answer.texts if is_spf(text))
    misplaced = _misplaced(asked, answer)
    if not texts:
        return SpfPolicy(asked.domain, asked.at, misplaced=misplaced)
    ask = through(asked.lookup)
    tree = walked(ask, asked.domain)
    networks = passing(tree.visits)
    stranger, run = of_strangers(ask, asked.domain, networks)
    return SpfPolicy(
        domain=asked.domain,
        observed=asked.at,
        texts=tuple(visible(text, MOST_TEXT) for text in texts),
        records=tuple(records_of(tree.visits)),
        lookups=min(tree.lookups, FAR),
        void=min(tree.void, FAR),
        error=run.why if stranger is SpfResult.PERMERROR else "",
        unknown=run.why if stranger is SpfResult.TEMPERROR else "",
        stranger=stranger,
        everyone=holds_everyone(networks),
        allowed=sum(one.num_addresses for one in networks if one.version == 4),
        shared=shared_senders(tree.visits),
        misplaced=misplaced,
    )


def _misplaced(asked: DomainAsked, answer: Answer) -> tuple[str, ...]:
    """Texts meant as SPF that receivers do not read: another version, quotes in the text, type 99 (RFC 7208, 3.1)."""
    found = [text for text in answer.texts if not is_spf(text) and _ALIKE.match(text)]
    retired = asked.lookup.ask(asked.domain, "SPF")
    if retired.state is State.FOUND and not any(is_spf(text) for text in answer.texts):
        found += [f"type SPF: {text}" for text in retired.texts]
    return tuple(visible(text, 300) for text in found[:10])
