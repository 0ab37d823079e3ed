from __future__ import annotations

from datetime import timedelta

import pytest
from owner import as_owner
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from posture.model.ssh_pin import SshPin
from posture.store import StoreError
from posture.store.schema import ssh_pin

OLD, NEW = "SHA256:" + "A" * 43, "SHA256:" + "B" * 43


def test_the_newest_pin_counts_and_the_older_stay_in_the_history(store, make):
    """Who confirmed which key, and when, can be told for each time it was changed."""
    first = SshPin("bakery", "web1", (OLD, NEW), "jane", make.now)
    second = SshPin("bakery", "web1", (NEW,), "joe", make.now - timedelta(days=1))  # a clock that went back
    other = SshPin("florist", "web1", (OLD,), "jane", make.now)
    for pin in (first, second, other):
        store.add_pin(pin)
    assert store.pin("bakery", "web1") == second
    assert store.pin("bakery", "web2") is None
    assert store.pins() == (second, other)
    assert store.pins("bakery", history=True) == (first, second)


def test_a_pin_cannot_be_changed_or_taken_away(store, make):
    """The database itself refuses, whoever asks it."""
    store.add_pin(SshPin("bakery", "web1", (OLD,), "jane", make.now))
    for statement in (update(ssh_pin).values(fingerprints=NEW), delete(ssh_pin)):
        with pytest.raises((StoreError, DBAPIError)), as_owner(store) as connection:
            connection.execute(statement)
    assert store.pin("bakery", "web1").fingerprints == (OLD,)


def test_a_pin_without_a_fingerprint_is_refused(store, make):
    with pytest.raises(ValueError, match="says nothing"):
        store.add_pin(SshPin("bakery", "web1", (), "jane", make.now))
