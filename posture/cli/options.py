"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from posture.cli.database_url import complete
from posture.cli.errors import Broken, Usage
from posture.collect.redaction_key import installation_key
from posture.collect.secrets import SecretError
from posture.engine.clock import utc_now
from posture.model.policy import Policy
from posture.model.secret import SecretRef
from posture.model.severity import Severity
from posture.policy.load import PolicyError, default_policy, load_policy
from posture.store.errors import StoreError
from posture.store.store import Store, open_store

Command = TypeVar("Command", bound=Callable[..., Any])

database_option = click.option(
    "--database",
    envvar="POSTURE_DATABASE",
    default="sqlite:///posture.db",
    show_default=True,
    metavar="URL",
    callback=complete,
    help="Where runs and findings are kept: sqlite:///FILE or postgresql://USER@HOST/NAME. A password is named by "
    "POSTURE_DATABASE_PASSWORD=file:/PATH, env:NAME or command:...; docs/database.md.",
)
policy_option = click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path),
    help="The provider's policy, a TOML file; default: the one that comes with posture.",
)
inventory_option = click.option(
    "--inventory",
    "inventory_file",
    type=click.Path(path_type=Path),
    default=Path("customers.yaml"),
    show_default=True,
    help="Customers, what they own, and who allowed the audit.",
)
SEVERITY = click.Choice([severity.word for severity in reversed(Severity)])
json_option = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")


def _zone(ctx: click.Context, option: click.Parameter, value: str) -> ZoneInfo:  # noqa: ARG001  click's signature
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise click.BadParameter(f"{value} is no time zone; for example Europe/Berlin") from error


timezone_option = click.option(
    "--timezone", "zone", callback=_zone, default="UTC", show_default=True, envvar="POSTURE_TIMEZONE",
    show_envvar=True, help="The provider's clock, by which nights open and are told, e.g. Europe/Berlin.",
)  # fmt: skip


def stored(url: str) -> Store:
    """Open the database.

    Raises:
        Broken: it cannot be opened.
    """
    try:
        return open_store(url)
    except StoreError as error:
        raise Broken(str(error)) from error


def existing(url: str) -> Store:
    """Open a database that is already there: a reading command must not leave an empty file behind.

    Raises:
        Usage: there is none.
        Broken: it cannot be opened.
    """
    file = url.removeprefix("sqlite:///")
    if file != url and not Path(file).exists():
        raise Usage(f"there is no database {file} here", "audit something first, or name it with --database")
    return stored(url)


def policy_of(file: Path | None) -> Policy:
    """The policy of --policy.

    Raises:
        Usage: the file is wrong.
    """
    try:
        return load_policy(file) if file else default_policy()
    except PolicyError as error:
        raise Usage(str(error)) from error


def cache_folder() -> Path:
    """Where fetched indexes are kept: POSTURE_CACHE, else the user's cache folder (XDG Base Directory)."""
    named = os.environ.get("POSTURE_CACHE")
    if named:
        return Path(named)
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "posture"


def data_folder() -> Path:
    """Where posture keeps keys of its own: POSTURE_DATA, else the user's data folder (XDG Base Directory)."""
    named = os.environ.get("POSTURE_DATA")
    if named:
        return Path(named)
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    return Path(home) / "posture"


def redaction_key() -> bytes:
    """The key for the fingerprints of secrets: where POSTURE_REDACTION_KEY says (a reference), else the data folder's.

    Raises:
        Usage: it is no reference, or no key is there.
    """
    named = os.environ.get("POSTURE_REDACTION_KEY")
    try:
        return installation_key(data_folder(), SecretRef.parse(named) if named else None)
    except (SecretError, ValueError) as error:
        raise Usage(str(error), "name another place in POSTURE_REDACTION_KEY, e.g. file:/etc/posture/key") from error


def now() -> datetime:
    """The current time."""
    return utc_now()
