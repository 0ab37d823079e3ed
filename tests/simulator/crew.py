"""Worker processes that do nights of the invented fleet."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from posture.store import Store

PATIENCE = 120.0  # seconds; only what fails waits so long


def finished(store: Store, run: str) -> bool:
    """Whether the run has ended."""
    known = store.run(run)
    return known is not None and known.ended is not None


def until(what: Callable[[], bool], pause: float = 0.05, patience: float = PATIENCE) -> None:
    """Wait for it."""
    late = time.monotonic() + patience
    while not what():
        assert time.monotonic() < late, "it never came"
        time.sleep(pause)


@contextmanager
def workers(url: str, folder: Path, number: int, *options: str) -> Iterator[list[Path]]:
    """Worker processes that are ready to take units; their figures are written when the block ends."""
    figures = [folder / f"worker-{n}.json" for n in range(number)]
    running = []
    with (folder / "log").open("wb") as log:
        for file in figures:
            command = [sys.executable, "-m", "simulator.worker", str(file), *options]
            paths = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])
            environment = {**os.environ, "POSTURE_DATABASE": url, "PYTHONPATH": paths}
            running.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
    try:
        until(lambda: all(file.with_suffix(".ready").exists() for file in figures) or any(p.poll() for p in running))
        assert not any(process.poll() for process in running), (folder / "log").read_text()
        yield figures
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(60)
