"""Data stores, brokers and directories: each confirmation against the open server and its protected twin.

Where Debian has no server, or a heavy one, `servers_stores.py` of the lab follows the protocol's document.
"""

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from posture.collect.network.confirm import named
from posture.collect.network.protocol import Approach, Confirmed
from posture.collect.network.questions import Questioner
from posture.collect.network.target import Target
from posture.facts.network import Login

EMULATED = Path(__file__).parents[3] / "lab" / "servers_stores.py"
HERE = "127.0.0.1"
STORES = ("mongodb", "cassandra-native", "zookeeper", "kafka", "amqp", "mqtt", "ldap", "clickhouse", "ms-sql-s", "epmd")


@contextmanager
def running(*command: object, **more) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, **more)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def emulated(name: str, *flags: str) -> Iterator[int]:
    """A server of the lab; yields its port."""
    command = (sys.executable, "-I", EMULATED, name, 0, *flags, "--address", HERE)
    with running(*command, stdout=subprocess.PIPE, text=True) as process:
        yield int(process.stdout.readline())


@pytest.fixture
def asked(make_gate, clock) -> Callable[..., Confirmed]:
    """Asks a port on loopback whether it speaks this protocol, and what it asks of strangers."""

    def ask(protocol: str, port: int, *, tls: bool = False, seconds: float = 5.0) -> Confirmed:
        gate = make_gate()
        approach = Approach(gate, gate.permit(HERE, f"confirm {protocol}"), port, clock, tls, seconds)
        return named(protocol).confirm(approach)

    return ask


@pytest.mark.parametrize(
    ("server", "protocol", "product", "version"),
    [
        ("mongodb", "mongodb", "MongoDB", "6.0.19"),
        ("mongodb-3.4", "mongodb", "MongoDB", "3.4.24"),
        ("cassandra", "cassandra", "Apache Cassandra", ""),
        ("cassandra-2.1", "cassandra", "Apache Cassandra", ""),
        ("zookeeper", "zookeeper", "Apache ZooKeeper", "3.8.4"),
        ("zookeeper-unlisted", "zookeeper", "Apache ZooKeeper", ""),
        ("kafka", "kafka", "Apache Kafka", ""),
        ("kafka-2.2", "kafka", "Apache Kafka", ""),
        ("amqp", "amqp", "RabbitMQ", "4.0.5"),
        ("amqp-1.0", "amqp", "", ""),
        ("clickhouse", "clickhouse", "ClickHouse", "23.8"),
    ],
)
def test_open_server_and_its_twin_with_a_login(asked, server, protocol, product, version):
    """The same software lets strangers in or asks for a login; both are recognised, one is flagged."""
    with emulated(server) as port:
        seen = asked(protocol, port)
    assert (seen.login, seen.reason, seen.speaks) == (Login.NOT_NEEDED, "", True), seen
    assert (seen.product, seen.version) == (product, version)
    assert seen.transcript[-1].received
    with emulated(server, "--login") as port:
        seen = asked(protocol, port)
    assert (seen.login, seen.speaks, seen.product) == (Login.REQUIRED, True, product), seen


@pytest.mark.parametrize(
    ("server", "protocol", "login", "reason"),
    [
        ("zookeeper-acl", "zookeeper", Login.REQUIRED, "access control list"),
        ("kafka-acl", "kafka", Login.REQUIRED, "access control lists"),
        ("amqp-guest", "amqp", Login.REQUIRED, "turns it down"),
        ("amqp-1.0-late", "amqp", Login.REQUIRED, "turns it down"),
        ("ms-sql-s", "ms-sql-s", Login.REQUIRED, "no account was tried"),
        ("epmd", "epmd", Login.NOT_NEEDED, ""),
    ],
)
def test_servers_that_look_open_and_are_not(asked, server, protocol, login, reason):
    """Access lists, and RabbitMQ's offer of ANONYMOUS that admits its own machine only, keep strangers out."""
    with emulated(server) as port:
        seen = asked(protocol, port)
    assert (seen.login, seen.speaks) == (login, True)
    assert reason in seen.reason


