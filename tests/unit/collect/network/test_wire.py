"""Readers of binary encodings: what is there is read, and nothing the other side announces makes them read beyond."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.collect.network.wire import amqp_1_0, ber, bson
from posture.collect.network.wire.cursor import Cursor, Malformed


def document(body: bytes) -> bytes:
    return struct.pack("<i", len(body) + 5) + body + b"\0"


NESTED = document(b"\x02name\0\x05\0\0\0shop\0")
EVERY_TYPE = document(
    b"\x01double\0" + struct.pack("<d", 1.0)
    + b"\x02text\0\x03\0\0\0hi\0" + b"\x03inner\0" + NESTED + b"\x04list\0" + NESTED
    + b"\x05bytes\0\x02\0\0\0\x00ab" + b"\x06gone\0" + b"\x07id\0" + bytes(12) + b"\x08yes\0\x01"
    + b"\x09date\0" + bytes(8) + b"\x0anull\0" + b"\x0bregex\0a.*\0i\0" + b"\x0cpointer\0\x02\0\0\0a\0" + bytes(12)
    + b"\x0dcode\0\x02\0\0\0x\0" + b"\x10small\0" + struct.pack("<i", 13) + b"\x11stamp\0" + bytes(8)
    + b"\x12large\0" + struct.pack("<q", -1) + b"\x13decimal\0" + bytes(16) + b"\xffleast\0" + b"\x7fmost\0"
    + b"\x02last\0\x04\0\0\0end\0"
)  # fmt: skip


def test_bson_of_every_type_is_read_to_its_end():
    """A type that no answer needs is passed over, not stumbled upon."""
    fields = bson.decoded_document(EVERY_TYPE)
    assert (fields["double"], fields["small"], fields["large"], fields["yes"]) == (1.0, 13, -1, True)
    assert (fields["text"], fields["code"], fields["last"]) == ("hi", "x", "end")
    assert fields["inner"] == fields["list"] == NESTED


def test_bson_survives_its_own_encoding():
    """What is sent is what would be read."""
    command = {"listDatabases": 1, "nameOnly": True, "$db": "admin"}
    assert bson.decoded_document(bson.encoded(command)) == command
    assert bson.decoded_document(bson.encoded({"inner": command})) == {"inner": bson.encoded(command)}


@pytest.mark.parametrize(
    "lie",
    [
        b"",
        b"\x05\0\0\0",
        b"\xff\xff\xff\x7f\0",
        b"\x04\0\0\0\0",
        document(b"\x02a\0\xff\xff\xff\x7fx\0"),
        document(b"\x02a\0\xff\xff\xff\xffx\0"),
        document(b"\x03a\0\x01\0\0\0"),
        document(b"\x40a\0"),
        document(b"\x0aa"),
        document(b"\x0aa\0" * (bson.MOST_FIELDS + 1)),
    ],
)
def test_bson_that_contradicts_itself_is_malformed(lie):
    """Lengths beyond the end, negative ones, unknown types, and more fields than an answer has."""
    with pytest.raises(Malformed):
        bson.decoded_document(lie)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 70_000])
def test_ber_lengths_of_every_form(size):
    """Short and long form are told apart at 128."""
    (read,) = ber.whole_elements(ber.element(ber.OCTET_STRING, bytes(size)))
    assert (read.tag, len(read.content)) == (ber.OCTET_STRING, size)


@pytest.mark.parametrize("value", [0, 1, 127, 128, 255, 256, 65_535])
def test_ber_numbers_stay_positive(value):
    """The highest bit is the sign (X.690, 8.3)."""
    (read,) = ber.whole_elements(ber.integer(value))
    assert read.number == value


def test_ber_leaves_out_what_is_not_all_there():
    """An answer that is cut gives the messages before the cut."""
    whole = ber.element(ber.SEQUENCE, ber.integer(1))
    assert len(ber.whole_elements(whole + whole[:-1])) == 1


@given(st.binary(max_size=200))
def test_no_bytes_get_past_the_readers(data):
    """Whatever is read, it ends, and in nothing but a value or Malformed."""
    for read in (bson.decoded_document, ber.Element(ber.SEQUENCE, data).inside, Cursor(data).varint):
        try:
            read(data) if read is bson.decoded_document else read()
        except Malformed:
            continue
    assert all(len(one.content) <= len(data) for one in ber.whole_elements(data))
    assert all(len(one.fields) <= len(data) for one in amqp_1_0.performatives(data))


def test_amqp_error_has_its_name_and_its_absence_has_none():
    """A connection closed without an error was let in."""
    without, named = amqp_1_0.performatives(amqp_1_0.closed()), b"\x00\x53\x1d\xc0\x0f\x01\xa3\x0camqp:not-found"
    assert without[0].condition == ""
    assert amqp_1_0.Performative(amqp_1_0.CLOSE, named).condition == "amqp:not-found"
    assert amqp_1_0.Performative(amqp_1_0.CLOSE, b"\x00\x53\x1d\x45").condition
