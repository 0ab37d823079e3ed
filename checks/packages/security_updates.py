from __future__ import annotations

from typing import Any

from checks.packages import comparison, urgency
from checks.packages.images import IMAGES
from checks.packages.restarts import is_kernel, used_everywhere
from checks.packages.urgency import Mended
from checks.wording import count, listed
from posture.sdk import (
    Evidence,
    Iterator,
    PendingUpdate,
    PendingUpdates,
    Severity,
    UnfixedPackage,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

IN_COMMAND = 30  # packages; more of them are upgraded all at once
IN_EVIDENCE = 2000  # lines; a report shows fewer and counts the rest
TO_VERIFY = 8  # packages whose version is asked for afterwards
NAMED = 5  # exploited flaws, reachable services
SENTENCE = 120  # characters of the summary, beyond which it takes no more notes
NAME = 40  # characters of a package's name within it


@check(
    "packages.security-updates",
    title="Security updates are waiting to be installed",
    clause="4.1",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:7.3", "cis@8.1:7.4",
        "iso27001@2022:A.8.8",
        "nist-csf@2.0:ID.RA-01", "nist-csf@2.0:PR.PS-02",
        "nist-800-53@5:RA-5", "nist-800-53@5:SI-2",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.6.1",
        "pci-dss@4.0.1:6.3.3",
        "soc2@2017:CC7.1",
        "bsi-c5@2020:OPS-22",
        "bsi-grundschutz@2023:OPS.1.1.3.A15",
    ),
)  # fmt: skip
def security_updates(pending: PendingUpdates) -> Iterator[Verdict]:
    """The distribution's signed index offers security updates that are not installed: one finding a host.

    How bad it is: high, unless advisories say more. Critical when one of the flaws is in CISA's catalogue of exploited
    vulnerabilities (KEV), or critical by its publisher's word, and a service of the package can be reached from
    outside; high when none can. Medium or low only when every waiting update is known to mend nothing worse. EPSS and
    the age of a fix are told and change nothing.

    Held packages count here, for the flaw is there whoever decided to keep it; packages.held-back has those whose
    waiting update mends no flaw. Updates from other than the security archive do not fail the check; their number is
    told. So are flaws without a fix, or with one for subscribers only: nothing is waiting there. "Nothing is waiting"
    is only said when the index is fresh and every version could be compared; packages from other sources (vendor
    repositories) are in no official index, and those newer than all it offers (backports) are fixed elsewhere: they
    are not judged, their number is told. A kernel image is compared with those of the same source whose name holds a
    newer version, too.

    It can be wrong by a few hours when the host was updated after the index was fetched, never the other way round.
    Where no index was at hand, advisories alone decide: an update that no advisory tells of is then not seen. Which
    program uses an updated library is not known here: a flaw in a library is never called reachable. Containers of
    images (docker, podman) fail like any other host; what to do is then to rebuild the image.
    """
    waiting = tuple(
        sorted(
            (update for update in pending.updates if update.security),
            key=lambda update: (urgency.worst_of(update), update.package, update.architecture),
        )
    )
    if waiting:
        yield _failure(pending, waiting)
    elif unsure := comparison.doubt(pending):
        yield not_assessed(unsure, evidence=(comparison.compared_with(pending),))
    else:
        yield passed(_nothing(pending), evidence=(comparison.compared_with(pending), *_unfixed(pending)))


def _nothing(pending: PendingUpdates) -> str:
    others = f"; {count(len(pending.updates), 'other update')} waiting" if pending.updates else ""
    no_fix, paid = _no_fix(pending), _paid(pending)
    told = f"; {count(no_fix, 'known flaw')} without a fix on offer, nothing to do" if no_fix else ""
    told += f"; fixes for {count(len(paid), 'package')} in {', '.join(_programmes(pending))} only" if paid else ""
    return (
        f"No security update is waiting in {count(pending.compared, 'package')}{others}{told}"
        f"{comparison.left_out(pending)}"
    )


def _failure(pending: PendingUpdates, waiting: tuple[PendingUpdate, ...]) -> Verdict:
    flaws = urgency.mended(waiting)
    images = tuple(dict.fromkeys(u.replaced_by for u in waiting if u.replaced_by))
    same = [u for u in waiting if not u.replaced_by]
    names = tuple(dict.fromkeys(u.package for u in same if not u.held))
    held = tuple(dict.fromkeys(u.package for u in same if u.held))
    number = len(names) + len(held) + len(images)
    known, more = urgency.known(flaws), any(update.more_flaws for update in waiting)
    return fail(
        _summary(pending, number, _worst(flaws, known, more=more), held=len(held), images=len(images)),
        severity=urgency.severity(waiting),
        evidence=(*_evidence(pending, waiting, flaws), *_unfixed(pending)),
        manager=pending.manager,
        packages=names[:IN_COMMAND],
        held=held[:IN_COMMAND],
        images=images,
        count=number,
        more=max(0, len(names) - IN_COMMAND),
        image=pending.container if pending.container in IMAGES else "",
        flaws=known,
        more_flaws=more,
        streams=tuple(dict.fromkeys(u.module for u in waiting if u.module)),
        **_afterwards(waiting),
        **_why(pending, waiting, flaws),
    )


