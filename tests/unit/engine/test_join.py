from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.exposure.redis_no_auth import redis_no_auth
from posture.engine.join import join
from posture.engine.judge import judge
from posture.engine.lifecycle import Observation
from posture.facts.network import Login, OpenPort, PortSweep, Transcript, Vantage
from posture.facts.services import Reach, Service, Services
from posture.facts.unavailable import Unavailable
from posture.model.finding import Finding, System
from posture.model.resource import Resource, ResourceKind
from posture.model.verdict import Outcome

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


def test_a_listener_on_a_port_that_this_night_left_out_is_not_called_blocked(sweep, sockets) -> None:
    """That nothing was open there some nights ago says nothing of what listens there now."""
    night = replace(sweep(22), tried="1-4681,6379")
    listening = sockets(("0.0.0.0", 22, "sshd"), ("0.0.0.0", 6379, "redis-server"), ("0.0.0.0", 50_000, "redis-server"))
    ssh, tried, left_out = join("198.51.100.2", night, listening).services
    assert [ssh.reach, tried.reach, left_out.reach] == [Reach.OUTSIDE, Reach.BLOCKED, Reach.LISTENS]
    assert "not looked at from outside this time" in left_out.login_reason
    assert "not tested" in left_out.seen


def test_a_listener_on_a_port_that_a_stopped_sweep_left_out_is_not_called_blocked(sweep, sockets) -> None:
    stopped = replace(sweep(22), ports="1-1024", incomplete="the time was over")
    (_, left_out) = join("198.51.100.2", stopped, sockets(("*", 22, "sshd"), ("*", 6379, "redis-server"))).services
    assert left_out.reach is Reach.LISTENS


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
    """Down, firewalled and banned look the same from outside, also when the host was seen from inside."""
    silent = replace(sweep(), filtered=65_535)
    nothing = join("198.51.100.2", silent, NO_SSH)
    assert isinstance(nothing, Unavailable)
    assert "down" in nothing.reason
    listening = sockets(("0.0.0.0", 6379, "redis-server"))
    untried = join("198.51.100.2", silent, listening)
    assert only(untried).reach is Reach.LISTENS
    assert "down" in only(untried).login_reason
    assert isinstance(untried, Services)
    assert untried.blind.startswith("outside: ")
    closed = join("198.51.100.2", replace(sweep(), filtered=65_534), NO_SSH)
    assert isinstance(closed, Services), "one closed port answered: the host is up"


def test_a_sweep_that_missed_the_port_the_host_was_read_through_is_not_believed(sweep, sockets) -> None:
    """Whoever was let in over SSH and finds no port open was stopped on the way; with SSH open the rest is blocked."""
    listening = sockets(("0.0.0.0", 22, "sshd"), ("0.0.0.0", 6379, "redis-server"))
    stopped = join("198.51.100.2", replace(sweep(), filtered=60_000), listening)
    assert {s.reach for s in stopped.services} == {Reach.LISTENS}
    assert "60,000" in stopped.services[0].login_reason
    firewalled = join("198.51.100.2", replace(sweep(22), filtered=65_534), listening)
    assert [s.reach for s in firewalled.services] == [Reach.OUTSIDE, Reach.BLOCKED]


@pytest.mark.parametrize("address", ["198.51.100.3", "2001:db8::5"])
def test_an_own_address_that_was_not_swept_is_not_blocked(sweep, sockets, address: str) -> None:
    """Nobody knocked there, so nothing is known of it; the address that was swept keeps its own service."""
    listening = sockets(("198.51.100.2", 6379, "redis-server"), (address, 6379, "redis-server"))
    here, there = join("web1.example", sweep(22), listening).services[1:]
    assert (here.subject, here.reach) == ("web1.example:6379/tcp", Reach.BLOCKED)
    assert (there.address, there.reach) == (address, Reach.LISTENS)
    assert address in there.login_reason


@pytest.mark.parametrize(("host", "other"), [("198.51.100.2", "::"), ("2001:db8::5", "0.0.0.0")])
def test_a_listener_of_the_other_family_alone_is_not_blocked(sweep, sockets, host, other) -> None:
    """ss prints [::] for a socket that takes IPv6 alone: a look at an IPv4 address says nothing of it."""
    seen = replace(sweep(22), address=host)
    (other_family,) = [s for s in join(host, seen, sockets((other, 6379, "redis-server"))).services if s.port == 6379]
    assert (other_family.address, other_family.reach) == (other, Reach.LISTENS)
    assert "addresses were not looked at" in other_family.login_reason
    dual = join(host, seen, sockets(("*", 6379, "redis-server"))).at(6379)
    assert dual.reach is Reach.BLOCKED


