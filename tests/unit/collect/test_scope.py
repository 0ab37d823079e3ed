"""No valid authorization, no contact: what the scope gate lets through, and what it never does."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.collect.scope import NotAuthorized, NotResolved, OutOfScope, OutsideWindow, ScopeGate, own_address
from posture.model.action import Action
from posture.model.challenge import Challenge
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.schedule import Blackout, Schedule
from posture.model.window import Window

START = datetime(2026, 3, 2, tzinfo=UTC)
END = datetime(2026, 9, 2, tzinfo=UTC)
INSIDE = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass
class Log:
    actions: list[Action] = field(default_factory=list)
    on_record: Callable[[Action], None] = lambda _action: None

    def record(self, action: Action) -> None:
        self.on_record(action)
        self.actions.append(action)

    @property
    def results(self) -> list[str]:
        return [action.result for action in self.actions]


def customer(*networks: str, exclude: tuple[str, ...] = (), name: str = "bakery") -> Customer:
    grant = Authorization(AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", START, END)
    return Customer(
        name, "Example", grant, networks=tuple(map(ip_network, networks)), exclude=tuple(map(ip_network, exclude))
    )


@dataclass
class World:
    """A gate with the time and the answers of its resolver in the test's hands."""

    gate: ScopeGate
    log: Log
    now: datetime
    answers: dict[str, tuple[str, ...]]


@pytest.fixture
def world():
    def make(*networks: str, exclude: tuple[str, ...] = (), now: datetime = INSIDE) -> World:
        made = World(None, Log(), now, {})

        def resolve(name: str):
            if name not in made.answers:
                raise socket.gaierror("Name or service not known")
            return tuple(map(ip_address, made.answers[name]))

        owner = customer(*(networks or ("127.0.0.0/8",)), exclude=exclude)
        made.gate = ScopeGate(owner, "run-1", lambda: made.now, made.log, resolve)
        return made

    return make


@pytest.fixture
def listener():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server


@pytest.mark.parametrize("now", [START - timedelta(seconds=1), END, END + timedelta(days=1)])
def test_no_permit_outside_the_authorization(world, now):
    """Before its start and from its end on there is no permit; the refusal is logged."""
    here = world(now=now)
    with pytest.raises(NotAuthorized, match=r"MSA-7\.1"):
        here.gate.permit("127.0.0.1", "port sweep")
    assert here.log.results[0].startswith("refused")


def test_a_name_is_not_even_resolved_without_authorization(world):
    """A DNS question would be contact too."""
    here = world(now=END)
    here.gate.resolver = lambda _name: pytest.fail("resolved")
    with pytest.raises(NotAuthorized):
        here.gate.permit("web.example", "port sweep")


@pytest.mark.parametrize("address", ["198.51.100.9", "198.51.101.1", "203.0.113.1", "::1", "::ffff:198.51.100.9"])
def test_addresses_outside_and_excluded_get_none(world, address):
    here = world("198.51.100.0/28", exclude=("198.51.100.9/32",))
    with pytest.raises(OutOfScope, match="nothing was sent"):
        here.gate.permit(address, "port sweep")
    assert here.log.results[0].startswith("refused")


def test_a_name_that_points_outside_gets_none(world):
    """The customer's own DNS does not decide what is the customer's."""
    here = world("198.51.100.0/28")
    here.answers["web.example"] = ("203.0.113.1",)
    with pytest.raises(OutOfScope, match=r"web\.example \(203\.0\.113\.1\)"):
        here.gate.permit("web.example", "port sweep")


def test_of_mixed_addresses_the_one_in_scope_is_taken(world):
    here = world("198.51.100.0/28", exclude=("198.51.100.1/32",))
    here.answers["web.example"] = ("203.0.113.1", "198.51.100.1", "198.51.100.2")
    permit = here.gate.permit("web.example", "port sweep")
    assert (permit.address, permit.others) == (IPv4Address("198.51.100.2"), ())


