"""Where the database is, and its password, which is not to stand in the list of processes or a shell's history."""

from __future__ import annotations

import os
from collections.abc import Mapping

import click
from sqlalchemy import URL, exc, make_url

from posture.cli.errors import Usage
from posture.cli.output import note
from posture.collect.secrets import SecretError, resolve
from posture.model.secret import SecretRef

PASSWORD = "POSTURE_DATABASE_PASSWORD"  # noqa: S105  the name of a variable
_EXAMPLE = f"for example {PASSWORD}=file:/etc/posture/database-password"


def complete(context: click.Context, parameter: click.Parameter, url: str) -> str:
    """What --database and its like stand for: the URL, with the password that is kept elsewhere.

    Raises:
        Usage: as `with_password`.
    """
    if context.resilient_parsing:
        return url
    typed = context.get_parameter_source(parameter.name or "") is click.core.ParameterSource.COMMANDLINE
    if typed and _has_password(_postgresql(url)):
        note(f"Every user of this machine can read a password in {parameter.opts[0]}. Keep it elsewhere, {_EXAMPLE}")
    return with_password(url, os.environ)


def with_password(url: str, environment: Mapping[str, str]) -> str:
    """The URL with the password that POSTURE_DATABASE_PASSWORD refers to; SQLite needs none.

    Raises:
        Usage: the reference is none, or gives nothing; or the URL has a password too.
    """
    reference, address = environment.get(PASSWORD, ""), _postgresql(url)
    if not reference or address is None:
        return url
    if _has_password(address):
        raise Usage(f"there is a password in the database's URL and one in {PASSWORD}", "take the first one out")
    try:
        password = resolve(SecretRef.parse(reference))
    except (SecretError, ValueError) as error:
        raise Usage(f"{PASSWORD}: {error}", _EXAMPLE) from error
    return address.set(password=password).render_as_string(hide_password=False)


def for_children(url: str, environment: Mapping[str, str]) -> str:
    """The URL for processes of ours, which look the password up themselves where this one did."""
    address = _postgresql(url)
    if not environment.get(PASSWORD) or address is None:
        return url
    bare = URL.create(address.drivername, address.username, None, address.host, address.port, address.database)
    return bare.set(query=address.query).render_as_string(hide_password=False)


def _postgresql(url: str) -> URL | None:
    """None for SQLite, and for what is no URL: the store says so."""
    try:
        address = make_url(url)
    except (exc.ArgumentError, ValueError):
        return None
    return address if address.get_backend_name() in {"postgres", "postgresql"} else None


def _has_password(address: URL | None) -> bool:
    return address is not None and (address.password is not None or "password" in address.query)
