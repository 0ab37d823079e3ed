"""One run of a program of the provider's: no shell, JSON on its standard input, a bare environment, an end in time."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
from contextlib import suppress
from typing import IO

from posture.deliver.outcome import Refused, Taken, TryLater
from posture.model.hook import Hook
from posture.model.text import decoded, visible

ANSWER = 2000  # bytes of its output that are kept
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
NOT_NOW = 75  # EX_TEMPFAIL of sysexits(3)


def run(hook: Hook, identity: str, body: bytes) -> Taken:
    """Run the hook's program once, in ``/``.

    Its environment is PATH, LANG and ``POSTURE_PROPOSAL``, the identity: the same however often it is run for the same
    thing. What it prints is kept as its answer. Whatever it has started ends with it.

    Raises:
        TryLater: it ended with 75 (EX_TEMPFAIL), was killed, or did not end in time.
        Refused: it cannot be run, or ended with another status.
    """
    seconds = hook.timeout.total_seconds()
    with tempfile.TemporaryFile() as given:
        given.write(body)
        given.seek(0)
        try:
            process = subprocess.Popen(
                list(hook.command),
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=ENVIRONMENT | {"POSTURE_PROPOSAL": identity},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise Refused(f"it cannot be run: {visible(str(error), 200)}") from error
        return _ended(process, seconds)


def _ended(process: subprocess.Popen[bytes], seconds: float) -> Taken:
    kept = bytearray()
    assert process.stdout is not None  # noqa: S101  it was asked for
    reader = threading.Thread(target=_keep, args=(process.stdout, kept), daemon=True)
    reader.start()
    late = False
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        late = True
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        reader.join(1)
        process.stdout.close()
    said = visible(decoded(bytes(kept)).strip(), 300)
    if late:
        raise TryLater(f"it did not end within {seconds:.0f} seconds")
    if process.returncode == 0:
        return Taken(said or "0")
    if process.returncode == NOT_NOW or process.returncode < 0:
        raise TryLater(f"it ended with {process.returncode}: {said}")
    raise Refused(f"it ended with {process.returncode}: {said}")


def _keep(stream: IO[bytes], kept: bytearray) -> None:
    """Read all, so that nothing blocks, and keep the beginning."""
    with suppress(OSError, ValueError):
        while part := stream.read1(65_536):  # type: ignore[attr-defined]
            kept.extend(part[: max(0, ANSWER - len(kept))])
