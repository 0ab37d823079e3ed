"""Servers of file sharing and remote login that no package brings, after the documents of their protocols.

``python -I servers_access.py NAME PORT [--login] [--address ADDRESS]`` serves until it is killed; with ``--login`` it
is the same server with its access control on.

- ``nfs``: the kernel's NFS with its mount daemon and portmapper (on port 111), as `showmount -e` sees them
  (RFC 1813 appendix I, RFC 1833); NFS 3 only.
- ``afp``: a file server for Macs (Apple Filing Protocol Reference, FPGetSrvrInfo); without a login it offers guests.
- ``adb``: an Android device (AOSP, adb/protocol.txt); with a login it asks for a key.
- ``smart-install``: a Cisco switch, as Cisco's smi_check sees it.
- ``rlogin``, ``rsh``, ``rexec``: BSD's servers turning down a client without a privileged port (RFC 1282; rshd(8)).
"""

from __future__ import annotations

import argparse
import asyncio
import struct
from collections.abc import Awaitable, Callable

Serving = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PORTMAPPER, NFS, MOUNT = 100000, 100003, 100005
GUEST, ENCRYPTED = b"No User Authent", b"DHX2"


def opaque(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data + bytes(-len(data) % 4)


def exports(*entries: tuple[bytes, tuple[bytes, ...]]) -> bytes:
    """The results of EXPORT: linked lists, each link announced by a 1."""
    listed = b""
    for folder, clients in entries:
        listed += struct.pack(">I", 1) + opaque(folder)
        listed += b"".join(struct.pack(">I", 1) + opaque(client) for client in clients) + bytes(4)
    return listed + bytes(4)


def nfs(port: int, login: bool) -> Serving:
    listed_hosts = (b"192.0.2.7", b"10.0.0.0/8")
    data = (b"/srv/data", listed_hosts if login else (b"*",))
    results = {
        (PORTMAPPER, 3): struct.pack(">I", port),
        (MOUNT, 5): exports(data, (b"/srv/home", listed_hosts)),
        (NFS, 0): b"",
    }

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            length = int.from_bytes(await reader.readexactly(4), "big") & 0x7FFF_FFFF
            call = await reader.readexactly(length)
            xid, _, _, program, version, procedure = struct.unpack_from(">IIIIII", call)
            accepted = struct.pack(">IIIII", xid, 1, 0, 0, 0)
            if program == NFS and version != 3:
                answer = accepted + struct.pack(">III", 2, 3, 3)
            elif (program, procedure) in results:
                answer = accepted + bytes(4) + results[program, procedure]
            else:
                answer = accepted + struct.pack(">I", 1)
            writer.write(struct.pack(">I", 0x8000_0000 | len(answer)) + answer)
            await writer.drain()

    return serve


def afp(_port: int, login: bool) -> Serving:
    def names(*values: bytes) -> bytes:
        return bytes([len(values)]) + b"".join(bytes([len(value)]) + value for value in values)

    versions = names(b"AFP2.2", b"AFP3.4")
    machine = bytes([len(b"Netatalk")]) + b"Netatalk"
    methods = names(ENCRYPTED) if login else names(ENCRYPTED, GUEST)
    name = b"\x05files"
    fixed = 10 + len(name)
    offsets = struct.pack(">HHHHH", fixed, fixed + len(machine), fixed + len(machine) + len(versions), 0, 0x8000)
    block = offsets + name + machine + versions + methods

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readexactly(16)
        writer.write(struct.pack(">BB2sIII", 1, request[1], request[2:4], 0, len(block), 0) + block)
        await writer.drain()

    return serve


def adb(_port: int, login: bool) -> Serving:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        header = await reader.readexactly(24)
        await reader.readexactly(int.from_bytes(header[12:16], "little"))
        command, number, data = (
            (b"AUTH", 1, bytes(20)) if login else (b"CNXN", 0x0100_0000, b"device::ro.product.name=tv;")
        )
        inverted = int.from_bytes(command, "little") ^ 0xFFFF_FFFF
        writer.write(struct.pack("<4sIIIII", command, number, 4096, len(data), sum(data), inverted) + data)
        await writer.drain()

    return serve


def smart_install(_port: int, _login: bool) -> Serving:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readexactly(24) == struct.pack(">6I", 1, 1, 4, 8, 1, 0):
            writer.write(struct.pack(">6I", 4, 0, 3, 8, 1, 0))
            await writer.drain()

    return serve


def refusal(words: bytes, after_nul: bool) -> Callable[[int, bool], Serving]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if after_nul:
            await reader.readexactly(1)
        writer.write(b"\x01" + words + b"\n")
        await writer.drain()
        await reader.read(1)

    return lambda _port, _login: serve


SERVERS: dict[str, Callable[[int, bool], Serving]] = {
    "nfs": nfs,
    "afp": afp,
    "adb": adb,
    "smart-install": smart_install,
    "rlogin": refusal(b"rlogind: Permission denied.\r", after_nul=True),
    "rsh": refusal(b"Permission denied", after_nul=False),
    "rexec": refusal(b"rexecd: Login incorrect.", after_nul=True),
}


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=SERVERS)
    parser.add_argument("port", type=int)
    parser.add_argument("--login", action="store_true")
    parser.add_argument("--address", default="0.0.0.0")
    words = parser.parse_args()
    serve = SERVERS[words.name](words.port, words.login)

    async def bounded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.wait_for(serve(reader, writer), 60)
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    for port in (words.port, 111) if words.name == "nfs" else (words.port,):
        await asyncio.start_server(bounded, words.address, port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
