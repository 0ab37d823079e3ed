from __future__ import annotations

from enum import IntEnum


class Severity(IntEnum):
    """How bad a finding is; ordered, so that thresholds compare natively."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The name in outputs: ``critical``, ``high``, ``medium``, ``low``, ``info``."""
        return self.name.lower()

    @classmethod
    def parse(cls, word: str) -> Severity:
        """Read a severity's name, any case.

        Raises:
            ValueError: the word is no severity.
        """
        try:
            return cls[word.upper()]
        except KeyError:
            raise ValueError(f"no severity is called {word!r}; use one of {', '.join(s.word for s in cls)}") from None
