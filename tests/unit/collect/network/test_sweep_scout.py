"""The first look, and what follows from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.collect.network.confirm import protocols
from posture.collect.network.nmap_report import Report, ReportedPort
from posture.collect.network.sweep.notation import numbers, written
from posture.collect.network.sweep.scout import RANDOM_PORTS, Behaviour, classify, doubt, scout

LOOK = scout("run-1")
PICKED = sorted(LOOK.at_random)
MATTER = sorted(numbers(LOOK.ports) - LOOK.at_random)


def seen(opened=(), closed=(), silent=(), refused=0, *, up=True) -> Report:
    ports = tuple(map(ReportedPort, opened))
    return Report(True, up, ports, len(silent) + refused, "nmap", written(closed), written(silent))


@pytest.mark.parametrize(
    ("report", "behaviour"),
    [
        (seen(silent=[*MATTER, *PICKED]), Behaviour.DARK),
        (seen(up=False), Behaviour.DARK),
        (seen([22], silent=[*MATTER[1:], *PICKED]), Behaviour.DROPPING),
        (seen(closed=[443], silent=PICKED), Behaviour.DROPPING),
        (seen(silent=MATTER, refused=RANDOM_PORTS), Behaviour.DROPPING),  # a firewall that says so by ICMP
        (seen([22], closed=[*MATTER[1:], *PICKED]), Behaviour.USUAL),
        (seen([22, PICKED[0]], closed=PICKED[4:], silent=PICKED[1:4]), Behaviour.USUAL),  # some packets were lost
        (seen(closed=PICKED[:20], silent=PICKED[20:]), Behaviour.DROPPING),
        (seen([*MATTER, *PICKED]), Behaviour.TARPIT),
        (seen([*MATTER, *PICKED[4:]], silent=PICKED[:4]), Behaviour.TARPIT),
        (seen([*MATTER, *PICKED[:40]], closed=PICKED[40:]), Behaviour.DROPPING),
    ],
)
def test_a_host_is_known_by_what_it_does_with_ports_nobody_uses(report, behaviour):
    """Silence on all, on most, a refusal, or a connection."""
    assert classify(report, LOOK.at_random) is behaviour


def test_silence_is_asked_again_where_that_tells_something():
    """A lost packet is asked for again; a host that never said anything is not asked 65,535 times more."""
    assert [kind.retries for kind in (Behaviour.DARK, Behaviour.DROPPING, Behaviour.USUAL)] == [0, 1, 2]


def test_the_doubt_says_what_was_tried():
    report = seen(PICKED[:45])
    assert doubt(report, LOOK.at_random).startswith("45 of 48 ports picked at random accept connections: a tarpit")


@given(run=st.text(max_size=20), more=st.frozensets(st.integers(1, 65_535), max_size=50))
def test_first_look_and_rest_are_all_ports_once(run, more):
    """Whatever else matters, and the random ports are none of those that matter."""
    look = scout(run, more)
    first, rest = numbers(look.ports), numbers(look.rest)
    assert not first & rest
    assert len(first) + len(rest) == 65_535
    assert more <= first
    assert len(look.at_random) == RANDOM_PORTS
    assert not look.at_random & more


def test_all_hosts_of_a_run_get_the_same_first_look_and_each_run_another():
    """The same, so that they share a process; another, so that nobody prepares for it."""
    assert scout("run-1") == LOOK
    assert scout("run-2").at_random != LOOK.at_random


def test_every_protocol_that_can_be_confirmed_is_in_the_first_look():
    usual = {port for protocol in protocols() for port in (*protocol.ports, *protocol.tls_ports)}
    assert usual <= set(MATTER)
    assert {22, 80, 443, 3389, 6379, 27017} <= set(MATTER)
