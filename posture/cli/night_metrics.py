"""The file of a night's metrics: written anew now and then, whole each time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from posture.cli.options import now
from posture.cli.whole_file import write_whole
from posture.report.night.metrics import metrics
from posture.store.store import Store

_EVERY: Final = 15.0  # seconds


@dataclass
class MetricsFile:
    """Keeps a file up to date with a night; without a file it does nothing."""

    store: Store
    night: str
    file: Path | None
    _written: float = field(default=-_EVERY)

    def __call__(self) -> None:
        """Write, if it is time.

        Raises:
            Failure: the file cannot be written.
        """
        if self.file is not None and time.monotonic() - self._written >= _EVERY:
            self.write()
            self._written = time.monotonic()

    def write(self) -> None:
        """Write now."""
        night = self.store.night(self.night)
        if self.file is None or night is None:
            return
        moment = now()
        run = self.store.run(night.run)
        text = metrics(
            night,
            run.started if run else night.opened,
            self.store.progress(night.run, moment),
            self.store.standings(night.run),
            moment,
        )
        write_whole(self.file, text)
