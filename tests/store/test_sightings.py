"""Keys across hosts and customers, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from posture.model.sighting import KeyGap, KeyRole, KeySighting, KeysSeen

ALICE = KeySighting(KeyRole.AUTHORIZED, "SHA256:alice", "ssh-ed25519", 256, "root", "/root/.ssh/authorized_keys:1")
FILE = KeySighting(KeyRole.PRIVATE, "SHA256:file", "ssh-ed25519", 256, "root", "/root/.ssh/id_ed25519")
HOST = KeySighting(KeyRole.HOST, "SHA256:host", "ssh-rsa", 3072, "", "/etc/ssh/ssh_host_rsa_key.pub", modulus="23")


class Night:
    """Runs in which each host shows the keys that are given for it."""

    def __init__(self, store, make):
        self.store, self.make, self.number = store, make, 0

    def run(self, keys, *, days=0):
        """Customer -> what is known of the keys of all his hosts as he is finished."""
        self.number += 1
        run = self.make.run(self.number)
        run = replace(run, started=run.started + timedelta(days=days))
        work = [(self.make.customer(name, tuple(hosts)), tuple(hosts)) for name, hosts in keys.items()]
        self.store.start_run(run, "plan", work, run.started)
        seen = {}
        while unit := self.store.claim(run.id, "w", self.make.lease, run.started):
            if unit.resource:
                result = replace(self.make.result(unit.resource), keys=keys[unit.customer][unit.resource])
                self.store.commit(unit, result, self.make.nothing, run.started)
            else:
                seen[unit.customer] = self.store.fleet(unit)
                self.store.finish(unit, self.make.nothing, run.started)
        return seen


@pytest.fixture
def night(store, make):
    return Night(store, make)


def saw(*keys):
    return KeysSeen(keys, ())


def blind(*roles):
    return KeysSeen((), tuple(KeyGap(role, "the host is down", whole=True) for role in roles))


def test_others_are_counted_in_the_very_first_run_whoever_is_finished_first(night):
    """Customers, not hosts; and a host key counts for itself."""
    keys = {
        "a": {"h": saw(ALICE)},
        "b": {"h": saw(ALICE), "i": saw(ALICE)},
        "c": {"h": saw(replace(HOST, fingerprint=ALICE.fingerprint))},
    }
    seen = night.run(keys)
    assert {name: look.elsewhere for name, look in seen.items()} == {
        "a": (("SHA256:alice", False, 1), ("SHA256:alice", True, 1)),
        "b": (("SHA256:alice", False, 1), ("SHA256:alice", True, 1)),
        "c": (("SHA256:alice", False, 2),),
    }


def test_what_could_not_be_looked_at_stays_as_it_was_seen_before(night):
    """By role: a host that is down keeps all its keys, one that tells no private keys keeps those."""
    night.run({"a": {"h": saw(ALICE, FILE)}})
    (look,) = night.run({"a": {"h": blind(*KeyRole)}})["a"].looks
    assert set(look.seen.sightings) == {ALICE, FILE}
    (look,) = night.run({"a": {"h": blind(KeyRole.PRIVATE)}})["a"].looks
    assert look.seen.sightings == (FILE,)
    (look,) = night.run({"a": {"h": saw()}})["a"].looks
    assert look.seen.sightings == ()


def test_a_host_that_left_the_inventory_takes_its_keys_along(night, store):
    """Neither its customer nor others are told of them any more."""
    night.run({"a": {"h": saw(ALICE), "i": saw(FILE)}, "b": {"h": saw(FILE)}})
    assert [key.fingerprint for key in store.shared_keys()] == ["SHA256:file"]
    seen = night.run({"a": {"h": saw(ALICE)}, "b": {"h": saw(FILE)}})
    assert [look.resource for look in seen["a"].looks] == ["h"]
    assert seen["b"].elsewhere == ()
    assert store.shared_keys() == ()


def test_a_customer_who_left_counts_for_ninety_days(night):
    """Nobody looks at his hosts again."""
    night.run({"a": {"h": saw(ALICE)}, "b": {"h": saw(ALICE)}})
    assert night.run({"a": {"h": saw(ALICE)}}, days=80)["a"].elsewhere
    assert not night.run({"a": {"h": saw(ALICE)}}, days=100)["a"].elsewhere


def test_a_role_that_nobody_sees_any_more_counts_for_ninety_days(night):
    """Its keys stay with the customer; what is seen of the same host counts on, and so does what is seen again."""
    night.run({"a": {"h": saw(ALICE, FILE)}, "b": {"h": saw(ALICE, FILE)}})
    partly = replace(blind(KeyRole.PRIVATE), sightings=(ALICE,))

    def elsewhere(keys, days):
        seen = night.run({"a": {"h": keys}}, days=days)
        return [one for one, _, _ in night.run({"b": {"h": saw(ALICE, FILE)}}, days=days)["b"].elsewhere], seen["a"]

    both = [ALICE.fingerprint, FILE.fingerprint]
    assert elsewhere(partly, 40)[0] == both
    assert elsewhere(blind(*KeyRole), 60)[0] == both
    assert elsewhere(partly, 80)[0] == both
    told, own = elsewhere(partly, 100)
    assert told == [ALICE.fingerprint]
    assert set(own.looks[0].seen.sightings) == {ALICE, FILE}
    assert elsewhere(saw(ALICE, FILE), 110)[0] == both


def test_an_older_run_that_comes_home_late_changes_no_key(store, make):
    """What a newer run saw of the host stays."""
    runs = [make.run(number) for number in (1, 2)]
    for run in runs:
        store.start_run(run, f"plan {run.id}", [(make.customer("a", ("h",)), ("h",))], run.started)
    for run, keys in ((runs[1], saw(ALICE)), (runs[0], saw(FILE))):
        unit = store.claim(run.id, "w", make.lease, run.started)
        store.commit(unit, replace(make.result("h"), keys=keys), make.nothing, run.started)
    (look,) = store.fleet(store.claim(runs[0].id, "w", make.lease, runs[0].started)).looks
    assert look.seen.sightings == (ALICE,)
    assert look.current


def test_moduli_are_held_against_all_others_once(night, store):
    """A prime that two customers' keys share is told to both, without names; nothing is compared twice."""
    asked = []

    def shared(new, known):
        asked.append((dict(new), dict(known)))
        return {"SHA256:host": ("SHA256:peer",), "SHA256:peer": ("SHA256:host",)} if "SHA256:peer" in new else {}

    night.run({"a": {"h": saw(HOST)}})
    store.judge_moduli(shared)
    peer = replace(HOST, fingerprint="SHA256:peer", modulus="4d")
    keys = {"a": {"h": saw(HOST)}, "b": {"h": saw(peer)}}
    night.run(keys)
    store.judge_moduli(shared)
    store.judge_moduli(shared)
    assert asked == [({"SHA256:host": 0x23}, {}), ({"SHA256:peer": 0x4D}, {"SHA256:host": 0x23})]
    seen = night.run(keys)
    assert seen["a"].primes == (("SHA256:host", (), True),)
    assert seen["b"].primes == (("SHA256:peer", (), True),)


def test_the_provider_is_told_who_shares_a_key(night, store):
    """With the places on either side."""
    night.run({"a": {"h": saw(ALICE)}, "b": {"i": saw(ALICE, FILE)}})
    (key,) = store.shared_keys()
    assert (key.fingerprint, key.host_key, key.customers) == ("SHA256:alice", False, 2)
    assert key.places == (("a", "h", ALICE), ("b", "i", ALICE))
