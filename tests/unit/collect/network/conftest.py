"""Real servers in a network of their own: a thread of this process lives in a new network namespace, with its children.

Nothing outside is swept by a test that way, and the servers' ports are free. Without root the servers run on loopback
and what needs the namespace is skipped.
"""

import ctypes
import os
import platform
import shutil
import signal
import socket
import subprocess
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from posture.collect.scope import ScopeGate
from posture.model.action import Action
from posture.model.customer import Authorization, AuthorizationMethod, Customer

# RFC 5737; addresses of the room that are not loopback, as servers tell them apart; the second one no server lets in
ELSEWHERE, UNKNOWN = "198.51.100.20", "198.51.100.21"
NOBODY = 65534
CLONE_NEWNET, PR_CAPBSET_DROP, CAP_NET_RAW = 0x40000000, 24, 13
SETRESUID = {"x86_64": 117, "aarch64": 147}
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Log:
    """Keeps the actions."""

    actions: list[Action] = field(default_factory=list)

    def record(self, action: Action) -> None:
        self.actions.append(action)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="session")
def clock() -> Callable[[], datetime]:
    return now


@pytest.fixture(scope="session")
def make_gate() -> Callable[..., ScopeGate]:
    """A gate for a customer who owns loopback and the room's other address."""

    def make(*networks: str, valid_for: timedelta = timedelta(hours=1), **more) -> ScopeGate:
        grant = Authorization(
            AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", now() - timedelta(days=1), now() + valid_for
        )
        ranges = tuple(map(ip_network, networks or ("127.0.0.0/8", "::1/128", "198.51.100.16/28")))
        return ScopeGate(Customer("bakery", "Bakery", grant, networks=ranges), "run-1", now, Log(), **more)

    return make


@dataclass
class Room:
    """A thread in a network; `alone` says whether it is a namespace of its own."""

    thread: ThreadPoolExecutor
    alone: bool
    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    def do(self, work: Callable, *args, **named):
        """Do something inside."""
        return self.thread.submit(work, *args, **named).result()

    def port(self, name: str, preferred: int) -> int:
        self.ports[name] = preferred if self.alone else _free_port()
        return self.ports[name]

    def start(self, name: str, *command: object, ready: int, user: int | None = None) -> None:
        """Start a server and wait until it listens on its port."""
        if not shutil.which(str(command[0])):
            del self.ports[name]
            return
        log = (self.folder / f"{name}.log").open("wb")
        ids = {"user": user, "group": user, "extra_groups": []} if user is not None and os.geteuid() == 0 else {}
        process = self.do(
            subprocess.Popen, [str(c) for c in command], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            start_new_session=True, cwd=self.folder, **ids,
        )  # fmt: skip
        log.close()
        self.processes[name] = process
        if not self.do(_listens, ready, process):
            pytest.fail(f"{name} does not start: {(self.folder / f'{name}.log').read_text(errors='replace')[-800:]}")

    def stop(self, name: str) -> None:
        process = self.processes.pop(name, None)
        self.ports.pop(name, None)
        if process is not None:
            if name == "postgresql" and process.poll() is None:  # it leaves shared memory behind when it is killed
                process.send_signal(signal.SIGINT)
                process.wait(30)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def end(self) -> None:
        for name in list(self.processes):
            self.stop(name)
        self.thread.shutdown()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _listens(port: int, process: subprocess.Popen) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


def _own_network() -> None:
    if _libc.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    addresses = (f"address add {address}/32 dev lo" for address in (ELSEWHERE, UNKNOWN))
    for words in ("link set lo up", *addresses):
        subprocess.run(["ip", *words.split()], check=True)


def _unprivileged() -> None:
    _own_network()
    if _libc.syscall(SETRESUID[platform.machine()], NOBODY, NOBODY, NOBODY):  # this thread only, not the process
        raise OSError(ctypes.get_errno(), "setresuid")


