"""Each confirmation against the real server it is for: what its login says is what the server was told to do."""

import re

import pytest

from posture.collect.network.confirm import named, protocols
from posture.collect.network.protocol import Approach
from posture.collect.network.questions import Questioner
from posture.collect.network.target import Target
from posture.facts.network import Login

HERE, ELSEWHERE, UNKNOWN = "127.0.0.1", "198.51.100.20", "198.51.100.21"


@pytest.fixture
def confirm(room, make_gate, clock):
    """Asks one of the room's servers, by the name of its protocol."""

    def ask(server: str, protocol: str, address: str = HERE):
        if server not in room.ports:
            pytest.skip(f"{server} is not installed, or needs root")
        if address != HERE and not room.alone:
            pytest.skip("needs root: the server must be reached through another address than loopback")
        gate = make_gate()
        permit = gate.permit(address, f"confirm {protocol}")
        tls = server.endswith("-tls")
        return room.do(named(protocol).confirm, Approach(gate, permit, room.ports[server], clock, tls))

    return ask


@pytest.mark.parametrize(
    ("server", "protocol", "address", "login"),
    [
        ("redis", "redis", HERE, Login.NOT_NEEDED),
        ("redis-password", "redis", HERE, Login.REQUIRED),
        ("redis", "redis", ELSEWHERE, Login.REFUSED),  # protected mode, which is on
        ("redis-tls", "redis", HERE, Login.NOT_NEEDED),
        ("memcached", "memcached", HERE, Login.NOT_NEEDED),
        ("ftp-anonymous", "ftp", HERE, Login.NOT_NEEDED),
        ("ftp", "ftp", HERE, Login.REQUIRED),
        ("telnet", "telnet", HERE, Login.REQUIRED),
        ("postgresql", "postgresql", HERE, Login.NOT_NEEDED),
        ("postgresql", "postgresql", ELSEWHERE, Login.REQUIRED),
        ("postgresql", "postgresql", UNKNOWN, Login.REQUIRED),  # no entry for user postgres: others may have one
        ("mysql", "mysql", HERE, Login.REQUIRED),
    ],
)
def test_login_is_what_the_server_was_configured_for(confirm, server, protocol, address, login):
    """A harmless exchange tells whether this server lets strangers in."""
    seen = confirm(server, protocol, address)
    assert (seen.login, seen.speaks) == (login, True), seen
    assert seen.transcript
    assert all(entry.received for entry in seen.transcript[:1])


@pytest.mark.parametrize(("server", "product"), [("redis", "Redis"), ("memcached", "Memcached"), ("mysql", "MariaDB")])
def test_product_and_version_are_what_the_server_says(confirm, server, product):
    """Nothing but the exchange that was made anyway is needed to know them."""
    seen = confirm(server, server)
    assert seen.product == product
    assert re.match(r"\d+\.\d+\.\d+", seen.version)


def test_memcached_with_a_password_asks_for_it(memcached_with_password, confirm):
    assert confirm("memcached-password", "memcached").login is Login.REQUIRED


def test_redis_evidence_reads_no_key(confirm):
    """What was sent to an open Redis asks for itself and its settings only, and the evidence names its version."""
    seen = confirm("redis", "redis")
    assert [entry.sent for entry in seen.transcript] == ["PING", "INFO server", "DBSIZE", "CONFIG GET protected-mode"]
    assert "redis_version:" in seen.transcript[1].received


def test_redis_in_protected_mode_says_so_to_its_own_machine(confirm):
    """It answers its own machine, and outsiders get DENIED; with protected mode off there is no such promise."""
    assert confirm("redis", "redis").refuses_others
    assert not confirm("redis-password", "redis").refuses_others
    assert not confirm("redis-unprotected", "redis").refuses_others
    assert confirm("redis-unprotected", "redis", ELSEWHERE).login is Login.NOT_NEEDED


def test_redis_that_refuses_ping_alone_is_not_taken_for_one_with_a_password(confirm):
    """An ACL may let anybody in and allow GET but not PING: that is no login."""
    seen = confirm("redis-no-ping", "redis")
    assert (seen.login, seen.speaks) == (Login.UNKNOWN, True)
    assert seen.transcript[0].received.startswith("-NOPERM")


def test_postgresql_that_lets_anybody_in_as_another_user_does_not_turn_us_away(confirm):
    """pg_hba.conf is asked for database, user and address together; its refusal of user postgres is not one of us."""
    seen = confirm("postgresql", "postgresql", UNKNOWN)
    assert seen.reason == "reachable: user postgres is not let in; other users were not tried"


def test_ftp_that_wants_tls_first_is_asked_over_tls(confirm):
    """Anonymous logins over TLS only are anonymous logins; the refusal without TLS is no demand for an account."""
    seen = confirm("ftp-starttls", "ftp")
    assert seen.login is Login.NOT_NEEDED, seen
    assert "encryption" in seen.transcript[1].received
    assert "AUTH TLS" in [entry.sent for entry in seen.transcript]


@pytest.mark.parametrize(("server", "weakness"), [("ftp", "plain-login"), ("ftp-starttls", "")])
def test_ftp_says_whether_accounts_can_log_in_over_tls(confirm, server, weakness):
    """A server without TLS takes passwords in clear; one that offers it is in order."""
    seen = confirm(server, "ftp")
    assert (seen.weakness, seen.product) == (weakness, "vsftpd"), seen


def test_postgresql_evidence_ends_before_the_session(confirm):
    """The key that could cancel the session's queries is not kept."""
    seen = confirm("postgresql", "postgresql")
    assert seen.transcript[-1].received == r"R\x00\x00\x00\x08\x00\x00\x00\x00"


def test_telnet_types_nothing(confirm):
    """Telnet is told only which options are refused, and the login prompt is in the evidence."""
    seen = confirm("telnet", "telnet")
    assert {entry.sent for entry in seen.transcript} <= {"", "refused options"}
    assert "login:" in "".join(entry.received for entry in seen.transcript)


@pytest.mark.parametrize(
    ("server", "address", "service"),
    [("telnet", HERE, "telnet"), ("redis", ELSEWHERE, "redis"), ("mysql", HERE, "mysql"), ("ftp", HERE, "ftp")],
)
def test_a_service_that_nmap_does_not_name_is_known_by_its_greeting(room, make_gate, clock, server, address, service):
    """On an unusual port, and with nothing from nmap, a server that speaks first is recognised and asked."""
    if server not in room.ports or (address == ELSEWHERE and not room.alone):
        pytest.skip(f"{server} is not installed, or needs root")
    deadline = clock().replace(year=clock().year + 1)
    questioner = Questioner(Target(make_gate(), address, clock, deadline))
    (found,) = room.do(questioner.recognised, [room.ports[server]])
    assert found.service == service
    assert found.login is not Login.UNKNOWN


def test_every_protocol_says_what_it_sends():
    """A dry run can name each exchange, and no two protocols claim a service or a usual port."""
    every = protocols()
    assert all(protocol.sends for protocol in every)
    names = [name for p in every for name in (p.name, *p.aliases)]
    ports = [port for p in every for port in p.ports]
    assert len(set(names)) == len(names)
    assert len(set(ports)) == len(ports)
