"""Questions to the API of one AWS account: bounded, at most some at once, each logged, each failure told as a gap."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import BoundedSemaphore, Lock
from typing import Any, NamedTuple, TypeVar

from botocore import xform_name

from posture.collect.aws.errors import FAILURES, Unanswered, code_of, in_words, why
from posture.collect.aws.permissions import action
from posture.collect.aws.session import Clients
from posture.collect.scope import ScopeError, ScopeGate, ServicePermit
from posture.facts.aws.gap import Gap, Why
from posture.model.text import visible

AT_ONCE = 10  # more gain nothing against AWS's own limits
MOST_CALLS = 50_000  # of one account in one look
MOST_PAGES = 2_000
MOST_ITEMS = 200_000

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Call:
    """One question: an operation (``ListUsers``) of a service as boto3 names it (``iam``).

    `region` is empty for services without regions. `about` is the one thing it is about, empty where it is about all of
    a kind. `absent` are AWS's codes that mean that there is nothing. `parameters` are the operation's.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    region: str = ""
    about: str = ""
    absent: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        """The permission that it takes."""
        return action(self.service, self.operation)

    def gap(self, why: Why, said: str = "") -> Gap:
        """What is missing where it is not answered."""
        return Gap(self.action, why, self.region, visible(self.about, 200), visible(said, 300))

    def failed(self, error: Exception) -> Gap:
        """What is missing after this error."""
        return self.gap(why(error), in_words(error))


class Listing(NamedTuple):
    """The items of all pages that came. Where `gaps` is not empty, there may be more."""

    items: list[Any]
    gaps: tuple[Gap, ...] = ()


@dataclass(slots=True)
class Api:
    """One account. `regions` are those to read, `home` the one that answers for the services without regions."""

    account: str
    regions: tuple[str, ...]
    home: str
    clients: Clients
    gate: ScopeGate
    permit: ServicePermit
    clock: Callable[[], datetime]
    deadline: datetime
    calls: Counter[str] = field(default_factory=Counter)  # by permission
    _turn: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(AT_ONCE))
    _counting: Lock = field(default_factory=Lock)

    def ask(self, call: Call) -> Mapping[str, Any]:
        """The answer, e.g. to ``Call("iam", "GetAccountSummary")``; empty where the error is one of `call.absent`.

        Raises:
            Unanswered: there was no answer.
        """
        self._may(call)
        operation = getattr(self.clients.client(call.service, call.region or self.home), xform_name(call.operation))
        try:
            with self._turn:
                answer: Mapping[str, Any] = operation(**call.parameters)
        except FAILURES as error:
            if code_of(error) in call.absent:
                return {}
            raise Unanswered(call.failed(error)) from error
        finally:
            self._count(call)
        return _of_aws(answer, call)

    def listing(self, call: Call, key: str) -> Listing:
        """All items under `key` of all pages; never raises: what did not come is a gap.

        Pages are followed by botocore's own description of the operation; an operation without one has a single page.
        """
        client = self.clients.client(call.service, call.region or self.home)
        name = xform_name(call.operation)
        if client.can_paginate(name):
            return self._pages(call, key, iter(client.get_paginator(name).paginate(**call.parameters)))
        try:
            return Listing(list(self.ask(call).get(key) or ()))
        except Unanswered as unanswered:
            return Listing([], (unanswered.gap,))

    def _pages(self, call: Call, key: str, pages: Iterator[Mapping[str, Any]]) -> Listing:
        items: list[Any] = []
        try:
            for _ in range(MOST_PAGES):
                self._may(call)
                with self._turn:
                    page = next(pages, None)
                if page is None:
                    return Listing(items)
                self._count(call)
                items.extend(_of_aws(page, call).get(key) or ())
                if len(items) > MOST_ITEMS:
                    break
        except FAILURES as error:
            self._count(call)
            nothing = code_of(error) in call.absent and not items
            return Listing(items, () if nothing else (call.failed(error),))
        except Unanswered as unanswered:
            return Listing(items, (unanswered.gap,))
        return Listing(items[:MOST_ITEMS], (call.gap(Why.LIMIT),))

    def each(self, ask: Callable[[T], R], things: Sequence[T]) -> tuple[list[R], tuple[Gap, ...]]:
        """Ask about each thing, some at once: the answers in their order, and what was not answered."""
        if not things:
            return [], ()
        with ThreadPoolExecutor(min(AT_ONCE, len(things)), thread_name_prefix="aws-each") as pool:
            return _gathered([pool.submit(ask, thing) for thing in things])

    def in_regions(self, ask: Callable[[str], R]) -> tuple[list[R], tuple[Gap, ...]]:
        """Ask in every region, some at once: the answers, and what was not answered."""
        with ThreadPoolExecutor(min(AT_ONCE, len(self.regions)), thread_name_prefix="aws-region") as pool:
            return _gathered([pool.submit(ask, region) for region in self.regions])

    def _may(self, call: Call) -> None:
        """Whether one more call may be made; the first of each kind is logged before it is made.

        Raises:
            Unanswered: no.
        """
        if self.clock() >= self.deadline:
            raise Unanswered(call.gap(Why.TIME))
        try:
            self.gate.still_asking(self.permit)
        except ScopeError as refusal:
            raise Unanswered(call.gap(Why.TIME, str(refusal))) from None
        with self._counting:
            if self.calls.total() >= MOST_CALLS:
                raise Unanswered(call.gap(Why.LIMIT))
            first = call.action not in self.calls
            self.calls.setdefault(call.action, 0)
        if first:
            self.gate.record_calls(self.permit, call.action, "begins")

    def _count(self, call: Call) -> None:
        with self._counting:
            self.calls[call.action] += 1


def _of_aws(answer: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
    """The answer, where it has the number that every answer of AWS has: botocore reads a proxy's page as an empty one.

    Raises:
        Unanswered: it has none.
    """
    if not answer.get("ResponseMetadata", {}).get("RequestId"):
        raise Unanswered(call.gap(Why.FAULT, "an answer without the number of the request"))
    return answer


def _gathered(futures: Sequence[Any]) -> tuple[list[Any], tuple[Gap, ...]]:
    answers: list[Any] = []
    gaps: list[Gap] = []
    for future in futures:
        try:
            answers.append(future.result())
        except Unanswered as unanswered:
            gaps.append(unanswered.gap)
    return answers, tuple(gaps)


def document(policy: object) -> str:
    """A policy as text: botocore hands some over decoded from the URL form and parsed, some as they are."""
    return policy if isinstance(policy, str) else json.dumps(policy, sort_keys=True, separators=(",", ":"))
