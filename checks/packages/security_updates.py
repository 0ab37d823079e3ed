from __future__ import annotations

from posture.sdk import (
    Evidence,
    Iterator,
    PendingUpdate,
    PendingUpdates,
    Severity,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

IN_COMMAND = 30  # packages; more of them are upgraded all at once
IN_EVIDENCE = 2000  # lines; a report shows fewer and counts the rest
KERNELS = frozenset({"kernel", "kernel-core", "linux-lts", "linux-virt"})  # and linux-image-* of Debian and Ubuntu


@check(
    "packages.security-updates",
    title="Security updates are waiting to be installed",
    clause="4.1",
    severity=Severity.HIGH,
    controls=(
        "CIS-8.1/7.3", "CIS-8.1/7.4",
        "ISO-27001:2022/A.8.8",
        "NIST-CSF-2.0/PR.PS-02", "NIST-CSF-2.0/ID.RA-01",
        "PCI-DSS-4.0.1/6.3.3",
    ),
)  # fmt: skip
def security_updates(pending: PendingUpdates) -> Iterator[Verdict]:
    """The distribution's signed index offers security updates that are not installed: one finding a host.

    Held packages count: the flaw is there whoever decided to keep it. Updates from other than the security archive do
    not fail the check; their number is told. "Nothing is waiting" is only said when the index is fresh and every
    version could be compared; packages from other sources (vendor repositories) are in no official index, and those
    newer than all it offers (backports) are fixed elsewhere: they are not judged, their number is told. A kernel image
    is compared with those of the same source whose name holds a newer version, too.

    It can be wrong by a few hours when the host was updated after the index was fetched, never the other way round.
    """
    waiting = tuple(sorted((u for u in pending.updates if u.security), key=lambda u: (u.package, u.architecture)))
    others = len(pending.updates) - len(waiting)
    if waiting:
        yield _failure(pending, waiting)
    elif unsure := _doubt(pending):
        yield not_assessed(unsure, evidence=(_index(pending),))
    else:
        extra = f"; {_count(others, 'other update')} waiting" if others else ""
        yield passed(
            f"No security update is waiting in {_count(pending.compared, 'package')}{extra}{_left_out(pending)}",
            evidence=(_index(pending),),
        )


def _failure(pending: PendingUpdates, waiting: tuple[PendingUpdate, ...]) -> Verdict:
    images = tuple(dict.fromkeys(u.replaced_by for u in waiting if u.replaced_by))
    same = [u for u in waiting if not u.replaced_by]
    names = tuple(dict.fromkeys(u.package for u in same if not u.held))
    held = tuple(dict.fromkeys(u.package for u in same if u.held))
    count = len(names) + len(held) + len(images)
    notes = [f"{len(held)} of them held back by hand"] if held else []
    notes += ["nothing brings the new kernel by itself"] if images else []
    notes += [f"the index is not fresh: {pending.stale}"] if pending.stale else []
    more = f" ({'; '.join(notes)})" if notes else ""
    verb = "is" if count == 1 else "are"
    return fail(
        f"{_count(count, 'package')} {verb} behind on security updates{more}{_left_out(pending)}",
        evidence=(_listed(pending, waiting), _index(pending)),
        packages=names[:IN_COMMAND],
        held=held[:IN_COMMAND],
        images=images,
        count=count,
        more=max(0, len(names) - IN_COMMAND),
        kernel=any(u.package in KERNELS or u.package.startswith("linux-image-") for u in waiting),
        index=pending.index,
        index_date=_day(pending),
    )


def _doubt(pending: PendingUpdates) -> str:
    """Why "nothing is waiting" cannot be said, empty when it can."""
    if pending.stale:
        return f"No known update as of {_day(pending)}: {pending.stale}"
    if pending.not_comparable:
        named = ", ".join(pending.not_comparable[:5])
        more = f" and {len(pending.not_comparable) - 5} more" if len(pending.not_comparable) > 5 else ""
        return f"No update was found, but the versions of these packages could not be compared: {named}{more}"
    if pending.compared == 0:
        return f"None of the installed packages could be compared with the index ({pending.index or 'unnamed'})"
    return ""


def _listed(pending: PendingUpdates, waiting: tuple[PendingUpdate, ...]) -> Evidence:
    lines = [_line(update) for update in waiting]
    if len(lines) > IN_EVIDENCE:
        kept = lines[: IN_EVIDENCE - 1]
        lines = [*kept, f"and {len(lines) - len(kept)} more"]
    return Evidence("installed packages against the distribution's index", "\n".join(lines), pending.observed)


def _line(update: PendingUpdate) -> str:
    candidate = " ".join(part for part in (update.replaced_by, update.candidate) if part)
    held = " held" if update.held else ""
    return f"{update.package} {update.installed} -> {candidate} ({update.pocket}){held}"


def _index(pending: PendingUpdates) -> Evidence:
    return Evidence("package index", f"{pending.index}, signed {_day(pending)}", pending.fetched)


def _day(pending: PendingUpdates) -> str:
    return pending.index_date.date().isoformat()


def _left_out(pending: PendingUpdates) -> str:
    """What the outcome does not speak of."""
    foreign, newer = len(pending.foreign), len(pending.newer)
    parts = [f"; {_count(foreign, 'package')} from other sources not compared"] if foreign else []
    if newer:
        parts.append(
            f"; {_count(newer, 'package')} newer than the archive's {'was' if newer == 1 else 'were'} not compared"
        )
    return "".join(parts)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
