"""LDAP messages (RFC 4511, 4): what both the look at a directory and the way to its TLS read and write."""

from __future__ import annotations

from posture.collect.network.conversation import Done
from posture.collect.network.wire.ber import ENUMERATED, INTEGER, SEQUENCE, Element, element, integer, whole_elements
from posture.collect.network.wire.cursor import Malformed

EXTENDED, EXTENDED_ANSWER, UNBIND = 0x77, 0x78, 0x42
SUCCESS = 0
START_TLS = element(EXTENDED, element(0x80, b"1.3.6.1.4.1.1466.20037"))  # 4.14.1; the tag is that of requestName


def message(number: int, operation: bytes) -> bytes:
    """An LDAP message."""
    return element(SEQUENCE, integer(number), operation)


def operations(said: bytes) -> list[tuple[int, Element]]:
    """The operations of all whole messages, each with the number of its request."""
    found = []
    for whole in whole_elements(said):
        try:
            inside = whole.inside() if whole.tag == SEQUENCE else ()
            if len(inside) >= 2 and inside[0].tag == INTEGER:
                found.append((inside[0].number, inside[1]))
        except Malformed:
            continue
    return found


def until(done: int) -> Done:
    """Until an operation with this tag is there, or what came is no LDAP."""

    def ended(said: bytes) -> bool:
        return (bool(said) and said[0] != SEQUENCE) or any(answer.tag == done for _, answer in operations(said))

    return ended


def result_code(answer: Element) -> int | None:
    """The result code of a response."""
    try:
        first = answer.inside()[:1]
        return first[0].number if first and first[0].tag == ENUMERATED else None
    except Malformed:
        return None
