"""Programs that this process started and that would go on without it."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path


def end_children() -> int:
    """Kill the processes this one started, each with its group where it leads one; how many there were."""
    ours = os.getpgrp()
    children = _children()
    for child in children:
        with contextlib.suppress(OSError):
            group = os.getpgid(child)
            if group == ours:
                os.kill(child, signal.SIGKILL)
            else:
                os.killpg(group, signal.SIGKILL)
    return len(children)


def _children() -> list[int]:
    """By proc_pid_task_children(5), of all threads."""
    found: list[int] = []
    for task in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(pid) for pid in task.read_text(encoding="ascii").split()]
    return found
