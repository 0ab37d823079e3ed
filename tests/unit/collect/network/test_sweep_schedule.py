"""Who shares a process, who waits, and how fast each may send, for any crowd of requests."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.collect.network.sweep.schedule import MOST_HOSTS, MOST_SECONDS, WINDOW, Asked, estimate, next_group
from posture.collect.network.sweep.wanted import Rates, Wanted
from posture.collect.network.techniques import CONNECT, SYN
from posture.collect.scope import ScopeGate
from posture.model.customer import Authorization, AuthorizationMethod, Customer

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LATER = 10.0  # seconds of the monotonic clock: every window is over
ALL = "1-65535"
RATES = Rates()


class Unlogged:
    def record(self, action) -> None:
        pass


def asked(address, ports=ALL, *, came=0.0, until=9000.0, rate=0, technique=SYN, **more):
    grant = Authorization(AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", NOW - DAY, NOW + DAY)
    owner = Customer(
        f"bakery-{rate}", "Bakery", grant, networks=(ip_network("0.0.0.0/0"), ip_network("::/0")), rate=rate
    )
    gate = ScopeGate(owner, "run-1", lambda: NOW, Unlogged())
    permit = gate.permit(str(ip_address(address)), "port sweep")
    return Asked(Wanted(gate, permit, ports, "port sweep", NOW + DAY, **more), technique, came, until)


def started(waiting, rates=RATES, now=LATER):
    """All groups that run at once, in the order in which they start."""
    groups = []
    waiting = list(waiting)
    while (group := next_group(waiting, groups, rates, now)) is not None:
        groups.append(group)
        waiting = [one for one in waiting if one not in group.members]
    return groups


def test_hosts_of_one_network_share_a_process_at_the_network_s_rate():
    (group,) = started([asked(f"198.51.100.{n}") for n in range(1, 9)])
    assert len(group.members) == 8
    assert group.flags[group.flags.index("--max-rate") + 1] == "10000"
    assert group.flags[group.flags.index("--min-rate") + 1] == "10000"


@pytest.mark.parametrize(("hosts", "rate"), [(1, 5_000), (2, 5_000), (3, 10_000), (4, 10_000)])
def test_no_host_gets_more_than_its_share_when_the_others_are_done(hosts, rate):
    """Of two hosts, the slower one gets all that the process sends in the end."""
    (group,) = started([asked(f"198.51.100.{n}", "1-100") for n in range(hosts)])
    assert group.rate == rate


@pytest.mark.parametrize(
    "other",
    [
        {"ports": "1-1000"},
        {"retries": 0},
        {"slow": True},
        {"technique": CONNECT},
        {"rate": 100},
        {"address": "2001:db8::1"},
        {"naming": True},
    ],
)
def test_what_one_nmap_cannot_do_at_once_is_not_shared(other):
    """Other ports, retries, a slower second try, technique, family, a rate of the customer's own."""
    first, second = asked("198.51.100.1"), asked(**({"address": "203.0.113.1"} | other))
    assert [group.members for group in started([first, second])] == [(first,), (second,)]


def test_processes_on_one_network_share_its_rate_by_their_work():
    """IPv4 /24, IPv6 /48: eight hosts that refuse, and one that drops and is asked twice, are done together."""
    refusing, dropping = [asked(f"198.51.100.{n}") for n in range(1, 9)], asked("198.51.100.200", retries=1)
    assert [group.rate for group in started([*refusing, dropping])] == [8_000, 2_000]
    six = [asked("2001:db8:1:ffff::1"), asked("2001:db8:1:ffff::2"), asked("2001:db8:1::1", retries=0)]
    assert [group.rate for group in started(six)] == [5_000, 5_000]
    apart = [asked("198.51.100.1"), asked("203.0.113.1", retries=1)]
    assert [group.rate for group in started(apart)] == [5_000, 5_000]


def test_a_network_at_its_rate_is_passed_over_and_others_go_on():
    """What comes later waits for the network, not for its turn."""
    running = started([asked(f"198.51.100.{n}") for n in range(1, 9)])
    late, other = asked("198.51.100.200", retries=0), asked("203.0.113.1", retries=0)
    assert next_group([late, other], running, RATES, LATER).members == (other,)
    assert next_group([late], running, RATES, LATER) is None


def test_a_customer_s_own_rate_holds_over_all_of_their_networks():
    waiting = [asked("198.51.100.1", rate=300), asked("203.0.113.1", retries=0, rate=300)]
    assert sum(group.rate for group in started(waiting)) <= 225
    (group,) = started(waiting[:1])
    assert group.rate == 225, "a quarter is for questions"


def test_the_naming_of_a_customer_with_a_rate_counts_as_well():
    """Beside a sweep that takes all there is, it waits; and it never shares with another customer."""
    sweep = asked("198.51.100.1", rate=300)
    naming = asked("198.51.100.1", "22", naming=True, rate=300)
    assert sum(group.rate for group in started([sweep, naming])) <= 225
    others = [asked(f"198.51.100.{n}", "22", naming=True, rate=rate) for n, rate in ((1, 0), (2, 300))]
    assert [len(group.members) for group in started(others)] == [1, 1]


