"""UDP has no open ports, only answers: what answered, what stayed silent, and what nobody asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture.engine.join import join
from posture.facts.network import Amplification, Application, Login, OpenPort, Vantage
from posture.facts.services import Reach, Services
from posture.facts.unavailable import Unavailable

NO_SSH = Unavailable("no SSH access is configured")
MONLIST = Amplification("its last clients", 8, 44_000, 100)
NTP = OpenPort(
    "198.51.100.2", 123, "ntp", login=Login.NOT_NEEDED, protocol="udp", amplification=MONLIST, weakness="monlist"
)


@pytest.fixture
def asked(sweep):
    """A sweep that found SSH, and asked these UDP ports."""

    def make(*ports: int, answers=(), vantage=Vantage.OUTSIDE):
        seen = sweep(22, vantage=vantage)
        return replace(seen, open=(*seen.open, *answers), asked_udp=ports)

    return make


@pytest.fixture
def udp(sockets):
    """Listening sockets, all of UDP."""

    def make(*listening):
        seen = sockets(*listening)
        return replace(seen, sockets=tuple(replace(one, protocol="udp") for one in seen.sockets))

    return make


def on_udp(joined):
    assert isinstance(joined, Services)
    return {(s.address, s.port): s for s in joined.services if s.protocol == "udp"}


def test_a_port_that_was_left_out_says_why(asked, udp) -> None:
    """The reason reaches the listener there and the checks; the host keeps its name for ports without a service."""
    seen = replace(asked(53), unasked_udp=((123, "the network refused the request"),))
    joined = join("web1.example", seen, udp(("0.0.0.0", 123, "ntpd")))
    assert joined.unasked_udp == ((123, "the network refused the request"),)
    assert joined.at(123, "udp").login_reason == "the network refused the request"
    assert joined.subject_at(161, "udp") == "web1.example:161/udp"


def test_an_answer_names_the_process_behind_it(asked, udp) -> None:
    """One finding says: this port, this program, so many bytes for so few."""
    joined = join("198.51.100.2", asked(53, 123, answers=(NTP,)), udp(("0.0.0.0", 123, "ntpd")))
    service = joined.at(123, "udp")
    assert (service.reach, service.name, service.process.name) == (Reach.OUTSIDE, "ntp", "ntpd")
    assert (service.amplification, service.weakness) == (MONLIST, "monlist")
    assert service.subject == "198.51.100.2:123/udp"
    assert (service.evidence[0].source, service.evidence[0].observed) == (
        "UDP requests, from outside", "198.51.100.2 123/udp open ntp",
    )  # fmt: skip
    assert joined.asked_udp == (53, 123)


def test_tcp_and_udp_of_one_port_are_two_services(asked, sockets, udp) -> None:
    """A name server answers on both."""
    dns = OpenPort("198.51.100.2", 53, "domain", protocol="udp", weakness="open-resolver")
    outside = asked(53, answers=(OpenPort("198.51.100.2", 53, "domain"), dns))
    both = sockets(("0.0.0.0", 53, "named"))
    both = replace(both, sockets=(*both.sockets, *udp(("0.0.0.0", 53, "named")).sockets))
    joined = join("198.51.100.2", outside, both)
    assert joined.at(53).weakness == ""
    assert joined.at(53, "udp").weakness == "open-resolver"


@pytest.mark.parametrize(
    ("port", "reach", "reason"),
    [(53, Reach.BLOCKED, "the port did not answer from where we looked"), (5353, Reach.LISTENS, "UDP was not tried")],
)
@pytest.mark.parametrize("vantage", list(Vantage))
def test_silent_is_not_the_same_as_not_asked(asked, udp, port, reach, reason, vantage) -> None:
    """A name server that ignored our request is out of reach; one on a port that was not asked may answer."""
    (service,) = on_udp(join("198.51.100.2", asked(53, vantage=vantage), udp(("0.0.0.0", port, "unbound")))).values()
    assert (service.name, service.reach, service.login_reason) == ("domain", reach, reason)


def test_another_address_of_the_host_was_not_asked(asked, udp) -> None:
    """Silence of one address says nothing of the other."""
    there = on_udp(join("198.51.100.2", asked(161), udp(("198.51.100.3", 161, "snmpd"))))["198.51.100.3", 161]
    assert there.reach is Reach.LISTENS


def test_ports_that_programs_ask_from_are_no_services(asked, udp) -> None:
    """avahi-daemon, named and unbound hold ports of the range that the system gives out; they serve nobody there."""
    listening = udp(("0.0.0.0", 5353, "avahi-daemon"), ("0.0.0.0", 45321, "avahi-daemon"))
    assert set(on_udp(join("198.51.100.2", asked(5353), listening))) == {("198.51.100.2", 5353)}
    alone = udp(("0.0.0.0", 40053, "unbound"))
    assert set(on_udp(join("198.51.100.2", asked(53), alone))) == {("198.51.100.2", 40053)}


def test_other_ports_of_a_known_program_have_their_own_names(asked, udp) -> None:
    """dnsmasq gives out addresses and files too, chronyd takes commands; inetd's programs are known by their port."""
    listening = udp(
        ("0.0.0.0", 67, "dnsmasq"), ("0.0.0.0", 69, "dnsmasq"), ("0.0.0.0", 323, "chronyd"), ("0.0.0.0", 19, "xinetd"),
        ("0.0.0.0", 5000, "own-program"), ("127.0.0.53", 53, "systemd-resolve"),
    )  # fmt: skip
    named = {port: service.name for (_, port), service in on_udp(join("h", asked(19, 69), listening)).items()}
    assert named == {69: "tftp", 19: "chargen"}


