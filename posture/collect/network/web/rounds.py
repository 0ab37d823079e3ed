"""Many small inquiries at once: each asks one thing after the other, all of them side by side."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TypeVar

from posture.collect.network.web.answer import Reply, Request
from posture.collect.network.web.client import Client

Found = TypeVar("Found")


def in_rounds(client: Client, inquiries: Iterable[Generator[Request, Reply, Found | None]]) -> tuple[Found, ...]:
    """What inquiries found, in their order: in each round every one that is not done asks its next question."""
    every = tuple(inquiries)
    found: dict[int, Found] = {}
    asking = {number: next(inquiry) for number, inquiry in enumerate(every)}
    while asking:
        replies = client.ask_all(asking.values())
        after: dict[int, Request] = {}
        for number, request in asking.items():
            try:
                after[number] = every[number].send(replies[request])
            except StopIteration as end:
                if end.value is not None:
                    found[number] = end.value
        asking = after
    return tuple(found[number] for number in sorted(found))