def _afterwards(waiting: tuple[PendingUpdate, ...]) -> dict[str, Any]:
    """What to restart, and the versions that must be there then."""
    installed = {u.replaced_by or u.package: u.candidate for u in reversed(waiting)}
    first = list(dict.fromkeys(u.replaced_by or u.package for u in waiting))[:TO_VERIFY]
    reachable = dict.fromkeys(f"{u.source or u.package} ({subject})" for u in waiting for subject in u.exposed)
    return {
        "kernel": any(is_kernel(u.package) for u in waiting),
        "core": tuple(dict.fromkeys(u.package for u in waiting if used_everywhere(u.package))),
        "reachable": tuple(reachable)[:NAMED],
        "checked": tuple(first),
        "expected": tuple(f"{name} {installed[name]}" for name in first),
    }


def _why(pending: PendingUpdates, waiting: tuple[PendingUpdate, ...], flaws: tuple[Mended, ...]) -> dict[str, Any]:
    exploited = [one for one in flaws if one.flaw.exploited]
    due = min((one.flaw.due for one in exploited if one.flaw.due), default=None)
    oldest = urgency.oldest(flaws, pending)
    return {
        "exploited": tuple(f"{one.name} in {one.source}" for one in exploited[:NAMED]),
        "exploited_more": max(0, len(exploited) - NAMED),
        "due": due.isoformat() if due else "",
        "days": (pending.observed.date() - oldest).days if oldest else 0,
        "oldest": oldest.isoformat() if oldest else "",
        "no_index": any(not update.pocket for update in waiting),
        "no_fix": _no_fix(pending),
        "paid": _paid(pending)[:NAMED],
        "paid_more": max(0, len(_paid(pending)) - NAMED),
        "programmes": _programmes(pending),
        "index": pending.index,
        "index_date": comparison.day(pending),
        "stale": comparison.not_fresh(pending),
    }


def _summary(pending: PendingUpdates, number: int, worst: str, *, held: int, images: int) -> str:
    """One sentence; the notes behind it are taken in as long as it stays short."""
    text = f"{count(number, 'package')} {'is' if number == 1 else 'are'} behind on security updates"
    notes = [worst] if worst else []
    notes += [f"{held} held back by hand"] if held else []
    notes += ["nothing brings the new kernel by itself"] if images else []
    notes += ["the index is not fresh"] if comparison.not_fresh(pending) else []
    for note in notes:
        if len(text) + len(note) + 2 <= SENTENCE:
            text = f"{text}; {note}"
    return text


def _worst(flaws: tuple[Mended, ...], known: int, *, more: bool) -> str:
    if not flaws:
        return ""
    worst = flaws[0]
    name, source = worst.name[:NAME], worst.source[:NAME]
    if worst.flaw.exploited:
        return f"attackers already use {name} in {source}{', which can be reached' if worst.exposed else ''}"
    if worst.flaw.severity is None:
        return f"these mend {'more than ' if more else ''}{count(known, 'known flaw')}"
    return f"the worst flaw is {worst.flaw.severity.word}: {name} in {source}"


def _evidence(
    pending: PendingUpdates, waiting: tuple[PendingUpdate, ...], flaws: tuple[Mended, ...]
) -> Iterator[Evidence]:
    compared = "installed packages against the distribution's index"
    yield Evidence(compared, comparison.bounded([*map(comparison.line, waiting)], IN_EVIDENCE), pending.observed)
    if flaws:
        shown = comparison.bounded([*map(urgency.told, flaws)], IN_EVIDENCE)
        yield Evidence("advisories that these updates answer, worst first", shown, pending.observed)
    yield comparison.compared_with(pending)


def _unfixed(pending: PendingUpdates) -> Iterator[Evidence]:
    """Flaws for which nothing is waiting, a line a package, told apart by who has a fix."""
    lines = [*map(_without_fix, pending.unfixed)]
    if lines:
        shown = comparison.bounded(lines, IN_EVIDENCE)
        yield Evidence("known flaws for which this release offers no free fix", shown, pending.observed)


def _without_fix(package: UnfixedPackage) -> str:
    by_programme: dict[str, list[str]] = {}
    for flaw in package.flaws:
        by_programme.setdefault(flaw.paid, []).append(flaw.id)
    parts = [
        f"{f'fixed in {paid} only' if paid else 'no fix on offer'}: {listed(ids)}"
        for paid, ids in sorted(by_programme.items())
    ]
    parts += [f"{package.more_flaws} more not listed"] if package.more_flaws else []
    return f"{package.package} {package.installed}: {'; '.join(parts)}"


def _no_fix(pending: PendingUpdates) -> int:
    """Known flaws that nobody offers a fix for, each counted once; those that a package leaves out are its own."""
    known = {flaw.id for package in pending.unfixed for flaw in package.flaws if not flaw.paid}
    return len(known) + sum(package.more_flaws for package in pending.unfixed)


def _paid(pending: PendingUpdates) -> tuple[str, ...]:
    """Packages with a fix for subscribers only."""
    return tuple(dict.fromkeys(p.package for p in pending.unfixed if any(flaw.paid for flaw in p.flaws)))


def _programmes(pending: PendingUpdates) -> tuple[str, ...]:
    return tuple(dict.fromkeys(flaw.paid for p in pending.unfixed for flaw in p.flaws if flaw.paid))
