from dataclasses import replace

import pytest

from checks.mfa.ssh_password_login import ssh_password_login
from checks.mfa.ssh_root_login import ssh_root_login
from posture.sdk import Outcome, Severity

OFFICE = {"origin": "10.0.0.0/8", "address": "10.0.0.1"}
KEYS_ONLY = {"passwordauthentication": "no"}


def test_a_password_from_the_office_only_is_medium_and_says_so(context, server, accounts, account, only) -> None:
    """What a Match block allows some addresses is told with them, and is less than the internet's."""
    ways = server(context(**KEYS_ONLY), replace(context(), **OFFICE))
    verdict = only(ssh_password_login, ways, accounts(account()))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, Severity.MEDIUM)
    assert "from 10.0.0.0/8" in verdict.summary
    assert "addr=10.0.0.1" in verdict.evidence[0].source


def test_the_internet_comes_first(context, server, accounts, account, only) -> None:
    """A password from anywhere is told as that, whatever else a Match block says."""
    ways = server(context(), replace(context(), **OFFICE))
    verdict = only(ssh_password_login, ways, accounts(account()))
    assert (verdict.severity, "from" in verdict.summary) == (None, False)


def test_a_second_port_counts(context, server, accounts, account, only) -> None:
    """A port on which passwords are taken is not hidden by one on which they are not."""
    ways = server(replace(context(**KEYS_ONLY), port=22), replace(context(), port=2222))
    verdict = only(ssh_password_login, ways, accounts(account()))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, None)
    assert "on port 2222" in verdict.summary


def test_all_ways_closed_pass(context, server, accounts, account, only) -> None:
    """Settings that differ only in what lets nobody in are a pass."""
    ways = server(context(**KEYS_ONLY), replace(context(**KEYS_ONLY), **OFFICE))
    assert only(ssh_password_login, ways, accounts(account())).outcome is Outcome.PASS


def test_ways_not_asked_about_are_no_pass(context, server, accounts, account, outcomes) -> None:
    """A Match line by host name was not tried: the rest passes, and that is told."""
    found = outcomes(
        ssh_password_login, server(context(**KEYS_ONLY), unasked="Match Host *.example"), accounts(account())
    )
    assert found == {"alex": Outcome.PASS, "": Outcome.NOT_ASSESSED}


@pytest.mark.parametrize(("password", "severity"), [("yes", Severity.MEDIUM), ("no", Severity.LOW)])
def test_root_from_chosen_addresses_is_one_step_less(
    password, severity, root, context, server, accounts, keys, key, only
) -> None:
    """Root is let in from the office: medium with a password, low with a key."""
    closed = context(user="root", permitrootlogin="no")
    office = replace(context(user="root", permitrootlogin="yes", passwordauthentication=password), **OFFICE)
    verdict = only(ssh_root_login, server(closed, office), accounts(root()), keys(key(account="root", uid=0)))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, severity)
    assert "from 10.0.0.0/8" in verdict.summary


@pytest.mark.parametrize(
    ("allowed", "dns", "origin", "sample"),
    [
        ("alex@10.*", "no", "10.*", "10.1.1.1"),
        ("a*@10.20.?.*", "no", "10.20.?.*", "10.20.1.1"),
        ("alex@!198.51.100.1,198.51.100.0/24", "no", "198.51.100.0/24", "198.51.100.128"),
        ("alex@198.51.100.0/24", "no", "198.51.100.0/24", "198.51.100.1"),
        ("alex@2001:db8:5:*", "no", "2001:db8:5:*", "2001:db8:5::1"),
        ("alex@198.51.100.7", "no", "198.51.100.7", "198.51.100.7"),
        ("alex@*.example.com", "yes", "*.example.com", "203.0.113.1"),
        ("alex@*.example.com", "no", "", ""),
        ("kim@10.*", "no", "", ""),
    ],
)
def test_addresses_of_allow_users_are_ways_in(
    allowed, dns, origin, sample, context, server, accounts, account, only
) -> None:
    """A password from there is medium, as by Match Address; names count where sshd looks them up."""
    ways = server(context("alex", ("allowusers", "root"), ("allowusers", allowed), usedns=dns))
    verdict = only(ssh_password_login, ways, accounts(account()))
    if not origin:
        assert verdict.outcome is Outcome.PASS
        return
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, Severity.MEDIUM)
    assert f"from {origin}" in verdict.summary
    assert dict(verdict.details)["sample"].startswith(f"addr={sample},")


@pytest.mark.parametrize(("allowed", "outcome"), [("alex@10.1.*", Outcome.PASS), ("alex@10.*", Outcome.FAIL)])
def test_a_match_line_that_covers_the_addresses_decides(
    allowed, outcome, context, server, accounts, account, only
) -> None:
    """What holds for the addresses of AllowUsers is what the narrowest Match line around them says."""
    line = ("allowusers", allowed)
    around = replace(context("alex", line, **KEYS_ONLY), origin="10.1.0.0/16", address="10.1.0.1")
    ways = server(context("alex", line), around, replace(context("alex", line), origin="10.0.0.0/8"))
    assert only(ssh_password_login, ways, accounts(account())).outcome is outcome
