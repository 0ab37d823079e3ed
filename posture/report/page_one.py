"""How many tasks page one has room for: the change, the gaps and the scope have to stand on it as well."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Final

from posture.report import limits
from posture.report.model import ClauseRow, ClauseState, Task

_LINES: Final = 23  # of both tables together; measured on A4 with the fonts of the style sheet
_FEWEST: Final = 3
_WHAT: Final = 42  # characters of a line of the column that says what to do
_WHERE: Final = 27  # of that which says where, in the narrow type
_RESULT: Final = 36  # of a clause's result
_TAG: Final = 10


def first_tasks(tasks: Sequence[Task], clauses: Sequence[ClauseRow]) -> int:
    """The number of tasks that the first page lists, `limits.FIRST` at most."""
    room = _LINES - sum(map(_of_clause, clauses))
    shown = 0
    for task in tasks[: limits.FIRST]:
        room -= _of_task(task)
        if room < 0 and shown >= _FEWEST:
            break
        shown += 1
    return shown


def _of_task(task: Task) -> int:
    what = ceil((len(task.action) + len(task.title) + _TAG) / _WHAT)
    where = sum(ceil(len(place) / _WHERE) for place in task.where) + bool(task.where_left)
    return max(what, where)


def _of_clause(row: ClauseRow) -> int:
    if row.state is not ClauseState.COUNTED:
        return 1
    counts = (row.must, row.should, row.accepted, row.passed, row.not_assessed, row.not_applicable)
    return ceil(sum(14 for count in counts if count) / _RESULT)
