from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click
from click.core import ParameterSource

from posture.cli.errors import Broken, Exit, Failure, Usage
from posture.cli.inventory import read
from posture.cli.options import database_option, existing, json_option, now, policy_of, policy_option, stored
from posture.cli.order import Order, carry_on
from posture.cli.output import note, raw
from posture.cli.precheck_again import again as asked_again
from posture.cli.precheck_again import named
from posture.cli.precheck_output import FORMATS, print_verdict, write_files
from posture.cli.prospect import granted, prospect, still_covered, with_names
from posture.cli.standing import Standing, prospect_plan, report_on, standing
from posture.engine.clock import utc_now
from posture.model.customer import Customer
from posture.model.grant import Grant
from posture.model.policy import Policy
from posture.model.precheck import PrecheckVerdict
from posture.report.precheck_json import precheck_json
from posture.store.store import Store

LOOK = timedelta(minutes=4, seconds=30)  # at one resource; all are looked at side by side, and 5 minutes are promised
THREADS = 16
EXITS = {
    PrecheckVerdict.GO: Exit.DONE,
    PrecheckVerdict.NO_GO: Exit.FINDINGS,
    PrecheckVerdict.UNDECIDED: Exit.INCOMPLETE,
}


class _WithAccept(click.Group):
    """Its one subcommand is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return ["accept"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  likewise
        if cmd_name != "accept":
            return None
        from posture.cli.precheck_accept import accept  # noqa: PLC0415  it needs this module

        return accept


@click.group(cls=_WithAccept, invoke_without_command=True, subcommand_metavar="[accept ...]")
@click.option("--name", default="", help="The prospect's name, as the authorization has it.")
@click.option("--domain", "domains", multiple=True, metavar="D", help="A domain to look at; repeatable.")
@click.option("--address", "addresses", multiple=True, metavar="A", help="An IP address to look at; repeatable.")
@click.option("--authorization", "reference", default="", metavar="REF", help="Of posture authorize.")
@click.option("--again", is_flag=True, help="Only what blocked or stayed open in the last check.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("precheck"), show_default=True,
              help="Folder for ID.precheck.FORMAT.")  # fmt: skip
@click.option("--format", "formats", multiple=True, type=click.Choice(FORMATS), help="Repeatable; default: all.")
@click.option("--inventory", "inventory_file", type=click.Path(path_type=Path), default=Path("customers.yaml"),
              show_default=True, help="Customers there are already; needs not exist.")  # fmt: skip
@policy_option
@database_option
@json_option
@click.pass_context
def precheck(
    ctx: click.Context,
    *,
    name: str,
    domains: tuple[str, ...],
    addresses: tuple[str, ...],
    reference: str,
    again: bool,
    out: Path,
    formats: tuple[str, ...],
    inventory_file: Path,
    policy_file: Path | None,
    database: str,
    as_json: bool,
) -> int:
    """May a prospect become a customer? Looks from outside only, at what a verified authorization proves.

    \b
    posture precheck --name "New GmbH" --authorization REF --out precheck
    posture precheck --name "New GmbH" --domain new.example --address 203.0.113.7 --authorization REF
    posture precheck --again --authorization REF          what blocked is mended: look at only that
    posture precheck accept REF --inventory customers.yaml

    Without --domain and --address all that is proven is looked at. One that was interrupted goes on where it stopped
    when the same command is given. Files: OUT/ID.precheck.pdf, .json, .xml (JUnit).
    Exit codes: 0 go; 1 no-go; 3 undecided; 4 not authorised, nothing was sent.
    """
    if ctx.invoked_subcommand is not None:
        return Exit.DONE
    if not reference and not (name or again):
        raise Usage("give --name and --authorization", "posture precheck --help has examples")
    if not (name or again):
        raise Usage("who is it? --name is missing", 'posture precheck --name "New GmbH" --authorization REF')
    if again and (domains or addresses):
        raise Usage("--again looks at what the last check looked at", "leave out --domain and --address")
    policy = policy_of(policy_file)
    with existing(database) if again else stored(database) as store:
        grant = granted(store, reference, name, now())
        refuse_a_customer(inventory_file, grant.customer)
        if again:
            known = _looked_again(store, grant, policy)
        else:
            known = _looked(store, prospect(grant, domains, addresses), policy)
    report = report_on(known, now())
    files: Sequence[Path] = ()
    failure: Failure | None = None
    chosen_out = any(ctx.get_parameter_source(one) is not ParameterSource.DEFAULT for one in ("out", "formats"))
    if not as_json or chosen_out:
        files, failure = write_files(report, formats or FORMATS, out)
    if as_json:
        raw(precheck_json(report).decode().rstrip("\n"))
    else:
        print_verdict(report, files)
    if failure is not None:
        raise failure
    return EXITS[report.verdict]


def refuse_a_customer(file: Path, prospect_id: str) -> None:
    """A prospect who is in the inventory is a customer, and audited.

    Raises:
        Usage: this one is, or the inventory is wrong.
    """
    if file.exists() and any(one.id == prospect_id for one in read(file).customers):
        raise Usage(f"{prospect_id} is a customer already, in {file}", f"audit: posture audit {prospect_id}")


def _looked(store: Store, customer: Customer, policy: Policy) -> Standing:
    customer = with_names(customer, store)
    run = carry_on(Order(prospect_plan(customer), policy, THREADS, time_limit=LOOK), store)
    return _after(store, customer, policy, run)


def _after(store: Store, customer: Customer, policy: Policy, run: str) -> Standing:
    found = store.run(run)
    if found is None:
        raise Broken(f"the run {run} is not in the database any more")
    return standing(store, customer, policy, [found])


def last_known(store: Store, grant: Grant, policy: Policy) -> Standing:
    """How the prospect stands by what was looked at while it counts.

    Raises:
        Usage: nothing was, or too long ago.
        NotAllowed: what was looked at is not proven any more.
    """
    runs = store.runs_of(grant.customer, utc_now() - policy.precheck.valid)
    if not runs:
        days = policy.precheck.valid.days
        raise Usage(
            f"there is no check of {grant.customer} within the last {days} days",
            f'make one: posture precheck --name "{grant.name}" --authorization {grant.reference}',
        )
    (customer,) = (one for one in store.customers_of(runs[-1].id) if one.id == grant.customer)
    return standing(store, still_covered(grant, customer), policy, runs)


def _looked_again(store: Store, grant: Grant, policy: Policy) -> Standing:
    known = last_known(store, grant, policy)
    todo = asked_again(known)
    if not todo.only:
        note("Nothing blocked and nothing was left open: there is nothing to look at again.")
        return known
    note(f"Looking again at {named(known.customer.resources, todo)}.")
    order = Order(prospect_plan(known.customer, todo.only), policy, THREADS, time_limit=LOOK)
    carry_on(replace(order, chosen=todo.chosen), store)
    return last_known(store, grant, policy)
