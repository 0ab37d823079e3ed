from __future__ import annotations

import getpass
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click

from posture.cli.bundles import sent_in
from posture.cli.dry_run import known_ports, print_contacts
from posture.cli.errors import Exit, NotAllowed, Usage
from posture.cli.hours import refuse_outside_windows
from posture.cli.inventory import read
from posture.cli.options import SEVERITY, database_option, inventory_option, now, policy_of, policy_option, stored
from posture.cli.order import Order, carry_out
from posture.cli.output import note
from posture.cli.plugins import loaded
from posture.cli.proven import held_against
from posture.cli.reports import FORMATS, USUAL, write_all
from posture.cli.sealing import key_of, sign_option
from posture.cli.summary import print_summary
from posture.collect.sessions import SESSIONS_AT_ONCE
from posture.engine.plan import NothingToDo, plan
from posture.inventory.load import Inventory
from posture.inventory.local import local_inventory
from posture.model.customer import Customer
from posture.model.severity import Severity
from posture.model.verdict import Outcome
from posture.report.model import Report
from posture.report.unlisted import unlisted

PORTS = ("all", "rolling")
PORTS_HELP = (
    "TCP ports looked at tonight. all: every port of every host. rolling, for an audit each night: every port of a "
    "host not seen before; of others those found open before, those where services usually are, and a fourteenth of "
    "the rest in turn, so that no port's last look is older than 14 days (more a night where nights were missed)."
)


SESSIONS_HELP = (
    "Hosts logged in to over SSH at once. They mostly wait; fewer spare hosts that share a machine with the auditor."
)


@click.command()
@click.argument("customers", nargs=-1, metavar="[CUSTOMER]...")
@inventory_option
@click.option("--local", is_flag=True, help="Audit this machine as customer this-machine; needs no inventory.")
@click.option("--check", "check_globs", multiple=True, metavar="GLOB", help="Only these checks, e.g. 'exposure.*'.")
@click.option("--resource", "resource_globs", multiple=True, metavar="GLOB", help="Only these; repeatable.")
@click.option("--ports", type=click.Choice(PORTS), default="all", show_default=True, help=PORTS_HELP)
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(FORMATS), help=f"Repeatable; default: {', '.join(USUAL)}."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("audit"), show_default=True,
              help="Folder for CUSTOMER.FORMAT.")  # fmt: skip
@click.option("--fail-on", type=SEVERITY, help="Exit with 1 when there is a finding of this severity or worse.")
@click.option("--bundle", "bundle_files", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="What a host's collector wrote by itself (posture collect), not SSH; repeatable.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Print every contact that would be made, and under which authorization.")
@click.option("--threads", type=click.IntRange(1, 256), default=64, show_default=True, help="Resources at once.")
@click.option(
    "--sessions",
    type=click.IntRange(1, 256),
    default=SESSIONS_AT_ONCE,
    show_default=True,
    envvar="POSTURE_SESSIONS",
    show_envvar=True,
    help=SESSIONS_HELP,
)
@sign_option
@policy_option
@database_option
def audit(
    customers: tuple[str, ...],
    inventory_file: Path,
    local: bool,
    check_globs: tuple[str, ...],
    resource_globs: tuple[str, ...],
    ports: str,
    formats: tuple[str, ...],
    out: Path,
    fail_on: str | None,
    bundle_files: tuple[Path, ...],
    dry_run: bool,
    threads: int,
    sessions: int,
    sign_key: str | None,
    policy_file: Path | None,
    database: str,
) -> int:
    """Look at each CUSTOMER's resources, judge them, keep the findings, write reports. Default: all customers.

    \b
    posture audit --local --format pdf --out audit
    posture audit --inventory customers.yaml bakery
    posture audit --inventory customers.yaml --check 'exposure.*' --fail-on high
    posture audit --inventory customers.yaml --dry-run
    posture audit --inventory customers.yaml --ports rolling

    An audit that was interrupted goes on where it stopped when the same command is given within 12 hours.
    Exit codes: 0 all assessed; 1 findings at or above --fail-on; 3 something could not be assessed.
    """
    if local and customers:
        raise Usage("--local audits this machine only", "leave out either --local or the customers")
    chosen = [this_machine()] if local else allowed_customers(inventory_file, customers, database)
    try:
        planned = plan(chosen, loaded().checks, check_globs, resource_globs)
    except NothingToDo as error:
        raise Usage(str(error)) from error
    order = Order(planned, policy_of(policy_file), threads, sessions, rolling=ports == "rolling")
    if dry_run:
        print_contacts(order.plan, known_ports(database) if order.rolling else None)
        return Exit.DONE
    refuse_outside_windows(order.plan.customers, now())
    refuse_unwritable(out)
    key = key_of(sign_key)
    with stored(database) as store:
        if bundle_files:
            order = replace(order, bundles=sent_in(bundle_files, order.plan.customers, store))
        reports = carry_out(order, store)
    files, failed = write_all(reports, formats or USUAL, out, key)
    print_summary(reports, files)
    if failed is not None:
        raise failed
    return exit_code(reports, Severity.parse(fail_on) if fail_on else None)


