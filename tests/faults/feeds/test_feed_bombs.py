from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import tarfile
import tracemalloc
import zipfile
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path

import pytest

from posture.advisories.errors import Refused
from posture.advisories.feeds.records import Refusal
from posture.advisories.feeds.unpack import Bounds, files_of
from posture.advisories.feeds.write import Writer

SMALL = Bounds(total=1 << 20, each=1 << 18, files=20)


def unpacked(path: Path, bounds: Bounds = SMALL) -> dict[str, bytes]:
    return dict(files_of(path, path.name, bounds))


def tarred(entries: list[tarfile.TarInfo], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for entry in entries:
            archive.addfile(entry, io.BytesIO(bytes(entry.size)) if entry.isreg() else None)
    return out.getvalue()


def entry(name: str, size: int = 3, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, "/etc/passwd"
    return info


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress, lambda data: data])
def test_every_form_gives_the_same_file(pack, tmp_path):
    """Packed or not, the content comes out, whatever the file is called."""
    (tmp_path / "list").write_bytes(pack(b"abc"))
    assert unpacked(tmp_path / "list") == {"list": b"abc"}


def test_archives_and_folders(tmp_path):
    """A folder of archives and files, members of packed files that follow each other included."""
    (tmp_path / "a.tar.gz").write_bytes(tarred([entry("x/a.json")]))
    (tmp_path / "t.tar").write_bytes(tarred([entry("t.json")], "w"))
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"one") + gzip.compress(b"two") + b"\0" * 20)
    (tmp_path / "d").mkdir()
    with zipfile.ZipFile(tmp_path / "d/c.zip", "w") as archive:
        archive.writestr("c.json", b"{}")
    (tmp_path / "e").symlink_to("/etc/passwd")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/x").write_bytes(b"hidden")
    assert unpacked(tmp_path) == {"x/a.json": bytes(3), "t.json": bytes(3), "b.csv": b"onetwo", "c.json": b"{}"}


def test_links_and_names_that_lead_elsewhere_are_passed_over(tmp_path):
    """Nothing outside the archive is read, and no label has a path in it that leads out."""
    odd = [entry("/etc/x"), entry("../x"), entry("l", 0, tarfile.SYMTYPE), entry("h", 0, tarfile.LNKTYPE)]
    odd += [entry("f", 0, tarfile.FIFOTYPE), entry("d", 0, tarfile.CHRTYPE), entry("e\x1b[2J"), entry("good")]
    (tmp_path / "a.tgz").write_bytes(tarred(odd))
    assert unpacked(tmp_path / "a.tgz") == {"good": bytes(3)}
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("../x", "/x", "good", link):
            archive.writestr(name, b"/etc/passwd")
    assert list(unpacked(tmp_path / "a.zip")) == ["good"]


def _gzip_bomb(path: Path) -> None:
    piece = gzip.compress(bytes(64 << 20))
    path.write_bytes(piece * 160)


def _xz_bomb(path: Path) -> None:
    path.write_bytes(lzma.compress(bytes(64 << 20)) * 160)


def _zip_bomb(path: Path) -> None:
    """One piece of 64 MiB, to which 160 entries of the directory point (as in https://www.bamsoftware.com/hacks/zipbomb/)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(64 << 20))
        archive.filelist *= 160


def _lying_zip(path: Path) -> None:
    """It says that it holds a single byte."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(64 << 20))
        archive.infolist()[0].file_size = 1
    path.write_bytes(out.getvalue())


def _pax_bomb(path: Path) -> None:
    header = tarfile.TarInfo("././@PaxHeader")
    header.type, header.size = tarfile.XHDTYPE, 8 << 30
    path.write_bytes(gzip.compress(header.tobuf()) + gzip.compress(bytes(64 << 20)) * 128)


def _endless_tar(path: Path) -> None:
    path.write_bytes(gzip.compress(tarred([entry(f"{n}.json", 1) for n in range(1000)], "w")))


def _bzip2_in_zip(path: Path) -> None:
    """Python unpacks such a member a whole piece of input at a time, which is as large as it likes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a", bytes(64 << 20))
        archive.infolist()[0].file_size = 1


def _tar_of_folders(path: Path) -> None:
    """No file of it holds anything, and there is no end of them."""
    path.write_bytes(tarred([entry(f"{n}/", 0, tarfile.DIRTYPE) for n in range(1000)]))


def _tar_of_skipped(path: Path) -> None:
    path.write_bytes(tarred([entry("../outside", 1 << 18), entry("/absolute", 1 << 18)] * 9))


BOMBS = [
    *(_gzip_bomb, _xz_bomb, _zip_bomb, _lying_zip, _pax_bomb, _endless_tar),
    *(_bzip2_in_zip, _tar_of_folders, _tar_of_skipped),
]


@pytest.mark.parametrize("bomb", BOMBS)
def test_ten_gigabytes_when_unpacked_are_refused_early(bomb, tmp_path):
    """Refused before memory is used for it; nothing is ever written."""
    bomb(tmp_path / "bomb")
    tracemalloc.start()
    try:
        with pytest.raises(Refused):
            for _ in files_of(tmp_path / "bomb", "bomb", SMALL):
                pass
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
    assert len(list(tmp_path.iterdir())) == 1


def test_unpacking_ends_when_its_time_is_over(tmp_path):
    """An archive that is never done holds up neither the feed's lock nor the other feeds."""
    (tmp_path / "a.tar").write_bytes(tarred([entry("a.json")], "w"))
    with pytest.raises(Refused, match="too long"):
        list(files_of(tmp_path / "a.tar", "a.tar", SMALL, until=0.0))


def test_building_ends_when_its_time_is_over():
    """Records without end are no way around the limit either."""
    writer = Writer(sqlite3.connect(":memory:"), datetime(2026, 11, 22, tzinfo=UTC), until=0.0)
    with pytest.raises(Refused, match="too long"):
        writer.put(repeat(Refusal("a", "b"), 10))


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_a_packed_file_that_is_cut_short_is_refused(pack, tmp_path):
    """Half a file is no file."""
    whole = pack(bytes(range(256)) * 500)
    for damaged in (whole[: len(whole) // 2], whole + b"something else", whole[:200] + b"\xa5" * 9 + whole[209:]):
        (tmp_path / "a").write_bytes(damaged)
        with pytest.raises(Refused, match="damaged or cut short"):
            unpacked(tmp_path / "a")


def test_archives_that_are_cut_short_are_refused(tmp_path):
    """A zip without its directory, a tar that ends in a file, a directory that claims gigabytes."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a", bytes(1000))
    whole = (tmp_path / "a.zip").read_bytes()
    end = whole.rindex(b"PK\x05\x06")
    lying = whole[: end + 12] + b"\xf0\xff\xff\xff" + whole[end + 16 :]
    tar = tarred([entry("a", 2000)], "w")[:1500]
    for damaged in (whole[:-30], lying, tar, whole.replace(bytes(900), b"x" * 900)):
        (tmp_path / "b").write_bytes(damaged)
        with pytest.raises(Refused):
            unpacked(tmp_path / "b")


def test_zstd_is_told_and_not_guessed(tmp_path):
    """A form that cannot be unpacked here is named, with what to do."""
    (tmp_path / "a.zst").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(20))
    with pytest.raises(Refused, match="unpack it first"):
        unpacked(tmp_path / "a.zst")
