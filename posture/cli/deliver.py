from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from posture.cli.delivering import Outbox, Told, deliver_reports, due_for
from posture.cli.errors import Exit, Usage
from posture.cli.options import database_option, existing, json_option, now, policy_of, policy_option
from posture.cli.output import as_json as print_json
from posture.cli.output import note, say, table
from posture.cli.reports import report_of
from posture.cli.sealing import key_of, sign_option
from posture.collect.secrets import SecretError, resolve
from posture.deliver.settings import DeliverySettings, SettingsError, load_settings
from posture.model.delivery import DeliveryState
from posture.model.policy import Policy
from posture.model.secret import SecretRef
from posture.report.model import Report
from posture.store.store import Store

_DONE = frozenset({DeliveryState.SENT, DeliveryState.WAITING})


@click.command()
@click.argument("customers", nargs=-1, metavar="[CUSTOMER]...")
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    envvar="POSTURE_DELIVERY",
    show_envvar=True,
    default=Path("delivery.toml"),
    show_default=True,
    help="How reports leave: a TOML file, see docs/delivery.md.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go to whom, and send nothing.")
@click.option("--resend", is_flag=True, help="Also what failed, or may or may not have arrived. Needs a CUSTOMER.")
@json_option
@sign_option
@policy_option
@database_option
def deliver(
    customers: tuple[str, ...],
    settings_file: Path,
    dry_run: bool,
    resend: bool,
    as_json: bool,
    sign_key: str | None,
    policy_file: Path | None,
    database: str,
) -> int:
    """Send the report of each CUSTOMER's latest complete audit to the customer's registered contacts. Default: all.

    \b
    posture deliver --dry-run
    posture deliver
    posture deliver bakery --resend

    With --sign-key, what is sent has a signed manifest beside it: see docs/genuine.md.

    What has been sent is not sent again, whatever happened since: give the same command as often as you like, for
    example after every night. A report that says nothing new waits until the last one is `at_least_every_days` old.

    Exit codes: 0 all delivered, or tried again later; 3 somebody was not reached; 2 the settings are wrong.
    """
    settings = _settings(settings_file)
    if resend and not customers:
        raise Usage("--resend is for named customers", "name them: posture deliver CUSTOMER --resend")
    policy, key = policy_of(policy_file), key_of(sign_key)
    with existing(database) as store:
        reports = [_report(store, name, policy) for name in _chosen(store, customers)]
        if resend and not dry_run:
            freed = sum(store.free_deliveries(r.view.customer.id, r.run, now()) for r in reports if r)
            note(f"{freed} deliveries are free to be sent again")
        box = Outbox(settings, store, "" if dry_run else _password(settings), key)
        known = [report for report in reports if report is not None]
        told = [due_for(box, report) for report in known] if dry_run else list(deliver_reports(box, known))
    return _say([line for lines in told for line in lines], as_json=as_json, dry_run=dry_run)


def _settings(file: Path) -> DeliverySettings:
    try:
        return load_settings(file)
    except SettingsError as error:
        raise Usage(str(error), "docs/delivery.md has an example; name the file with --settings") from error


def _password(settings: DeliverySettings) -> str:
    if settings.smtp is None or settings.smtp.password is None:
        return ""
    try:
        return resolve(SecretRef.parse(settings.smtp.password))
    except SecretError as error:
        raise Usage(f"smtp.password: {error}", "nothing was sent") from error


def _chosen(store: Store, customers: Sequence[str]) -> list[str]:
    known = [one.id for one in store.customers()]
    for unknown in (name for name in customers if name not in known):
        raise Usage(f"no audit of a customer {unknown} is in the database", f"there are: {', '.join(known[:20])}")
    return list(dict.fromkeys(customers)) or known


def _report(store: Store, customer: str, policy: Policy) -> Report | None:
    view = store.customer_view(customer, policy)
    if view is None:
        note(f"{customer}: no complete audit yet, nothing to send")
        return None
    return report_of(view)


def _say(lines: Sequence[Told], *, as_json: bool, dry_run: bool) -> int:
    if as_json:
        print_json([line.as_json() for line in lines])
    elif lines:
        table(("CUSTOMER", "RUN", "CHANNEL", "TO", "STATE", "NOTE"), [line.row() for line in lines])
    else:
        say("Nothing to deliver: every report has been sent, or says nothing new.")
    if dry_run or all(line.state in _DONE for line in lines):
        return Exit.DONE
    return Exit.INCOMPLETE
