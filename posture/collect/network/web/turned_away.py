"""Answers that tell nothing of what was asked for: a server, or what is in front of it, did not look for it."""

from __future__ import annotations

from collections.abc import Mapping

from posture.collect.network.web.answer import Answer, Reply, Request
from posture.collect.network.web.fingerprints import EVERY

TOO_MANY, FORBIDDEN = 429, 403
TURNED_AWAY = frozenset({TOO_MANY, 502, 503, 504})  # RFC 6585, 4; RFC 9110, 15.6.3 to 15.6.5


def turned_away(replies: Mapping[Request, Reply], *, recognised: bool) -> tuple[Answer, ...]:
    """The answers of one web server that turn the auditor away.

    Limits on requests answer 429 or 503, a gateway without the program behind it 502 or 504, and what lets nobody of
    the auditor's address in 403 to everything. An application that is known to answer so has said something.

    Args:
        replies: to all that was asked.
        recognised: whether an application was; then a 403 to everything is its own.
    """
    answers = [reply for reply in replies.values() if isinstance(reply, Answer)]
    forbids_all = not recognised and all(answer.status == FORBIDDEN for answer in answers)
    return tuple(one for one in answers if forbids_all or (one.status in TURNED_AWAY and not _of_an_application(one)))


def in_words(answers: tuple[Answer, ...], asked: int) -> str:
    """For the customer; empty where there are none of these answers.

    Args:
        answers: that turn the auditor away.
        asked: the number of all requests.
    """
    if not answers:
        return ""
    first = answers[0]
    count = f"{len(answers)} of {asked} requests, first {first.request.shown}"
    return f"it turned the auditor away with status {first.status} ({count})"


def _of_an_application(answer: Answer) -> bool:
    """Whether an application is recognised by such an answer to this request."""
    return any(
        sign.shown_by(answer)
        for fingerprint in EVERY
        for question in fingerprint.questions
        if question.request == answer.request
        for sign in (*question.known, *question.open, *question.closed)
    )
