from __future__ import annotations

import sys
from pathlib import Path

import click

from posture.cli.errors import Failure, Usage
from posture.cli.options import database_option, existing, policy_of, policy_option
from posture.cli.output import as_json, note, say
from posture.cli.reports import FORMATS, printed, report_of
from posture.cli.sealing import UNSIGNED, key_of, place_of, seal, sign_option
from posture.cli.whole_file import write_whole
from posture.report.json_ import schema
from posture.report.renderers import suffix


def _print_schema(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        as_json(schema())
        ctx.exit()


@click.command()
@click.argument("customer")
@click.option("--format", "format_", type=click.Choice(FORMATS), required=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="File; default: CUSTOMER and the format's suffix here; - is standard output.",
)
@click.option("--run", help="An earlier run's id; default: the latest complete one.")
@click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print the JSON Schema that --format json follows, and end.",
)
@sign_option
@policy_option
@database_option
def report(
    customer: str,
    format_: str,
    out: Path | None,
    run: str | None,
    sign_key: str | None,
    policy_file: Path | None,
    database: str,
) -> None:
    """Write the report of CUSTOMER's latest complete audit again. Nothing is contacted.

    \b
    posture report bakery --format pdf
    posture report bakery --format json --out - | jq .findings
    posture report bakery --format sarif --out posture.sarif
    posture report --schema > findings.schema.json
    """
    key = key_of(sign_key)
    with existing(database) as store:
        view = store.customer_view(customer, policy_of(policy_file), run)
        known = [one.id for one in store.customers()]
    if view is None:
        raise _no_report(customer, run, known)
    ((made, contents),) = printed([report_of(view)], [format_])
    content = contents[format_]
    if isinstance(content, Failure):
        raise content
    if str(out) == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    path = write_whole(out or Path(f"{customer}.{suffix(format_)}"), content)
    say(str(path))
    # A manifest that is there already would call the new file a forgery.
    if key is not None or place_of(made, path).exists():
        for written in seal(made, {path: content}, key):
            say(str(written))
        if key is None:
            note(UNSIGNED)


def _no_report(customer: str, run: str | None, known: list[str]) -> Usage:
    if customer not in known:
        there = f"there are: {', '.join(known[:20])}" if known else "audit it first"
        return Usage(f"no audit of a customer {customer} is in the database", there)
    if run is not None:
        return Usage(
            f"there is no run {run} of {customer}", "a run's id stands in its report; leave --run out for the latest"
        )
    step = "audit it without --check and --resource, or name one of its runs with --run"
    return Usage(f"no complete audit of {customer} is in the database", step)
