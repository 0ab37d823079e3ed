"""What a comparison of the installed packages with the index can say, and what it cannot."""

from __future__ import annotations

import re

from checks.wording import count, listed
from posture.sdk import Evidence, PendingUpdate, PendingUpdates

_AS_OF = re.compile(
    r"no known update as of (an unknown date|[0-9-]{10})( \(by advisories alone\))?(: )?", re.IGNORECASE
)


def day(pending: PendingUpdates) -> str:
    """When the distribution signed the index, YYYY-MM-DD."""
    return pending.index_date.date().isoformat()


def doubt(pending: PendingUpdates) -> str:
    """Why "nothing is waiting" cannot be said, empty when it can."""
    if _AS_OF.match(pending.stale):
        why = f"; {pending.why_alone}" if pending.why_alone else ""
        return f"{pending.stale[:1].upper()}{pending.stale[1:]}{why}"
    if pending.stale:
        return f"No known update as of {day(pending)}: {pending.stale}"
    if pending.not_comparable:
        named = listed(pending.not_comparable)
        return f"No update was found, but the versions of these packages could not be compared: {named}"
    if pending.compared == 0:
        return f"None of the installed packages could be compared with the index ({pending.index or 'unnamed'})"
    return ""


def not_fresh(pending: PendingUpdates) -> str:
    """What is wrong with the age of the data, empty where nothing is but that it was advisories alone."""
    return _AS_OF.sub("", pending.stale)


def left_out(pending: PendingUpdates) -> str:
    """What the outcome does not speak of, to be put behind a sentence."""
    foreign, newer = len(pending.foreign), len(pending.newer)
    parts = [f"; {count(foreign, 'package')} from other sources not compared"] if foreign else []
    if newer:
        parts.append(
            f"; {count(newer, 'package')} newer than the archive's {'was' if newer == 1 else 'were'} not compared"
        )
    return "".join(parts)


def compared_with(pending: PendingUpdates) -> Evidence:
    """What the packages were held against and how old that is, what was left out, and who named the flaws."""
    days = (pending.observed.date() - pending.index_date.date()).days
    age = f" ({count(days, 'day')} before)" if days > 0 else ""
    lines = [
        f"{pending.index or 'unnamed'}, as of {day(pending)}{age}",
        f"{count(pending.compared, 'package')} compared{left_out(pending)}",
    ]
    lines += [f"not fresh: {reason}"] if (reason := not_fresh(pending)) else []
    lines += [f"no index: {pending.why_alone}"] if pending.why_alone else []
    lines += [f"versions that could not be compared: {listed(odd)}"] if (odd := pending.not_comparable) else []
    lines += [f"flaws named: {pending.named}"] if pending.named else []
    return Evidence("package index", "\n".join(lines), pending.fetched)


def bounded(lines: list[str], most: int) -> str:
    """Lines, the last of which counts the rest where there are too many."""
    kept = lines if len(lines) <= most else [*lines[: most - 1], f"and {len(lines) - most + 1} more"]
    return "\n".join(kept)


def line(update: PendingUpdate) -> str:
    """One update with both versions."""
    candidate = " ".join(part for part in (update.replaced_by, update.candidate) if part)
    words = [update.pocket or "by advisories alone"]
    words += [f"module {update.module}"] if update.module else []
    held = " held" if update.held else ""
    return f"{update.package} {update.installed} -> {candidate} ({', '.join(words)}){held}"
