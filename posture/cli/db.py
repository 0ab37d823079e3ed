from __future__ import annotations

from importlib import import_module

import click

_COMMANDS = {
    "backup": ("db_backup", "Copy a SQLite database while it is in use; for PostgreSQL, the command that does it."),
    "move": ("db_move", "From SQLite to PostgreSQL, losing nothing."),
    "status": ("db_status", "Where it is, how big, whether its schema and its rights are as they should be."),
    "upgrade": ("db_upgrade", "Make the tables, or bring them up to this version."),
}
"""Command -> its module in posture.cli, and what ``--help`` says of it without importing it."""


class _LazyGroup(click.Group):
    """Imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  likewise
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(import_module(f"posture.cli.{_COMMANDS[cmd_name][0]}"), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101  the table above names commands only
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  likewise
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(_COMMANDS.items())])


@click.group(cls=_LazyGroup)
def db() -> None:
    """The database: SQLite in a file, or PostgreSQL for several processes and machines. docs/database.md tells more."""
