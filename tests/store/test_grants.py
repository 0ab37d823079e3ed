from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest
from owner import as_owner
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from posture.model.challenge import Challenge
from posture.model.customer import AuthorizationMethod
from posture.model.grant import Grant, Proof
from posture.model.revocation import Revocation
from posture.store import StoreError
from posture.store.database import EVERYONE
from posture.store.schema import challenge, proof, revocation, verified_grant

DNS = AuthorizationMethod.DNS_TXT


def granted(make, customer="bakery", reference="bakery-1", targets=("bakery.example",)):
    proofs = tuple(Proof(one, DNS, make.now, f"TXT at {one}") for one in targets)
    return Grant(
        reference, customer, "Bakery", DNS, "the DNS", make.now, make.now + timedelta(days=90), proofs=proofs,
        recorded_by="jane",
    )  # fmt: skip


def issued(make, customer="bakery", target="bakery.example", token="a" * 43):
    ends = make.now + timedelta(days=14)
    return Challenge("bakery-1", customer, "Bakery", target, DNS, token, make.now, "jane", ends, ends)


def ended(make, customer="bakery", reference="bakery-1"):
    return Revocation(customer, reference, make.now, "jane", "the customer left")


def test_an_authorization_comes_back_with_what_was_proven(store, make):
    """Domains and networks are those of the proofs, and nothing else."""
    store.save_grant(granted(make, targets=("bakery.example", "203.0.113.0/28", "2001:db8::1")))
    kept = store.grant("bakery-1")
    assert kept.domains == ("bakery.example",)
    assert set(kept.networks) == {ip_network("203.0.113.0/28"), ip_network("2001:db8::1")}
    assert (kept.recorded_by, kept.granted_by, len(kept.proofs)) == ("jane", "the DNS", 3)
    assert kept.covers(make.now)
    assert not kept.covers(make.now + timedelta(days=90))
    assert store.grant("bakery") is None


def test_what_is_proven_later_is_added_and_the_first_proof_of_a_target_stays(store, make):
    """What was seen first is what the authorization stands on."""
    store.save_grant(granted(make))
    later = granted(make, targets=("bakery.example", "shop.example"))
    store.save_grant(replace(later, proofs=tuple(replace(p, at=make.now + timedelta(1)) for p in later.proofs)))
    kept = store.grant("bakery-1")
    assert [p.at for p in kept.proofs if p.target == "bakery.example"] == [make.now]
    assert set(kept.domains) == {"bakery.example", "shop.example"}


def test_a_reference_is_one_customers(store, make):
    """Nobody gets what another has proven by naming its reference."""
    store.save_grant(granted(make))
    with pytest.raises(ValueError, match="another customer's"):
        store.save_grant(granted(make, customer="florist", targets=("florist.example",)))
    assert store.grant("bakery-1").domains == ("bakery.example",)
    assert store.grants("florist") == ()


def test_a_revoked_authorization_holds_no_more_and_others_do(store, make):
    """By customer and reference together: the same reference of another customer is another agreement."""
    store.save_grant(granted(make))
    store.save_grant(granted(make, reference="bakery-2"))
    store.save_grant(granted(make, "florist", "florist-1"))
    store.revoke(ended(make, customer="florist"))
    store.revoke(ended(make))
    assert [(g.reference, g.covers(make.now), g.revoked_why) for g in store.grants()] == [
        ("bakery-1", False, "the customer left"),
        ("bakery-2", True, ""),
        ("florist-1", True, ""),
    ]
    assert [g.reference for g in store.grants("florist")] == ["florist-1"]


def test_revocations_are_read_from_where_one_stopped(store, make):
    """A running scan asks for the new ones only; one of the inventory needs no row of its own to be revoked."""
    first = store.revoke(ended(make, reference="MSA-7.1"))
    assert store.revoked_since() == (first,)
    assert store.revoked_since(first.number) == ()
    second = store.revoke(ended(make, customer="florist"))
    assert store.revoked_since(first.number) == (second,)


def test_challenges_are_kept_as_they_were_issued(store, make):
    """What to publish can be shown again."""
    one, other = issued(make), issued(make, "florist", token="b" * 43)
    store.add_challenges([one, other])
    assert store.challenges("bakery") == (one,)
    assert set(store.challenges(reference="bakery-1")) == {one, other}


def test_nothing_of_it_can_be_changed_or_taken_away(store, make):
    """The database itself refuses, whoever asks it."""
    store.save_grant(granted(make))
    store.add_challenges([issued(make)])
    store.revoke(ended(make))
    for table in (challenge, proof, revocation, verified_grant):
        for statement in (update(table).values(customer="florist"), delete(table)):
            with pytest.raises((StoreError, DBAPIError)), as_owner(store) as connection:
                connection.execute(statement)
        with store.database.reading(EVERYONE) as connection:
            row = connection.execute(select(table)).mappings().one()
        with pytest.raises((StoreError, DBAPIError)), as_owner(store) as connection:
            connection.execute(insert(table).prefix_with("OR REPLACE", dialect="sqlite").values(**row))
    assert store.grants()[0].customer == "bakery"