def test_evidence_can_be_read(asked):
    """It names what anybody can see, and holds nothing with which a session could be taken over."""
    with emulated("mongodb") as port:
        assert "databases (3): admin, config, shop" in asked("mongodb", port).transcript[-1].received
    with emulated("zookeeper") as port:
        transcript = asked("zookeeper", port).transcript
    assert transcript[-1].received.splitlines() == ["error 0, names:", "zookeeper", "brokers", "config"]
    assert r"\x04\x05\x06\x07\x08" not in transcript[-2].received
    with emulated("kafka", "--login") as port:
        assert asked("kafka", port).reason == "SASL: SCRAM-SHA-256, SCRAM-SHA-512"


def listens(port: int, process: subprocess.Popen) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HERE, port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail(f"{process.args[0]} does not start: {process.poll()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return probe.getsockname()[1]


def certificate(folder: Path) -> tuple[Path, Path]:
    made, key = folder / "server.crt", folder / "server.key"
    new = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    subprocess.run([*new, "-subj", "/CN=localhost", "-keyout", key, "-out", made], check=True, capture_output=True)
    key.chmod(0o644)
    return made, key


@pytest.fixture
def mosquitto(tmp_path) -> Iterator[Callable[..., int]]:
    """Starts mosquitto with these lines of configuration; returns its port."""
    yield from starter("mosquitto", lambda port, config: ("mosquitto", "-c", config), tmp_path)


@pytest.fixture
def slapd(tmp_path) -> Iterator[Callable[..., int]]:
    """Starts slapd with a small directory and these lines of configuration before or in the database."""
    yield from starter(
        "slapd", lambda port, config: ("slapd", "-f", config, "-h", f"ldap://{HERE}:{port}", "-d", 0), tmp_path
    )


def starter(program: str, command: Callable[[int, Path], tuple], folder: Path) -> Iterator[Callable[..., int]]:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    started = []

    def start(write: Callable[[int], str]) -> int:
        port, config = free_port(), folder / f"{program}.conf"
        config.write_text(write(port))
        context = running(*command(port, config), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
        process = context.__enter__()
        started.append(context)
        listens(port, process)
        return port

    yield start
    for context in started:
        context.__exit__(None, None, None)


def test_mqtt_broker_with_and_without_passwords(asked, mosquitto, tmp_path):
    """Mosquitto answers the same CONNECT with 0 or with 5."""
    assert (
        asked("mqtt", mosquitto(lambda port: f"listener {port} {HERE}\nallow_anonymous true\n")).login
        is Login.NOT_NEEDED
    )
    refusing = mosquitto(lambda port: f"listener {port} {HERE}\nallow_anonymous false\n")
    seen = asked("mqtt", refusing)
    assert (seen.login, seen.speaks) == (Login.REQUIRED, True)


def test_mqtt_behind_tls(asked, mosquitto, tmp_path):
    """Encryption is no login."""
    made, key = certificate(tmp_path)
    tls = f"certfile {made}\nkeyfile {key}\nuser root\n"  # its own user could not read them here
    port = mosquitto(lambda port: f"listener {port} {HERE}\nallow_anonymous true\n{tls}")
    assert asked("mqtt", port, tls=True).login is Login.NOT_NEEDED


def test_a_client_certificate_is_a_safeguard(make_gate, clock, mosquitto, tmp_path):
    """Who has none learns nothing of what is behind it, and neither does the auditor: a login is needed."""
    made, key = certificate(tmp_path)
    tls = f"certfile {made}\nkeyfile {key}\ncafile {made}\nrequire_certificate true\nuser root\n"
    port = mosquitto(lambda port: f"listener {port} {HERE}\nallow_anonymous true\n{tls}")
    target = Target(make_gate(), HERE, clock, clock() + timedelta(minutes=1))
    (found,) = Questioner(target).recognised([port])
    assert (found.service, found.tls, found.login, found.maybe) == ("ssl", True, Login.REQUIRED, "")
    assert "client certificate" in found.login_reason


DIRECTORY = """\
dn: dc=bakery,dc=example
objectClass: dcObject
objectClass: organization
dc: bakery
o: Bakery

dn: ou=people,dc=bakery,dc=example
objectClass: organizationalUnit
ou: people
"""


@pytest.fixture
def directory(slapd, tmp_path) -> Callable[..., int]:
    """A slapd with two entries; returns its port."""
    modules = next(iter(Path("/usr/lib").glob("**/ldap/back_mdb.so")), Path("/usr/lib/ldap/back_mdb.so")).parent

    def start(before: str = "", inside: str = "") -> int:
        data = tmp_path / "data"
        data.mkdir()
        database = (
            f"include /etc/ldap/schema/core.schema\nmodulepath {modules}\nmoduleload back_mdb\n{before}\n"
            f'database mdb\nsuffix "dc=bakery,dc=example"\ndirectory {data}\n{inside}\n'
        )
        (tmp_path / "add.conf").write_text(database)
        subprocess.run(
            ["slapadd", "-q", "-f", tmp_path / "add.conf"], input=DIRECTORY, text=True, check=True, capture_output=True
        )
        return slapd(lambda port: database)

    return start


@pytest.mark.parametrize(
    ("before", "inside", "login"),
    [
        ("", "", Login.NOT_NEEDED),
        # The man page's wording misleads: searches without a bind go on.
        ("disallow bind_anon", "", Login.NOT_NEEDED),
        ("require authc", "", Login.REQUIRED),
        ("disallow bind_anon\nrequire authc", "", Login.REQUIRED),
        ("", "access to * by users read by anonymous auth", Login.REQUIRED),
        ("", 'access to dn.base="dc=bakery,dc=example" by * read\naccess to * by users read', Login.REQUIRED),
    ],
)
def test_directory_is_open_when_entries_can_be_read(asked, directory, before, inside, login):
    """The root DSE is readable in all of them and decides nothing; neither does the bind."""
    seen = asked("ldap", directory(before, inside))
    assert (seen.login, seen.speaks) == (login, True), seen
    assert len(seen.transcript) >= 2
    told = "namingcontexts: dc=bakery,dc=example" in seen.transcript[1].received
    assert (seen.product == "OpenLDAP") == told == ("require" not in before)


def test_directory_that_wants_tls_is_asked_after_start_tls(asked, directory, tmp_path):
    """Entries that anybody can read over TLS only can be read by anybody."""
    made, key = certificate(tmp_path)
    tls = f"TLSCertificateFile {made}\nTLSCertificateKeyFile {key}"
    seen = asked("ldap", directory(tls, "security tls=1"))
    assert seen.login is Login.NOT_NEEDED, seen
    assert "StartTLS" in [entry.sent for entry in seen.transcript]


def bind_answer(code: int) -> bytes:
    return b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01" + bytes((code,)) + b"\x04\x00\x04\x00"


def active_directory(client: socket.socket) -> None:
    """Its root DSE names its contexts, and every other search gets operationsError."""
    context = b"\x04\x14dc=bakery,dc=example"
    values = b"\x31" + bytes((len(context),)) + context
    attribute = b"\x04\x14defaultNamingContext" + values
    listed = b"\x30" + bytes((len(attribute),)) + attribute
    entry = b"\x04\x00\x30" + bytes((len(listed),)) + listed
    root = b"\x02\x01\x02\x64" + bytes((len(entry),)) + entry
    done = b"\x30\x0c\x02\x01%c\x65\x07\x0a\x01%c\x04\x00\x04\x00"
    client.recv(4096)
    client.sendall(bind_answer(0))
    client.recv(4096)
    client.sendall(b"\x30" + bytes((len(root),)) + root + done % (2, 0))
    client.recv(4096)
    client.sendall(done % (3, 1))
    client.recv(4096)


@contextmanager
def answering(treat: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on loopback that treats every client so; yields its port."""

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                client.settimeout(2)
                try:
                    treat(client)
                except OSError:
                    continue

    with socket.socket() as server:
        server.bind((HERE, 0))
        server.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_active_directory_is_not_open(asked):
    """Every domain controller takes an anonymous bind and shows its root DSE."""
    with answering(active_directory) as port:
        seen = asked("ldap", port)
    assert (seen.login, seen.product) == (Login.REQUIRED, "Active Directory")


def web(client: socket.socket) -> None:
    if client.recv(4096):
        client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def ssh(client: socket.socket) -> None:
    client.sendall(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")
    while client.recv(4096):
        pass


@pytest.mark.parametrize("protocol", [*STORES, "redis", "memcached", "mysql", "postgresql"])
@pytest.mark.parametrize("treat", [web, ssh])
def test_something_else_on_the_port_is_not_taken_for_it(asked, protocol, treat):
    """Every protocol is asked first on its usual ports, where a web server may live as well."""
    with answering(treat) as port:
        seen = asked(protocol, port, seconds=0.5)
    assert (seen.login, seen.speaks, seen.product) == (Login.UNKNOWN, False, ""), seen


LIES = {
    "mongodb": (
        b"\xff\xff\xff\x7f\1\0\0\0\1\0\0\0\xdd\7\0\0",
        b"\x14\0\0\0\1\0\0\0\1\0\0\0\xdd\7\0\0\0\0\0\0",
        b"\x20\0\0\0\1\0\0\0\1\0\0\0\xdd\7\0\0" + bytes(5) + b"\x7f\0\0\0\x02ok\0\0",
        b"\xf0\xff\xff\xff\1\0\0\0\1\0\0\0\xdd\7\0\0" + bytes(40),
    ),
    "cassandra-native": (
        b"\x84\0\0\0\6\x7f\xff\xff\xff",
        b"\x84\0\0\0\6\xff\xff\xff\xff",
        b"\x84\0\0\0\6\0\0\0\4\xff\xff\xff\xff",
        b"\x84\0\0\0\0\0\0\0\0",
    ),
    "zookeeper": (b"Zookeeper version: 3.8.0\nNode count: 5\n", b"Zookeeper version: x\nNode count: \n"),
    "kafka": (
        b"\x7f\xff\xff\xff\0\0\0\1",
        b"\xff\xff\xff\xff\0\0\0\1",
        b"\0\0\0\x0a\0\0\0\1\0\0\x7f\xff\xff\xff",
        b"\0\0\0\4\0\0\0\1",
    ),
    "amqp": (
        b"\1\0\0\xff\xff\xff\xff\0\x0a\0\x0a",
        b"\1\0\0\0\0\0\4\0\x0a\0\x0a\xce",
        b"\1\0\0\0\0\0\x0a\0\x0a\0\x0a\0\x09\xff\xff\xff\xff\xce",
    ),
    "mqtt": (b"\x20\xff\xff\xff\x7f", b"\x20\0", b"\x20\x02\0"),
    "ldap": (
        b"\x30\x84\x7f\xff\xff\xff\x02\x01\x01\x61\x07",
        b"\x30\x80\x02\x01\x01\0\0",
        b"\x30\x05\x02\x01\x01\x61\x00",
        b"\x30\x07\x02\x01\x01\x61\x02\x0a\x01",
    ),
    "clickhouse": (b"\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\2\0\0\0\0\x7fDB::"),
    "ms-sql-s": (
        b"\4\1\xff\xff\0\0\1\0",
        b"\4\1\0\x0e\0\0\1\0\0\xff\xff\0\6\xff",
        b"\4\1\0\0\0\0\1\0",
    ),
    "epmd": (b"\0\0\x11\x11name x at port 99999999\n", b"\0\0\x11\x12"),
}


@pytest.mark.parametrize(("protocol", "lie"), [(name, lie) for name, lies in LIES.items() for lie in lies])
def test_lengths_that_lie_are_not_believed(asked, protocol, lie):
    """An answer that contradicts itself ends in UNKNOWN with a reason; nothing is read that is not there."""

    def answer(client: socket.socket) -> None:
        while client.recv(4096):
            client.sendall(lie)

    with answering(answer) as port:
        seen = asked(protocol, port, seconds=0.3)
    assert seen.login is Login.UNKNOWN, seen
    assert seen.reason


@pytest.mark.parametrize(("server", "protocol"), [("mongodb", "mongodb"), ("kafka", "kafka"), ("amqp", "amqp")])
def test_a_server_that_is_slow_is_understood_byte_by_byte(asked, server, protocol):
    """Answers that come in pieces are put together."""

    def relay(client: socket.socket) -> None:
        with socket.create_connection((HERE, behind), 2) as real:
            while words := client.recv(65536):
                real.sendall(words)
                time.sleep(0.05)
                for byte in real.recv(65536):
                    client.sendall(bytes((byte,)))
                    time.sleep(0.0002)

    with emulated(server) as behind, answering(relay) as port:
        assert asked(protocol, port).login is Login.NOT_NEEDED
