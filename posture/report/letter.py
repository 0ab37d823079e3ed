"""The mail beside a report: what page one says, in a few lines, as plain text and as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from posture.model.letter import Letter
from posture.model.text import visible
from posture.report.html import accent, environment
from posture.report.model import Report, Tone

FIRST = 5  # tasks named
_SUBJECT = 150  # characters


def letter(report: Report, attached: Sequence[str]) -> Letter:
    """The letter of a report.

    Args:
        report: what it is about.
        attached: the names of the files that come with it.
    """
    values = {
        "report": report,
        "tasks": report.tasks[:FIRST],
        "left": max(0, len(report.tasks) - FIRST) + report.tasks_left,
        "attached": attached,
        "accent": Markup(accent(report.provider.accent)),  # noqa: S704 - six digits
    }
    return Letter(
        subject=_subject(report),
        plain=_plain_text(environment("mail", report.language).get_template("letter.txt.j2").render(values)),
        html=environment("mail", report.language).get_template("letter.html.j2").render(values),
        language=report.language,
        moment=report.ended or report.started,
    )


def worth_telling(report: Report) -> bool:
    """Whether this report says anything that the one before did not: on a first one, everything."""
    change = report.change
    if change is None:
        return True
    overdue = any(task.overdue for task in report.tasks)
    return overdue or bool(change.fixed or change.new or change.reopened or change.gone)


def _subject(report: Report) -> str:
    """The verdict first: it is all that many people read."""
    urgent = report.headline.tone is Tone.ACT
    return visible(f"{'[!] ' if urgent else ''}{report.headline.sentence} ({report.customer})", _SUBJECT)


def _plain_text(rendered: str) -> str:
    """The template escapes for HTML, as all of ours do; a letter of plain text has no markup to guard."""
    return str(Markup(rendered).unescape()).replace("\u200b", "")  # noqa: S704 - it is never shown as markup
