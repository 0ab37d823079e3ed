"""How many tasks page one has room for: the change, the gaps and the scope have to stand on it as well.

Laying it out to see would take as long again as the report; so heights are reckoned, in millimetres, from the sizes of
the style sheet and the length of what is said. A little too much is reckoned rather than too little.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import Final

from posture.report import limits
from posture.report.language import Language, language
from posture.report.model import Change, ClauseRow, ClauseState, Gap, Report, Task

_PAGE: Final = 270.0  # of A4 within its margins
_FEWEST: Final = 3
_LINE: Final = 4.48
_NARROW: Final = 3.8  # a line of the narrow type
_HEADING: Final = 9.5
_HEAD_OF_TABLE: Final = 5.9
_LEGEND: Final = 4.5
_LINKS: Final = 5.0  # the line that leads on

_ACROSS: Final = 104  # characters of a line of a paragraph, the whole page wide
_WHAT: Final = 42  # of the column that says what to do
_LONG_WORDS: Final = {"de": 4}  # fewer of them in a language whose words do not fill a narrow column
_WHERE: Final = 24  # of that which says where, in the narrow type
_CLAUSE: Final = 34
_RESULT: Final = 38
_HALF: Final = 56  # of the columns below the tables


def first_tasks(report: Report) -> int:
    """The number of tasks that the first page lists, `limits.FIRST` at most."""
    words = language(report.language)
    room = (
        _PAGE
        - _above(report)
        - _clauses(report.clauses, words)
        - max(_changes(report.change), _gaps(report))
        - _seal(report)
    )
    shown = 0
    for task in report.tasks[: limits.FIRST]:
        room -= _task(task, words)
        if room < 0 and shown >= _FEWEST:
            break
        shown += 1
    return shown


def _lines(length: int, width: int) -> int:
    return max(1, ceil(length / width))


def _above(report: Report) -> float:
    """The title, the verdict, the tiles, and what frames the tasks."""
    title = 0.8 + 7.4 * _lines(len(report.customer) + 22, 48)
    verdict = 7.4 + 5.8 * _lines(len(report.headline.sentence), 74)
    verdict += _LINE * _lines(len(report.headline.explanation) + len(report.provider.contact) + 60, _ACROSS)
    tiles = 16.9
    return title + 7.0 + verdict + tiles + _HEADING + _HEAD_OF_TABLE + _LEGEND


def _task(task: Task, words: Language) -> float:
    tag = len(words.text(task.urgency.value)) + 3
    width = _WHAT - _LONG_WORDS.get(words.code, 0)
    what = _lines(len(task.action) + len(task.title) + tag, width)
    where = sum(_lines(len(place) * 9 // 8, _WHERE) for place in task.where) + bool(task.where_left)
    return 2.1 + max(_LINE * what, _NARROW * where)


def _clauses(rows: Iterable[ClauseRow], words: Language) -> float:
    listed = list(rows)
    heights = [_clause(row, words) for row in listed if row.state is not ClauseState.NOT_COVERED]
    if uncovered := [row for row in listed if row.state is ClauseState.NOT_COVERED]:
        length = sum(len(row.clause.id) + len(row.clause.headline) + 3 for row in uncovered)
        said = len(words.text("no check for it on your resources"))
        heights.append(1.5 + _LINE * max(_lines(said, _RESULT), _lines(length, _CLAUSE)))
    return _HEADING + _HEAD_OF_TABLE + sum(heights) + _LEGEND


def _clause(row: ClauseRow, words: Language) -> float:
    counts = {
        "must fix": row.must, "should fix": row.should, "accepted": row.accepted, "passed": row.passed,
        "not assessed": row.not_assessed, "not applicable": row.not_applicable,
    }  # fmt: skip
    said = [len(words.text(message)) + 4 for message, count in counts.items() if count]
    result = sum(said) if row.state is ClauseState.COUNTED else 30
    name = len(row.clause.id) + 1 + len(row.clause.headline)
    return 1.5 + _LINE * max(_lines(name, _CLAUSE), _lines(result, _RESULT))


def _changes(change: Change | None) -> float:
    if change is None:
        return _HEADING + 2 * _LINE
    named = [
        sum(len(title) + 2 for title in titles)
        for count, titles in ((change.new, change.new_titles), (change.reopened, change.reopened_titles))
        if count
    ]
    others = sum(map(bool, (change.fixed, change.overdue, change.gone, change.still_open)))
    return _HEADING + _items([*(length + 14 for length in named), *[40] * max(1, others)])


def _gaps(report: Report) -> float:
    if not report.gaps and not report.unexamined:
        return _HEADING + _LINE
    unlooked = sum(len(item.resource) + 2 for item in report.unexamined[:3]) + 40 if report.unexamined else 0
    lengths = [*map(_gap, report.gaps[:3]), *[20] * (len(report.gaps) > 3), *[unlooked] * bool(unlooked)]
    return _HEADING + _items(lengths) + _LINKS


def _gap(gap: Gap) -> int:
    first = len(gap.resources[0]) if gap.resources else 0
    others = 14 if gap.resources[1:] or gap.resources_left else 0
    return 12 + min(limits.CLIPPED, first) + others + min(85, len(gap.reason.text))


def _items(lengths: Iterable[int]) -> float:
    return sum(0.5 + 4.3 * _lines(length, _HALF) for length in lengths)


def _seal(report: Report) -> float:
    scope = report.scope
    length = 160 + sum(map(len, (scope.method, scope.reference, scope.granted_by, scope.vantage, report.zone_note)))
    return 3.7 + 3.7 * _lines(length + sum(len(network) + 2 for network in scope.networks[:3]), 150)
