"""Servers that mean harm: bounded in time, connections and bytes, and never taken for a refusal."""

import pytest

from posture.collect.network.tls import place
from posture.collect.network.tls.look import look_at_tls
from posture.facts.network import OpenPort


@pytest.fixture
def hurried(monkeypatch) -> None:
    """The same bounds, sooner."""
    monkeypatch.setattr(place, "SECONDS", 0.5)


@pytest.mark.parametrize(
    ("server", "why"),
    [
        ("drip", "said nothing more within"),
        ("silence", "said nothing within"),
        ("reset", "agreed to no version"),
        ("lying-length", "of a length that cannot be"),
        ("endless-message", "sent more than 32768 bytes"),
        ("chatter", "something that is not TLS"),
    ],
)
def test_what_says_nothing_of_tls_is_not_an_endpoint(hurried, emulated, look, server, why) -> None:
    """No version is refused by a server that said nothing; the reason is told."""
    seen = look(emulated(server))
    assert seen.endpoints == ()
    ((_, reason),) = seen.not_looked_at
    assert why in reason


@pytest.mark.parametrize(
    ("server", "why"),
    [
        ("many-names", "sent more than"),
        ("bad-dates", "is malformed"),
        ("no-certificate", "is malformed"),
    ],
)
def test_a_certificate_that_cannot_be_read_has_a_reason(emulated, endpoint, server, why) -> None:
    """A megabyte of names, dates that are none, bytes that are none: no certificate, and the versions all the same."""
    seen = endpoint(emulated(server))
    assert (seen.certificate, seen.accepted) == (None, ("TLSv1.2",))
    assert why in seen.certificate_reason


def test_a_huge_key_costs_nothing(emulated, endpoint) -> None:
    assert endpoint(emulated("rsa-16000")).certificate.key_bits == 16_000


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_a_serial_number_below_zero_is_no_matter(emulated, endpoint) -> None:
    assert endpoint(emulated("negative-serial")).certificate.self_signed


def test_names_are_harmless_and_bounded(emulated, endpoint) -> None:
    """Escapes in names become visible, and of thousands of names only so many are kept."""
    shown = endpoint(emulated("escapes")).certificate
    assert "\x1b" not in shown.subject + "".join(shown.names)
    many = endpoint(emulated("some-names")).certificate
    assert (len(many.names), many.more_names) == (500, 2_500)


def test_nothing_is_asked_when_the_time_is_over(emulated, target, clock) -> None:
    """A port that was not asked is not looked at, for that reason."""
    seen = look_at_tls(target(deadline=clock()), [OpenPort("127.0.0.1", emulated("sslv3"), "https")])
    ((_, reason),) = seen.not_looked_at
    assert "the time for this host was over" in reason


def test_connections_are_counted(emulated, endpoint, monkeypatch) -> None:
    """When they are used up, what was not asked is unknown, and says why."""
    monkeypatch.setattr(place, "MOST_CONNECTIONS", 6)
    seen = endpoint(emulated("3des"))
    assert seen.accepted == ("TLSv1.0", "TLSv1.1", "TLSv1.2")
    assert "not asked more" in seen.weak_reason + seen.certificate_reason


def test_a_port_gets_only_so_much_time(emulated, look, monkeypatch) -> None:
    """Servers that answer slowly, each time within the bound of one conversation, end all the same."""
    monkeypatch.setattr(place, "MOST_SECONDS", -1.0)
    ((_, reason),) = look(emulated("3des")).not_looked_at
    assert "was not asked more after" in reason
