from __future__ import annotations

from pathlib import Path

import click

from posture.cli.errors import Usage
from posture.cli.options import database_option, existing, now, policy_of, policy_option
from posture.cli.output import note, say
from posture.cli.whole_file import write_whole
from posture.model.policy import Policy
from posture.report.fleet.page import Fleet, fleet_page
from posture.report.fleet.standing import FleetCustomer, standing
from posture.report.fleet.table import fleet_csv
from posture.store.store import Store


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("audit"),
    show_default=True,
    help="Folder for fleet.html and fleet.csv; customers whose CUSTOMER.html lies there are linked.",
)
@policy_option
@database_option
def fleet(out: Path, policy_file: Path | None, database: str) -> None:
    """Write one page on all customers, for the provider's own team: give it after each night.

    \b
    posture fleet --out audit

    Who has to be looked at first, what is overdue, new critical findings, what could not be assessed, keys that
    several customers have, how old the data is. One file, sortable and filterable in a browser, nothing is contacted.
    It names customers beside each other: it is not for them.
    """
    policy = policy_of(policy_file)
    with existing(database) as store:
        customers, waiting = _standings(store, policy)
        keys = store.shared_keys()
    if not customers and not waiting:
        raise Usage("no audit of any customer is in the database", "audit somebody first")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Usage(f"{out} cannot be made: {error.strerror}", "name a folder you can write with --out") from error
    made = Fleet(customers, waiting, keys, policy.provider, f"{policy.name} {policy.version}".strip(), now())
    beside = {one.id for one in customers if (out / f"{one.id}.html").exists()}
    say(str(write_whole(out / "fleet.html", fleet_page(made, beside))))
    say(str(write_whole(out / "fleet.csv", fleet_csv(customers))))
    note("This names customers to each other: it is not for them.")


def _standings(store: Store, policy: Policy) -> tuple[list[FleetCustomer], list[str]]:
    """How each customer stands, and the ids of those without a complete audit; one view at a time is in memory."""
    moment = now()
    customers: list[FleetCustomer] = []
    waiting: list[str] = []
    for customer in store.customers():
        view = store.customer_view(customer.id, policy)
        if view is None:
            waiting.append(customer.id)
        else:
            customers.append(standing(view, moment))
    return customers, waiting
