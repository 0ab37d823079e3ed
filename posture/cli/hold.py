from __future__ import annotations

from dataclasses import asdict

import click

from posture.cli.errors import Usage
from posture.cli.operator_name import operator_name
from posture.cli.options import database_option, existing, json_option, now
from posture.cli.output import as_json as print_json
from posture.cli.output import say, table
from posture.model.hold import LegalHold
from posture.store.store import Store


@click.group()
def hold() -> None:
    """Legal holds: what posture prune must not delete while somebody needs it."""


@hold.command()
@click.argument("customer")
@click.option("--finding", "finding_id", default="", metavar="ID", help="Only what this finding stands on.")
@click.option("--reason", required=True, help="Why, e.g. the reference of a dispute or a court.")
@click.option("--by", default="", help="Who decided it; default: you.")
@database_option
def add(customer: str, finding_id: str, reason: str, by: str, database: str) -> None:
    """Keep all of CUSTOMER, or what one finding stands on, whatever its age.

    \b
    posture hold add bakery --reason "LG Berlin 12 O 34/26"
    """
    with existing(database) as store:
        _known(store, customer, finding_id)
        store.add_hold(LegalHold(customer, finding_id, by or operator_name(), reason, now()))
    say(f"{_what(finding_id)} of {customer} is kept until: posture hold lift {_words(customer, finding_id)}")


@hold.command()
@click.argument("customer")
@click.option("--finding", "finding_id", default="", metavar="ID", help="The hold on this finding.")
@click.option("--reason", required=True, help="Why it is not needed any more.")
@click.option("--by", default="", help="Who decided it; default: you.")
@database_option
def lift(customer: str, finding_id: str, reason: str, by: str, database: str) -> None:
    """End a hold: from now on, posture prune deletes by age again."""
    with existing(database) as store:
        if not any(one.finding == finding_id for one in store.holds(customer)):
            raise Usage(f"there is no hold on {_what(finding_id).lower()} of {customer}", "see: posture hold list")
        store.add_hold(LegalHold(customer, finding_id, by or operator_name(), reason, now(), lifted=True))
    say(f"The hold on {_what(finding_id).lower()} of {customer} is lifted.")


@hold.command("list")
@click.argument("customer", default="")
@click.option("--history", is_flag=True, help="Lifted ones too.")
@json_option
@database_option
def list_(customer: str, history: bool, as_json: bool, database: str) -> None:
    """What is held, since when, by whom, and why."""
    with existing(database) as store:
        found = store.holds(customer, history=history)
    if as_json:
        print_json([asdict(one) | {"at": one.at.isoformat()} for one in found])
        return
    rows = [
        (
            one.customer,
            one.finding or "all",
            "lifted" if one.lifted else "held",
            f"{one.at:%Y-%m-%d}",
            one.by,
            one.reason,
        )
        for one in found
    ]
    table(("CUSTOMER", "FINDING", "STATE", "SINCE", "BY", "REASON"), rows)


def _known(store: Store, customer: str, finding_id: str) -> None:
    if finding_id:
        found = store.finding(finding_id)
        if found is None or found.customer != customer:
            raise Usage(f"{customer} has no finding {finding_id}", "see: posture findings " + customer)
    elif customer not in {one.id for one in store.customers()}:
        raise Usage(f"the database has no customer {customer}", "see: posture findings")


def _what(finding_id: str) -> str:
    return f"Finding {finding_id}" if finding_id else "Everything"


def _words(customer: str, finding_id: str) -> str:
    return f"{customer} --finding {finding_id}" if finding_id else customer