def test_further_addresses_in_scope_are_told(world):
    """Whoever looks at one of them can say that there are others; the permit is for the first alone."""
    here = world("198.51.100.0/28", exclude=("198.51.100.1/32",))
    here.answers["web.example"] = ("198.51.100.3", "198.51.100.1", "203.0.113.1", "198.51.100.2")
    permit = here.gate.permit("web.example", "port sweep")
    assert (permit.address, permit.others) == (IPv4Address("198.51.100.3"), (IPv4Address("198.51.100.2"),))


def test_a_resolver_that_changes_its_mind_changes_nothing(world):
    """The address that passed the check is pinned for the run: no rebinding."""
    here = world("198.51.100.0/28")
    here.answers["web.example"] = ("198.51.100.2",)
    first = here.gate.permit("web.example", "port sweep")
    here.answers["web.example"] = ("198.51.100.3",)
    assert here.gate.permit("web.example", "confirm redis").address == first.address


def test_an_ipv4_address_in_ipv6_clothes_is_that_ipv4_address(world):
    """It is judged, and contacted, as IPv4."""
    here = world("198.51.100.0/28")
    here.answers["web.example"] = ("::ffff:198.51.100.2",)
    for target in ("::ffff:198.51.100.2", "web.example"):
        assert here.gate.permit(target, "port sweep").address == IPv4Address("198.51.100.2")


def test_a_zone_is_cut_off(world):
    """A zone is free text: it must not travel on to a command line."""
    permit = world("2001:db8::/64").gate.permit("2001:db8::1%eth0;id", "port sweep")
    assert str(permit.address) == "2001:db8::1"


@pytest.mark.parametrize("name", ["gone.example", "", "a" * 300, "web\0.example", "\udc80.example"])
def test_what_cannot_be_resolved_says_so(world, name):
    """Also with the system's resolver, whatever a name is made of."""
    here = world()
    with pytest.raises(NotResolved, match="nothing was sent"):
        here.gate.permit(name, "port sweep")
    if name != "gone.example":  # that one would be asked of a real server
        here.gate.resolver = ScopeGate.__dataclass_fields__["resolver"].default
        with pytest.raises(NotResolved):
            here.gate.permit(name, "port sweep")


def test_a_connection_is_logged_before_it_is_opened_and_after(world, listener):
    """A run killed in between leaves no contact that the log does not know."""
    here = world()
    permit = here.gate.permit("127.0.0.1", "confirm redis")
    listener.setblocking(False)
    seen = []

    def look(_action: Action) -> None:
        try:
            listener.accept()[0].close()
            seen.append("contacted")
        except BlockingIOError:
            seen.append("not yet")

    here.log.on_record = look
    here.gate.connect(permit, listener.getsockname()[1], 2).close()
    assert seen == ["not yet", "contacted"]
    assert here.log.results == ["begins", "connected"]
    assert {a.what for a in here.log.actions} == {"tcp connect: confirm redis"}
    assert {a.authorization for a in here.log.actions} == {"MSA-7.1"}


def test_a_contact_that_repeats_is_logged_once_and_a_new_end_again(world, listener):
    """A hundred connections with one end are one line; when the service goes away in between, that is told."""
    here, port = world(), listener.getsockname()[1]
    permit = here.gate.permit("127.0.0.1", "confirm redis")
    for _ in range(3):
        here.gate.connect(permit, port, 2).close()
    assert here.log.results == ["begins", "connected"]
    listener.close()
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            here.gate.connect(permit, port, 2)
    (again,) = here.log.results[2:]
    assert again.startswith("failed: ")
    here.gate.record(permit, "port sweep", "port 1-9/tcp", "ended")
    here.gate.record(permit, "port sweep", "port 1-9/tcp", "ended")
    assert here.log.results[3:] == ["ended", "ended"]


def test_a_refused_connection_is_logged_too(world, listener):
    here = world()
    port = listener.getsockname()[1]
    listener.close()
    with pytest.raises(ConnectionRefusedError):
        here.gate.connect(here.gate.permit("127.0.0.1", "confirm redis"), port, 2)
    assert here.log.results[-1].startswith("failed")


