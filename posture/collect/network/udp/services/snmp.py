"""SNMP with community ``public`` (RFC 1157, RFC 3416), and whether version 3 answers (RFC 3414, 4: discovery)."""

from __future__ import annotations

from posture.collect.network.udp.request import Answers, Recognised, Request, UdpService
from posture.collect.network.wire.ber import (
    NULL,
    OBJECT,
    OCTET_STRING,
    SEQUENCE,
    Element,
    element,
    first_element,
    integer,
)
from posture.collect.network.wire.cursor import Malformed
from posture.facts.network import Login
from posture.model.text import decoded

_GET, _GET_BULK, _RESPONSE, _REPORT = 0xA0, 0xA5, 0xA2, 0xA8
_SYSTEM = bytes.fromhex("2b0601020101")  # 1.3.6.1.2.1.1
_SYS_DESCR = bytes.fromhex("2b06010201010100")  # 1.3.6.1.2.1.1.1.0
_EXCEPTIONS = frozenset({NULL, 0x80, 0x81, 0x82})  # RFC 3416: noSuchObject, noSuchInstance, endOfMibView
_ROWS = 10  # of the system group: it has no more
_ID = 0x5031


def _community(version: int, pdu: bytes) -> bytes:
    return element(SEQUENCE, integer(version), element(OCTET_STRING, b"public"), pdu)


def _asks(tag: int, second: int, third: int, name: bytes) -> bytes:
    wanted = element(SEQUENCE, element(SEQUENCE, element(OBJECT, name), element(NULL)))
    return element(tag, integer(_ID), integer(second), integer(third), wanted)


def _discovery() -> bytes:
    """A request without engine and user, which an engine answers with a report of its own identity."""
    header = element(
        SEQUENCE, integer(_ID), integer(65507), element(OCTET_STRING, b"\x04"), integer(3)
    )  # reportable, USM
    nobody = element(
        SEQUENCE,
        element(OCTET_STRING),
        integer(0),
        integer(0),
        element(OCTET_STRING),
        element(OCTET_STRING),
        element(OCTET_STRING),
    )
    nothing = element(_GET, integer(_ID), integer(0), integer(0), element(SEQUENCE))
    scoped = element(SEQUENCE, element(OCTET_STRING), element(OCTET_STRING), nothing)
    return element(SEQUENCE, integer(3), header, element(OCTET_STRING, nobody), scoped)


def _snmp(answers: Answers) -> Recognised | None:
    *by_community, by_discovery = answers
    told = [values for datagrams in by_community for raw in datagrams if (values := _values(raw)) is not None]
    shown = next((value for values in told for tag, value in values if tag == OCTET_STRING), b"")
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
        version, community, pdu, *_ = _inside(first_element(raw), SEQUENCE)
        request, error, _, bindings, *_ = _inside(pdu, _RESPONSE)
        if version.number not in {0, 1} or community != Element(OCTET_STRING, b"public") or request.number != _ID:
            return None
        values = [_inside(binding, SEQUENCE)[1:2] for binding in _inside(bindings, SEQUENCE)]
        return [] if error.number else [(value.tag, value.content) for one in values for value in one]
    except ValueError:  # Malformed, or fewer elements
        return None


def _is_report(raw: bytes) -> bool:
    try:
        version, _, security, scoped, *_ = _inside(first_element(raw), SEQUENCE)
        parameters = first_element(security.content) if security.tag == OCTET_STRING else security
        engine, *_ = _inside(parameters, SEQUENCE)
        *_, pdu = _inside(scoped, SEQUENCE)
        return version.number == 3 and len(engine.content) >= 5 and pdu.tag == _REPORT
    except ValueError:
        return False


def _inside(value: Element, tag: int) -> tuple[Element, ...]:
    if value.tag != tag:
        raise Malformed(f"tag {value.tag:#x} instead of {tag:#x}")
    return value.inside()


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