def test_what_answers_to_its_own_machine_only_is_no_exposure(asked, udp) -> None:
    """A resolver for the machine itself answers the machine itself."""
    dns = OpenPort("127.0.0.1", 53, "domain", protocol="udp", weakness="open-resolver")
    here = replace(asked(53, answers=(dns,), vantage=Vantage.SAME_MACHINE), address="127.0.0.1")
    local = on_udp(join("127.0.0.1", here, udp(("127.0.0.1", 53, "unbound"))))["127.0.0.1", 53]
    assert local.reach is Reach.LOOPBACK
    wide = on_udp(join("127.0.0.1", here, udp(("0.0.0.0", 53, "unbound"))))["127.0.0.1", 53]
    assert wide.reach is Reach.SAME_MACHINE


def test_without_the_inside_the_answer_stands_alone(asked) -> None:
    """Nothing listens that we could see, and it answers."""
    service = on_udp(join("198.51.100.2", asked(123, answers=(NTP,)), NO_SSH))["198.51.100.2", 123]
    assert (service.seen, service.reach) == ("seen from outside only", Reach.OUTSIDE)


def test_an_answer_on_udp_does_not_prove_the_sweep_of_tcp(asked, sockets) -> None:
    """Read through SSH, and no TCP port found open: something stops the sweep, whatever UDP says."""
    stopped = asked(123, answers=(NTP,))
    stopped = replace(stopped, open=(NTP,), filtered=65_535)
    joined = join("198.51.100.2", stopped, sockets(("0.0.0.0", 6379, "redis-server")))
    assert joined.at(6379).reach is Reach.LISTENS


def test_what_a_web_server_serves_comes_along(sweep) -> None:
    """Applications, TLS and weaknesses of a TCP port are the service's."""
    grafana = Application("grafana", "/", Login.NOT_NEEDED)
    port = OpenPort("198.51.100.2", 443, "http", tls=True, applications=(grafana,), weakness="plain-login")
    joined = join("198.51.100.2", replace(sweep(), open=(port,)), NO_SSH)
    assert list(joined.serving("grafana")) == [(joined.at(443), grafana)]
    assert (joined.at(443).tls, joined.at(443).weakness) == (True, "plain-login")
