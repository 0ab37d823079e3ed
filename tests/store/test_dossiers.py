from __future__ import annotations

import pytest
from owner import as_owner
from sqlalchemy import text

from posture.model.action import Action
from posture.store.dossiers import _places


@pytest.mark.parametrize(
    ("address", "resource", "subject", "targets", "others"),
    [
        ("198.51.100.2", "web1", "", ["198.51.100.2 port 6379/tcp", "198.51.100.2"],
         ["198.51.100.20 port 22/tcp", "198.51.100.21", "1.198.51.100.2", "198.51.100.2.example"]),
        ("2001:db8::7", "web1", "", ["2001:db8::7 ports 1-1024", "[2001:db8::7]:22"],
         ["2001:db8::7:1 port 22/tcp", "2001:db8::77", "1:2001:db8::7"]),
        ("web1.bakery.example", "web1", "198.51.100.2:443/tcp", ["198.51.100.2 port 443/tcp", "WEB1.bakery.example"],
         ["old-web1.bakery.example", "web1.bakery.example.org"]),
        ("", "bakery.example", "", ["bakery.example", "bakery.example."], ["x.bakery.example", "bakery.example.org"]),
        ("", "bakery.example", "[2001:db8::25]:25/tcp", ["2001:db8::25 port 25/tcp"], ["2001:db8::2 port 25/tcp"]),
        ("", "111122223333", "root", ["111122223333"], ["1111222233334"]),
    ],
    ids=["IPv4", "IPv6", "name", "domain", "mail server", "account"],
)  # fmt: skip
def test_contacts_of_a_resource_are_told_from_those_of_its_neighbours(
    make, address, resource, subject, targets, others
):
    """Also where one address is the beginning of another."""
    places = _places(make.finding(resource=resource, subject=subject), address)
    assert [target for target in targets if places.search(target)] == targets
    assert [target for target in others if places.search(target)] == []


def actions(store, make, *targets: str, run: str = "run-1", customer: str = "bakery") -> None:
    for target in targets:
        store.record(Action(make.now, run, customer, "MSA-7.1", "tcp connect", "192.0.2.10", target, "ok"))


def test_the_extract_is_tied_to_a_log_that_others_share(store, make):
    """Each entry has the hash of the one before it, whosever that is; a host's are not lost among its neighbours'."""
    actions(store, make, "203.0.113.9 port 22/tcp", customer="cafe")
    actions(store, make, "198.51.100.2 port 22/tcp")
    actions(store, make, *(f"198.51.100.{n} port 22/tcp" for n in range(20, 40)))
    actions(store, make, "198.51.100.2 port 80/tcp", run="run-2")
    found = store.logged("bakery", "run-1", lambda action: action.target.startswith("198.51.100.2 "), 1)
    (one,) = found
    assert (one.entry, one.holds) == (2, True)
    whole = store.logged("bakery", "run-1", lambda _: True, 100)
    assert [later.before for later in whole[1:]] == [earlier.hash for earlier in whole[:-1]]
    (first,) = store.logged("cafe", "run-1", lambda _: True, 100)
    assert (first.entry, first.before, first.holds) == (1, "0" * 64, True)
    assert one.before == first.hash


def test_a_log_that_was_changed_is_told_in_the_dossier(store, make):
    """Whoever gets the evidence must know that its log is no evidence."""
    make.audit(store, 1, [make.customer()], "198.51.100.2:6379/tcp")
    finding = next(iter(store.findings("bakery")))
    actions(store, make, "198.51.100.2 port 22/tcp", run=finding.last_run)
    assert store.dossier(finding, make.policy()).log_fault == ""
    triggers = {
        "sqlite": ["DROP TRIGGER scan_action_no_update"],
        "postgresql": ["ALTER TABLE scan_action DISABLE TRIGGER USER"],
    }[store.database.engine.dialect.name]
    with as_owner(store) as connection:
        for statement in (*triggers, "UPDATE scan_action SET result = 'nothing'"):
            connection.execute(text(statement))
    assert "entry 1" in store.dossier(finding, make.policy()).log_fault
