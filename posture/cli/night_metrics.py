"""The file of a night's metrics: written anew now and then, whole each time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from posture.cli.errors import Failure, Usage
from posture.cli.night_summary import summed_up
from posture.cli.options import now
from posture.cli.output import warn
from posture.cli.whole_file import FOR_ALL, write_whole
from posture.model.night import Night
from posture.report.night.metrics import NightSeen, metrics
from posture.report.night.summary import NightSummary
from posture.store.store import Store

_EVERY: Final = 15.0  # seconds
_SHARE: Final = 20  # times as long as they took, metrics stay: of a large fleet a million findings are counted


@dataclass
class MetricsFile:
    """Keeps a file up to date with a night; without a file it does nothing.

    A file that cannot be written is told once and ends no night: what is looked at matters more than who watches it.
    """

    store: Store
    night: str
    file: Path | None
    _due: float = 0.0
    _failed: bool = False

    def __call__(self) -> None:
        """Write, if it is time."""
        began = time.monotonic()
        if began >= self._due:
            self.last()
            ended = time.monotonic()
            self._due = ended + max(_EVERY, _SHARE * (ended - began))

    def last(self) -> None:
        """Write now; a failure is told."""
        try:
            self.write()
            self._failed = False
        except Failure as failure:
            if not self._failed:
                warn(f"posture: {failure.message}; the night goes on without metrics", night=self.night)
            self._failed = True

    def write(self) -> None:
        """Write now.

        Raises:
            Failure: the file cannot be written.
        """
        night = self.store.night(self.night) if self.file is not None else None
        if self.file is not None and night is not None:
            write_whole(self.file, metrics(_seen(self.store, night)), FOR_ALL)


def refuse_no_folder(file: Path | None) -> None:
    """Say before the night begins that its metrics have no place.

    Raises:
        Usage: there is no such folder.
    """
    if file is not None and not file.parent.is_dir():
        raise Usage(f"there is no folder {file.parent} for metrics", f"make it: mkdir {file.parent}")


def _seen(store: Store, night: Night) -> NightSeen:
    """A night that has ended as it was told then; findings, too, so that no later audit changes what it saw."""
    moment = now()
    run = store.run(night.run)
    last = _last(store, night)
    own = last if last is not None and last.night == night.id else None
    return NightSeen(
        night=night,
        started=run.started if run else night.opened,
        now=moment,
        units=own.units if own else store.progress(night.run, moment),
        reach=own.reach if own else store.reach(night.run),
        way=store.way(night.run, moment),
        late_customers=len(own.late if own else store.late_customers(night.id)),
        findings=own.findings if own else store.standings(night.run),
        last=last,
    )


def _last(store: Store, night: Night) -> NightSummary | None:
    """What the newest night up to this one that has ended came to."""
    if night.ended is not None:
        return summed_up(store, night)
    before = store.last_ended(night.opened)
    return None if before is None else summed_up(store, before)
