"""How the lab's own tests talk to its servers: bytes there and back, from the scanner's place, without Posture."""

from __future__ import annotations

import sys

from lab import Lab
from truth import ADDRESSES

_STREAM = """
import socket, ssl, sys
host, port, say, enough = sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[3]), int(sys.argv[4])
until = bytes.fromhex(sys.argv[5])
got = b""
with socket.create_connection((host, port), timeout=10) as link:
    link.settimeout(float(sys.argv[6]))
    if sys.argv[7]:
        link = ssl.create_default_context().wrap_socket(link, server_hostname=host)
    link.sendall(say)
    try:
        while len(got) < enough and not (until and until in got) and (more := link.recv(65536)):
            got += more
    except (TimeoutError, ConnectionResetError):
        pass
sys.stdout.buffer.write(got)
"""
_DATAGRAM = """
import socket, sys
host, port, say, tries = sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[3]), int(sys.argv[4])
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
    for _ in range(tries):
        link.sendto(say, (host, port))  # TFTP answers from another port: not connected
        link.settimeout(1)
        try:
            got = link.recv(65536)
            link.settimeout(0.1)
            while got:
                sys.stdout.buffer.write(got)
                got = link.recv(65536)
        except (TimeoutError, ConnectionRefusedError):
            if not link.gettimeout() == 1:
                break
"""


def talk(
    lab: Lab, host: str, port: int, say: bytes = b"", *, enough: int = 4000, until: bytes = b"", patience: float = 2,
    tls: bool = False,
) -> bytes:  # fmt: skip
    """What a TCP port says to these bytes, until it has said enough, or what is waited for, or nothing for so long."""
    words = [ADDRESSES[host], str(port), say.hex(), str(enough), until.hex(), str(patience), "tls" if tls else ""]
    said: bytes = lab.run([sys.executable, "-c", _STREAM, *words], text=False, check=True).stdout
    return said


def send(lab: Lab, host: str, port: int, say: bytes, *, tries: int = 3) -> bytes:
    """What a UDP port answers to this datagram, all together; sent again where the cable may have lost it."""
    words = [ADDRESSES[host], str(port), say.hex(), str(tries)]
    said: bytes = lab.run([sys.executable, "-c", _DATAGRAM, *words], text=False, check=True).stdout
    return said