def _without_raw_sockets() -> None:
    _own_network()
    if _libc.prctl(PR_CAPBSET_DROP, CAP_NET_RAW, 0, 0, 0):  # what this thread starts cannot have it
        raise OSError(ctypes.get_errno(), "prctl")


def _room(enter: Callable[[], None], folder: Path) -> Room:
    thread = ThreadPoolExecutor(1)
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("needs root and ip(8) to make a network namespace")
    try:
        thread.submit(enter).result()
    except (OSError, KeyError, subprocess.CalledProcessError) as error:
        thread.shutdown()
        pytest.skip(f"no network namespace can be made here: {error!r}")
    return Room(thread, alone=True, folder=folder)


@pytest.fixture
def empty_room(tmp_path) -> Iterator[Room]:
    """A network with nothing in it."""
    room = _room(_own_network, tmp_path)
    yield room
    room.end()


@pytest.fixture(scope="module")
def own_room() -> Iterator[Room]:
    """A network for the servers of one test file."""
    folder = Path(tempfile.mkdtemp(prefix="posture-room-"))
    folder.chmod(0o711)
    try:
        room = _room(_own_network, folder)
        yield room
        room.end()
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def unprivileged_room(tmp_path) -> Iterator[Room]:
    """The same for a thread of user nobody."""
    room = _room(_unprivileged, tmp_path)
    yield room
    room.end()


@pytest.fixture
def rawless_room(tmp_path) -> Iterator[Room]:
    """The same for root whose programs get no raw sockets, as in many containers."""
    room = _room(_without_raw_sockets, tmp_path)
    yield room
    room.end()


@pytest.fixture(scope="session")
def room() -> Iterator[Room]:
    """A network full of real servers; `ports` has those whose program is installed, by name."""
    folder = Path(tempfile.mkdtemp(prefix="posture-room-"))  # pytest's own folders are closed to user nobody
    folder.chmod(0o711)
    try:
        made = _room(_own_network, folder)
    except pytest.skip.Exception:
        made = Room(ThreadPoolExecutor(1), alone=False, folder=folder)
    try:
        for start in (_redis, _memcached, _ftp, _telnet, _postgresql, _mariadb):
            start(made)
        yield made
    finally:
        made.end()
        shutil.rmtree(folder)


def _redis(room: Room) -> None:
    no_ping = ("default", "on", "nopass", "~*", "-@all", "+get")
    for name, preferred, more in (
        ("redis", 26379, ()),
        ("redis-password", 26380, ("--requirepass", "x")),
        ("redis-unprotected", 26382, ("--protected-mode", "no")),
        ("redis-no-ping", 26383, ("--protected-mode", "no", "--user", *no_ping)),
    ):
        port = room.port(name, preferred)
        common = ("--port", port, "--bind", "0.0.0.0", "--save", "", "--dir", room.folder)
        room.start(name, "redis-server", *common, *more, ready=port)

    port = room.port("redis-tls", 26381)
    certificate, key = _certificate(room.folder)
    tls = ("--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate)
    command = ("redis-server", "--port", 0, "--tls-port", port, *tls, "--tls-auth-clients", "no", "--save", "")
    room.start("redis-tls", *command, ready=port)


def _memcached(room: Room) -> None:
    port = room.port("memcached", 21211)
    command = ("memcached", "-p", port, "-l", "0.0.0.0", "-U", 0)
    room.start("memcached", *command, ready=port, user=NOBODY)


@pytest.fixture
def memcached_with_password(room) -> Iterator[None]:
    """Not for the sweep: nmap tries for a minute to make something of it."""
    passwords = room.folder / "memcached.passwords"
    passwords.write_text("someone:something\n")
    passwords.chmod(0o644)
    port = room.port("memcached-password", 21212)
    command = ("memcached", "-p", port, "-l", "0.0.0.0", "-U", 0, "-Y", passwords)
    room.start("memcached-password", *command, ready=port, user=NOBODY)
    yield
    room.stop("memcached-password")


def _certificate(folder: Path, owner: int | None = None) -> tuple[Path, Path]:
    """A certificate for nobody in particular and its key."""
    certificate, key = folder / "server.crt", folder / "server.key"
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    where = ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*new, *where], check=True, capture_output=True)
    if owner is not None and os.geteuid() == 0:
        os.chown(key, owner, owner)
        os.chown(certificate, owner, owner)
    return certificate, key


