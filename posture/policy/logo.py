"""The provider's logo: a PNG file beside the policy, small, and nothing but a picture."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

_MOST_BYTES: Final = 128 * 1024
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"  # RFC 2083, 3.1
_WIDEST: Final = 2_000  # pixels, either way


class LogoError(ValueError):
    """The logo cannot be used; the message says why."""


def read_logo(beside: Path | None, name: str) -> str:
    """The picture as data (RFC 2397).

    Args:
        beside: the folder of the policy file; None where it has none.
        name: of the file, in that folder.

    Raises:
        LogoError: it is not in that folder, cannot be read, is no PNG, or is too large.
    """
    if beside is None or Path(name).name != name:
        raise LogoError("name a file in the folder of the policy file, like logo.png")
    try:
        with (beside / name).open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise LogoError(f"{name} cannot be read: {error.strerror}") from error
    if len(content) > _MOST_BYTES:
        raise LogoError(f"{name} is larger than {_MOST_BYTES // 1024} KiB; every report holds it")
    if not content.startswith(_SIGNATURE) or content[12:16] != b"IHDR" or len(content) < 33:
        raise LogoError(f"{name} is no PNG")
    width, height = (int.from_bytes(content[at : at + 4]) for at in (16, 20))
    if not 0 < width <= _WIDEST or not 0 < height <= _WIDEST:
        raise LogoError(f"{name} is {width} by {height} pixels; at most {_WIDEST} either way")
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
