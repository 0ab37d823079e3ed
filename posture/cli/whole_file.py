from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Final

from posture.cli.errors import Broken, Usage

FOR_GROUP: Final = 0o640
FOR_ALL: Final = 0o644  # for what names nobody and other programs read


def write_whole(path: Path, content: bytes, mode: int = FOR_GROUP) -> Path:
    """Write a file under its name only once it is complete; readable by its owner and group unless said otherwise.

    Raises:
        Broken: there is no room for it.
        Usage: it cannot be written there.
    """
    temporary = Path()
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if temporary.name:
            temporary.unlink(missing_ok=True)
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Broken(f"{path} cannot be written: {error.strerror}", "make room, then: posture report") from error
        raise Usage(f"{path} cannot be written: {error.strerror}", "name another place with --out") from error
    return path
