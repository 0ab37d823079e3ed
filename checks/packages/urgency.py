"""How urgent the flaws are that waiting updates mend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from posture.sdk import Flaw, PendingUpdate, PendingUpdates, Severity

MOST_NAMED = 4  # CVEs or packages in a line
_LAST = "\uffff"  # behind all names
DEFAULT = Severity.HIGH  # of a security update of which no feed knows how bad it is


@dataclass(frozen=True, slots=True)
class Mended:
    """One advisory, and the waiting updates that mend what it tells of.

    `source` is what they are built from, of several one that can be reached; `exposed` is where.
    """

    flaw: Flaw
    packages: tuple[str, ...]
    source: str
    exposed: tuple[str, ...]

    @property
    def severity(self) -> Severity:
        """Critical only where a service of the package can be reached; what is being attacked is high at least."""
        if self.flaw.exploited or self.flaw.severity is Severity.CRITICAL:
            return Severity.CRITICAL if self.exposed else Severity.HIGH
        return DEFAULT if self.flaw.severity is None else max(self.flaw.severity, Severity.LOW)

    @property
    def rank(self) -> tuple[int, bool, float, bool, str]:
        """Worst first."""
        flaw = self.flaw
        return -self.severity, not flaw.exploited, -(flaw.probability or 0), not self.exposed, flaw.id

    @property
    def name(self) -> str:
        """The CVE where there is one alone, which more people know, else the advisory."""
        return self.flaw.cves[0] if len(self.flaw.cves) == 1 else self.flaw.id


def mended(waiting: Iterable[PendingUpdate]) -> tuple[Mended, ...]:
    """The advisories that the updates answer, each once, worst first."""
    found: dict[str, Mended] = {}
    for update in waiting:
        for flaw in update.flaws:
            found[flaw.id] = _joined(found.get(flaw.id), flaw, update)
    return tuple(sorted(found.values(), key=lambda one: one.rank))


def known(flaws: Iterable[Mended]) -> int:
    """How many flaws the advisories tell of: each CVE once, and each advisory that names none."""
    return len({name for one in flaws for name in one.flaw.cves or (one.flaw.id,)})


def _joined(before: Mended | None, flaw: Flaw, update: PendingUpdate) -> Mended:
    source = update.source or update.package
    if before is None:
        return Mended(flaw, (update.package,), source, update.exposed)
    return Mended(
        flaw,
        tuple(dict.fromkeys((*before.packages, update.package))),
        before.source if before.exposed or not update.exposed else source,
        tuple(dict.fromkeys((*before.exposed, *update.exposed))),
    )


def worst_of(update: PendingUpdate) -> tuple[int, bool, float, bool, str]:
    """A key that puts the packages with the worst flaws first; one of which nothing is known is behind its likes."""
    ranks = [one.rank for one in mended((update,))]
    return min(ranks, default=(-DEFAULT, True, 0.0, not update.exposed, _LAST))


def severity(waiting: Iterable[PendingUpdate]) -> Severity:
    """The worst of all; an update of which no flaw is known counts as DEFAULT."""
    return max(Severity(-worst_of(update)[0]) for update in waiting)


def told(one: Mended) -> str:
    """A line of evidence: the advisory, the packages, and how bad it is by whose word."""
    flaw = one.flaw
    words = [_few(flaw.cves)] if flaw.cves and flaw.cves != (flaw.id,) else []
    words.append(flaw.severity.word if flaw.severity is not None else "severity not known")
    if flaw.exploited:
        due = f", due {flaw.due.isoformat()}" if flaw.due else ""
        words.append(f"exploited (KEV {flaw.exploited.isoformat()}{due})")
    words += [f"CVSS {flaw.score:.1f}"] if flaw.score is not None else []
    words += [f"EPSS {flaw.probability:.0%}"] if flaw.probability is not None else []
    words += [f"fix of {flaw.published.isoformat()}"] if flaw.published else []
    reach = f" (reachable at {_few(one.exposed, 2)})" if one.exposed else ""
    return f"{flaw.id} in {_few(one.packages)}{reach}: {', '.join(words)}"


def _few(names: Iterable[str], most: int = MOST_NAMED) -> str:
    every = tuple(names)
    return " ".join(every[:most]) + (f" +{len(every) - most}" if len(every) > most else "")


def oldest(flaws: Iterable[Mended], pending: PendingUpdates) -> date | None:
    """When the oldest of the fixes was published; a date to come is none."""
    today = pending.observed.date()
    return min((f.flaw.published for f in flaws if f.flaw.published and f.flaw.published <= today), default=None)
