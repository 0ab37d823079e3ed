"""The fonts a PDF is set in: asked for before WeasyPrint is, which crashes the process where there is none at all."""

from __future__ import annotations

import ctypes
import logging
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

_LOG = logging.getLogger(__name__)
_FILES = {"Noto Sans": "NotoSans-Regular.*", "Noto Sans Mono": "NotoSansMono-Regular.*"}
_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
_SCRIPTS = "install fonts-noto-cjk for Chinese, Japanese and Korean, fonts-noto-extra for other scripts"
_ADVICE = "install the packages fonts-noto-core and fonts-noto-mono"


class NoFonts(RuntimeError):
    """There is no font on this machine, so no PDF can be made."""


def prepare() -> None:
    """Make sure that a page can be set; say so once where it will look other than it should.

    Raises:
        NoFonts: there is no font at all.
    """
    if _fonts() == []:
        raise NoFonts(f"no font is installed, so no PDF can be made: {_ADVICE}")
    _warn_of_missing()


def drawable(text: str) -> str:
    """The text, with U+FFFD for each character that no font here has; said once, with what to install.

    A file of PDF/A or PDF/UA holds a glyph for every character (ISO 19005-3, 6.2.11.4.1); an empty box is none.
    """
    unknown = {ord(sign): "\ufffd" for sign in set(text) if not _drawn(sign)}
    if not unknown:
        return text
    _warn_of_script()
    return text.translate(unknown)


@cache
def _warn_of_script() -> None:
    _LOG.warning("a report has characters that no font here can draw, shown as \ufffd: %s", _SCRIPTS)


@cache
def _drawn(sign: str) -> bool:
    if sign.isascii() or unicodedata.category(sign) in {"Cf", "Zs"}:  # what shapes or separates has no glyph of its own
        return True
    sets = _character_sets()
    return sets is None or any(_fontconfig().FcCharSetHasChar(known, ord(sign)) for known in sets)


class _FontSet(ctypes.Structure):
    """FcFontSet of fontconfig."""

    _fields_ = (("count", ctypes.c_int), ("room", ctypes.c_int), ("fonts", ctypes.POINTER(ctypes.c_void_p)))


@cache
def _fontconfig() -> Any:
    library = ctypes.CDLL("libfontconfig.so.1")
    library.FcConfigGetFonts.restype = ctypes.POINTER(_FontSet)
    library.FcPatternGetCharSet.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p)
    library.FcCharSetHasChar.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
    return library


def _fonts() -> list[int] | None:
    """The fonts of fontconfig, as pointers that hold as long as the process; None where it cannot be asked."""
    try:
        known = _fontconfig().FcConfigGetFonts(None, 0)  # of the current configuration, FcSetSystem
    except (OSError, AttributeError):
        return None
    return [known.contents.fonts[number] for number in range(known.contents.count)] if known else []


@cache
def _character_sets() -> list[ctypes.c_void_p] | None:
    """What each font can draw; None where fontconfig cannot be asked."""
    fonts = _fonts()
    if fonts is None:
        return None
    found = []
    for font in fonts:
        characters = ctypes.c_void_p()
        if _fontconfig().FcPatternGetCharSet(font, b"charset", 0, ctypes.byref(characters)) == 0:
            found.append(characters)
    return found


@cache
def _warn_of_missing() -> None:
    folders = [folder for name in _FOLDERS if (folder := Path(name).expanduser()).is_dir()]
    missing = [name for name, file in _FILES.items() if not any(next(f.rglob(file), None) for f in folders)]
    if missing:
        _LOG.warning("%s not found, reports use another font: %s", " and ".join(missing), _ADVICE)