def _ftp(room: Room) -> None:
    if not room.alone:
        return  # vsftpd starts as root only
    (room.folder / "empty").mkdir()
    certificate, key = _certificate(room.folder)
    tls = f"ssl_enable=YES\nallow_anon_ssl=YES\nforce_anon_logins_ssl=YES\nrsa_cert_file={certificate}\n"
    tls += f"rsa_private_key_file={key}\n"
    for name, preferred, anonymous, more in (
        ("ftp-anonymous", 2121, "YES", ""), ("ftp", 2122, "NO", ""), ("ftp-starttls", 2123, "YES", tls),
    ):  # fmt: skip
        port = room.port(name, preferred)
        config = room.folder / f"{name}.conf"
        config.write_text(
            f"listen=YES\nlisten_port={port}\nanonymous_enable={anonymous}\nlocal_enable=YES\nbackground=NO\n"
            f"secure_chroot_dir={room.folder}/empty\nanon_root={room.folder}/empty\nseccomp_sandbox=NO\n{more}"
        )
        room.start(name, "vsftpd", config, ready=port)


def _telnet(room: Room) -> None:
    if not Path("/usr/sbin/telnetd").exists():
        return
    port = room.port("telnet", 2323)
    config = room.folder / "xinetd.conf"
    config.write_text(
        textwrap.dedent(f"""\
        service telnet
        {{
            type = UNLISTED
            port = {port}
            socket_type = stream
            wait = no
            user = {"root" if os.geteuid() == 0 else os.environ.get("USER", "nobody")}
            server = /usr/sbin/telnetd
        }}
        """)
    )
    room.start("telnet", "xinetd", "-dontfork", "-f", config, "-pidfile", room.folder / "xinetd.pid", ready=port)


def _postgresql(room: Room) -> None:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        return
    port, data = room.port("postgresql", 25432), room.folder / "pg"
    data.mkdir(mode=0o700)
    ids = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    if ids:
        os.chown(data, NOBODY, NOBODY)
    initdb = [programs[-1] / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"]
    subprocess.run(initdb, check=True, capture_output=True, cwd=room.folder, **ids)
    (data / "pg_hba.conf").write_text(
        f"hostssl all all 127.0.0.1/32 trust\nhost all all {ELSEWHERE}/32 scram-sha-256\nhost app app 0.0.0.0/0 trust\n"
    )
    server = (programs[-1] / "postgres", "-D", data, "-p", port, "-k", "", "-c", "listen_addresses=0.0.0.0")
    certificate, key = _certificate(data, owner=NOBODY)
    tls = ("-c", "ssl=on", "-c", f"ssl_cert_file={certificate}", "-c", f"ssl_key_file={key}")
    room.start("postgresql", *server, *tls, ready=port, user=NOBODY)


def _mariadb(room: Room) -> None:
    port, data = room.port("mysql", 23306), room.folder / "mysql"
    data.mkdir()
    if os.geteuid() == 0:
        os.chown(data, NOBODY, NOBODY)
    options = ("--no-defaults", f"--datadir={data}", "--skip-grant-tables", f"--socket={data}/s", f"--port={port}")
    more = ("--bind-address=0.0.0.0", "--innodb-buffer-pool-size=8M", f"--pid-file={data}/pid")
    room.start("mysql", "mariadbd", *options, *more, ready=port, user=NOBODY)
