"""Reports on disk: whole or not there, and no business of other accounts."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import factories_report as made
import pytest

from posture.cli import reports
from posture.cli.errors import Broken, Exit
from posture.cli.reports import write_all
from posture.cli.whole_file import write_whole
from posture.execute.press import Pressed
from posture.report.compose import compose
from posture.report.model import Report


@pytest.fixture
def report() -> Report:
    return compose(made.make_view([made.make_finding()]), made.TEXTS)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of 64 KiB."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small filesystem")
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small filesystem cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_a_report_is_for_its_owner_and_group(report: Report, tmp_path: Path, mask: int) -> None:
    """It says where a customer can be broken into: other accounts do not read it, whatever the umask."""
    before = os.umask(mask)
    try:
        (file, _manifest), failed = write_all([report], ["json"], tmp_path)
    finally:
        os.umask(before)
    assert failed is None
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_reader_of_the_old_report_never_sees_half_of_the_new_one(tmp_path: Path) -> None:
    """The new one takes its name when it is complete; who has the old one open reads the old one on."""
    file = tmp_path / "bakery.json"
    file.write_bytes(b"old")
    with file.open("rb") as reader:
        write_whole(file, b"new")
        assert reader.read() == b"old"
    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]


def test_a_full_disk_keeps_the_old_report_and_leaves_no_half_of_the_new_one(small_disk: Path) -> None:
    """Exit code 5 with the next step; the room that the half took is given back."""
    file = small_disk / "bakery.pdf"
    file.write_bytes(b"old")
    with pytest.raises(Broken, match="No space left") as caught:
        write_whole(file, os.urandom(1_000_000))
    assert caught.value.code is Exit.BROKEN
    assert "posture report" in caught.value.step
    assert file.read_bytes() == b"old"
    assert list(small_disk.iterdir()) == [file]
    write_whole(file, os.urandom(20_000))


def test_a_report_that_cannot_be_rendered_leaves_the_last_one(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No Pango on this machine: no empty file under the report's name, and the other formats are written."""

    def without_pango(given: Iterable[Report], _processes: int) -> Iterator[Pressed]:
        error = OSError("cannot load library 'libpango-1.0-0'")
        return (Pressed(one, b"", error=error) for one in given)

    monkeypatch.setattr(reports, "press", without_pango)
    (tmp_path / "bakery.pdf").write_bytes(b"last week's")
    files, failed = write_all([report], ["pdf", "json"], tmp_path)
    assert files == [tmp_path / "bakery.json", tmp_path / "bakery.sha256"]
    assert failed is not None
    assert failed.code is Exit.BROKEN
    assert "libpango" in failed.step
    assert (tmp_path / "bakery.pdf").read_bytes() == b"last week's"
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("kinds", [("json",), ("html",), ("json", "pdf")])
def test_a_defect_in_one_report_keeps_no_other_back(
    report: Report, tmp_path: Path, kinds: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """It is told as one, and its place stands in the log."""
    cafe = replace(report.view, customer=replace(report.view.customer, id="cafe"), assessments=None)
    defective = replace(report, view=cafe, gaps=None, counts=None)
    files, failed = write_all([defective, report], kinds, tmp_path)
    assert {file.suffix.lstrip(".") for file in files if file.name.startswith(report.view.customer.id)} >= set(kinds)
    assert failed is not None
    assert "cafe" in caplog.text