def test_a_program_with_a_socket_for_each_family_is_one_service(sweep, sockets) -> None:
    """nginx holds both in one process, docker-proxy in two: what the swept family shows counts for the service."""
    both = sockets(("0.0.0.0", 6379, "docker-proxy"), ("::", 6379, "docker-proxy"))
    second = replace(both.sockets[1], process=replace(both.sockets[1].process, pid=999))
    two = replace(both, sockets=(both.sockets[0], second))
    assert only(join("198.51.100.2", sweep(), two)).reach is Reach.BLOCKED
    assert only(join("198.51.100.2", sweep(6379), two)).reach is Reach.OUTSIDE


def test_the_order_of_sockets_does_not_hide_an_address_that_was_not_swept(sweep, sockets) -> None:
    """Both listen, in whichever order ss tells it."""
    both = [("198.51.100.2", 6379, "redis-server"), ("198.51.100.3", 6379, "redis-server")]
    for listening in (sockets(*both), sockets(*reversed(both))):
        joined = join("198.51.100.2", sweep(6379), listening)
        assert [s.reach for s in joined.services] == [Reach.OUTSIDE, Reach.LISTENS]


def test_a_private_address_is_reached_through_the_public_one(sweep, sockets) -> None:
    """Behind NAT the process listens on 10.0.0.4: it is what answers, or what does not, at the public address."""
    listening = sockets(("10.0.0.4", 6379, "redis-server"))
    answered = only(join("web1.example", sweep(6379), listening))
    assert (answered.reach, answered.process.name) == (Reach.OUTSIDE, "redis-server")
    assert [s.reach for s in join("web1.example", sweep(22), listening).services] == [Reach.OUTSIDE, Reach.BLOCKED]
    inside_out = join("10.0.0.9", replace(sweep(22), address="10.0.0.9"), listening)
    assert inside_out.services[1].reach is Reach.LISTENS, "between private networks 10.0.0.4 is an address like others"


ADDRESSES = ("0.0.0.0", "::", "*", "127.0.0.1", "::1", "198.51.100.2", "10.0.0.4", "198.51.100.3", "2001:db8::5")