def test_an_authorization_that_ends_mid_run_ends_the_contact(world, listener):
    """A permit from before does not outlive it, and nothing reaches the server."""
    here = world()
    permit = here.gate.permit("127.0.0.1", "confirm redis")
    assert here.gate.still(permit) == END - INSIDE
    here.now = END
    with pytest.raises(NotAuthorized):
        here.gate.connect(permit, listener.getsockname()[1], 2)
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.accept()


def nightly(here: World) -> World:
    """The same customer, to be looked at from 22:00 to 06:00 in Berlin only."""
    windows = (Window(time(22), time(6)),)
    here.gate.customer = replace(here.gate.customer, windows=windows, timezone="Europe/Berlin")
    return here


def test_no_permit_outside_the_customers_hours(world):
    """The refusal says when the window opens next, on the customer's clock, and is in the log."""
    here = nightly(world(now=datetime(2026, 6, 1, 12, tzinfo=UTC)))
    with pytest.raises(OutsideWindow, match=r"22:00-06:00 \(Europe/Berlin\) opens next at 2026-06-01T22:00\+02:00;"):
        here.gate.permit("127.0.0.1", "port sweep")
    (refusal,) = here.log.results
    assert refusal.startswith("refused: ")
    assert "nothing was sent" in refusal


def test_a_window_that_closes_mid_run_ends_the_contact(world, listener):
    """A running look has the time that is left of the window, and nothing reaches the server after it."""
    here = nightly(world(now=datetime(2026, 6, 1, 22, tzinfo=UTC)))
    permit = here.gate.permit("127.0.0.1", "confirm redis")
    assert here.gate.still(permit) == timedelta(hours=6)
    assert permit.expires == datetime(2026, 6, 2, 4, tzinfo=UTC)
    assert permit.ends_with == "the window 22:00-06:00 (Europe/Berlin)"
    here.now = permit.expires
    with pytest.raises(OutsideWindow):
        here.gate.connect(permit, listener.getsockname()[1], 2)
    with pytest.raises(OutsideWindow), here.gate.datagrams(permit, 53):
        pass
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_nothing_is_sent_in_a_blackout_and_what_is_under_way_ends_with_its_beginning(world, listener):
    """Also for a customer who may be looked at at any other time."""
    begin, end = datetime(2026, 6, 1, 12, tzinfo=UTC), datetime(2026, 6, 3, tzinfo=UTC)
    here = world(now=begin - timedelta(minutes=5))
    here.gate.customer = replace(here.gate.customer, schedule=Schedule(blackouts=(Blackout(begin, end),)))
    permit = here.gate.permit("127.0.0.1", "confirm redis")
    assert here.gate.still(permit) == timedelta(minutes=5)
    here.now = begin
    with pytest.raises(OutsideWindow, match=r"not 2026-06-01 12:00 to 2026-06-03 00:00 UTC .*opens next at 2026-06-03"):
        here.gate.permit("127.0.0.1", "port sweep")
    with pytest.raises(OutsideWindow):
        here.gate.connect(permit, listener.getsockname()[1], 2)
    here.now = end
    assert here.gate.permit("127.0.0.1", "port sweep")


def test_an_authorization_that_ends_before_the_window_is_what_ends_the_contact(world):
    """The earlier of the two ends counts, and is named."""
    here = nightly(world(now=END - timedelta(hours=1)))
    permit = here.gate.permit("127.0.0.1", "confirm redis")
    assert (permit.expires, permit.ends_with) == (END, "authorization MSA-7.1")
    assert here.gate.still(permit) == timedelta(hours=1)


def test_another_customers_permit_opens_nothing(world, listener):
    """Even for an address that both may be contacted at."""
    here = world()
    other = ScopeGate(customer("127.0.0.0/8", name="butcher"), "run-1", lambda: INSIDE, Log())
    foreign = other.permit("127.0.0.1", "confirm redis")
    with pytest.raises(OutOfScope):
        here.gate.connect(foreign, listener.getsockname()[1], 2)


