"""Where a database is: its URL, as people write it. No message repeats the URL's text, which may hold a password."""

from __future__ import annotations

from sqlalchemy import URL, exc, make_url

from posture.store.errors import StoreError

_KINDS = "sqlite:///FILE or postgresql://USER@HOST/DATABASE"


def address_of(url: str) -> URL:
    """The parts of ``sqlite:///FILE`` or ``postgresql://USER@HOST/DATABASE``, with the driver that this program uses.

    A bare ``%``, ``/``, ``:`` or space in a password is taken as it stands; a bare ``@`` cannot be told from its end.

    Raises:
        StoreError: the URL names no database of these kinds.
    """
    try:
        # libpq knows both names of the scheme.
        address = make_url("postgresql" + url.removeprefix("postgres") if url.startswith("postgres://") else url)
    except (exc.ArgumentError, ValueError):  # the second: a port that is no number
        raise StoreError(f"the database must be a URL: {_KINDS}. {_ENCODE}") from None
    backend = address.get_backend_name()
    if backend == "sqlite":
        return address.set(drivername="sqlite")
    if backend != "postgresql":
        raise StoreError(f"{backend} is not supported; use {_KINDS}")
    if _goes_on_behind_its_end(url):
        raise StoreError(f"the database's URL has an @ too many. {_ENCODE}")
    return address.set(drivername="postgresql+psycopg")


_ENCODE = "In its password write %25 for %, %40 for @, %2F for /, %3A for :, or keep it in POSTURE_DATABASE_PASSWORD"


def _goes_on_behind_its_end(url: str) -> bool:
    """Whether part of a password would be taken for a host or a database, which messages name."""
    place, _, query = url.partition("@")[2].partition("?")
    return "@" in place or any("@" in part.partition("=")[0] for part in query.split("&"))
