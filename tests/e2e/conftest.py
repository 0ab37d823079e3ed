from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

NOBODY = "127.0.0.1#9"  # no resolver: the machine's own would ask the internet
Posture = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def posture(tmp_path: Path) -> Posture:
    """posture("audit", "--local") -> the real program in a folder of its own, with its exit code and both streams."""

    def run(*arguments: str, timeout: float = 120, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "posture.cli.main", *arguments],
            cwd=tmp_path,
            env=os.environ
            | {"POSTURE_CACHE": str(tmp_path / "cache"), "POSTURE_DATA": str(tmp_path / "data"), "NO_COLOR": "1"}
            | {"POSTURE_RESOLVER": NOBODY}
            | environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    return run
