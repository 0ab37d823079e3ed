"""BER as LDAP and SNMP use it: definite lengths, tags of one byte (ITU-T X.690; RFC 4511, 5.1; RFC 3417, 8)."""

from __future__ import annotations

from dataclasses import dataclass

from posture.collect.network.wire.cursor import Cursor, Malformed

BOOLEAN, INTEGER, OCTET_STRING, NULL, OBJECT, ENUMERATED = 0x01, 0x02, 0x04, 0x05, 0x06, 0x0A
SEQUENCE, SET = 0x30, 0x31
MOST_ELEMENTS = 2000  # of one value
MOST_OF_A_NUMBER = 8  # bytes; those of LDAP and SNMP have four, counters eight


@dataclass(frozen=True, slots=True)
class Element:
    """A tag and its content."""

    tag: int
    content: bytes

    @property
    def number(self) -> int:
        """The content of an INTEGER or ENUMERATED.

        Raises:
            Malformed: it is none, or has not 1 to :data:`MOST_OF_A_NUMBER` bytes.
        """
        if self.tag not in {INTEGER, ENUMERATED}:
            raise Malformed(f"tag {self.tag:#x} where a number should be")
        if not 1 <= len(self.content) <= MOST_OF_A_NUMBER:
            raise Malformed(f"a number of {len(self.content)} bytes")
        return int.from_bytes(self.content, "big", signed=True)

    def inside(self) -> tuple[Element, ...]:
        """The elements that a constructed value is made of.

        Raises:
            Malformed: the content is none.
        """
        body, found = Cursor(self.content), list[Element]()
        while body.left:
            if len(found) >= MOST_ELEMENTS:
                raise Malformed("too many elements")
            found.append(next_element(body))
        return tuple(found)


def next_element(body: Cursor) -> Element:
    """The element that begins here.

    Raises:
        Malformed: it is not all there, or not of the form that LDAP and SNMP allow.
    """
    tag = body.number("B")
    length = body.number("B")
    if tag & 0x1F == 0x1F:
        raise Malformed("a tag of more than one byte")
    if length >= 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4:
            raise Malformed("a length of a form that is not used")
        length = int.from_bytes(body.take(size), "big")
    return Element(tag, body.take(length))


def first_element(raw: bytes) -> Element:
    """The element that the bytes begin with.

    Raises:
        Malformed: there is none.
    """
    return next_element(Cursor(raw))


def whole_elements(said: bytes) -> tuple[Element, ...]:
    """The elements that are there completely; what follows them is left out."""
    body, found = Cursor(said), list[Element]()
    while body.left and len(found) < MOST_ELEMENTS:
        before = body.at
        try:
            found.append(next_element(body))
        except Malformed:
            body.at = before
            break
    return tuple(found)


def element(tag: int, *content: bytes) -> bytes:
    """Tag, length and content."""
    body = b"".join(content)
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + len(body).to_bytes(size, "big") + body


def integer(value: int, tag: int = INTEGER) -> bytes:
    """A small number that is not negative."""
    return element(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))