@pytest.mark.parametrize("host", ["198.51.100.2", "web1.example"])
@given(
    listening=st.lists(st.tuples(st.sampled_from(ADDRESSES), st.sampled_from([22, 23, 5432, 6379])), max_size=6),
    answering=st.sets(st.sampled_from([22, 23, 5432, 6379]), min_size=1),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_both_sides_see_is_called_the_same_by_either_alone(sweep, sockets, host, listening, answering) -> None:
    """A night without nmap or without SSH must not make a second finding, nor lose the first."""
    if host == "web1.example":  # which of its addresses would be swept is not known without the sweep
        listening = [one for one in listening if one[0] not in {"::", *ADDRESSES[-2:]}]
    inside = sockets(*((address, port, "xinetd") for address, port in listening))
    outside = sweep(*sorted(answering))
    both = {s.subject for s in join(host, outside, inside).services}
    from_outside = {s.subject for s in join(host, outside, NO_SSH).services}
    from_inside = {s.subject for s in join(host, BLIND, inside).services}
    assert both == from_outside | from_inside
    assert len(both) == len(join(host, outside, inside).services), "one service a subject"


def test_its_own_machine_is_looked_at_once_a_port(sweep, sockets) -> None:
    """Redis on 127.0.0.1 and on the network address is exposed, and has one name with and without nmap."""
    here = sweep(6379, vantage=Vantage.SAME_MACHINE)
    here = replace(here, address="127.0.0.1")
    listening = sockets(("127.0.0.1", 6379, "redis-server"), ("198.51.100.2", 6379, "redis-server"))
    assert only(join("127.0.0.1", here, listening)).reach is Reach.SAME_MACHINE
    assert only(join("127.0.0.1", here, listening)).subject == only(join("127.0.0.1", BLIND, listening)).subject


def test_further_addresses_of_the_name_are_told(sweep) -> None:
    """They are the customer's, and nobody looked."""
    joined = join("web1.example", replace(sweep(22), others=("198.51.100.3", "2001:db8::5")), NO_SSH)
    assert isinstance(joined, Services)
    assert joined.unseen.startswith("2 more addresses of web1.example were not looked at (198.51.100.3, 2001:db8::5)")
    assert join("web1.example", sweep(22), NO_SSH).unseen == ""


def test_udp_of_a_known_service_is_told_as_untried(sweep, sockets) -> None:
    """Memcached's UDP is what floods are made with; what speaks no known protocol, or to loopback only, is left out."""
    listening = sockets(
        ("0.0.0.0", 11211, "memcached"), ("127.0.0.1", 11212, "memcached"), ("0.0.0.0", 5000, "own-program"),
    )  # fmt: skip
    udp = replace(listening, sockets=tuple(replace(s, protocol="udp") for s in listening.sockets))
    service = only(join("198.51.100.2", sweep(), udp))
    assert (service.subject, service.name, service.reach) == ("198.51.100.2:11211/udp", "memcached", Reach.LISTENS)
    assert service.login_reason == "UDP was not tried"
    assert service.login is Login.UNKNOWN


def test_a_port_number_alone_is_no_telnet(sweep, sockets) -> None:
    """A silent port 23 may be telnet, and no more; known to be held by a superserver, it is."""
    silent = replace(sweep(), open=(OpenPort("198.51.100.2", 23, maybe="telnet"),))
    seen = only(join("198.51.100.2", silent, NO_SSH))
    assert (seen.name, seen.maybe) == ("", "telnet")
    unreadable = sockets(("0.0.0.0", 23, "xinetd"))
    unreadable = replace(unreadable, sockets=(replace(unreadable.sockets[0], process=None),))
    assert only(join("198.51.100.2", silent, unreadable)).name == ""
    assert only(join("198.51.100.2", silent, sockets(("0.0.0.0", 23, "xinetd")))).name == "telnet"


@pytest.mark.parametrize(("program", "refuses"), [("redis-server", True), ("haproxy", False), (None, False)])
def test_protected_mode_counts_where_redis_itself_listens(sweep, sockets, program, refuses) -> None:
    """A proxy on the machine makes strangers look like the machine itself: its Redis lets them in."""
    port = OpenPort("127.0.0.1", 6379, "redis", login=Login.NOT_NEEDED, refuses_others=True)
    here = replace(sweep(vantage=Vantage.SAME_MACHINE), address="127.0.0.1", open=(port,))
    listening = sockets(("0.0.0.0", 6379, program or "?"))
    if program is None:
        listening = replace(listening, sockets=(replace(listening.sockets[0], process=None),))
    assert only(join("127.0.0.1", here, listening)).refuses_others is refuses


def test_what_was_not_sent_is_told_as_nothing(sweep, sockets) -> None:
    """A greeting that came without a question."""
    said = (Transcript("", "220 ready", sweep().started), Transcript("QUIT", "", sweep().started))
    greeted = replace(sweep(), open=(OpenPort("198.51.100.2", 21, "ftp", transcript=said),))
    evidence = [e.observed for e in only(join("198.51.100.2", greeted, NO_SSH)).evidence]
    assert evidence[1:] == ["sent nothing | received 220 ready", "sent QUIT | received nothing"]


@pytest.mark.parametrize("inside_too", [True, False])
def test_a_night_without_a_sweep_resolves_no_finding_of_a_forwarded_port(
    sweep, sockets, noon, policy, inside_too
) -> None:
    """The open Redis behind a forwarded port has no listener here: when no port is tried, nobody saw it gone."""
    host = Resource(ResourceKind.HOST, "web1", "198.51.100.2")

    def night(number: int, outside: PortSweep | Unavailable, known: Sequence[Finding]) -> list[Finding]:
        local = sockets(("127.0.0.1", 6380, "redis-server")) if inside_too else sockets()
        services = join("198.51.100.2", outside, local)
        assessments = judge([redis_no_auth], host, {Services: services})
        seen = Observation("bakery", "web1", System(), f"r{number}", noon + timedelta(days=number), policy, assessments)
        return list(seen.advance(known, ()))

    first = night(0, sweep(6379), ())
    assert [f.status.value for f in first] == ["new"]
    second = night(1, BLIND, first)
    assert [f.status.value for f in second] == ["open"]
    assert [f.status.value for f in night(2, sweep(), second)] == ["resolved"]


@pytest.mark.parametrize("turned", [False, True])
def test_an_answer_is_tied_to_the_process_of_the_swept_address(sweep, sockets, turned: bool) -> None:
    """A web server on a private address and Redis on the public one share the port: Redis is what answered."""
    both = [("10.0.0.5", 6379, "nginx"), ("198.51.100.2", 6379, "redis-server")]
    found = join("198.51.100.2", sweep(6379), sockets(*(reversed(both) if turned else both)))
    assert isinstance(found, Services)
    (answered,) = [s for s in found.services if s.reach is Reach.OUTSIDE]
    assert answered.process is not None
    assert answered.process.name == "redis-server"


def test_another_process_on_another_address_of_the_port_is_no_pass(sweep, sockets) -> None:
    """Redis with a password answers on loopback; what docker publishes on the public address nobody has asked."""
    here = replace(sweep(6379, vantage=Vantage.SAME_MACHINE, login=Login.REQUIRED), address="127.0.0.1")
    listening = sockets(("127.0.0.1", 6379, "redis-server"), ("198.51.100.2", 6379, "docker-proxy"))
    services = join("127.0.0.1", here, listening)
    (judged,) = judge([redis_no_auth], Resource(ResourceKind.HOST, "localhost", "127.0.0.1"), {Services: services})
    assert judged.outcome is Outcome.NOT_ASSESSED
    assert "docker-proxy" in judged.reason