def test_a_second_sweep_for_what_was_lost_is_slower():
    (usual,), (slow,) = started([asked("198.51.100.1")]), started([asked("198.51.100.1", slow=True)])
    assert slow.rate == usual.rate // 4


def test_this_machine_goes_alone_and_at_once():
    """Without a rate: nothing is between."""
    groups = started([asked("127.0.0.1", came=LATER), asked("127.0.0.1", came=LATER)])
    assert [len(group.members) for group in groups] == [1, 1]
    assert all("--max-rate" not in group.flags for group in groups)


def test_a_single_host_waits_for_others_no_longer_than_the_window():
    one = asked("198.51.100.1")
    assert next_group([one], [], RATES, WINDOW / 2) is None
    assert next_group([one], [], RATES, WINDOW * 0.99) is None
    assert next_group([one], [], RATES, WINDOW) is not None
    crowd = [asked(f"198.51.100.{n}", "22", until=60) for n in range(1, MOST_HOSTS + 2)]
    assert len(next_group(crowd, [], RATES, 0).members) == MOST_HOSTS
    assert next_group(crowd[: MOST_HOSTS - 1], [], RATES, 0) is None


def test_long_work_is_split():
    """A process that fails loses all its hosts, so it must not take long, were every port silent."""
    groups, waiting = [], [asked(f"198.51.100.{n}") for n in range(1, 33)]
    while group := next_group(waiting, [], RATES, LATER):
        groups.append(len(group.members))
        waiting = [one for one in waiting if one not in group.members]
    assert sum(groups) == 32
    assert max(groups) < 14
    assert all(estimate(size, 65_535, 2, 10_000) <= MOST_SECONDS for size in groups if size > 2)


def test_a_host_whose_time_ends_early_cuts_nobody_short():
    """It goes alone, with its own end; the others get a time that they do not need."""
    early = asked("198.51.100.1", until=LATER + 30)
    others = [asked(f"198.51.100.{n}") for n in range(2, 6)]
    first, *_ = started([early, *others])
    assert first.members == (early,)
    assert first.seconds == 30
    (group,) = started(others)
    assert group.members == tuple(others)
    assert group.seconds > 1.5 * estimate(4, 65_535, 2, 10_000)


def test_naming_asks_the_ports_of_all_and_not_too_many():
    """Ports differ from host to host; one with very many is asked by itself."""
    two = [asked("198.51.100.1", "22,80", naming=True), asked("198.51.100.2", "22,5432", naming=True)]
    (group,) = started(two)
    assert group.ports == "22,80,5432"
    assert group.flags[-2:] == ("-p", "22,80,5432")
    assert "-sV" in group.flags
    many = asked("198.51.100.3", "1-150", naming=True)
    assert [one.members for one in started([*two, many])] == [tuple(two), (many,)]


def test_the_same_address_twice_is_no_group():
    twice = [asked("198.51.100.1", "22"), asked("198.51.100.1", "22")]
    assert len(started(twice)[0].members) == 1


addresses = st.sampled_from([*(f"198.51.{c}.{d}" for c in (100, 101, 102) for d in range(1, 9)), "2001:db8::1"])
requests = st.builds(
    asked,
    addresses,
    st.sampled_from([ALL, "1-1000", "22"]),
    came=st.floats(0, LATER - 1),
    until=st.floats(LATER + 1, 2000),
    rate=st.sampled_from([0, 0, 200, 50_000]),
    retries=st.integers(0, 2),
    naming=st.booleans(),
)
any_rates = st.builds(
    Rates, per_network=st.integers(1, 20_000), total=st.integers(1, 40_000), per_host=st.integers(1, 20_000)
)


@settings(max_examples=60)
@given(crowd=st.lists(requests, max_size=40), rates=any_rates)
def test_no_crowd_exceeds_a_rate(crowd, rates):
    """Network, host, customer and total; and whoever is oldest is served as soon as nothing else runs."""
    groups = started(crowd, rates)
    assert sum(group.rate for group in groups) <= rates.total
    for network in {network for group in groups for network in group.networks}:
        there = [group for group in groups if network in group.networks]
        limit = there[0].members[0].rate if isinstance(network, str) else rates.per_network
        assert sum(group.rate for group in there) <= limit
    for group in groups:
        assert group.pace.rate <= rates.per_network
        assert len(group.members) > 1 or group.pace.rate <= rates.per_host
        assert all(not one.rate or group.pace.rate <= one.rate for one in group.members)
        assert len({one.address for one in group.members}) == len(group.members)
    if crowd:
        assert groups


@given(crowd=st.lists(requests, max_size=20))
def test_everybody_is_served_once(crowd):
    """Whatever the order and the ends of groups."""
    served, waiting = [], crowd
    while group := next_group(waiting, [], RATES, LATER):
        served += group.members
        waiting = [one for one in waiting if one not in group.members]
    assert not waiting
    assert len(served) == len(set(map(id, served))) == len(crowd)
