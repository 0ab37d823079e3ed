from __future__ import annotations

from dataclasses import replace

import pytest
from typical_fleet import OTHER, fleet, key, private_on, root_on, shown_by

from checks.keys.cloned_host_key import cloned_host_key
from checks.keys.private_key_opens_host import private_key_opens_host
from checks.keys.shared_key import shared_key
from checks.keys.shared_prime import shared_prime
from checks.keys.shared_with_other_customer import shared_with_other_customer
from posture.sdk import KeyRole, Machine, Outcome, Severity, UnseenKeys

FAIL, PASS, UNSURE, NONE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED, Outcome.NOT_APPLICABLE
HOSTS = tuple(f"web{n}" for n in range(12))
EVERY = (shared_key, shared_with_other_customer, cloned_host_key, private_key_opens_host, shared_prime)


@pytest.mark.parametrize(("count", "severity"), [(4, PASS), (5, None), (9, None), (10, Severity.MEDIUM)])
def test_one_key_for_many_servers_grows_graver(count, severity, only) -> None:
    """An administrator's key on a few own servers passes; from five on it is told, from ten on it is medium."""
    verdict = only(shared_key, fleet(key(*map(root_on, HOSTS[:count])), hosts=HOSTS))
    assert (verdict.outcome if severity is PASS else verdict.severity) is severity


@pytest.mark.parametrize(
    "changes", [{"admin": False}, {"dead": True}, {"options": ("command",)}, {"options": ("from",)}]
)
def test_what_gives_a_thief_little_does_not_count(changes, only) -> None:
    """Lines that sshd ignores, ordinary accounts, and lines tied to a command or to addresses."""
    lines = [root_on(host, **changes) for host in HOSTS]
    assert only(shared_key, fleet(key(*lines), hosts=HOSTS)).outcome is PASS


def test_another_customers_key_is_high_and_names_nobody(only) -> None:
    """The text tells how many others have it."""
    verdict = only(shared_with_other_customer, fleet(key(root_on("web1"), elsewhere=2)))
    assert verdict.outcome is FAIL
    assert verdict.severity is None
    assert "2 other customers of the provider" in verdict.summary
    tied = fleet(key(root_on("web1", options=("command",)), elsewhere=1))
    assert only(shared_with_other_customer, tied).severity is Severity.MEDIUM
    assert only(shared_with_other_customer, fleet(key(root_on("web1")))).outcome is PASS
    assert only(shared_with_other_customer, fleet(key(shown_by("web1"), elsewhere=2))).outcome is NONE


def test_hosts_with_one_key_are_clones_unless_they_are_one_machine(outcomes, judged) -> None:
    """Each clone is a finding; a machine that stands in the inventory twice passes where that can be told."""
    two = fleet(key(shown_by("web1"), shown_by("db1")))
    assert outcomes(cloned_host_key, two) == {"web1": FAIL, "db1": FAIL}
    same = tuple(Machine(host, "web", "the same") for host in two.hosts)
    assert outcomes(cloned_host_key, replace(two, machines=same)) == {"": PASS}
    unknown = tuple(Machine(host, "web", "") for host in two.hosts)
    (first, _) = judged(cloned_host_key, replace(two, machines=unknown))
    assert first.severity is Severity.MEDIUM
    assert "one machine that stands in the inventory twice" in first.summary
    own = fleet(key(shown_by("web1")), key(shown_by("db1"), fingerprint=OTHER))
    assert outcomes(cloned_host_key, own) == {"": PASS}


@pytest.mark.parametrize(
    ("lying", "opened", "severity"),
    [
        ({}, {}, None),
        ({"encrypted": None}, {}, None),
        ({"encrypted": True}, {}, Severity.LOW),
        ({}, {"admin": False, "account": "alex"}, Severity.MEDIUM),
        ({}, {"options": ("command",)}, Severity.MEDIUM),
        ({}, {"options": ("restrict", "from")}, Severity.MEDIUM),
        ({}, {"options": ("restrict", "command", "from")}, Severity.INFO),
        ({}, {"options": ("restrict", "from"), "admin": False}, Severity.INFO),
        ({}, {"place": "/etc/pve/priv/authorized_keys:3"}, Severity.MEDIUM),
        ({"place": "/etc/pve/priv/id_rsa", "encrypted": True}, {}, Severity.LOW),
    ],
)
def test_a_private_key_that_opens_another_host(lying, opened, severity, only) -> None:
    """Both ends are named; root at the other end makes it high, a passphrase low."""
    verdict = only(private_key_opens_host, fleet(key(private_on("web1", **lying), root_on("db1", **opened))))
    assert verdict.outcome is FAIL
    assert verdict.severity is severity
    assert f"{lying.get('place', '/home/deploy/.ssh/id_ed25519')} on web1" in verdict.summary
    assert "@db1" in verdict.summary


def test_a_key_that_was_limited_as_the_fix_says_is_no_finding_any_more(only) -> None:
    """A backup's key for one command of an ordinary account, from one address; another line of it still counts."""
    tied = root_on("db1", account="borg", admin=False, options=("restrict", "command", "from"))
    assert only(private_key_opens_host, fleet(key(private_on("web1"), tied))).outcome is PASS
    both = fleet(key(private_on("web1"), tied, root_on("db1", account="alex", admin=False)))
    verdict = only(private_key_opens_host, both)
    assert (verdict.outcome, verdict.severity) == (FAIL, Severity.MEDIUM)
    assert dict(verdict.details)["targets"] == ("alex@db1",)


@pytest.mark.parametrize(
    ("owner", "account", "outcome"),
    [("deploy", "root", FAIL), ("deploy", "deploy", PASS), ("root", "deploy", PASS)],
)
def test_on_one_host_only_a_step_up_counts(owner, account, outcome, only) -> None:
    """Root's key for one of its own accounts gives root nothing new."""
    both = fleet(key(private_on("web1", account=owner), root_on("web1", account=account)))
    assert only(private_key_opens_host, both).outcome is outcome


@pytest.mark.parametrize("check", EVERY)
def test_a_host_that_was_not_seen_never_passes(check, judged) -> None:
    """Its keys may be the ones in question; the reason names it."""
    gaps = tuple(UnseenKeys("db1", role, "the host is down") for role in KeyRole)
    verdicts = judged(check, fleet(key(root_on("web1")), key(shown_by("web1"), fingerprint=OTHER), unseen=gaps))
    assert {verdict.outcome for verdict in verdicts} == {UNSURE}
    assert "db1: the host is down" in verdicts[0].summary


def test_a_shared_prime_passes_only_where_rsa_keys_were_compared(only) -> None:
    """Without an RSA key there is nothing to compare."""
    assert only(shared_prime, fleet(key(root_on("web1")))).outcome is NONE
    assert only(shared_prime, fleet(key(root_on("web1"), type_="ssh-rsa"))).outcome is PASS
