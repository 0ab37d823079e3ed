"""Data stores and brokers that Debian does not have, or that take long to start: their protocols up to a login.

    python -I servers_stores.py NAME PORT [--login] [--address ADDRESS]

Each follows its protocol's document, reads requests strictly (it hangs up on what the real server would not take), and
holds no data. `--login` makes the twin that asks for one. The port is printed; 0 lets the system choose.

Sources: MongoDB manual, Wire Protocol; native_protocol_v4.spec of Cassandra; zookeeper.jute; Kafka protocol guide; AMQP
0-9-1 and OASIS AMQP 1.0; ClickHouse documentation, Native protocol; MS-TDS; Erlang distribution protocol.
"""

from __future__ import annotations

import argparse
import asyncio
import struct
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from functools import partial

Server = Callable[[StreamReader, StreamWriter, bool], Awaitable[None]]


class Violation(Exception):
    """The client does not follow the protocol: hang up."""


def must(holds: bool) -> None:
    if not holds:
        raise Violation


# MongoDB ------------------------------------------------------------------------------------------------------------


def bson(fields: dict) -> bytes:
    body = b""
    for name, value in fields.items():
        key = name.encode() + b"\0"
        if isinstance(value, bool):
            body += b"\x08" + key + bytes([value])
        elif isinstance(value, float):
            body += b"\x01" + key + struct.pack("<d", value)
        elif isinstance(value, int):
            body += b"\x10" + key + struct.pack("<i", value)
        elif isinstance(value, str):
            body += b"\x02" + key + struct.pack("<i", len(value.encode()) + 1) + value.encode() + b"\0"
        elif isinstance(value, list):
            body += b"\x04" + key + bson({str(n): one for n, one in enumerate(value)})
        else:
            body += b"\x03" + key + bson(value)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def first_key(document: bytes) -> str:
    must(struct.unpack_from("<i", document)[0] == len(document) and document[-1] == 0)
    return document[5 : document.index(b"\0", 5)].decode()


def mongo_answer(command: str, login: bool, version: str, customers: int = 0) -> dict:
    if command in {"hello", "isMaster", "ismaster"}:
        role = "isWritablePrimary" if command == "hello" else "ismaster"
        return {role: True, "maxBsonObjectSize": 16777216, "maxWireVersion": 17, "minWireVersion": 0, "ok": 1.0}
    if command == "buildInfo":
        return {"version": version, "gitVersion": "0", "modules": [], "bits": 64, "ok": 1.0}
    if command == "listDatabases" and login:
        why = "command listDatabases requires authentication"
        return {"ok": 0.0, "errmsg": why, "code": 13, "codeName": "Unauthorized"}
    if command == "listDatabases":
        names = ("admin", "config", "shop", *(f"customer-{number:04}-production" for number in range(customers)))
        return {"databases": [{"name": name} for name in names], "ok": 1.0}
    return {"ok": 0.0, "errmsg": f"no such command: '{command}'", "code": 59, "codeName": "CommandNotFound"}


async def mongodb(reader: StreamReader, writer: StreamWriter, login: bool) -> None:
    """MongoDB 6: OP_MSG."""
    while True:
        length, request, _, operation = struct.unpack("<iiii", await reader.readexactly(16))
        must(operation == 2013 and 26 <= length <= 48_000_000)
        body = await reader.readexactly(length - 16)
        must(body[:5] == bytes(5) and b"$db\0" in body)
        answer = bytes(5) + bson(mongo_answer(first_key(body[5:]), login, "6.0.19"))
        writer.write(struct.pack("<iiii", 16 + len(answer), 1, request, 2013) + answer)


async def mongodb_3_4(reader: StreamReader, writer: StreamWriter, login: bool) -> None:
    """MongoDB 3.4 with thousands of databases: OP_QUERY on admin.$cmd; it hangs up on OP_MSG."""
    while True:
        length, request, _, operation = struct.unpack("<iiii", await reader.readexactly(16))
        must(operation == 2004 and 40 <= length <= 48_000_000)
        body = await reader.readexactly(length - 16)
        must(body[4:15] == b"admin.$cmd\0" and body[19:23] == struct.pack("<i", -1))
        command = first_key(body[23:])
        document = mongo_answer(command.replace("hello", "?"), login, "3.4.24", customers=2000)
        answer = struct.pack("<iqii", 8, 0, 0, 1) + bson(document)
        writer.write(struct.pack("<iiii", 16 + len(answer), 1, request, 1) + answer)


# Cassandra ----------------------------------------------------------------------------------------------------------


