from dataclasses import replace

import pytest
from typical_ssh import KEY, OWN, TIED, accounts, context, keys, server, with_options

from checks.keys.authorized_key_forwarding import authorized_key_forwarding
from posture.sdk import Outcome, Severity

FAIL, PASS, UNSURE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED
COMMAND = "command=/usr/bin/rrsync"
NO_SOCKETS = {"allowstreamlocalforwarding": "no", "x11forwarding": "no"}


def judged(key, *contexts):
    (verdict,) = (
        verdict
        for verdict in authorized_key_forwarding.judge(keys(key), accounts(), server(*contexts))
        if verdict.subject
    )
    return verdict


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ((COMMAND,), FAIL),
        ((COMMAND, "no-pty"), FAIL),
        (("restrict", COMMAND), PASS),
        ((COMMAND, "restrict"), PASS),
        ((COMMAND, "no-port-forwarding", "no-x11-forwarding"), PASS),
        (("restrict", "pty", COMMAND), PASS),
        (("restrict", "port-forwarding", COMMAND), FAIL),
        (("port-forwarding", "restrict", COMMAND), PASS),
        (("no-port-forwarding", COMMAND), FAIL),  # X11
    ],
)
def test_options_count_from_left_to_right(options, outcome) -> None:
    """restrict takes back what stood before it, and what stands behind it comes back."""
    assert judged(with_options(KEY, *options)).outcome is outcome


@pytest.mark.parametrize(
    ("settings", "severity"),
    [
        ({}, Severity.MEDIUM),
        ({"disableforwarding": "yes"}, None),
        ({"allowtcpforwarding": "no"}, Severity.LOW),  # sockets and X11
        ({"allowtcpforwarding": "no", **NO_SOCKETS}, None),
        ({"allowtcpforwarding": "local", **NO_SOCKETS}, Severity.MEDIUM),
        ({"allowtcpforwarding": "remote", **NO_SOCKETS}, Severity.LOW),
        ({"allowtcpforwarding": "no", **NO_SOCKETS, "permittunnel": "point-to-point"}, Severity.MEDIUM),
        ({"permitopen": "127.0.0.1:3306", "permitlisten": "none", **NO_SOCKETS}, None),
        ({"permitopen": "none", **NO_SOCKETS}, Severity.LOW),  # ports on the server
    ],
)
def test_the_server_may_stop_it(settings, severity) -> None:
    """The line alone says nothing: what sshd lets it do counts."""
    verdict = judged(TIED, context(**settings))
    assert (verdict.outcome, verdict.severity) == ((FAIL, severity) if severity else (PASS, None))


def test_a_list_of_destinations_is_a_limit_and_sockets_are_not_in_it() -> None:
    """permitopen= and permitlisten= leave only what they name; sockets of local programs are beside them."""
    listed = with_options(KEY, COMMAND, "permitopen=127.0.0.1:3306", "permitlisten=8080")
    assert judged(listed, context(**NO_SOCKETS)).outcome is PASS
    verdict = judged(listed, context(x11forwarding="no"))
    assert (verdict.outcome, verdict.severity) == (FAIL, Severity.LOW)
    assert verdict.summary.endswith("sockets of programs on the server")


def test_a_command_of_the_server_counts_like_the_lines() -> None:
    """File transfer only, says the provider, and the customer's key reaches the database."""
    verdict = judged(OWN, context("alex", forcecommand="internal-sftp -u 027"))
    assert verdict.outcome is FAIL
    assert dict(verdict.details)["forced_by_server"] is True
    assert dict(verdict.details)["command"] == "internal-sftp"


def test_one_way_in_is_enough() -> None:
    """Forwarding is off for the internet, and on for one network."""
    inside = context(origin="10.0.0.0/8")
    verdict = judged(TIED, context(disableforwarding="yes"), inside)
    assert verdict.outcome is FAIL
    assert [one.source for one in verdict.evidence][1:] == ["sshd -T -C user=root, from 10.0.0.0/8"]


def test_keys_with_a_shell_ask_nothing(only) -> None:
    """Who has a shell can forward anyway."""
    assert only(authorized_key_forwarding, keys(KEY), accounts(), server()).outcome is Outcome.NOT_APPLICABLE


def test_the_line_to_install_begins_with_restrict() -> None:
    """Not where an option behind it would switch forwarding on again."""
    assert str(dict(judged(TIED).details)["new_line"]).startswith('restrict,command="/usr/bin/rrsync" ssh-ed25519 ')
    again = dict(judged(with_options(KEY, "restrict", "port-forwarding", COMMAND)).details)
    assert (again["again"], again["new_line"]) == (True, "")


def test_what_is_not_known_never_passes() -> None:
    """sshd did not say what holds for the account, or decides by groups."""
    assert judged(TIED, context("alex")).outcome is UNSURE
    assert judged(TIED, context(allowgroups="admins")).outcome is UNSURE
    refused = judged(TIED, context(permitrootlogin="no"))
    assert refused.outcome is PASS
    some = authorized_key_forwarding.judge(keys(replace(TIED), accounts_unread=("kim",)), accounts(), server())
    assert [verdict.outcome for verdict in some] == [FAIL, UNSURE]
