"""Steps of enforcement: the cases they are worked out from, and what was proposed, handed over and carried out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select

from posture.model.enforcement import Measure, RecordState, StepKey, StepRecord
from posture.model.text import visible
from posture.store import schema
from posture.store.database import EVERYONE, OnDatabase
from posture.store.errors import NothingToRecord, UnknownFinding
from posture.store.step_rows import record_of, rows_of

_finding = schema.finding.c
_event = schema.finding_event.c
_proposal = schema.enforcement_proposal.c
_handing = schema.enforcement_handing.c
_record = schema.enforcement_record.c


@dataclass(frozen=True, slots=True)
class Handing:
    """One attempt to hand a proposal to a hook; `body` is the same in each."""

    key: StepKey
    hook: str
    attempt: int
    body: str


class Enforcements(OnDatabase):
    """Reading cases; keeping proposals, handings and records."""

    __slots__ = ()

    def proposed_since(self, moment: datetime) -> int:
        """How many steps beyond a notice were proposed after that moment, of all customers."""
        with self.database.reading(EVERYONE) as connection:
            return _counted(connection, moment)

    def propose(self, steps: Sequence[tuple[StepKey, str]], at: datetime, most: int, since: datetime) -> set[StepKey]:
        """Keep proposals, each once, as far as the most within a night allows whoever else proposes meanwhile.

        Args:
            steps: each with its JSON, the gravest first.
            at: aware.
            most: of steps beyond a notice that may be proposed after `since`.
            since: aware.

        Returns:
            Those that are kept, now or before.
        """
        kept: set[StepKey] = set()
        with self.database.writing(EVERYONE) as connection:
            self.database.queue_up(connection, "enforcement_proposal")
            left = most - _counted(connection, since)
            for key, body in steps:
                if connection.execute(select(_proposal.at).where(_is(_proposal, key))).first() is not None:
                    kept.add(key)
                    continue
                beyond = not key.lift and key.measure is not Measure.NOTIFY
                if beyond and left <= 0:
                    continue
                left -= int(beyond)
                row = {**_columns(key), "at": at, "body": body}
                connection.execute(insert(schema.enforcement_proposal).values(row))
                kept.add(key)
        return kept

    def standing(self, key: StepKey) -> tuple[str, frozenset[str]]:
        """The JSON of a proposal, empty where it was not made yet, and the hooks that have taken it."""
        with self.database.reading(key.customer) as connection:
            body = connection.execute(select(_proposal.body).where(_is(_proposal, key))).scalar()
            taken = connection.execute(
                select(_handing.hook).where(_is(_handing, key), _handing.state == "taken")
            ).scalars()
            return body or "", frozenset(taken)

    def begin_handing(self, key: StepKey, hook: str, at: datetime, patience: timedelta) -> Handing | None:
        """Take it upon oneself to hand a proposal to a hook; None where the hook has it, or somebody is about it.

        An attempt that began longer ago than `patience` and came to no end is given up: its process has died.
        """
        with self.database.writing(key.customer) as connection:
            self.database.queue_up(connection, "enforcement_handing", str(key), hook)
            body = connection.execute(select(_proposal.body).where(_is(_proposal, key))).scalar()
            wanted = select(schema.enforcement_handing).where(_is(_handing, key), _handing.hook == hook)
            rows = connection.execute(wanted.order_by(_handing.attempt)).all()
            if body is None or any(row.state == "taken" for row in rows):
                return None
            last = max((row.attempt for row in rows), default=0)
            ended = any(row.attempt == last and row.state == "failed" for row in rows)
            began = next((row.at for row in rows if row.attempt == last), None)
            if began is not None and not ended and at - began < patience:
                return None
            _note(connection, Handing(key, hook, last + 1, body), "begun", at, "")
            return Handing(key, hook, last + 1, body)

    def end_handing(
        self, handing: Handing, at: datetime, said: str, *, taken: bool, confirmed: StepRecord | None = None
    ) -> None:
        """Note what came of an attempt; with `confirmed`, that the step is done, in the same transaction."""
        with self.database.writing(handing.key.customer) as connection:
            _note(connection, handing, "taken" if taken else "failed", at, said)
            if confirmed is not None:
                _add(connection, confirmed)

    def record_step(self, record: StepRecord) -> None:
        """Note that a step was carried out or lifted.

        Raises:
            UnknownFinding: the customer has no such finding.
            NothingToRecord: it is recorded as that already, or there is nothing to lift.
        """
        with self.database.writing(record.customer) as connection:
            self.database.queue_up(connection, "customer", record.customer)
            here = (_finding.customer == record.customer, _finding.id == record.finding)
            if connection.execute(select(_finding.id).where(*here)).first() is None:
                raise UnknownFinding(f"customer {record.customer} has no finding {record.finding}")
            _refuse_again(connection, record)
            _add(connection, record)

    def step_records(self, customer: str, finding: str) -> tuple[StepRecord, ...]:
        """What was recorded of a finding's steps, in that order."""
        with self.database.reading(customer) as connection:
            return tuple(
                record_of(row)
                for row in rows_of(connection, schema.enforcement_record, customer)
                if row.finding == finding
            )


def _refuse_again(connection: Connection, record: StepRecord) -> None:
    key = StepKey(record.customer, record.finding, record.episode, record.measure)
    states = connection.execute(
        select(_record.state)
        .where(
            _record.customer == key.customer,
            _record.finding == key.finding,
            _record.episode == key.episode,
            _record.step == key.measure.value,
        )
        .order_by(_record.id)
    ).scalars()
    every = list(states)
    if every and every[-1] == record.state.value:
        raise NothingToRecord(f"{record.measure} of {record.finding} is recorded as {record.state} already")
    if record.state is RecordState.LIFTED and not every:
        handed = connection.execute(select(_handing.at).where(_is(_handing, key))).first()
        if handed is None:
            raise NothingToRecord(f"{record.measure} of {record.finding} was never carried out, as far as is known")


def _counted(connection: Connection, since: datetime) -> int:
    wanted = select(func.count()).where(
        _proposal.at > since, _proposal.lift.is_(False), _proposal.step != Measure.NOTIFY.value
    )
    return int(connection.execute(wanted).scalar_one())


def _is(columns: Any, key: StepKey) -> ColumnElement[bool]:
    return and_(*(columns[name] == value for name, value in _columns(key).items()))


def _columns(key: StepKey) -> dict[str, Any]:
    return {
        "customer": key.customer,
        "finding": key.finding,
        "episode": key.episode,
        "step": key.measure.value,
        "lift": key.lift,
    }


def _note(connection: Connection, handing: Handing, state: str, at: datetime, said: str) -> None:
    row = {"hook": handing.hook, "attempt": handing.attempt, "state": state, "at": at, "said": visible(said, 1000)}
    connection.execute(insert(schema.enforcement_handing).values({**_columns(handing.key), **row}))


def _add(connection: Connection, record: StepRecord) -> None:
    connection.execute(
        insert(schema.enforcement_record).values(
            customer=record.customer,
            finding=record.finding,
            episode=record.episode,
            step=record.measure.value,
            state=record.state.value,
            at=record.at,
            recorded_by=visible(record.by, 200),
            note=visible(record.note, 1000),
        )
    )
