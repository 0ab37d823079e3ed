from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from posture.cli.errors import Exit, Usage
from posture.cli.findings import known_finding
from posture.cli.hand_over import HandedOver, hand_all, what_would_be_handed
from posture.cli.operator_name import operator_name
from posture.cli.options import database_option, existing, json_option, now, policy_of, policy_option
from posture.cli.output import as_json as print_json
from posture.cli.output import note, raw, say, table
from posture.deliver.proposal_json import body, document
from posture.engine.enforcement import night
from posture.engine.notice import statement
from posture.model.customer import Customer
from posture.model.enforcement import Measure, RecordState, StepRecord
from posture.model.policy import Policy
from posture.model.proposal import Held, Hold, Night, Proposal
from posture.store.errors import NothingToRecord
from posture.store.store import Store

A_NIGHT = timedelta(hours=24)


class _Proposing(click.Group):
    """`posture enforce bakery` is `posture enforce propose bakery`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the usual subcommand in where none is named."""
        if not args or args[0] not in self.commands:
            args = ["propose", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Proposing)
def enforce() -> None:
    """Steps against breaches that stay: proposed, handed over, recorded."""


@enforce.command()
@click.argument("customers", nargs=-1, metavar="[CUSTOMER]...")
@click.option("--dry-run", is_flag=True, help="Print what would be handed to which hook; keep and send nothing.")
@json_option
@policy_option
@database_option
def propose(customers: tuple[str, ...], dry_run: bool, as_json: bool, policy_file: Path | None, database: str) -> int:
    """Work out which steps of the policy's ladder may be taken now, for all customers or for each CUSTOMER.

    Nothing is carried out by this program: steps are proposed, each with its reason and the finding whose evidence it
    stands on (posture evidence ID), and handed to the hooks of the policy, each once. Steps that stop a whole customer
    are printed for a person and handed to nobody. What was carried out is recorded:

    \b
    posture enforce --dry-run
    posture enforce bakery
    posture enforce record F-5c1e09aa11223344 --step isolate-port --done
    posture enforce record F-5c1e09aa11223344 --step isolate-port --lifted

    Exit code 5 when a hook did not take what it was handed; it is handed over again next time.
    """
    policy, at = policy_of(policy_file), now()
    if not policy.enforcement.classes:
        raise Usage(
            "the policy says nothing about enforcement", "write its part [enforcement]; see docs/enforcement.md"
        )
    with existing(database) as store:
        found = _tonight(store, _chosen(store, customers), policy, at)
        if dry_run:
            handed = [what_would_be_handed(store, policy, one) for one in found.proposals]
        else:
            found = _kept(store, found, policy, at)
            handed = [hand_all(store, policy, one) for one in found.proposals]
    if as_json:
        print_json(_document(found, handed, policy, at))
    else:
        _print(found, handed, dry_run=dry_run)
    return Exit.BROKEN if any(one.failed for every in handed for one in every) else Exit.DONE


@enforce.command()
@click.argument("finding_id", metavar="ID")
@click.option("--step", required=True, type=click.Choice([measure.value for measure in Measure]))
@click.option("--done", "done", is_flag=True, help="It was carried out.")
@click.option("--lifted", "lifted", is_flag=True, help="It was taken back.")
@click.option("--note", "said", default="", help="A ticket, or why.")
@database_option
def record(finding_id: str, step: str, done: bool, lifted: bool, said: str, database: str) -> None:
    """Record that a step against the finding ID was carried out or taken back: by you, now.

    The time of the next step counts from it.
    """
    if done == lifted:
        raise Usage("a step was either carried out or taken back", "give one of --done and --lifted")
    state = RecordState.LIFTED if lifted else RecordState.DONE
    with existing(database) as store:
        finding = known_finding(store, finding_id)
        measure = Measure(step)
        episode = finding.times_reopened
        if lifted:
            given = [r for r in store.step_records(finding.customer, finding.id) if r.measure is measure]
            episode = given[-1].episode if given else episode
        given_by = (now(), operator_name(), said.strip())
        try:
            store.record_step(StepRecord(finding.customer, finding.id, episode, measure, state, *given_by))
        except NothingToRecord as error:
            raise Usage(str(error), "see what is in place: posture enforce --json") from error
    say(f"{measure} of {finding.id} is recorded as {state}")