def cql_string(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


async def cassandra(reader: StreamReader, writer: StreamWriter, login: bool, newest: int = 4) -> None:
    while True:
        version, flags, stream, opcode, length = struct.unpack(">BBhBi", await reader.readexactly(9))
        must(not version & 0x80 and flags == 0 and 0 <= length < 256 * 1024 * 1024)
        body = await reader.readexactly(length)

        def answer(opcode: int, body: bytes, stream: int = stream) -> None:
            writer.write(struct.pack(">BBhBi", 0x80 | newest, 0, stream, opcode, len(body)) + body)

        if version > newest:
            why = f"Invalid or unsupported protocol version ({version}); highest supported is {newest} "
            answer(0, struct.pack(">i", 0x0A) + cql_string(why), 0)
            return
        if opcode == 5:
            options = {"COMPRESSION": ["snappy", "lz4"], "CQL_VERSION": ["3.4.5"]}
            listed = (
                cql_string(name) + struct.pack(">H", len(values)) + b"".join(map(cql_string, values))
                for name, values in options.items()
            )
            answer(6, struct.pack(">H", len(options)) + b"".join(listed))
        elif opcode == 1:
            must(body == struct.pack(">H", 1) + cql_string("CQL_VERSION") + cql_string("3.4.5"))
            answer(*((3, cql_string("org.apache.cassandra.auth.PasswordAuthenticator")) if login else (2, b"")))
        else:
            answer(0, struct.pack(">i", 0x0A) + cql_string("Unexpected message"))


# ZooKeeper ----------------------------------------------------------------------------------------------------------

SRVR = (
    "Zookeeper version: 3.8.4-9316c2a7a97e1666d8f4593f34dd6fc36ecc436c, built on 2024-02-12 22:16 UTC\n"
    "Latency min/avg/max: 0/0.0/0\nReceived: 1\nSent: 0\nConnections: 1\nOutstanding: 0\nZxid: 0x0\n"
    "Mode: standalone\nNode count: 5\n"
)
CHILDREN = ("zookeeper", "brokers", "config")


async def zookeeper(
    reader: StreamReader, writer: StreamWriter, login: bool, *, listed: bool = True, closed: bool = False
) -> None:
    """`listed`: srvr is in the whitelist; `closed`: the root has an access control list without strangers."""
    start = await reader.readexactly(4)
    if start == b"srvr":
        text = SRVR if listed else "srvr is not executed because it is not in the whitelist.\n"
        writer.write(text.encode())
        return
    request = await reader.readexactly(int.from_bytes(start, "big"))
    version, _, timeout, session, password = struct.unpack_from(">iqiqi", request)
    must((version, session, password) == (0, 0, 16) and len(request) in {44, 45})
    opened = struct.pack(">iiqi", 0, max(4000, timeout), 0x1000, 16) + bytes(range(16)) + b"\0"
    writer.write(struct.pack(">i", len(opened)) + opened)
    while True:
        request = await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big"))
        xid, kind = struct.unpack_from(">ii", request)
        code, body = (-124, b"") if login else (-102, b"") if closed else (0, b"")
        if kind == 8 and code == 0:
            must(request[8:] == b"\0\0\0\1/\0")
            names = (struct.pack(">i", len(name)) + name.encode() for name in CHILDREN)
            body = struct.pack(">i", len(CHILDREN)) + b"".join(names)
        reply = struct.pack(">iqi", xid, 1, code) + body
        writer.write(struct.pack(">i", len(reply)) + reply)
        if kind == -11 or login:
            return


# Kafka --------------------------------------------------------------------------------------------------------------

EVERY_RIGHT = sum(1 << code for code in range(3, 13))


def kafka_string(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


def kafka_metadata(version: int, request: bytes, rights: int, topics: tuple[str, ...]) -> bytes:
    (wanted,) = struct.unpack_from(">i", request)
    must(wanted == -1 if version == 1 else wanted in {0, -1})
    asked = topics if wanted == -1 or version == 0 else ()
    brokers = struct.pack(">ii", 1, 1) + kafka_string("kafka1.example") + struct.pack(">i", 9092)
    if version == 0:
        return brokers + struct.pack(">i", len(asked)) + b"".join(_topic(name, version) for name in asked)
    brokers += struct.pack(">h", -1)
    if version == 1:
        listed = b"".join(_topic(name, version) for name in asked)
        return brokers + struct.pack(">ii", 1, len(asked)) + listed
    must(len(request) == 7 and not request[4])  # version 8: no topic is to be created
    cluster = kafka_string("MkU3OEVBNTcwNTJENDM2Qg") + struct.pack(">ii", 1, len(asked))
    told = rights if request[5] else -(2**31)
    return (
        struct.pack(">i", 0) + brokers + cluster + b"".join(_topic(n, version) for n in asked) + struct.pack(">i", told)
    )


def _topic(name: str, version: int) -> bytes:
    internal = b"" if version == 0 else b"\0"
    rights = struct.pack(">i", -(2**31)) if version == 8 else b""
    return struct.pack(">h", 0) + kafka_string(name) + internal + struct.pack(">i", 0) + rights


async def kafka(
    reader: StreamReader, writer: StreamWriter, login: bool, *, newest: int = 12, strangers: bool = True
) -> None:
    """`newest`: version of Metadata (7: Kafka 2.2); `strangers`: access control lists leave them rights."""
    while True:
        request = await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big"))
        api, version, correlation, named = struct.unpack_from(">hhih", request)
        body = request[10 + max(0, named) :]
        if login and api not in {17, 18}:
            return
        if api == 18:
            known = {key: newest if key == 3 else 1 for key in range(20)}
            apis = (struct.pack(">hhh", key, 0, newest) for key, newest in known.items())
            answer = struct.pack(">hi", 0, len(known)) + b"".join(apis)
        elif api == 3:
            must(version in {0, 1, 8} and version <= newest)
            answer = kafka_metadata(version, body, EVERY_RIGHT if strangers else 0, ("orders",) if strangers else ())
        elif api == 17:
            names = ("SCRAM-SHA-256", "SCRAM-SHA-512") if login else ()
            must(body[2:].decode() not in names)
            code = 33 if login else 34
            answer = struct.pack(">hi", code, len(names)) + b"".join(map(kafka_string, names))
        else:
            return
        writer.write(struct.pack(">ii", len(answer) + 4, correlation) + answer)


# AMQP ---------------------------------------------------------------------------------------------------------------


def amqp_long(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


def amqp_method(number: int, arguments: bytes) -> bytes:
    payload = struct.pack(">HH", 10, number) + arguments
    return struct.pack(">BHI", 1, 0, len(payload)) + payload + b"\xce"


async def amqp(reader: StreamReader, writer: StreamWriter, login: bool, *, guest_from_here: bool = False) -> None:
    """RabbitMQ 4; `guest_from_here`: a login as nobody becomes user guest, who may come from the server itself only."""
    if await reader.readexactly(8) != b"AMQP\x00\x00\x09\x01":
        writer.write(b"AMQP\x00\x00\x09\x01")
        return
    capabilities = b"\x1cauthentication_failure_closet\x01"
    told = b"\x0ccapabilitiesF" + amqp_long(capabilities) + b"\x07productS" + amqp_long(b"RabbitMQ")
    told += b"\x07versionS" + amqp_long(b"4.0.5")
    mechanisms = b"PLAIN AMQPLAIN" if login else b"ANONYMOUS PLAIN AMQPLAIN"
    writer.write(amqp_method(10, b"\x00\x09" + amqp_long(told) + amqp_long(mechanisms) + amqp_long(b"en_US")))
    kind, channel, size = struct.unpack(">BHI", await reader.readexactly(7))
    payload = await reader.readexactly(size)
    must((kind, channel, payload[:4], await reader.readexactly(1)) == (1, 0, b"\x00\x0a\x00\x0b", b"\xce"))
    table = struct.unpack_from(">I", payload, 4)[0]
    must(payload[8 + table :] == b"\x09ANONYMOUS" + bytes(4) + b"\x05en_US")
    if guest_from_here:
        text = b"ACCESS_REFUSED - Login was refused using authentication mechanism ANONYMOUS."
        writer.write(amqp_method(50, struct.pack(">HB", 403, len(text)) + text + bytes(4)))
        return
    must(not login)
    writer.write(amqp_method(30, struct.pack(">HIH", 2047, 131072, 60)))
    await reader.read(64)


def amqp1_frame(kind: int, code: int, fields: bytes, count: int) -> bytes:
    body = bytes((0, 0x53, code, 0xC0, len(fields) + 1, count)) + fields
    return struct.pack(">IBBH", 8 + len(body), 2, kind, 0) + body


async def amqp1_read(reader: StreamReader, kind: int) -> int:
    size, offset, read, _ = struct.unpack(">IBBH", await reader.readexactly(8))
    body = await reader.readexactly(size - 8)
    must((offset, read, body[:2]) == (2, kind, b"\x00\x53"))
    return body[2]


async def amqp_1_0(reader: StreamReader, writer: StreamWriter, login: bool, *, late: bool = False) -> None:
    """A broker of AMQP 1.0 only; `late`: it lets ANONYMOUS pass, and turns the connection away when it opens."""
    sasl, plain = b"AMQP\x03\x01\x00\x00", b"AMQP\x00\x01\x00\x00"
    if await reader.readexactly(8) != sasl:
        writer.write(sasl)
        return
    offered = b"\xa3\x05PLAIN" if login else b"\xe0\x12\x02\xa3\x05PLAIN\x09ANONYMOUS"
    writer.write(sasl + amqp1_frame(1, 0x40, offered, 1))
    must(await amqp1_read(reader, 1) == 0x41 and not login)
    writer.write(amqp1_frame(1, 0x44, b"\x50\x00", 1))
    must(await reader.readexactly(8) == plain and await amqp1_read(reader, 0) == 0x10)
    writer.write(plain + amqp1_frame(0, 0x10, b"\xa1\x06broker", 1))
    must(await amqp1_read(reader, 0) == 0x18)
    name = b"\xa3\x18amqp:unauthorized-access"
    error = bytes((0, 0x53, 0x1D, 0xC0, len(name) + 1, 1)) + name
    writer.write(amqp1_frame(0, 0x18, error, 1) if late else amqp1_frame(0, 0x18, b"", 0))


# ClickHouse, SQL Server, Erlang -------------------------------------------------------------------------------------


async def _varint(reader: StreamReader) -> int:
    value = shift = 0
    while True:
        (byte,) = await reader.readexactly(1)
        value, shift = value | (byte & 0x7F) << shift, shift + 7
        if not byte & 0x80:
            return value


async def clickhouse(reader: StreamReader, writer: StreamWriter, login: bool) -> None:
    def text(words: str) -> bytes:
        return bytes((len(words) & 0x7F | 0x80, len(words) >> 7)) + words.encode()

    start = await _varint(reader)
    if start == ord("G"):  # GET: it knows what went wrong
        why = b"Port 9000 is for clickhouse-client program\r\nYou must use port 8123 for HTTP.\r\n"
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n" + why)
        return
    must(start == 0)
    await reader.readexactly(await _varint(reader))
    for _ in range(3):
        await _varint(reader)
    _database, user, password = [await reader.readexactly(await _varint(reader)) for _ in range(3)]
    must((user, password) == (b"default", b""))
    if login:
        why = "default: Authentication failed: password is incorrect, or there is no user with such name."
        writer.write(b"\x02" + struct.pack("<i", 516) + text("DB::Exception") + text(f"DB::Exception: {why}"))
        writer.write(text("0. in /usr/bin/clickhouse\n") + b"\0")
        return
    writer.write(b"\0" + text("ClickHouse") + bytes((23, 8)) + b"\xc1\xa9\x03" + text("UTC"))
    await reader.read(64)


async def ms_sql_s(reader: StreamReader, writer: StreamWriter, login: bool) -> None:
    kind, status, length = struct.unpack(">BBH", (await reader.readexactly(8))[:4])
    must((kind, status) == (0x12, 1))
    body = await reader.readexactly(length - 8)
    must(body[0] == 0 and body[10] == 0xFF)
    options = struct.pack(">BHHBHHB", 0, 11, 6, 1, 17, 1, 0xFF) + struct.pack(">BBHH", 15, 0, 2000, 0) + b"\0"
    writer.write(struct.pack(">BBHHBB", 4, 1, 8 + len(options), 0, 1, 0) + options)
    await reader.read(64)


async def epmd(reader: StreamReader, writer: StreamWriter, login: bool) -> None:
    must(await reader.readexactly(3) == b"\x00\x01n")
    writer.write(struct.pack(">I", 4369) + b"name rabbit at port 25672\n")


SERVERS: dict[str, Server] = {
    "mongodb": mongodb,
    "mongodb-3.4": mongodb_3_4,
    "cassandra": cassandra,
    "cassandra-2.1": partial(cassandra, newest=3),
    "zookeeper": zookeeper,
    "zookeeper-unlisted": partial(zookeeper, listed=False),
    "zookeeper-acl": partial(zookeeper, closed=True),
    "kafka": kafka,
    "kafka-2.2": partial(kafka, newest=7),
    "kafka-acl": partial(kafka, strangers=False),
    "amqp": amqp,
    "amqp-guest": partial(amqp, guest_from_here=True),
    "amqp-1.0": amqp_1_0,
    "amqp-1.0-late": partial(amqp_1_0, late=True),
    "clickhouse": clickhouse,
    "ms-sql-s": ms_sql_s,
    "epmd": epmd,
}


def _until_hangup(server: Server, login: bool) -> Callable[[StreamReader, StreamWriter], Awaitable[None]]:
    async def served(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            await server(reader, writer, login)
            await writer.drain()
        except (OSError, IncompleteReadError, Violation, struct.error, ValueError):
            pass  # the client hung up, or said what this server does not take
        finally:
            writer.close()

    return served


async def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("name", choices=SERVERS)
    arguments.add_argument("port", type=int)
    arguments.add_argument("--login", action="store_true", help="ask for a login")
    arguments.add_argument("--address", default="0.0.0.0")
    given = arguments.parse_args()
    if given.login and given.name == "epmd":
        arguments.error("there is no login in its protocol")
    serve = _until_hangup(SERVERS[given.name], given.login)
    server = await asyncio.start_server(serve, given.address, given.port)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
