"""The verdict on page one: what is asked of the customer, by when, how long it takes, and what follows if not."""

from __future__ import annotations

from collections.abc import Sequence

from posture.report.language import Language
from posture.report.model import Counts, Headline, Task, Tone, Urgency


def headline(
    tasks: Sequence[Task], counts: Counts, unexamined: int, words: Language, *, whole: bool = True
) -> Headline:
    """One sentence and its explanation. Nothing found is only called that where something was looked at.

    `whole` is False for an audit of some checks or resources, which must not sound like one of everything.
    """
    said = _of_all(tasks, counts, unexamined, words)
    return said if whole else _of_some(said, words)


def _of_some(said: Headline, words: Language) -> Headline:
    sentence = said.sentence
    if said.tone is Tone.CLEAR:
        sentence = words.text("Nothing to fix among the few things that were looked at")
    only = words.text("Only some checks or resources were asked for; all else was not looked at.")
    partial = words.text("Partial audit: {sentence}", sentence=sentence)
    return Headline(said.tone, partial, f"{said.explanation} {only}")


def _of_all(tasks: Sequence[Task], counts: Counts, unexamined: int, words: Language) -> Headline:
    must = [task for task in tasks if task.urgency is Urgency.MUST]
    if must:
        return _act(must, counts, words)
    if counts.unlisted:
        return _unlisted(counts, words)
    if tasks:
        return _improve(tasks, counts, words)
    if not counts.passed and not counts.failed:
        return _nothing_seen(counts, words)
    return _clear(counts, unexamined, words)


def _act(must: Sequence[Task], counts: Counts, words: Language) -> Headline:
    dated = [task for task in must if task.due]
    first = min((task.due for task in dated if task.due), default=None)
    due = [task for task in dated if task.due and first and task.due.date() == first.date()] or list(must)
    things = words.number(len(due), "thing")
    if first is None:
        sentence = words.text("Action needed: {things} must be fixed", things=things)
    elif due[0].overdue:
        late = words.deadline(first)
        sentence = words.text("Action overdue: {things} should have been fixed by {date}", things=things, date=late)
    else:
        sentence = words.text("Action needed: {things} by {date}", things=things, date=words.deadline(first))
    explanation = [*_effort(due, words), *_consequence(due, words), *_caveat(counts, words)]
    return Headline(Tone.ACT, sentence, " ".join(explanation))


def _effort(tasks: Sequence[Task], words: Language) -> list[str]:
    minutes = [task.minutes for task in tasks if task.minutes]
    if not minutes:
        return []
    time = words.duration(sum(minutes))
    together = len(tasks) > 1
    return [
        words.text("Together they take {time}.", time=time) if together else words.text("It takes {time}.", time=time)
    ]


def _consequence(due: Sequence[Task], words: Language) -> list[str]:
    """The consequence of the worst of them (tasks are ordered), as the policy words it."""
    text = next((task.consequence for task in due if task.consequence), "").strip().rstrip(".")
    if not text:
        return []
    if due[0].overdue:
        one, several = "If it is still open now: {text}.", "If one of them is still open now: {text}."
    else:
        one, several = "If it is still open then: {text}.", "If one of them is still open then: {text}."
    return [words.text(one if len(due) == 1 else several, text=text)]


def _caveat(counts: Counts, words: Language) -> list[str]:
    if not counts.not_assessed:
        return []
    checks = words.number(counts.not_assessed, "check")
    return [words.text("{checks} could not be assessed and may hide more.", checks=checks)]


def _unlisted(counts: Counts, words: Language) -> Headline:
    failures = words.number(counts.unlisted, "failure")
    one = "Action needed: {failures} of this audit is not among its tasks"
    several = "Action needed: {failures} of this audit are not among its tasks"
    sentence = words.text(one if counts.unlisted == 1 else several, failures=failures)
    explanation = words.text("Another audit has looked at the same things since. A new audit tells how they stand now.")
    return Headline(Tone.ACT, sentence, " ".join([explanation, *_caveat(counts, words)]))


def _improve(tasks: Sequence[Task], counts: Counts, words: Language) -> Headline:
    things = words.number(len(tasks), "thing")
    sentence = words.text("Nothing that must be fixed was found; {things} should be", things=things)
    return Headline(Tone.IMPROVE, sentence, " ".join([*_effort(tasks, words), *_caveat(counts, words)]))


def _nothing_seen(counts: Counts, words: Language) -> Headline:
    nothing = words.text("This report says nothing about how secure you are.")
    if counts.not_assessed:
        checks = words.number(counts.not_assessed, "check")
        sentence = words.text("Nothing could be assessed: {checks}, no result", checks=checks)
        return Headline(Tone.UNKNOWN, sentence, f"{nothing} {words.text('See what stood in the way.')}")
    if counts.not_applicable:
        return Headline(Tone.UNKNOWN, words.text("No check applied to what you have"), nothing)
    return Headline(Tone.UNKNOWN, words.text("Nothing was checked"), nothing)


def _clear(counts: Counts, unexamined: int, words: Language) -> Headline:
    if counts.accepted:
        sentence = words.text("No action needed: what was found are risks that have been accepted")
    elif counts.not_assessed or unexamined:
        sentence = words.text("No action needed for what could be assessed")
    else:
        sentence = words.text("No action needed: nothing to fix was found")
    seen = words.text("{checks} passed.", checks=words.number(counts.passed, "check"))
    resources = words.number(unexamined, "resource")
    looked = [words.text("{resources} had no check to look at it.", resources=resources)] if unexamined else []
    return Headline(Tone.CLEAR, sentence, " ".join([seen, *_caveat(counts, words), *looked]))
