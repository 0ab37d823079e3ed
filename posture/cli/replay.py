from __future__ import annotations

import click

from posture.cli.errors import Exit, Usage
from posture.cli.options import database_option, existing, json_option
from posture.cli.output import as_json as print_json
from posture.cli.output import say, table
from posture.cli.plugins import loaded
from posture.cli.wiring import advisor
from posture.engine.derive import derive
from posture.engine.judge import judge
from posture.facts.codec import from_json
from posture.model.assessment import Assessment
from posture.model.resource import ALL_HOSTS
from posture.model.verdict import Outcome


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option("--customer", help="Only this one.")
@json_option
@database_option
def replay(run_id: str, customer: str | None, as_json: bool, database: str) -> int:
    """Judge the stored facts of RUN with the checks and advisories of today. Nothing is contacted, nothing stored.

    Tells which outcomes would be others. Exit code 1 when some would.
    """
    indexes = advisor()
    differ: list[dict[str, str]] = []
    same = 0
    with existing(database) as store:
        run = store.run(run_id)
        if run is None:
            raise Usage(f"there is no run {run_id} in the database", "its id stands in the report")
        resources = {(one.id, r.id): r for one in store.customers_of(run_id) for r in one.resources}
        for stored in store.facts(run_id, customer):
            resource = ALL_HOSTS if stored.resource == ALL_HOSTS.id else resources[stored.customer, stored.resource]
            again = judge(loaded().checks, resource, derive(resource, from_json(stored.facts), indexes))
            before = {a.check.id: a for a in stored.assessments}
            for assessment in again:
                was = before.get(assessment.check.id)
                if was is None and not run.whole:
                    continue  # that run did not ask for this check
                if was is not None and _said(was) == _said(assessment):
                    same += 1
                else:
                    differ.append(_difference(stored.customer, was, assessment))
    if as_json:
        print_json({"run": run_id, "same": same, "different": differ})
    else:
        say(f"{same} outcomes are the same, {len(differ)} would be different")
        if differ:
            headings = ("CUSTOMER", "RESOURCE", "CHECK", "WAS", "NOW", "WHY")
            table(headings, [tuple(one.values()) for one in differ])
    return Exit.FINDINGS if differ else Exit.DONE


def _said(assessment: Assessment) -> tuple[Outcome, frozenset[tuple[str, Outcome]]]:
    return assessment.outcome, frozenset((verdict.subject, verdict.outcome) for verdict in assessment.verdicts)


def _difference(customer: str, was: Assessment | None, now: Assessment) -> dict[str, str]:
    return {
        "customer": customer,
        "resource": now.resource,
        "check": now.check.id,
        "was": was.outcome.value if was else "not judged",
        "now": now.outcome.value,
        "why": now.reason,
    }
