"""SNMP with community ``public`` (RFC 1157, RFC 3416), and whether version 3 answers (RFC 3414, 4: discovery)."""

from __future__ import annotations

from posture.collect.network.udp.ber import (
    NULL,
    OBJECT,
    OCTETS,
    SEQUENCE,
    Malformed,
    element,
    elements,
    encoded,
    integer,
    number,
)
from posture.collect.network.udp.request import Answers, Recognised, Request, UdpService
from posture.facts.network import Login
from posture.model.text import decoded

_GET, _GET_BULK, _RESPONSE, _REPORT = 0xA0, 0xA5, 0xA2, 0xA8
_SYSTEM = bytes.fromhex("2b0601020101")  # 1.3.6.1.2.1.1
_SYS_DESCR = bytes.fromhex("2b06010201010100")  # 1.3.6.1.2.1.1.1.0
_EXCEPTIONS = frozenset({NULL, 0x80, 0x81, 0x82})  # RFC 3416: noSuchObject, noSuchInstance, endOfMibView
_ROWS = 10  # of the system group: it has no more
_ID = 0x5031


def _community(version: int, pdu: bytes) -> bytes:
    return encoded(SEQUENCE, number(version), encoded(OCTETS, b"public"), pdu)


def _asks(tag: int, second: int, third: int, name: bytes) -> bytes:
    wanted = encoded(SEQUENCE, encoded(SEQUENCE, encoded(OBJECT, name), encoded(NULL)))
    return encoded(tag, number(_ID), number(second), number(third), wanted)


def _discovery() -> bytes:
    """A request without engine and user, which an engine answers with a report of its own identity."""
    header = encoded(SEQUENCE, number(_ID), number(65507), encoded(OCTETS, b"\x04"), number(3))  # reportable, USM
    nobody = encoded(SEQUENCE, encoded(OCTETS), number(0), number(0), encoded(OCTETS), encoded(OCTETS), encoded(OCTETS))
    nothing = encoded(_GET, number(_ID), number(0), number(0), encoded(SEQUENCE))
    scoped = encoded(SEQUENCE, encoded(OCTETS), encoded(OCTETS), nothing)
    return encoded(SEQUENCE, number(3), header, encoded(OCTETS, nobody), scoped)


def _snmp(answers: Answers) -> Recognised | None:
    *by_community, by_discovery = answers
    told = [values for datagrams in by_community for raw in datagrams if (values := _values(raw)) is not None]
    shown = next((value for values in told for tag, value in values if tag == OCTETS), b"")
    if any(tag not in _EXCEPTIONS for values in told for tag, _ in values):
        return Recognised(Login.NOT_NEEDED, "", decoded(shown[:200]), weakness="community-public")
    if told:
        reason = "it accepts the community public, and showed nothing of the system group"
        return Recognised(Login.UNKNOWN, reason, weakness="community-public")
    if any(map(_is_report, by_discovery)):
        reason = "version 3 answers and asks for a user; the community public was not accepted"
        return Recognised(Login.REQUIRED, reason)
    return None


def _values(raw: bytes) -> list[tuple[int, bytes]] | None:
    """The values of a response to our request, each with its type; none when it reports an error; None otherwise."""
    try:
        message, _ = element(raw, SEQUENCE)
        version, rest = integer(message)
        community, rest = element(rest, OCTETS)
        pdu, _ = element(rest, _RESPONSE)
        request, rest = integer(pdu)
        error, rest = integer(rest)
        _, rest = integer(rest)
        bindings, _ = element(rest, SEQUENCE)
        if version not in {0, 1} or community != b"public" or request != _ID:
            return None
        values = []
        for tag, binding in elements(bindings):
            _, value = element(binding, OBJECT) if tag == SEQUENCE else (b"", b"")
            values += list(elements(value))[:1]
    except Malformed:
        return None
    return [] if error else values


def _is_report(raw: bytes) -> bool:
    try:
        message, _ = element(raw, SEQUENCE)
        version, rest = integer(message)
        _, rest = element(rest, SEQUENCE)
        security, rest = element(rest, OCTETS)
        parameters, _ = element(security, SEQUENCE)
        engine, _ = element(parameters, OCTETS)
        scoped, _ = element(rest, SEQUENCE)
        pdu = [tag for tag, _ in elements(scoped)][-1:]
    except Malformed:
        return False
    return version == 3 and len(engine) >= 5 and pdu == [_REPORT]


SNMP = UdpService(
    "snmp",
    161,
    "RFC 1157; RFC 3416; RFC 3414; CISA TA14-017A, TA17-156A",
    (
        Request("SNMPv1 GET sysDescr, community public", _community(0, _asks(_GET, 0, 0, _SYS_DESCR))),
        Request("SNMPv2c GETBULK of the system group, community public",
                _community(1, _asks(_GET_BULK, 0, _ROWS, _SYSTEM))),
        Request("SNMPv3 discovery", _discovery()),
    ),
    _snmp,
)  # fmt: skip
