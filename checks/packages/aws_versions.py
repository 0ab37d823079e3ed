"""What the checks of versions that AWS runs say alike."""

from __future__ import annotations

from collections.abc import Callable

from checks.aws import unseen
from checks.wording import count, listed
from posture.sdk import Evidence, Iterator, Lives, Phase, Verdict, VersionLife, not_applicable, not_assessed, passed

BAD = (Phase.EXTENDED, Phase.ENDED)


def judged(lives: Lives, failure: Callable[[VersionLife, Lives], Verdict], thing: str) -> Iterator[Verdict]:
    """A failure for each version past its standard support; what is not known is not assessed, and no pass."""
    bad = [one for one in lives.things if one.phase in BAD]
    for one in bad:
        yield failure(one, lives)
    unknown = [one for one in lives.things if one.phase is Phase.UNKNOWN]
    reasons = list(lives.missing)
    if unknown:
        names = listed(dict.fromkeys(f"{one.engine} {one.version}".strip() or "no version" for one in unknown))
        reasons.append(f"the table of {lives.dated} does not know {names}")
    if lives.stale and any(one.phase is Phase.SUPPORTED for one in lives.things):
        reasons.append(f"the table of ends of support is of {lives.dated}, too old to call anything supported")
    if reasons:
        yield not_assessed(f"Not judged: {'; '.join(reasons)}")
    yield from unseen(lives.gaps)
    if bad or reasons or lives.gaps:
        return
    where = f"in {count(len(lives.regions), 'region')}"
    if lives.things:
        yield passed(f"{count(len(lives.things), thing)} {where} in standard support, by the table of {lives.dated}")
    else:
        yield not_applicable(f"No {thing} {where}")


def evidence(one: VersionLife, lives: Lives) -> tuple[Evidence, ...]:
    """What was seen, and what the table says of it."""
    dates = [f"standard support until {one.standard}"] if one.standard else []
    dates += [f"last day of what follows: {one.ends}"] if one.ends else []
    said = ", ".join(dates) if dates else "older than all that is supported" if one.phase is Phase.ENDED else "no dates"
    seen = f"{one.id} in {one.region}: {version(one)}"
    return (Evidence(f"AWS's table of versions as of {lives.dated}", f"{seen}; {said}", lives.observed),)


def version(one: VersionLife) -> str:
    """The version with its product's name."""
    return f"{one.product} {one.version}".strip()


def since(one: VersionLife) -> str:
    """Since when the standard support is over, for a sentence; empty where the day is not known."""
    return f" since {one.standard}" if one.standard else ""
