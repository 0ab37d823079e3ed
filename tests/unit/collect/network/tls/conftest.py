"""Real TLS servers on loopback, each with the certificate and the settings that a test names."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from posture.collect.network.target import Target
from posture.collect.network.tls.look import look_at_tls
from posture.facts.network import OpenPort
from posture.facts.tls import TlsEndpoint, TlsEndpoints

EMULATOR = Path(__file__).parents[4] / "lab" / "servers_tls.py"
DAY = timedelta(days=1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(*command: object, ports: tuple[int, ...], quick: bool = False, **more) -> Iterator[None]:
    """A server, from when it listens on its ports; `quick`: one that else waits for its clients when it is ended."""
    if not shutil.which(str(command[0])):
        pytest.skip(f"{command[0]} is not installed")
    with tempfile.TemporaryFile() as said:
        words = [str(word) for word in command]
        ends = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": said}
        process = subprocess.Popen(words, start_new_session=True, **ends, **more)
        try:
            _wait_for(process, ports, said)
            yield
        finally:
            process.send_signal(signal.SIGINT if quick else signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdin.close()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what it started


def _wait_for(process: subprocess.Popen, ports: tuple[int, ...], said: IO[bytes]) -> None:
    end = time.monotonic() + 20
    for port in ports:
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > end:
                said.seek(0)
                pytest.fail(f"{process.args[0]} does not start: {said.read()[-800:].decode()}")
            time.sleep(0.02)


def _listens(port: int) -> bool:
    with Path("/proc/net/tcp").open() as table:  # a connection would be one that some servers wait for
        return any(f":{port:04X} 00000000:0000 0A" in line for line in table)


class Certificates:
    """A root, an intermediate, and files with certificates and keys made by them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = self._made("Lab Root", None, ca=True)
        self.middle = self._made("Lab Intermediate", self.root, ca=True)
        self.roots = folder / "roots.pem"
        self.roots.write_bytes(self.root[0].public_bytes(serialization.Encoding.PEM))

    def _made(self, name, issuer, *, ca=False, names=(), before=-30 * DAY, after=300 * DAY, key=None):
        key = key or ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer[0].subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + before)
            .not_valid_after(now + after)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if names:
            san = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
            builder = builder.add_extension(san, critical=False)
        signer = issuer[1] if issuer else key
        algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        return builder.sign(signer, algorithm), key

    def write(self, name: str, *, by="middle", chain=True, names=("shop.example",), **more) -> tuple[Path, Path]:
        """Files with a certificate, the intermediate behind it if `chain`, and its key."""
        issuer = {"middle": self.middle, "root": self.root, "itself": None}[by]
        made, key = self._made(names[0], issuer, names=names, **more)
        sent = [made, self.middle[0]] if chain and by == "middle" else [made]
        certificate, private = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        certificate.write_bytes(b"".join(each.public_bytes(serialization.Encoding.PEM) for each in sent))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate, private


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def run_server() -> Callable[..., contextlib.AbstractContextManager[None]]:
    return running


@pytest.fixture(scope="session")
def pick_port() -> Callable[[], int]:
    return free_port


@pytest.fixture
def target(make_gate, clock) -> Callable[..., Target]:
    """This machine as a host to look at, by these names."""
    return lambda *names, **more: Target(
        make_gate(), "127.0.0.1", clock, more.pop("deadline", clock() + timedelta(minutes=5)), names, **more
    )


@pytest.fixture
def look(target) -> Callable[..., TlsEndpoints]:
    """Look at one port, which nmap would call by this service's name; TLS from the first byte where it has none."""

    def at(port: int, *names: str, service: str = "") -> TlsEndpoints:
        return look_at_tls(target(*names), [OpenPort("127.0.0.1", port, service, tls=not service)])

    return at


@pytest.fixture
def endpoint(look) -> Callable[..., TlsEndpoint]:
    """The one endpoint that was found there."""

    def at(port: int, *names: str, **more) -> TlsEndpoint:
        seen = look(port, *names, **more)
        assert len(seen.endpoints) == 1, seen
        return seen.endpoints[0]

    return at


@pytest.fixture
def emulated() -> Iterator[Callable[[str], int]]:
    """Start one of the lab's emulators; gives its port."""
    with contextlib.ExitStack() as every:

        def start(name: str) -> int:
            port = free_port()
            every.enter_context(running(sys.executable, "-I", EMULATOR, name, port, ports=(port,)))
            return port

        yield start


@pytest.fixture(scope="session")
def nginx(certificates, tmp_path_factory) -> Iterator[dict[str, int]]:
    """One nginx with a port for each variant: name -> port."""
    folder = tmp_path_factory.mktemp("nginx")
    made = certificates.write
    good = made("good", names=("shop.example", "*.shop.example"))
    old = "ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ALL:eNULL:@SECLEVEL=0;"
    both = "ssl_protocols TLSv1.2 TLSv1.3;"
    variants = {
        "modern": (good, both),
        "old": (good, old),
        "tls13": (good, "ssl_protocols TLSv1.3;"),
        "expired": (made("expired", after=-DAY), ""),
        "early": (made("early", before=DAY), ""),
        "self-signed": (made("self-signed", by="itself"), ""),
        "incomplete": (made("incomplete", chain=False), ""),
        "ed25519": (made("ed25519", by="root", key=ed25519.Ed25519PrivateKey.generate()), ""),
        "client-certificate": (good, f"{both} ssl_verify_client on; ssl_client_certificate {certificates.roots};"),
    }
    ports = {name: free_port() for name in variants}
    servers = "".join(
        f"server {{ listen 127.0.0.1:{ports[name]} ssl; ssl_certificate {certificate}; ssl_certificate_key {key}; "
        f"{more} }}\n"
        for name, ((certificate, key), more) in variants.items()
    )
    paths = "".join(f"{kind}_temp_path {folder}/t;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    config.write_text(
        f"daemon off; master_process off; {user} pid {folder}/pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log off; {paths}\n{servers} }}\n"
    )
    with running("nginx", "-e", "stderr", "-p", folder, "-c", config, ports=tuple(ports.values())):
        yield ports
