"""The DKIM keys of a domain: under the selectors it is known to use, and under those that many use."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from posture.collect.dns.lookup import Answer, Lookup, State
from posture.collect.email.asked import DomainAsked
from posture.collect.email.dkim.record import read_record
from posture.collect.email.dkim.selectors import common_selectors
from posture.collect.email.zone import made_up
from posture.facts.email.dkim import DkimKey, DkimKeys
from posture.model.text import visible

MOST_GIVEN = 50  # selectors of the inventory
MOST_TEXT = 4096  # characters of a record that are kept
AT_ONCE = 8
FIRST = 10  # selectors that are asked although no name is said to exist


@dataclass(frozen=True, slots=True)
class _Answers:
    """Selector -> answer. `nothing_below`: not one of them has a record, and the DNS says that none can."""

    by_selector: dict[str, Answer]
    nothing_below: bool


def read_dkim(asked: DomainAsked) -> DkimKeys:
    """Look for the domain's keys.

    Raises:
        LookupFailed: whether any name exists below ``_domainkey`` is not known.
    """
    below = f"_domainkey.{asked.domain}"
    top = asked.lookup.found(below, "TXT")
    given = tuple(dict.fromkeys(one.lower() for one in asked.selectors))[:MOST_GIVEN]
    common = tuple(one for one in common_selectors() if one not in given)
    answers = _answers(asked.lookup, below, given, common, top.state is State.NO_NAME and not top.alias)
    anything = asked.lookup.ask(f"{made_up()}.{below}", "TXT")
    wildcard = anything.state is State.FOUND
    keys = [_key(selector, answers.by_selector[selector], True) for selector in given]
    keys += [
        _key(selector, answer, False)
        for selector, answer in answers.by_selector.items()
        if selector not in given and _told(answer) and not (wildcard and _same(answer, anything))
    ]
    return DkimKeys(
        domain=asked.domain,
        observed=asked.at,
        keys=tuple(key for key in keys if key),
        missing=tuple(selector for selector, key in zip(given, keys, strict=False) if key is None),
        nothing_below=answers.nothing_below,
        wildcard=wildcard,
        tried=sum(selector in answers.by_selector for selector in common),
        unknown=_unknown(answers.by_selector, given),
    )


def _answers(lookup: Lookup, below: str, given: Iterable[str], common: Iterable[str], nothing: bool) -> _Answers:
    """Ask for the keys.

    Where ``_domainkey`` is said not to exist, nothing below does (RFC 8020). Some old servers say it of names that only
    have names below them, so the first few are asked all the same, and all of them once one answers.
    """
    first, rest = tuple(common)[:FIRST], tuple(common)[FIRST:]
    found = _ask(lookup, below, (*given, *first))
    if nothing and all(answer.state is State.NO_NAME and not answer.alias for answer in found.values()):
        return _Answers(found, True)
    return _Answers(found | _ask(lookup, below, rest), False)


def _ask(lookup: Lookup, below: str, selectors: tuple[str, ...]) -> dict[str, Answer]:
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="dkim") as pool:
        ask = partial(_one, lookup, below)
        return dict(zip(selectors, pool.map(ask, selectors), strict=True))


def _one(lookup: Lookup, below: str, selector: str) -> Answer:
    return lookup.ask(f"{selector}.{below}", "TXT")


def _told(answer: Answer) -> bool:
    """Whether somebody has made something under a common selector: a record, or an alias that leads to none."""
    return answer.state is State.FOUND or (answer.state is not State.FAILED and bool(answer.alias))


def _same(answer: Answer, anything: Answer) -> bool:
    return answer.state is State.FOUND and answer.texts == anything.texts


def _unknown(answers: dict[str, Answer], given: tuple[str, ...]) -> str:
    failed = [one for one in answers if one not in given and answers[one].state is State.FAILED]
    if not failed:
        return ""
    return f"{len(failed)} of the common selectors ({', '.join(failed[:3])}...): {answers[failed[0]].failed}"


def _key(selector: str, answer: Answer, given: bool) -> DkimKey | None:
    """The key of one selector; None where it has no record."""
    alias = visible(answer.alias)
    shown = DkimKey(visible(selector), visible(answer.name), given, alias=alias)
    if answer.state is State.FAILED:
        return DkimKey(shown.selector, shown.name, given, unknown=answer.failed)
    if answer.state is not State.FOUND:
        error = f"its alias leads to {alias}, which has no key"
        return DkimKey(shown.selector, shown.name, given, alias=alias, error=error) if alias else None
    texts = answer.texts
    text = visible(" / ".join(texts), MOST_TEXT)
    if len(texts) > 1:
        error = f"{len(texts)} records stand there: which one receivers take is left open (RFC 6376, 3.6.2.2)"
        return DkimKey(shown.selector, shown.name, given, text, alias=alias, error=error)
    record = read_record(texts[0])
    return DkimKey(
        selector=shown.selector,
        name=shown.name,
        given=given,
        text=text,
        kind=visible(record.kind, 40),
        bits=record.bits,
        revoked=record.revoked,
        testing=record.testing,
        strict=record.strict,
        sha1_only=record.sha1_only,
        services=tuple(visible(one, 40) for one in record.services[:10]),
        error=visible(record.error, 200),
        alias=alias,
        public=record.public,
    )