def exit_code(reports: Sequence[Report], fail_on: Severity | None) -> Exit:
    """What an audit's reports come to: findings at or above the threshold win over what was not assessed."""
    failures = [severity for report in reports for severity in (*found_by(report), *unlisted(report.view))]
    if fail_on is not None and any(severity >= fail_on for severity in failures):
        return Exit.FINDINGS
    incomplete = any(report.counts.not_assessed or report.gaps or report.unexamined for report in reports)
    return Exit.INCOMPLETE if incomplete else Exit.DONE


def found_by(report: Report) -> list[Severity]:
    """How severe the active findings are that this audit looked at, though another may have written them since."""
    failed = {(a.check.id, a.resource) for a in report.view.assessments if a.outcome is Outcome.FAIL}
    return [
        finding.severity
        for finding in report.view.findings
        if finding.status.active and (finding.last_run == report.run or (finding.check.id, finding.resource) in failed)
    ]


def this_machine() -> Customer:
    """This very machine as a customer, authorised by whoever runs the command."""
    user = "unknown user"
    with suppress(KeyError, OSError):
        user = getpass.getuser()
    return local_inventory(now(), user, socket.gethostname())


def allowed_customers(file: Path, ids: tuple[str, ...], database: str) -> list[Customer]:
    """The customers who may be contacted now, with what of theirs may be.

    Raises:
        Usage: as of `chosen_customers`.
        NotAllowed: an authorization is not valid yet, was revoked, or was to be proven and is not.
    """
    return held_against(chosen_customers(file, ids), database, now())


def chosen_customers(file: Path, ids: tuple[str, ...]) -> list[Customer]:
    """The customers to audit.

    Raises:
        Usage: the inventory is wrong, a customer is not in it, or an authorization has expired.
        NotAllowed: an authorization is not valid yet.
    """
    if not file.exists():
        raise Usage(f"there is no inventory {file}", "name it with --inventory FILE, or use --local")
    found = read(file)
    for warning in found.warnings:
        note(f"warning: {warning}")
    known = {customer.id: customer for customer in found.customers}
    for unknown in (name for name in ids if name not in known):
        raise Usage(f"{file} has no customer {unknown}", f"it has: {', '.join(sorted(known)[:20])}")
    chosen = [known[name] for name in dict.fromkeys(ids)] or list(found.customers)
    _refuse_unauthorized(found, {customer.id for customer in chosen})
    return chosen


def _refuse_unauthorized(found: Inventory, chosen: set[str]) -> None:
    expired = [str(problem) for problem in found.expired if problem.customer in chosen]
    if expired:
        raise Usage("\n".join(expired), "nothing was contacted; mend these lines, or name the customers to audit")
    early = [str(problem) for problem in found.not_yet if problem.customer in chosen]
    if early:
        raise NotAllowed("\n".join(early), "nothing was sent; wait, or name the customers to audit")


def refuse_unwritable(out: Path) -> None:
    """Make the folder of reports, or say that it cannot be made."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Usage(f"{out} cannot be made: {error.strerror}", "name a folder you can write with --out") from error
