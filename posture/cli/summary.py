"""What an audit came to, in at most 25 lines of the terminal: what to fix first, what was not assessed, where it is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from posture.cli.output import say
from posture.model.run import SourceState
from posture.report.model import Report, Task, Urgency

TASKS, GAPS, FILES, CUSTOMERS = 5, 3, 3, 2  # at most so many of each: 25 lines in all
WIDTH, REASON = 110, 180  # characters of a line; a reason says at its end what would change it
_CONFIRM = re.compile(
    r"run: (posture access pin [A-Za-z0-9._:/-]+ [A-Za-z0-9._:/-]+(?: SHA256:[A-Za-z0-9+/]{43})+)(?: \(|$)"
)
_FIRST_TIME = ("nobody has confirmed yet which key", "no host key is known for this host")  # of a reason
_A_REASON = re.compile(r"  \d+ checks?: ")
CONFIRM = "Confirm: "
_NOTHING = (True, math.inf, 0)


def print_summary(reports: Sequence[Report], files: Sequence[Path]) -> None:
    """Print the summary of an audit."""
    for line in summary(reports, files):
        say(line)


def summary(reports: Sequence[Report], files: Sequence[Path]) -> list[str]:
    """The summary's lines, at most 25 of them."""
    worst_first = sorted(reports, key=lambda report: min(map(_order, report.tasks), default=_NOTHING))
    lines = [line for report in worst_first[:CUSTOMERS] for line in _standing(report)]
    if len(reports) > CUSTOMERS:
        lines.append(f"... and {len(reports) - CUSTOMERS} more customers")
    lines += [
        *_first(reports),
        *_gaps(reports),
        "",
        *_where(files, every=len(files) <= FILES and len(reports) <= CUSTOMERS),
    ]
    lines += _old_data(reports)
    first = min((task for report in reports for task in report.tasks), key=_order, default=None)
    if first is not None:
        lines.append(f"Next:     posture explain {first.check.id}")
    return [line if line.startswith(CONFIRM) else _cut(line) for line in lines]


def _standing(report: Report) -> Iterator[str]:
    counts = report.counts
    yield f"{report.customer}: {report.headline.sentence}"
    yield (
        f"  {counts.must_fix} must fix, {counts.should_fix} should fix, {counts.fixed} fixed; "
        f"checks: {counts.passed} passed, {counts.not_assessed} not assessed"
    )


def _first(reports: Sequence[Report]) -> Iterator[str]:
    tasks = sorted(((task, report) for report in reports for task in report.tasks), key=lambda pair: _order(pair[0]))
    if not tasks:
        return
    yield ""
    yield "Fix first:"
    many = len(reports) > 1
    for number, (task, report) in enumerate(tasks[:TASKS], start=1):
        whose = f"{report.customer}: " if many else ""
        yield f"  {number}. {whose}{task.action} ({task.urgency.value}{_by(task)}): {_places(task)}"
    if len(tasks) > TASKS:
        yield f"  ... and {len(tasks) - TASKS} more, in the report"


def _order(task: Task) -> tuple[bool, float, int]:
    """What must be fixed before what should be, then by date, then by severity: the worst of all customers first."""
    due = math.inf if task.due is None else task.due.timestamp()
    return task.urgency is not Urgency.MUST, due, -task.check.severity


def _by(task: Task) -> str:
    return "" if task.due is None else f", by {task.due:%d %b %H:%M}"


def _places(task: Task) -> str:
    return ", ".join(task.where[:2]) + (f" and {task.total - 2} more" if task.total > 2 else "")


def _gaps(reports: Sequence[Report]) -> Iterator[str]:
    gaps = [gap for report in reports for gap in report.gaps]
    unlooked = [one for report in reports for one in report.unexamined]
    if not gaps and not unlooked:
        return
    yield ""
    yield "Not assessed:"
    confirm = list(dict.fromkeys(command for gap in gaps if (command := _command(gap.reason.text))))
    most = GAPS - bool(confirm)  # its command has a line of its own
    for gap in sorted(gaps, key=lambda gap: -gap.checks)[:most]:
        checks = "1 check" if gap.checks == 1 else f"{gap.checks} checks"
        yield f"  {checks}: {gap.reason.text}"
    if len(gaps) > most:
        yield f"  ... for {len(gaps) - most} more {'reason' if len(gaps) - most == 1 else 'reasons'}, see the report"
    for one in unlooked[:1]:
        more = f" and {len(unlooked) - 1} more" if len(unlooked) > 1 else ""
        yield f"  {one.resource} ({one.kind}){more}: no check of this version looks at it"
    if confirm:
        more = f"; {len(confirm) - 1} more in the report" if len(confirm) > 1 else ""
        yield f"{CONFIRM} {confirm[0]}   (compare on its console first{more})"


def _command(reason: str) -> str:
    """What confirms a host's key for the first time; a key that changed is a finding, and no command to copy."""
    found = _CONFIRM.search(reason) if any(words in reason for words in _FIRST_TIME) else None
    return found[1] if found else ""


def _where(files: Sequence[Path], *, every: bool) -> Iterator[str]:
    shown = files if every else files[:1]
    for n, file in enumerate(shown):
        yield f"{'Report:' if n == 0 else '':9} {file}"
    if len(files) > len(shown):
        rest = len(files) - len(shown)
        yield f"{'':9} ... and {rest} more {'file' if rest == 1 else 'files'} in {files[0].parent}"


def _old_data(reports: Sequence[Report]) -> Iterator[str]:
    """The one command that mends data which is missing or old."""
    sources = (source for report in reports for source in report.view.run.sources)
    old = dict.fromkeys(each.name for each in sources if each.state is not SourceState.CURRENT)
    if old:
        example = next(iter(old)).removeprefix("feed: ")
        more = f" and {len(old) - 1} more" if len(old) > 1 else ""
        yield f"Data:     posture feeds update    (missing or old: {example}{more})"


def _cut(line: str) -> str:
    width = REASON if _A_REASON.match(line) else WIDTH
    return line if len(line) <= width else line[: width - 1] + "…"
