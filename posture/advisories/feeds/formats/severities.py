"""Severities: the words of publishers, and the scores of CVSS vectors."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import cvss
from cvss.exceptions import CVSSError

from posture.advisories.feeds.formats.reading import Malformed, shown
from posture.model.severity import Severity

# Debian urgencies, Ubuntu priorities, Red Hat's and GitHub's words; Ubuntu's "negligible" and Debian's "unimportant"
# say that the publisher sees no security problem worth a fix.
_WORDS = {
    "critical": Severity.CRITICAL,
    "important": Severity.HIGH,
    "high": Severity.HIGH,
    "moderate": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "low": Severity.LOW,
    "negligible": Severity.INFO,
    "unimportant": Severity.INFO,
    "none": Severity.INFO,
}
_RATINGS = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM), (0.1, Severity.LOW))


def by_word(word: object) -> Severity | None:
    """The severity of a publisher's word, None when it says nothing ("untriaged", "not yet assigned")."""
    return _WORDS.get(word.strip().lower()) if isinstance(word, str) else None


def by_score(score: float | None) -> Severity | None:
    """The rating of a CVSS score (CVSS v3.1 and v4.0, "Qualitative Severity Rating Scale")."""
    if score is None:
        return None
    return next((severity for least, severity in _RATINGS if score >= least), Severity.INFO)


def worst(severities: Iterable[Severity | None]) -> Severity | None:
    """The highest of those that are known."""
    return max((each for each in severities if each is not None), default=None)


@lru_cache(maxsize=8192)
def base_score(vector: str) -> float:
    """The base score of a CVSS vector, version 2, 3 or 4.

    Raises:
        Malformed: it is no vector.
    """
    kind = cvss.CVSS4 if vector.startswith("CVSS:4") else cvss.CVSS3 if vector.startswith("CVSS:3") else cvss.CVSS2
    try:
        if len(vector) > 400:
            raise Malformed("the CVSS vector is too long")
        return float(kind(vector).scores()[0])
    except CVSSError:
        raise Malformed(f"not a CVSS vector: {shown(vector)}") from None
