"""Mail in a folder, for a program that sends it: each message appears whole, under a name that is its own."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from posture.deliver.outcome import Refused, Taken, TryLater
from posture.model.delivery import DeliveryKey


def lay_down(message: bytes, key: DeliveryKey, folder: Path) -> Taken:
    """Write ``CUSTOMER-RUN-RECIPIENT.eml``, the recipient as a digest; the same again changes nothing.

    Raises:
        Refused: there is no such folder, or it may not be written.
        TryLater: there is no room.
    """
    name = f"{key.customer}-{key.run}-{hashlib.sha256(key.recipient.encode()).hexdigest()[:12]}.eml"
    temporary = Path()
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=".part", delete=False) as file:
            temporary = Path(file.name)
            file.write(message)
            file.flush()
            os.fchmod(file.fileno(), 0o640)
            os.fsync(file.fileno())
        temporary.replace(folder / name)
    except OSError as error:
        if temporary.name:
            temporary.unlink(missing_ok=True)
        told = f"{folder / name}: {error.strerror}"
        wrong = isinstance(error, FileNotFoundError | NotADirectoryError | PermissionError)
        raise Refused(told) if wrong else TryLater(told) from error
    return Taken(str(folder / name))
