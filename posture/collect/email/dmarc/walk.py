"""The DNS tree walk: whose record applies, and which is the organizational domain (RFC 9989, 4.10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from posture.collect.email.dmarc.record import DmarcRecord, is_dmarc, read_record

MOST_LABELS = 8  # of a name of which every parent is asked; longer ones are shortened to seven first

Ask = Callable[[str], tuple[str, ...] | None]
"""Domain -> the TXT records at its ``_dmarc`` name; None where there was no answer."""


@dataclass(frozen=True, slots=True)
class Found:
    """One domain's record."""

    domain: str
    record: DmarcRecord


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk. `found` are the records from the longest name to the shortest, `stopped` the name without an answer."""

    start: str
    found: tuple[Found, ...]
    stopped: str = ""

    @property
    def own(self) -> Found | None:
        """The record of the domain where the walk began."""
        return next((one for one in self.found if one.domain == self.start), None)

    @property
    def organizational(self) -> str:
        """The organizational domain (4.10.2); empty where it is not known."""
        return "" if self.stopped else organizational(self.start, self.found)

    @property
    def applied(self) -> Found | None:
        """The record that applies: the domain's own, else the organizational domain's, else the suffix's (4.10.1).

        Means nothing where the walk was stopped before it had the domain's own.
        """
        return self.own or _of_parents(self.start, self.found)

    def for_subdomains(self) -> Found | None:
        """The record that applies to subdomains of the domain without a record of their own."""
        below = f"any.{self.start}"
        asked = set(targets(below))
        return _of_parents(below, [one for one in self.found if one.domain in asked])


def targets(domain: str) -> Iterator[str]:
    """The names that a walk from here asks, at most eight, the longest first."""
    labels = domain.split(".")
    yield domain
    for left in range(min(len(labels), MOST_LABELS) - 1, 0, -1):
        yield ".".join(labels[-left:])


def walk(start: str, ask: Ask) -> Walk:
    """Ask for the records from a domain upwards.

    It ends at the top, behind a record that says psd=y or psd=n, or where there is no answer.
    """
    found: list[Found] = []
    for domain in targets(start):
        texts = ask(domain)
        if texts is None:
            return Walk(start, tuple(found), domain)
        records = [text for text in texts if is_dmarc(text)]
        if len(records) == 1:  # several are none
            found.append(Found(domain, read_record(records[0])))
            if found[-1].record.psd != "u":
                break
    return Walk(start, tuple(found))


def organizational(start: str, found: Sequence[Found]) -> str:
    """The organizational domain, of the records that a walk from `start` found."""
    for one in found:
        if one.record.psd == "n":
            return one.domain
        if one.record.psd == "y" and one.domain != start:
            return _one_below(one.domain, start)
    return found[-1].domain if found else start


def _one_below(suffix: str, start: str) -> str:
    return ".".join(start.split(".")[-(suffix.count(".") + 2) :])


def _of_parents(start: str, found: Sequence[Found]) -> Found | None:
    """The organizational domain's record, else that of a public suffix."""
    top = organizational(start, found)
    suffix = next((one for one in found if one.record.psd == "y"), None)
    return next((one for one in found if one.domain == top), None) or suffix
