"""The verdict on page one: what is asked of the customer, by when, how long it takes, and what follows if not."""

from __future__ import annotations

from collections.abc import Sequence

from posture.report.model import Counts, Headline, Task, Tone, Urgency
from posture.report.wording import deadline, duration, number


def headline(tasks: Sequence[Task], counts: Counts, unexamined: int, *, whole: bool = True) -> Headline:
    """One sentence and its explanation. Nothing found is only called that where something was looked at.

    `whole` is False for an audit of some checks or resources, which must not sound like one of everything.
    """
    said = _of_all(tasks, counts, unexamined)
    return said if whole else _of_some(said)


def _of_some(said: Headline) -> Headline:
    sentence = f"{said.sentence[:1].lower()}{said.sentence[1:]}"
    if said.tone is Tone.CLEAR:
        sentence = "nothing to fix among the few things that were looked at"
    explanation = f"{said.explanation} Only some checks or resources were asked for; all else was not looked at."
    return Headline(said.tone, f"Partial audit: {sentence}", explanation)


def _of_all(tasks: Sequence[Task], counts: Counts, unexamined: int) -> Headline:
    must = [task for task in tasks if task.urgency is Urgency.MUST]
    if must:
        return _act(must, counts)
    if counts.unlisted:
        return _unlisted(counts)
    if tasks:
        return _improve(tasks, counts)
    if not counts.passed and not counts.failed:
        return _nothing_seen(counts)
    return _clear(counts, unexamined)


def _act(must: Sequence[Task], counts: Counts) -> Headline:
    dated = [task for task in must if task.due]
    first = min((task.due for task in dated if task.due), default=None)
    due = [task for task in dated if task.due and first and task.due.date() == first.date()] or list(must)
    things = number(len(due), "thing")
    if first is None:
        sentence = f"Action needed: {things} must be fixed"
    elif due[0].overdue:
        sentence = f"Action overdue: {things} should have been fixed by {deadline(first)}"
    else:
        sentence = f"Action needed: {things} by {deadline(first)}"
    return Headline(Tone.ACT, sentence, " ".join([*_effort(due), *_consequence(due), *_caveat(counts)]))


def _effort(tasks: Sequence[Task]) -> list[str]:
    minutes = [task.minutes for task in tasks if task.minutes]
    if not minutes:
        return []
    together = "Together they take" if len(tasks) > 1 else "It takes"
    return [f"{together} {duration(sum(minutes))}."]


def _consequence(due: Sequence[Task]) -> list[str]:
    """The consequence of the worst of them (tasks are ordered), as the policy words it."""
    text = next((task.consequence for task in due if task.consequence), "").strip().rstrip(".")
    if not text:
        return []
    subject = "it is" if len(due) == 1 else "one of them is"
    return [f"If {subject} still open {'now' if due[0].overdue else 'then'}: {text}."]


def _caveat(counts: Counts) -> list[str]:
    if not counts.not_assessed:
        return []
    return [f"{number(counts.not_assessed, 'check')} could not be assessed and may hide more."]


def _unlisted(counts: Counts) -> Headline:
    seen = f"{number(counts.unlisted, 'failure')} of this audit {'is' if counts.unlisted == 1 else 'are'}"
    sentence = f"Action needed: {seen} not among its tasks"
    explanation = "Another audit has looked at the same things since. A new audit tells how they stand now."
    return Headline(Tone.ACT, sentence, " ".join([explanation, *_caveat(counts)]))


def _improve(tasks: Sequence[Task], counts: Counts) -> Headline:
    sentence = f"Nothing that must be fixed was found; {number(len(tasks), 'thing')} should be"
    return Headline(Tone.IMPROVE, sentence, " ".join([*_effort(tasks), *_caveat(counts)]))


def _nothing_seen(counts: Counts) -> Headline:
    if counts.not_assessed:
        sentence = f"Nothing could be assessed: {number(counts.not_assessed, 'check')}, no result"
        return Headline(
            Tone.UNKNOWN, sentence, "This report says nothing about how secure you are. See what stood in the way."
        )
    if counts.not_applicable:
        return Headline(
            Tone.UNKNOWN, "No check applied to what you have", "This report says nothing about how secure you are."
        )
    return Headline(Tone.UNKNOWN, "Nothing was checked", "This report says nothing about how secure you are.")


def _clear(counts: Counts, unexamined: int) -> Headline:
    if counts.accepted:
        sentence = "No action needed: what was found are risks that have been accepted"
    elif counts.not_assessed or unexamined:
        sentence = "No action needed for what could be assessed"
    else:
        sentence = "No action needed: nothing to fix was found"
    seen = f"{number(counts.passed, 'check')} passed."
    looked = [f"{number(unexamined, 'resource')} had no check to look at it."] if unexamined else []
    return Headline(Tone.CLEAR, sentence, " ".join([seen, *_caveat(counts), *looked]))
