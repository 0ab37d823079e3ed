"""The fonts a PDF is set in: asked for before WeasyPrint is, which crashes the process where there is none at all."""

from __future__ import annotations

import ctypes
import logging
from functools import cache
from pathlib import Path

_LOG = logging.getLogger(__name__)
_FILES = {"Noto Sans": "NotoSans-Regular.*", "Noto Sans Mono": "NotoSansMono-Regular.*"}
_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
_ADVICE = "install the packages fonts-noto-core and fonts-noto-mono"


class NoFonts(RuntimeError):
    """There is no font on this machine, so no PDF can be made."""


def prepare() -> None:
    """Make sure that a page can be set; say so once where it will look other than it should.

    Raises:
        NoFonts: there is no font at all.
    """
    if _installed() == 0:
        raise NoFonts(f"no font is installed, so no PDF can be made: {_ADVICE}")
    _warn_of_missing()


def _installed() -> int | None:
    """How many fonts fontconfig knows; None where it cannot be asked."""
    try:
        library = ctypes.CDLL("libfontconfig.so.1")
        library.FcConfigGetFonts.restype = ctypes.POINTER(ctypes.c_int)  # FcFontSet begins with their number
        fonts = library.FcConfigGetFonts(None, 0)  # of the current configuration, FcSetSystem
    except (OSError, AttributeError):
        return None
    return int(fonts[0]) if fonts else 0


@cache
def _warn_of_missing() -> None:
    folders = [folder for name in _FOLDERS if (folder := Path(name).expanduser()).is_dir()]
    missing = [name for name, file in _FILES.items() if not any(next(f.rglob(file), None) for f in folders)]
    if missing:
        _LOG.warning("%s not found, reports use another font: %s", " and ".join(missing), _ADVICE)
