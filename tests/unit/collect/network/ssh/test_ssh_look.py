"""What is said of SSH servers before a login: real ones, weak and as Debian has them, and some that mean harm."""

import contextlib
import os
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from posture.collect.network.ssh import look as looking
from posture.collect.network.ssh.look import look_at_ssh
from posture.collect.network.target import Target
from posture.facts.network import OpenPort

SSHD = Path("/usr/sbin/sshd")
WEAK = (
    "KexAlgorithms diffie-hellman-group1-sha1,diffie-hellman-group14-sha1\nCiphers 3des-cbc,aes128-cbc\n"
    "MACs hmac-md5,hmac-sha1-96\nHostKeyAlgorithms ssh-rsa,ssh-dss\n"
)


@pytest.fixture
def look(make_gate, clock) -> Callable[[int], object]:
    def at(port: int):
        target = Target(make_gate(), "127.0.0.1", clock, clock() + timedelta(minutes=1))
        return look_at_ssh(target, [OpenPort("127.0.0.1", port, "ssh"), OpenPort("127.0.0.1", 1, "http")])

    return at


@contextlib.contextmanager
def sshd(folder: Path, *keys: tuple[str, ...], settings: str = "") -> Iterator[int]:
    if not SSHD.exists():
        pytest.skip("sshd is not installed")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    config = folder / "sshd_config"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lines = [f"ListenAddress 127.0.0.1:{port}", "PidFile none", "UseDNS no", settings]
    for number, key in enumerate(keys):
        file = folder / f"key{number}"
        subprocess.run(["ssh-keygen", "-q", "-N", "", "-f", file, *key], check=True)
        lines.append(f"HostKey {file}")
    config.write_text("\n".join(lines))
    process = subprocess.Popen([SSHD, "-D", "-e", "-f", config], stderr=subprocess.PIPE)
    try:
        end = time.monotonic() + 10
        while process.poll() is None and time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        else:
            pytest.fail(process.communicate()[1].decode())
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_weak_server_shows_its_weaknesses(tmp_path, look) -> None:
    """Algorithms, and keys that current clients would not even talk to, with their sizes."""
    with sshd(tmp_path, ("-t", "rsa", "-b", "1024"), ("-t", "dsa"), settings=WEAK) as port:
        (offer,) = look(port).offers
    assert offer.banner.startswith("SSH-2.0-OpenSSH_")
    assert {"diffie-hellman-group1-sha1", "diffie-hellman-group14-sha1"} <= set(offer.key_exchange)
    assert offer.ciphers == ("3des-cbc", "aes128-cbc")
    assert offer.macs == ("hmac-md5", "hmac-sha1-96")
    assert offer.host_key_algorithms == ("ssh-rsa", "ssh-dss")
    assert [(key.type, key.bits) for key in offer.keys] == [("ssh-rsa", 1024), ("ssh-dss", 1024)]
    assert offer.keys_reason == ""


@pytest.mark.parametrize(
    "method",
    ["curve25519-sha256", "ecdh-sha2-nistp256", "diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512"],
)
def test_host_keys_are_those_of_the_files(tmp_path, look, method) -> None:
    """Whatever key exchange the server has, its keys have the fingerprints that ssh-keygen shows."""
    keys = (("-t", "rsa", "-b", "2048"), ("-t", "ecdsa"), ("-t", "ed25519"))
    with sshd(tmp_path, *keys, settings=f"KexAlgorithms {method}") as port:
        (offer,) = look(port).offers
    assert (offer.keys_reason, [key.type for key in offer.keys]) == (
        "",
        ["ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519"],
    )
    for number, key in enumerate(offer.keys):
        said = subprocess.check_output(["ssh-keygen", "-lf", tmp_path / f"key{number}"], text=True).split()
        assert (str(key.bits), key.fingerprint) == (said[0], said[1])


def test_keys_behind_an_unknown_key_exchange_are_said_to_be_missing(tmp_path, look) -> None:
    with sshd(tmp_path, ("-t", "ed25519"), settings="KexAlgorithms sntrup761x25519-sha512@openssh.com") as port:
        (offer,) = look(port).offers
    assert offer.keys == ()
    assert "no key exchange that this version can begin" in offer.keys_reason


def test_we_say_who_we_are(look) -> None:
    heard = []

    def treat(client: socket.socket) -> None:
        client.sendall(b"SSH-2.0-Ear\r\n")
        heard.append(client.recv(200))

    with serving(treat) as port:
        look(port)
    assert heard[0].startswith(b"SSH-2.0-Posture_")
    assert heard[0].endswith(b"\r\n")


def packet(payload: bytes) -> bytes:
    return struct.pack(">IB", len(payload) + 5, 4) + payload + bytes(4)


def lists(*names: bytes) -> bytes:
    return b"\x14" + bytes(16) + b"".join(struct.pack(">I", len(name)) + name for name in names) + bytes(5)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (b"hello\r\n" * 60, "too much before its identification"),
        (b"A" * 5000, "too much before its identification"),
        (b"SSH-1.5-old\r\n", "SSH 1 only"),
        (b"SSH-2.0-x\r\n\xff\xff\xff\xff\x04\x14", "a length that cannot be"),
        (b"SSH-2.0-x\r\n\x00\x00\x00\x08\xff\x14" + bytes(10), "a length that cannot be"),
        (b"SSH-2.0-x\r\n" + packet(b"\x14" + bytes(16) + b"\xff\xff\xff\xff" + b"a" * 90), "does not fit"),
        (b"SSH-2.0-x\r\n" + packet(lists(*[b"a," * 300] * 10)), "more algorithms than there are"),
        (b"SSH-2.0-x\r\n" + packet(b"\x01" + bytes(20)), "ended the connection"),
        (b"SSH-2.0-x\r\n" + packet(b"\x02" + bytes(30_000)) * 4, "sent more than"),
        (b"", "said nothing"),
    ],
)
def test_hostile_servers_end_with_a_reason(look, monkeypatch, words, why) -> None:
    """Lengths that lie, endless words, silence: not looked at, and soon over."""
    monkeypatch.setattr(looking, "SECONDS", 0.5)

    def treat(client: socket.socket) -> None:
        client.sendall(words)
        client.recv(200)
        while client.recv(4096):
            pass

    with serving(treat) as port:
        seen = look(port)
    assert seen.offers == ()
    ((_, reason),) = seen.not_looked_at
    assert why in reason


def test_slow_drip_is_over_in_time(look, monkeypatch) -> None:
    monkeypatch.setattr(looking, "SECONDS", 0.5)

    def treat(client: socket.socket) -> None:
        while True:
            client.sendall(b"x")
            time.sleep(0.05)

    with serving(treat) as port:
        ((_, reason),) = look(port).not_looked_at
    assert "said nothing more" in reason


def test_names_are_harmless(look, monkeypatch) -> None:
    """Algorithms and the banner are the server's own words."""
    monkeypatch.setattr(looking, "SECONDS", 0.5)
    evil = b"\x1b[2J\xff<b>"

    def treat(client: socket.socket) -> None:
        client.sendall(b"SSH-2.0-" + evil + b"\r\n" + packet(lists(*[evil] * 10)))
        client.recv(200)

    with serving(treat) as port:
        (offer,) = look(port).offers
    assert all("\x1b" not in text for text in (offer.banner, *offer.key_exchange, *offer.macs))


@contextlib.contextmanager
def serving(treat: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on loopback that treats every client so."""

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client, contextlib.suppress(OSError):
                client.settimeout(2)
                treat(client)

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join()
