"""The command line: ``posture``. Commands are imported when they are called, so that ``--version`` answers at once."""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module
from types import TracebackType
from typing import Any

import click

from posture import __version__
from posture.cli.errors import Exit, Failure

_COMMANDS = {
    "accept": ("findings", "Accept a finding's risk until a date."),
    "access": ("access", "Let posture into hosts with as few rights as possible."),
    "audit": ("audit", "Look at customers' resources, judge, and write their reports."),
    "authorize": ("authorize", "Proof before packets: who may be looked at, and what of theirs."),
    "checks": ("checks", "List the checks, or start a new one."),
    "collect": ("collect", "For customers who let nobody in: the collector as a script, and what it wrote."),
    "db": ("db", "The database: its state, upgrades, backup, and from SQLite to PostgreSQL."),
    "deliver": ("deliver", "Send each customer's report to the customer's registered contacts."),
    "dispute": ("dispute", "Say that a finding is wrong, or decide about it."),
    "doctor": ("doctor", "Is everything there that an audit needs?"),
    "enforce": ("enforce", "Steps against breaches that stay: proposed, handed over, recorded."),
    "evidence": ("evidence", "The evidence on one finding as a bundle, also for abuse desks."),
    "explain": ("explain", "What a check means, what it sends, how to fix it, when it is wrong."),
    "feeds": ("feeds", "The data that verdicts stand on: how old, and newer."),
    "findings": ("findings", "Findings as they stand: new, open, reopened, accepted, resolved."),
    "fleet": ("fleet", "One page on all customers, for the provider's own team."),
    "hold": ("hold", "Legal holds: what must not be pruned while somebody needs it."),
    "inventory": ("inventory", "Check the file of customers, print its schema."),
    "keys": ("keys", "Keys that several customers have: for the provider's eyes only."),
    "log": ("log", "What the auditor did, to whom, under which authorization."),
    "nights": ("nights", "Past nights, the one under way, and what each came to."),
    "nightly": ("nightly", "Look at every customer who is due: for cron or a timer."),
    "precheck": ("precheck", "May a prospect become a customer? A look from outside, with proof."),
    "prune": ("prune", "Delete what is older than it has to be kept."),
    "recheck": ("recheck", "Look at one finding again."),
    "replay": ("replay", "Judge the stored facts of a run again."),
    "report": ("report", "Write a customer's latest report again, in any format."),
    "services": ("services", "Files for systemd, cron and Kubernetes."),
    "signing": ("signing", "The key that reports and evidence are signed with."),
    "secrets": ("secrets", "Search files and repositories for passwords, keys and tokens."),
    "verify": ("verify", "Is this report, manifest or evidence genuine?"),
    "worker": ("worker", "Take part in nights that another machine leads."),
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


def _remember_log_format(ctx: click.Context, option: click.Parameter, value: str | None) -> None:  # noqa: ARG001
    """Before anything is looked at that may be wrong; for worker processes, too."""
    if value:
        os.environ["POSTURE_LOG_FORMAT"] = value


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="posture")
@click.option("--debug", is_flag=True, help="Show where in the program an error came from.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    envvar="POSTURE_LOG_FORMAT",
    show_envvar=True,
    is_eager=True,
    expose_value=False,
    callback=_remember_log_format,
    help="Of what is said on standard error: for people, or a JSON object a line for programs.",
)
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """Audit the security of a hosting provider's customers, and report to each of them.

    \b
    Audit this machine:               posture audit --local --format pdf --out audit
    Audit customers of your own:      posture audit --inventory customers.yaml CUSTOMER
    What would be sent, and to whom:  posture audit --inventory customers.yaml --dry-run
    Is everything there that I need:  posture doctor

    \b
    Exit codes: 0 done, all assessed; 1 findings at or above --fail-on; 2 wrong usage or inventory;
    3 done, but something could not be assessed; 4 not authorised, nothing was sent; 5 the program
    failed; 130 interrupted, partial result kept.
    """
    ctx.obj = {"debug": debug}


def run(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with the command's exit code."""
    sys.excepthook = _defect
    code = _run(sys.argv[1:] if arguments is None else arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    _leave_no_folder()
    # Worker threads may still wait for a host. What they hold stays in the database for the next start.
    os._exit(code)


def _leave_no_folder() -> None:
    """Remove what Python removes at an orderly end alone: the folder of the socket that starts processes."""
    if "multiprocessing.util" in sys.modules:
        import multiprocessing  # noqa: PLC0415  --version needs none of it
        import shutil  # noqa: PLC0415  likewise

        folder = multiprocessing.current_process()._config.get("tempdir")  # type: ignore[attr-defined]  # noqa: SLF001
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def _run(arguments: list[str]) -> int:
    try:
        code: Any = cli.main(args=arguments, prog_name="posture", standalone_mode=False)
        return int(code or 0)
    except Failure as failure:
        if "--debug" in arguments:
            raise
        _complain(failure.message, failure.step)
        return failure.code
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        _show(error)
        return Exit.USAGE
    except (KeyboardInterrupt, click.Abort):
        _complain("interrupted; what was finished is kept", "the same command goes on where it stopped")
        return Exit.INTERRUPTED
    except SystemExit as done:  # how click ends when nobody reads the output any more
        return Exit.DONE if done.code == 1 else Exit.USAGE
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  nobody reads any more
        return Exit.DONE


def _defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What no command foresaw: a defect of the program, told as such, with exit code 5."""
    from posture.cli.logs import as_json_lines, told_as_json  # noqa: PLC0415  --version needs none of it

    what = "this is a defect of posture; what was finished is kept"
    if as_json_lines():
        told_as_json(what, "report it with this line", (kind, error, trace))
    else:
        traceback.print_exception(kind, error, trace)
        _complain(what, "report it with the lines above")
    sys.stderr.flush()
    os._exit(Exit.BROKEN)


def _show(error: click.ClickException) -> None:
    """Wrong usage: as click tells it people, with the usage line, or as one object."""
    from posture.cli.logs import as_json_lines  # noqa: PLC0415  --version needs none of it

    if as_json_lines():
        _complain(error.format_message(), "posture --help tells what there is")
    else:
        error.show()


def _complain(message: str, step: str) -> None:
    from posture.cli.logs import as_json_lines  # noqa: PLC0415  --version needs none of it
    from posture.cli.output import complain  # noqa: PLC0415  likewise

    if as_json_lines():
        complain("; ".join(message.splitlines()), **({"next": step} if step else {}))
        return
    for line in message.splitlines():
        complain(f"posture: {line}")
    if step:
        complain(f"  next: {step}")


if __name__ == "__main__":
    run()
