"""Put a finished file in the place of the last good one."""

from __future__ import annotations

import os
from pathlib import Path


def publish(new: Path, path: Path) -> None:
    """Make the new file durable, then rename it over the old one, in the same folder.

    Raises:
        OSError: the disk is full, or the folder is closed.
    """
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
