from __future__ import annotations

import click

from posture.cli.errors import Usage
from posture.cli.findings import known_finding
from posture.cli.operator_name import operator_name
from posture.cli.options import database_option, existing, now
from posture.cli.output import say
from posture.model.dispute import Dispute, DisputeState
from posture.store.errors import NothingToDispute, UnknownFinding


@click.command()
@click.argument("finding_id", metavar="ID")
@click.option("--reason", required=True, help="Why it is wrong, or why you decide so; it stands in the report.")
@click.option("--accept", "accept", is_flag=True, help="Decide: the finding is wrong.")
@click.option("--reject", "reject", is_flag=True, help="Decide: the finding is right.")
@click.option("--by", default="", metavar="NAME", help="Who says so; default: you.")
@database_option
def dispute(finding_id: str, reason: str, accept: bool, reject: bool, by: str, database: str) -> None:
    """Note that somebody says the finding ID is wrong; with --accept or --reject, decide about it.

    An open dispute holds further steps of enforcement up, for as long as the policy says. An accepted one ends them for
    as long as the finding does not go and come back, and steps in place are proposed to be lifted. The finding itself
    stays: the next look decides whether it is there. Both stand in the next report.

    \b
    posture dispute F-5c1e09aa11223344 --by "Jane of Example Bakery" --reason "this is our honeypot"
    posture dispute F-5c1e09aa11223344 --accept --reason "agreed by phone, ticket 4711"
    """
    if accept and reject:
        raise Usage("a dispute is accepted or rejected, not both", "leave out one of --accept and --reject")
    if not reason.strip():
        raise Usage("a dispute needs a reason", 'say why: --reason "..."')
    who = by.strip() or operator_name()
    with existing(database) as store:
        finding = known_finding(store, finding_id)
        try:
            if not (accept or reject):
                state, at = (finding.times_reopened, finding.severity), now()
                store.raise_dispute(Dispute(finding.id, finding.customer, *state, reason.strip(), who, at))
                say(f"{finding.id} is disputed: {finding.summary}")
                return
            decided = DisputeState.ACCEPTED if accept else DisputeState.REJECTED
            found = store.decide_dispute(finding.id, decided, now(), who, reason.strip())
        except (NothingToDispute, UnknownFinding) as error:
            raise Usage(str(error)) from error
    say(f"the dispute of {finding.id} is {found.state}: {found.decision}")
