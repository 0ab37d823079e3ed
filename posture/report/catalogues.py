"""The catalogues of reports' languages: PO files, as gettext's tools and translators know them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po


@cache
def catalogue(code: str, name: str) -> Catalog | None:
    """A catalogue of a language: None where there is none.

    ``report`` is what reports say, ``said`` what checks and collectors do, ``values`` what checks put into either.

    Raises:
        ValueError: the file is no catalogue.
    """
    file = files("report_templates").joinpath("locales", code, f"{name}.po")
    if not file.is_file():
        return None
    with file.open("rb") as stream:
        return read_po(stream, locale=code, abort_invalid=True)