def _chosen(store: Store, names: Sequence[str]) -> list[Customer]:
    known = {one.id: one for one in store.customers()}
    for name in names:
        if name not in known:
            raise Usage(
                f"no audit of a customer {name} is in the database", f"there are: {', '.join(list(known)[:20])}"
            )
    return [known[name] for name in dict.fromkeys(names)] or list(known.values())


def _tonight(store: Store, customers: Sequence[Customer], policy: Policy, at: datetime) -> Night:
    cases = [case for customer in customers for case in store.cases(customer)]
    return night(cases, policy.enforcement, at, store.proposed_since(at - A_NIGHT))


def _kept(store: Store, found: Night, policy: Policy, at: datetime) -> Night:
    """As far as another process has not used up the night's most meanwhile."""
    steps = [(one.key, body(one, statement(one, policy))) for one in found.proposals]
    kept = store.propose(steps, at, policy.enforcement.most, at - A_NIGHT)
    late = [
        Held(one.key, one.finding, one.breach, Hold.TOO_MANY, "others were proposed at this very moment")
        for one in found.proposals
        if one.key not in kept
    ]
    return replace(found, proposals=tuple(p for p in found.proposals if p.key in kept), held=(*found.held, *late))


def _print(found: Night, handed: Sequence[Sequence[HandedOver]], *, dry_run: bool) -> None:
    if found.proposals:
        table(("FINDING", "STEP", "ABOUT", "CUSTOMER", "SINCE", "WHY"), [_line(one) for one in found.proposals])
    else:
        say("No step is proposed")
    for every in handed:
        for one in every:
            say(f"{one.key} -> {one.hook}: {one.said}")
            for line in one.shown:
                raw(f"    {line}")
    if found.held:
        say()
        rows = [_held_line(one) for one in found.held]
        table(("FINDING", "NEXT STEP", "CUSTOMER", "NOT BEFORE", "HELD, BECAUSE"), rows)
    too_many = sum(one.hold is Hold.TOO_MANY for one in found.held)
    if too_many:
        note(f"warning: {too_many} steps were held back: so many at once may be a mistake of the auditor. Look at them")
    if dry_run:
        note("Dry run: nothing was kept, sent or run.")


def _line(one: Proposal) -> tuple[str, ...]:
    step = f"{'lift ' if one.key.lift else ''}{one.key.measure}{' (a person decides)' if one.for_a_person else ''}"
    since = f"{one.since:%Y-%m-%d %H:%M}" if one.since else "now"
    return one.key.finding, step, one.target, one.key.customer, since, one.reason


def _held_line(one: Held) -> tuple[str, ...]:
    step = f"{'lift ' if one.key.lift else ''}{one.key.measure}"
    until = f"{one.until:%Y-%m-%d %H:%M}" if one.until else ""
    return one.key.finding, step, one.key.customer, until, f"{one.hold}: {one.reason}"


def _document(found: Night, handed: Sequence[Sequence[HandedOver]], policy: Policy, at: datetime) -> dict[str, Any]:
    return {
        "schema": "posture.enforcement/1",
        "at": at.isoformat(),
        "proposals": [
            {
                **document(one, statement(one, policy)),
                "first_proposed": (one.since or at).isoformat(),
                "hooks": [
                    {"hook": each.hook, "said": each.said, "failed": each.failed, "would_be": list(each.shown)}
                    for each in every
                ],
            }
            for one, every in zip(found.proposals, handed, strict=True)
        ],
        "held": [
            {
                "id": str(one.key),
                "customer": one.key.customer,
                "finding": one.key.finding,
                "step": one.key.measure.value,
                "lift": one.key.lift,
                "class": one.breach,
                "hold": one.hold.name.lower(),
                "reason": one.reason,
                "until": one.until.isoformat() if one.until else None,
            }
            for one in found.held
        ],
    }
