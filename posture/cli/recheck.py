from __future__ import annotations

from pathlib import Path

import click

from posture.cli.audit import allowed_customers, this_machine
from posture.cli.errors import Exit, Usage
from posture.cli.findings import known_finding
from posture.cli.hours import refuse_outside_windows
from posture.cli.options import database_option, existing, inventory_option, now, policy_of, policy_option
from posture.cli.order import Order, carry_out
from posture.cli.output import say
from posture.cli.plugins import loaded
from posture.engine.plan import NothingToDo, plan
from posture.model.finding import FindingStatus
from posture.model.resource import ALL_HOSTS
from posture.model.verdict import Outcome


@click.command()
@click.argument("finding_id", metavar="ID")
@inventory_option
@policy_option
@database_option
def recheck(finding_id: str, inventory_file: Path, policy_file: Path | None, database: str) -> int:
    """Look at the finding ID again: its one check on its one resource, under the authorization of today's inventory.

    For a finding of all hosts, which tells what several have in common, each of the customer's hosts is looked at.

    Exit code 0 when it is fixed, 1 when it is still there, 3 when it could not be assessed.
    """
    with existing(database) as store:
        finding = known_finding(store, finding_id)
        local = this_machine()
        theirs = (inventory_file, (finding.customer,), database)
        customer = local if finding.customer == local.id else allowed_customers(*theirs)[0]
        try:
            where = [] if finding.resource == ALL_HOSTS.id else [finding.resource]
            planned = plan([customer], loaded().checks, [finding.check.id], where)
        except NothingToDo as error:
            raise Usage(str(error), "the resource or the check is no longer there") from error
        refuse_outside_windows(planned.customers, now())
        (report,) = carry_out(Order(planned, policy_of(policy_file), threads=1), store)
        known = known_finding(store, finding_id)
    if known.status is FindingStatus.RESOLVED:
        say(f"{known.id} is {known.status}; it was: {known.summary}")
        return Exit.DONE
    say(f"{known.id} is {known.status}: {known.summary}")
    unseen = [a for a in report.view.assessments if a.outcome is Outcome.NOT_ASSESSED]
    for assessment in unseen:
        say(f"not assessed: {assessment.reason}")
    return Exit.INCOMPLETE if unseen else Exit.FINDINGS
