"""What went wrong at the last refresh, kept beside the index or the feed until one succeeds."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from posture.advisories.errors import RefreshError, Refused


class Place(Protocol):
    """Where the files of an index or of a feed lie."""

    @property
    def folder(self) -> Path:
        """Their folder."""

    def file(self, ending: str, /) -> Path:
        """The one of an ending."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed refresh. `refused` says that something came and was not to be trusted."""

    reason: str
    refused: bool
    at: datetime


ENDING = "failed.json"


def write_failure(place: Place, error: RefreshError, now: datetime) -> None:
    """Keep the reason. A disk that is full loses it: the caller has it too."""
    record = {"reason": str(error), "refused": isinstance(error, Refused), "at": now.isoformat()}
    path = place.file(ENDING)
    new = path.with_suffix(".new")
    with suppress(OSError):
        place.folder.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps(record), encoding="utf-8")
        new.replace(path)


def clear_failure(place: Place) -> None:
    """Forget it after a success."""
    with suppress(OSError):
        place.file(ENDING).unlink(missing_ok=True)


def read_failure(place: Place) -> Failure | None:
    """The last refresh's failure; None when it succeeded or there was none."""
    try:
        record = json.loads(place.file(ENDING).read_text(encoding="utf-8"))
        return Failure(str(record["reason"]), bool(record["refused"]), datetime.fromisoformat(record["at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
