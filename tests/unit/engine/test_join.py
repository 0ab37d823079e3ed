from __future__ import annotations

from dataclasses import replace

import pytest

from posture.engine.join import join
from posture.facts.network import Login, Vantage
from posture.facts.services import Reach, Service, Services
from posture.facts.unavailable import Unavailable

BLIND = Unavailable("nmap is not installed")
NO_SSH = Unavailable("no SSH access is configured")


def only(services: Services | Unavailable) -> Service:
    assert isinstance(services, Services)
    (service,) = services.services
    return service


def test_a_port_seen_from_both_sides_names_process_and_package(sweep, sockets) -> None:
    """One finding says: this port, this process, this package."""
    service = only(join("198.51.100.2", sweep(6379), sockets(("0.0.0.0", 6379, "redis-server"))))
    assert (service.reach, service.name, service.login) == (Reach.OUTSIDE, "redis", Login.NOT_NEEDED)
    assert service.process is not None
    assert service.process.package == "redis-server"
    assert service.seen == "seen from outside and inside"
    assert [e.source for e in service.evidence] == ["nmap 7.93, from outside", "listening sockets on the host"]


@pytest.mark.parametrize(
    ("address", "reach"),
    [("0.0.0.0", Reach.BLOCKED), ("*", Reach.BLOCKED), ("127.0.0.1", Reach.LOOPBACK), ("::1", Reach.LOOPBACK)],
)
def test_open_inside_but_silent_outside_is_no_exposure(sweep, sockets, address: str, reach: Reach) -> None:
    """A firewall or a loopback bind keeps the service from the internet."""
    service = only(join("198.51.100.2", sweep(), sockets((address, 6379, "redis-server"))))
    assert service.reach is reach
    assert not service.reach.exposed


def test_loopback_on_the_same_machine_is_no_exposure_though_it_answers(sweep, sockets) -> None:
    """A sweep of this machine through loopback sees services that nobody else can reach."""
    seen = sweep(6379, vantage=Vantage.SAME_MACHINE)
    assert only(join("127.0.0.1", seen, sockets(("127.0.0.1", 6379, "redis-server")))).reach is Reach.LOOPBACK


def test_beyond_loopback_on_the_same_machine_is_exposed_and_says_what_was_not_tested(sweep, sockets) -> None:
    """The firewall in front of this machine was not tested; the finding says so."""
    seen = sweep(6379, vantage=Vantage.SAME_MACHINE)
    service = only(join("127.0.0.1", seen, sockets(("0.0.0.0", 6379, "redis-server"))))
    assert service.reach is Reach.SAME_MACHINE
    assert "firewall" in service.seen


def test_one_side_alone_says_which(sweep, sockets) -> None:
    """Where only one side could be seen, the service says so, and the blind side keeps its reason."""
    inside = join("198.51.100.2", BLIND, sockets(("0.0.0.0", 23, "xinetd")))
    assert isinstance(inside, Services)
    assert (only(inside).reach, only(inside).name) == (Reach.LISTENS, "telnet")
    assert inside.blind == "outside: nmap is not installed"
    outside = join("198.51.100.2", sweep(6379), NO_SSH)
    assert only(outside).seen == "seen from outside only"
    both = join("198.51.100.2", BLIND, NO_SSH)
    assert isinstance(both, Unavailable)
    assert "nmap" in both.reason
    assert "SSH" in both.reason


def test_the_subject_is_the_same_whichever_side_was_seen(sweep, sockets) -> None:
    """A night without SSH or without nmap must not make a second finding of the same problem."""
    listening = sockets(("0.0.0.0", 6379, "redis-server"))
    subjects = {
        only(join("198.51.100.2", outside, inside)).subject
        for outside, inside in ((sweep(6379), listening), (sweep(6379), NO_SSH), (BLIND, listening))
    }
    assert subjects == {"198.51.100.2:6379/tcp"}


def test_a_port_without_a_process_is_told_as_forwarded(sweep, sockets) -> None:
    """It answers from outside, and nothing on the host listens: the customer looks at the wrong machine otherwise."""
    assert "forwarded" in only(join("198.51.100.2", sweep(6379), sockets())).seen


def test_of_several_sockets_on_a_port_the_widest_counts(sweep, sockets) -> None:
    """127.0.0.1 and 0.0.0.0 on one port: the wide one is the exposure."""
    listening = sockets(("127.0.0.1", 6379, "redis-server"), ("0.0.0.0", 6379, "redis-server"))
    assert only(join("198.51.100.2", BLIND, listening)).reach is Reach.LISTENS


def test_a_host_that_says_nothing_is_not_taken_for_a_closed_one(sweep, sockets) -> None:
    """Down and firewalled look the same from outside; seen from inside, the host is up and its ports are blocked."""
    silent = replace(sweep(), filtered=65_535)
    nothing = join("198.51.100.2", silent, NO_SSH)
    assert isinstance(nothing, Unavailable)
    assert "down" in nothing.reason
    assert only(join("198.51.100.2", silent, sockets(("0.0.0.0", 6379, "redis-server")))).reach is Reach.BLOCKED
    closed = join("198.51.100.2", replace(sweep(), filtered=65_534), NO_SSH)
    assert isinstance(closed, Services), "one closed port answered: the host is up"
