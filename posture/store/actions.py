"""The append-only log of what the auditor did: the answer to an abuse report against us.

Each entry carries the SHA-256 of the entry before it and of itself, and both databases refuse to change or delete one.
Who removes that refusal and edits an entry is found by :meth:`Actions.verify_actions`. Who writes the whole chain anew,
or cuts off its newest entries, is found against a `head` that was noted where they cannot write: the chain has no key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from posture.model.action import Action, LoggedAction, chained
from posture.model.text import visible
from posture.store import schema
from posture.store.database import EVERYONE, OnDatabase

_action = schema.scan_action.c
_FIELDS = tuple(field.name for field in fields(Action))

NOTHING_BEFORE = "0" * 64


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry: how many there are, and the hash that stands for all of them."""

    entries: int
    hash: str


@dataclass(frozen=True, slots=True)
class BrokenEntry:
    """The first entry that is not as it was written, counted from 1."""

    entry: int
    reason: str


class Actions(OnDatabase):
    """Appending and reading the log; fits posture.collect.scope.ActionLog."""

    __slots__ = ()

    def record(self, action: Action) -> None:
        """Append one action; it is committed when this returns. Text of others is made harmless once more.

        The chain has one end, at which all processes take turns: threads of this one go there together.

        Raises:
            ValueError: its time has no time zone.
            StoreError: it could not be written; then the action must not be done.
        """
        if action.at.tzinfo is None:
            raise ValueError(f"{action.at.isoformat()} has no time zone; only aware times are logged")
        clean = Action(action.at, *(visible(text) for text in astuple(action)[1:]))
        self.database.log.write(clean, self._append)

    def _append(self, actions: Sequence[Action]) -> None:
        with self.database.writing(EVERYONE) as connection:
            self.database.queue_up(connection, "scan_action")
            head = _head(connection)
            before, rows = head.hash, []
            for entry, action in enumerate(actions, start=head.entries + 1):
                before = chained(before, entry, action)
                rows.append({"seq": entry, "hash": before, **dict(zip(_FIELDS, astuple(action), strict=True))})
            connection.execute(insert(schema.scan_action), rows)

    def actions(
        self, customer: str | None = None, *, run: str | None = None, since: datetime | None = None, limit: int = 1000
    ) -> tuple[Action, ...]:
        """The newest actions, oldest first.

        Args:
            customer: only for this one.
            run: only of this run.
            since: only from this moment on.
            limit: at most so many.
        """
        wanted = select(schema.scan_action).order_by(_action.seq.desc()).limit(limit)
        if customer is not None:
            wanted = wanted.where(_action.customer == customer)
        if run is not None:
            wanted = wanted.where(_action.run == run)
        if since is not None:
            wanted = wanted.where(_action.at >= since)
        with self.database.reading(customer or EVERYONE) as connection:
            newest = connection.execute(wanted).all()
        return tuple(_action_of(row) for row in reversed(newest))

    def logged(self, customer: str, run: str, wanted: Callable[[Action], bool], most: int) -> tuple[LoggedAction, ...]:
        """The first entries of a customer's run that are wanted, with the hashes that tie each to the log."""
        earlier = schema.scan_action.alias()
        entries = (
            select(schema.scan_action, earlier.c.hash.label("before"))
            .join_from(schema.scan_action, earlier, earlier.c.seq == _action.seq - 1, isouter=True)
            .where(_action.customer == customer, _action.run == run)
            .order_by(_action.seq)
            .execution_options(yield_per=1000)
        )
        found: list[LoggedAction] = []
        with self.database.reading(EVERYONE) as connection, connection.execute(entries) as rows:
            for row in rows:
                action = _action_of(row)
                if wanted(action):
                    found.append(LoggedAction(row.seq, row.before or NOTHING_BEFORE, row.hash, action))
                if len(found) == most:
                    break
        return tuple(found)

    def actions_head(self) -> Head:
        """The newest entry, to be noted where nobody who writes this database can change it."""
        with self.database.reading(EVERYONE) as connection:
            return _head(connection)

    def verify_actions(self, noted: Head | None = None) -> BrokenEntry | None:
        """Read the whole log; None when every entry is as it was written.

        Args:
            noted: a head that was noted earlier, elsewhere: the entry of its number must still have its hash.
        """
        before = NOTHING_BEFORE
        entry = 0
        wanted = select(schema.scan_action).order_by(_action.seq).execution_options(yield_per=1000)
        with self.database.reading(EVERYONE) as connection, connection.execute(wanted) as rows:
            for entry, row in enumerate(rows, start=1):
                if row.seq != entry:
                    return BrokenEntry(entry, f"entry {entry} is missing: the next one is {row.seq}")
                if row.hash != chained(before, entry, _action_of(row)):
                    return BrokenEntry(entry, f"entry {entry} of {row.at.isoformat()} or its hash was changed")
                if noted is not None and entry == noted.entries and row.hash != noted.hash:
                    return BrokenEntry(entry, "it is not the entry whose hash was noted: the log was written anew")
                before = row.hash
        if noted is not None and entry < noted.entries:
            return BrokenEntry(entry + 1, f"the log ends after {entry} entries, and {noted.entries} were noted")
        return None


def _head(connection: Connection) -> Head:
    newest = connection.execute(select(_action.seq, _action.hash).order_by(_action.seq.desc()).limit(1)).first()
    return Head(0, NOTHING_BEFORE) if newest is None else Head(newest.seq, newest.hash)


def _action_of(row: Row[Any]) -> Action:
    return Action(*(getattr(row, name) for name in _FIELDS))
