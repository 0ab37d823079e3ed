"""Files that lie: nothing of them is followed, unpacked without end, or ends the program."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from factories_report import NOW
from hypothesis import given
from hypothesis import strategies as st

from posture.report.genuine.attached import attached
from posture.report.genuine.bundles import judged_bundle
from posture.report.genuine.packed import NoBundle, members
from posture.report.genuine.schemas import fault
from posture.report.genuine.verdict import VerdictOn
from posture.signatures.trust import Trusted


def zipped(packing: int = zipfile.ZIP_DEFLATED, **files: bytes) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", packing) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return whole.getvalue()


GOOD = zipped(**{"MANIFEST.sha256": b"0" * 64 + b"  a.txt\n", "a.txt": bytes(range(256)) * 9})


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6), st.integers(0))
def test_no_damage_to_a_bundle_ends_the_program(changes: list[tuple[int, int]], cut: int) -> None:
    """It is NOT genuine, in words."""
    damaged = bytearray(GOOD)
    for place, value in changes:
        damaged[place] = value
    for content in (bytes(damaged), bytes(damaged[: cut % len(GOOD)])):
        assert judged_bundle(content, Trusted(), NOW).verdict is VerdictOn.FALSE


@pytest.mark.parametrize(
    "name", ["../up", "/etc/passwd", "a/b", "a\\b", ".hidden", "", "a\0b", 101 * "x", "ä", "A.TXT"]
)
def test_a_strange_name_is_refused(name: str) -> None:
    """Whoever unpacks it gets plain files in one folder, and no two that are one on another system."""
    content = zipped(**{"a.txt": b"x", name.replace("\0", "_"): b"x"}) if name else zipped(**{"/": b"x"})
    with pytest.raises(NoBundle):
        members(content.replace(b"a_b", b"a\0b"))


def test_more_than_a_bundle_can_hold_is_refused_before_it_is_read() -> None:
    """Too many members; one that grows; a packing that none of ours has."""
    for content in (
        zipped(**{f"f{n}": b"" for n in range(65)}),
        zipped(**{f"f{n}": b"" for n in range(5_000)}),
        zipped(a=bytes(4 << 20)),
        zipped(zipfile.ZIP_BZIP2, a=b"x"),
        zipped(zipfile.ZIP_LZMA, a=b"x"),
    ):
        with pytest.raises(NoBundle):
            members(content)


def test_a_size_that_lies_is_not_believed() -> None:
    """The directory says ten bytes; four million come out."""
    packed = bytearray(zipped(a=bytes(4 << 20)))
    at = packed.index(b"PK\x01\x02")
    packed[at + 24 : at + 28] = struct.pack("<I", 10)
    with pytest.raises(NoBundle):
        members(bytes(packed))


def pdf(dictionary: bytes, content: bytes) -> bytes:
    return b"%PDF-1.7\n1 0 obj\n<<" + dictionary + b">>\nstream\n" + content + b"\nendstream\nendobj\n%%EOF"


def embedded(content: bytes, more: bytes = b"/Filter /FlateDecode") -> bytes:
    return pdf(b"/Type /EmbeddedFile" + more + b"/Length %d" % len(content), content)


def test_attachments_are_found_and_damaged_ones_left_out() -> None:
    """Packed or plain; a bomb, a lie about the length, another filter and a loose mark give nothing."""
    packed = zlib.compress(b'{"a": 1}')
    assert attached(embedded(packed)) == (b'{"a": 1}',)
    assert attached(embedded(b"plain", b"")) == (b"plain",)
    bomb = zlib.compress(bytes(80 << 20))
    for hostile in (
        embedded(bomb),
        embedded(packed[:-3]),
        embedded(packed, b"/Filter [/ASCII85Decode /FlateDecode]")[:60],
        embedded(packed, b"/Filter /LZWDecode"),
        pdf(b"/Type /EmbeddedFile/Filter /FlateDecode/Length 7 0 R", packed),
        b"/EmbeddedFile" * 50_000,
    ):
        assert attached(hostile) == ()
    assert len(attached(embedded(packed) * 100)) == 8


@given(st.binary(max_size=200), st.integers(0, 120))
def test_no_file_breaks_the_search(junk: bytes, at: int) -> None:
    """Whatever stands in it."""
    whole = embedded(zlib.compress(b"x"))
    attached(whole[:at] + junk + whole[at:])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{}", ""),
        (b"[1]", ""),
        (b'{"schema": "elsewhere/9"}', ""),
        (b'{"schema": ["posture.findings/1"]}', ""),
        (b"\xff", "is no JSON"),
        (b"[" * 200_000, "is no JSON"),
        (b'{"schema": "posture.findings/1"}', "does not satisfy"),
        (b'{"schema": "posture.precheck/1"}', "does not satisfy"),
        (b'{"schema": "posture.findings/1", "findings": ' + b"[" * 900 + b"]" * 900 + b"}", "does not satisfy"),
    ],
    ids=range(9),
)
def test_a_document_is_held_against_its_own_schema(content: bytes, said: str) -> None:
    """Of others nothing is said; depth ends nothing."""
    assert fault(content).startswith(said)
    assert bool(fault(content)) == bool(said)
