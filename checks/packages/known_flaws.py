"""Known flaws of software that no distribution looks after: how bad, in which words, and what was not judged."""

from __future__ import annotations

from collections.abc import Iterable

from checks.rights import NEEDS_ROOT
from checks.wording import listed
from posture.sdk import Flaw, FlawedSoftware, InstalledApplications, LanguagePackages, Severity, SoftwareFlaws

ENDED = "end-of-life:"
IN_EVIDENCE = 400  # lines; a report shows fewer and counts the rest
A_PIECE = 8  # flaws named of one piece of software


def worst(flaws: Iterable[Flaw], exploited: Severity) -> Severity:
    """The worst severity known, MEDIUM where none is; `exploited` where attackers are known to use one of the flaws."""
    every = list(flaws)
    if any(flaw.exploited for flaw in every):
        return exploited
    known = [flaw.severity for flaw in every if flaw.severity is not None]
    return max(Severity.LOW, *known) if known else Severity.MEDIUM


def urgency(software: FlawedSoftware) -> tuple[object, ...]:
    """Sorts software: what is exploited first, then the worst."""
    exploited = any(flaw.exploited for flaw in software.flaws)
    return not exploited, -worst(software.flaws, Severity.CRITICAL), software.ecosystem, software.name, software.version


def exploited_in(found: Iterable[FlawedSoftware]) -> tuple[str, ...]:
    """The names of flaws that attackers are known to use."""
    return tuple(dict.fromkeys(name_of(flaw) for one in found for flaw in one.flaws if flaw.exploited))


def name_of(flaw: Flaw) -> str:
    """The CVE where there is one, which more people know, else the advisory."""
    return flaw.cves[0] if flaw.cves else flaw.id


def account(found: Iterable[FlawedSoftware], *, never_root: bool = False) -> str:
    """As whom to run commands in their folder: whoever could change it when it was looked at, else ``root``.

    The word ``ACCOUNT``, for a human to replace, where that is not known, or is not one.
    """
    owners = {one.owner for one in found}
    some = owners - {"root"} or owners
    only = some.pop() if len(some) == 1 else ""
    return "ACCOUNT" if not only or (never_root and only == "root") else only


def known(software: FlawedSoftware) -> int:
    """How many flaws, without the note that its branch has ended."""
    return sum(not flaw.id.startswith(ENDED) for flaw in software.flaws)


def lines(found: Iterable[FlawedSoftware]) -> str:
    """The evidence: a line each for the worst flaws of each piece of software."""
    told: list[str] = []
    for one in found:
        told += [_line(one, flaw) for flaw in one.flaws[:A_PIECE]]
        left = len(one.flaws) - A_PIECE
        told += [f"{one.name} {one.version}: and {left} more"] if left > 0 else []
    if len(told) > IN_EVIDENCE:
        told = [*told[: IN_EVIDENCE - 1], f"and {len(told) - IN_EVIDENCE + 1} more lines"]
    return "\n".join(told)


def _line(software: FlawedSoftware, flaw: Flaw) -> str:
    words = [] if flaw.id.startswith(ENDED) else [name_of(flaw)]
    words += [flaw.id] if words and flaw.id not in words else []
    words += [flaw.severity.word if flaw.severity is not None else "severity not known"]
    if flaw.exploited:
        words.append(f"exploited (KEV {flaw.exploited.isoformat()})")
    words += [f"CVSS {flaw.score:.1f}"] if flaw.score is not None else []
    words += [f"EPSS {flaw.probability:.0%}"] if flaw.probability is not None else []
    words += [f"fixed in {flaw.fixed}"] if flaw.fixed else []
    summary = f": {flaw.summary}" if flaw.summary else ""
    return f"{software.name} {software.version}: {', '.join(words)}{summary}"


def source(flaws: SoftwareFlaws) -> str:
    """What it was held against."""
    as_of = f" of {flaws.data_date.date().isoformat()}" if flaws.data_date else ""
    return f"versions on disk against published advisories{as_of}"


def doubt(flaws: SoftwareFlaws, found: LanguagePackages | InstalledApplications) -> str:
    """Why "no flaw is known" cannot be said of all that is there, empty when it can."""
    parts = []
    if found.unreadable:
        some = "1 folder or file" if found.unreadable == 1 else f"{found.unreadable} folders and files"
        parts.append(f"{some} could not be opened ({NEEDS_ROOT})")
    parts += [] if found.complete else ["the search was ended by its limit"]
    parts += [f"no data at hand knows {listed(flaws.no_data)}"] if flaws.no_data else []
    parts += [f"these versions cannot be compared: {listed(flaws.not_comparable)}"] if flaws.not_comparable else []
    parts += [flaws.stale] if flaws.stale else []
    return "; ".join(parts)


def places(found: LanguagePackages | InstalledApplications) -> str:
    """Where was looked."""
    return listed(found.places) or "the places searched"
