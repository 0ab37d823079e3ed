"""Bring an archive's index up to date: look at what is signed, fetch what has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime

from posture.advisories.errors import NoSources, RefreshError, Refused, Unreachable
from posture.advisories.indexes.apt.archive import pockets
from posture.advisories.indexes.apt.fetch import FetchedSuite, fetched
from posture.advisories.indexes.apt.packages_file import read_offers
from posture.advisories.indexes.apt.release_file import ReleaseFile
from posture.advisories.indexes.apt.sources import ArchiveEntry
from posture.advisories.indexes.build import Part, Plausible, build_index
from posture.advisories.indexes.family import Order, Refreshed
from posture.advisories.indexes.file import Pocket
from posture.advisories.indexes.name import IndexName


def plausible(name: IndexName) -> Plausible:
    """-updates is left out: it is emptied at every point release."""
    security, _, main = pockets(name)
    return Plausible(main, (main, security))


def part(suite: FetchedSuite) -> Part:
    """A fetched suite as a part of the index."""
    head = suite.release
    offers = (offer for path in suite.packages for offer in read_offers(path))
    return Part(head.date, head.valid_until, _keyring(suite.entry), " ".join(suite.entry.components), offers)


def _keyring(entry: ArchiveEntry) -> str:
    """Which keys the suite was verified with."""
    if "BEGIN PGP" in entry.signed_by:
        return "the key block in the archive list"
    return entry.signed_by or "the keys this machine's apt trusts"


def _check_head(head: ReleaseFile, pocket: str, name: IndexName, last: Mapping[str, Pocket], now: datetime) -> None:
    if name.architecture not in head.architectures:
        raise NoSources(f"{pocket} is not offered for {name.architecture} by this archive: configure another one")
    if head.valid_until and head.valid_until < now:
        raise Refused(f"the index of {pocket} expired on {head.valid_until:%Y-%m-%d %H:%M} UTC")
    known = last.get(pocket)
    if known and head.date < known.date:
        raise Refused(
            f"the index of {pocket} is dated {head.date:%Y-%m-%d %H:%M} UTC, older than the one of "
            f"{known.date:%Y-%m-%d %H:%M} UTC seen before: the mirror lags or somebody plays back an old one"
        )


def _missing(name: IndexName, missing: Sequence[str], failures: Sequence[RefreshError]) -> RefreshError:
    """The error for pockets that did not come, with what was said of them."""
    about = [failure for failure in failures if any(str(failure).startswith(f"{pocket}:") for pocket in missing)]
    if not about:
        names = " and ".join(missing)
        return NoSources(f"no signed index of {names}: the configured archives of {name} do not include it")
    text = f"no signed index of {' | '.join(map(str, about))}"
    if any(isinstance(failure, Refused) for failure in about):
        return Refused(text)
    return Unreachable(f"{text}. If this mirror does not carry it, name one that does in the sources file")


def _heads(entries: Sequence[ArchiveEntry], name: IndexName, until: float) -> dict[str, FetchedSuite]:
    """The newest signed head of each pocket. Archives of other origins are left out.

    Raises:
        RefreshError: a pocket that is needed or configured did not come.
    """
    heads: dict[str, FetchedSuite] = {}
    failures: list[RefreshError] = []
    for entry in entries:
        try:
            with fetched(entry, name.architecture, until, packages=False) as suite:
                pocket = suite.release.pocket(name)
                if pocket and (pocket not in heads or heads[pocket].release.date < suite.release.date):
                    heads[pocket] = suite
        except RefreshError as error:
            failures.append(error)
    security, _, main = pockets(name)
    wanted = {main, security, *(entry.suite for entry in entries if "/" not in entry.suite)}
    if missing := sorted(wanted - set(heads)):
        raise _missing(name, missing, failures)
    return heads


def _whole(stack: ExitStack, entry: ArchiveEntry, architecture: str, until: float) -> FetchedSuite:
    """Fetch a suite with all official components, or with those configured where the mirror has no others."""
    if entry.optional:
        wide = replace(entry, components=(*entry.components, *entry.optional), optional=())
        try:
            return stack.enter_context(fetched(wide, architecture, until, packages=True))
        except Unreachable:
            pass
    return stack.enter_context(fetched(entry, architecture, until, packages=True))


def update(order: Order, entries: Sequence[ArchiveEntry]) -> Refreshed:
    """Fetch the suites whose signed head is another than the one known, and build the index.

    Raises:
        RefreshError: it was not built; the last good one is as it was.
    """
    name, known, until = order.place.name, order.known, order.until
    heads = _heads(entries, name, until)
    for pocket, suite in heads.items():
        _check_head(suite.release, pocket, name, known, order.now)
    stale = [
        pocket for pocket, suite in heads.items() if pocket not in known or known[pocket].date != suite.release.date
    ]
    with ExitStack() as stack:
        changed = {pocket: _whole(stack, heads[pocket].entry, name.architecture, until) for pocket in stale}
        for pocket, suite in changed.items():  # it may have been replaced since the first look
            if suite.release.pocket(name) != pocket:
                raise Refused(f"the mirror changed what it serves as {pocket} while it was fetched")
            _check_head(suite.release, pocket, name, known, order.now)
        kept = tuple(pocket for pocket in known.values() if pocket.name in heads)
        parts = {pocket: part(suite) for pocket, suite in changed.items()}
        rows = build_index(order.place, parts, kept, order.now, plausible(name), force=order.force)
    return Refreshed(name, order.now, tuple(changed), rows)
