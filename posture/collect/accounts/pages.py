"""Lists that come in pages: bounded, each page once, and what did not come is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from posture.collect.accounts.http import JsonApi, NoAnswer, Query, Told

MOST_PAGES: Final = 2_000
MOST_ITEMS: Final = 100_000
_NEXT = re.compile(r"<([^<>]{1,4000})>((?:\s*;[^,<]{0,200}){0,5})")

Item = Mapping[str, Any]


class Listing(NamedTuple):
    """The items of all pages that came. Where `gaps` is not empty, there may be more."""

    items: list[Item]
    gaps: tuple[str, ...] = ()


Page = tuple[Any, str]
"""The items of a page as they came, and how the next one is asked for; empty where it is the last."""


def listed(what: str, page: Callable[[str], Page]) -> Listing:
    """All pages, beginning with the one asked for with an empty text.

    Args:
        what: is listed, for people: ``the users``.
        page: asks for one.

    Raises:
        NoAnswer: the first page did not come, or is no list.
    """
    found: list[Item] = []
    cursor, seen = "", {""}
    for number in range(MOST_PAGES):
        try:
            items, cursor = page(cursor)
            found += _of_page(items, what)
        except NoAnswer as error:
            if not number:
                raise
            return Listing(found, (f"{what} after the first {len(found)} were not read: {error}",))
        if len(found) >= MOST_ITEMS:
            return Listing(found[:MOST_ITEMS], (f"of {what}, no more than {MOST_ITEMS} are read",))
        if not cursor:
            return Listing(found)
        if cursor in seen:
            return Listing(found, (f"{what} after the first {len(found)} were not read: its pages lead in a circle",))
        seen.add(cursor)
    return Listing(found, (f"of {what}, no more than {MOST_PAGES} pages are read",))


def by_link(api: JsonApi, what: str, path: str, query: Query) -> Listing:
    """Pages that name the next one in a Link header (RFC 8288), as GitHub, GitLab and Okta do.

    Raises:
        NoAnswer: the first page did not come, or is no list.
    """

    def page(cursor: str) -> Page:
        told = api.get(cursor) if cursor else api.get(path, query)
        link = _next(told)
        return told.data, api.local(link) if link else ""

    return listed(what, page)


def by_offset(what: str, size: int, page: Callable[[int], Any]) -> Listing:
    """Pages that are asked for by the number of items before them; a short one is the last.

    Raises:
        NoAnswer: the first page did not come, or is no list.
    """

    def at(cursor: str) -> Page:
        before = int(cursor or "0")
        items = page(before)
        full = isinstance(items, list) and len(items) >= size
        return items, str(before + len(items)) if full else ""

    return listed(what, at)


def _of_page(items: Any, what: str) -> Iterator[Item]:
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise NoAnswer(f"{what}: the answer is no list of the documented form")
    yield from items


def _next(told: Told) -> str:
    for link, parameters in _NEXT.findall(told.headers.get("link", "")):
        if re.search(r';\s*rel="?next"?\s*(?:;|\Z)', parameters):
            return str(link)
    return ""
