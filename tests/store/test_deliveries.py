"""Who got which report: never twice, and nobody forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from posture.model.delivery import DeliveryKey, DeliveryState
from posture.store import StoreError
from posture.store.deliveries import LEASE


@pytest.fixture
def key(store, make):
    run = make.run()
    store.start_run(run, "digest", [(make.customer(), ["web1"])], make.now)
    return DeliveryKey(make.customer().id, run.id, "smtp", "it@bakery.example")


def test_only_one_process_gets_a_delivery(store, make, key):
    """Two nights that overlap send one mail."""
    assert store.claim_delivery(key, make.now).attempts == 1
    assert store.claim_delivery(key, make.now) is None


def test_what_was_sent_is_never_handed_out_again(store, make, key):
    """Not by the next night, and not when somebody asks for what failed."""
    claimed = store.claim_delivery(key, make.now)
    store.save_delivery(replace(claimed, state=DeliveryState.SENT, digest="ab", note="250 taken"))
    assert store.free_deliveries(key.customer, key.run, make.now) == 0
    assert store.claim_delivery(key, make.now + timedelta(days=30)) is None
    assert store.last_sent(key.customer, "smtp", "it@bakery.example") == make.now
    assert store.last_sent(key.customer, "smtp", "other@bakery.example") is None


def test_a_claim_whose_process_died_is_free_after_its_lease(store, make, key):
    """Nothing had left yet, so nothing can arrive twice; and the customer is not forgotten."""
    store.claim_delivery(key, make.now)
    assert store.claim_delivery(key, make.now + LEASE) is None
    assert store.claim_delivery(key, make.now + LEASE + timedelta(seconds=1)).attempts == 2


def test_what_may_have_arrived_waits_for_somebody_to_decide(store, make, key):
    """The process died between the last byte and the other side's answer."""
    claimed = store.claim_delivery(key, make.now)
    store.save_delivery(replace(claimed, state=DeliveryState.SENDING))
    assert store.claim_delivery(key, make.now + timedelta(days=1)) is None
    assert store.free_deliveries(key.customer, key.run, make.now) == 1
    assert store.claim_delivery(key, make.now).attempts == 1


def test_a_delivery_is_tried_again_when_its_time_has_come(store, make, key):
    """Not before: the other side asked for patience."""
    claimed = store.claim_delivery(key, make.now)
    later = make.now + timedelta(minutes=5)
    store.save_delivery(replace(claimed, state=DeliveryState.WAITING, next_try=later, note="451 later\x1b[31m"))
    assert store.claim_delivery(key, later - timedelta(seconds=1)) is None
    assert store.claim_delivery(key, later).attempts == 2
    (kept,) = store.deliveries(key.customer)
    assert kept.state is DeliveryState.CLAIMED
    assert store.deliveries("somebody-else") == ()


def test_a_delivery_is_of_a_run_that_the_customer_has(store, make, key):
    """No row can point at another customer's run."""
    with pytest.raises((StoreError, IntegrityError)):
        store.claim_delivery(replace(key, customer="stranger"), make.now)