def test_a_forged_address_in_a_permit_opens_nothing(world, listener):
    here = world("127.0.0.0/8", exclude=("127.0.0.2/32",))
    forged = replace(here.gate.permit("127.0.0.1", "confirm redis"), address=ip_address("127.0.0.2"))
    with pytest.raises(OutOfScope):
        here.gate.connect(forged, listener.getsockname()[1], 2)


v4 = st.integers(0, 2**32 - 1)


@given(base=v4, prefix=st.integers(0, 32), hole=v4, hole_prefix=st.integers(0, 32), probe=v4, mapped=st.booleans())
def test_in_scope_is_exactly_networks_without_exclude(base, prefix, hole, hole_prefix, probe, mapped):
    """By arithmetic on the numbers themselves; IPv6 clothing changes nothing."""

    def within(network: int, length: int) -> bool:
        return (probe ^ network) >> (32 - length) == 0

    owner = customer("10.0.0.0/32")
    owner = replace(
        owner,
        networks=(ip_network((base, prefix), strict=False),),
        exclude=(ip_network((hole, hole_prefix), strict=False),),
    )
    address = IPv6Address(0xFFFF << 32 | probe) if mapped else IPv4Address(probe)
    assert owner.in_scope(address) == (within(base, prefix) and not within(hole, hole_prefix))


@given(
    probe=st.integers(0, 2**128 - 1).filter(lambda n: n >> 32 != 0xFFFF),
    prefix=st.integers(97, 128),
    near=st.booleans(),
)
def test_an_ipv6_address_is_never_in_an_ipv4_network(probe, prefix, near):
    """Only its own network holds it."""
    address = IPv6Address(probe)
    network = ip_network((probe ^ (0 if near else 1 << 127), prefix), strict=False)
    assert replace(customer("0.0.0.0/0"), networks=(ip_network("0.0.0.0/0"),)).in_scope(address) is False
    assert replace(customer("0.0.0.0/0"), networks=(network,)).in_scope(address) is near


def test_the_log_says_from_which_address_a_contact_came():
    """An abuse desk asks for both addresses; a refusal came from nowhere."""
    assert own_address(ip_address("127.0.0.1")) == "127.0.0.1"
    assert own_address(ip_address("::1")) in {"::1", ""}, "empty on a machine without IPv6"


def challenged(world, target: str = "127.0.0.1") -> tuple[World, Challenge]:
    """A gate of somebody who has allowed nothing yet but to look for a challenge's token."""
    http = AuthorizationMethod.HTTP_TOKEN
    challenge = Challenge("N-1", "bakery", "Bakery", target, http, "t" * 43, START, "jane", END, END)
    here = world()
    here.gate.customer = Customer("bakery", "Bakery", challenge.authorization)
    return here, challenge


def test_a_look_for_a_token_reaches_port_80_of_its_address_and_nothing_else(world, listener):
    """No permit for anything else comes of a challenge; the contact is in the log under its reference."""
    here, challenge = challenged(world)
    permit = here.gate.permit_proof(challenge, IPv4Address("127.0.0.1"), ("/a", "/b"))
    with pytest.raises(OSError, match="refused"):  # the listener is on another port: there is no way to name it
        here.gate.connect_proof(permit, 1)
    with pytest.raises(OutOfScope):
        here.gate.permit("127.0.0.1", "port sweep")
    assert [(a.authorization, a.target, a.result) for a in here.log.actions[:1]] == [
        ("N-1", "127.0.0.1 port 80/tcp", "begins")
    ]


def test_a_look_for_a_token_ends_with_its_challenge(world):
    """Expired, another's, or a customer's own authorization instead of a challenge: no permit, nothing was sent."""
    here, challenge = challenged(world)
    address = IPv4Address("127.0.0.1")
    permit = here.gate.permit_proof(challenge, address, ("/a",))
    for other in (replace(challenge, customer="butcher"), replace(challenge, reference="N-2")):
        with pytest.raises(NotAuthorized):
            here.gate.permit_proof(other, address, ("/a",))
    with pytest.raises(NotAuthorized):
        world().gate.permit_proof(challenge, address, ("/a",))
    here.now = END
    with pytest.raises(NotAuthorized):
        here.gate.connect_proof(permit, 1)
