"""The provider's logo: a small PNG beside the policy, in every report, and nothing else."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pikepdf
import pytest
from factories_report import TEXTS, make_view

from posture.policy.load import PolicyError, load_policy
from posture.report.compose import compose
from posture.report.html import HtmlRenderer
from posture.report.pdf import PdfRenderer


def png(width: int = 8, height: int = 8) -> bytes:
    """A square of one colour (RFC 2083)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress(b"".join(b"\0" + b"\x0a\x4f\x8f" * width for _ in range(height)))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def policy_file(folder: Path, logo: str) -> Path:
    shipped = (files("posture.policy") / "coma_cloud.toml").read_text(encoding="utf-8")
    file = folder / "policy.toml"
    file.write_text(shipped.replace('accent = "#0a4f8f"', f'accent = "#0a4f8f"\nlogo = "{logo}"'))
    return file


def test_the_logo_is_in_the_page_and_on_the_paper_with_the_providers_name(tmp_path: Path):
    """Nothing is fetched for it, and who cannot see it hears whose it is."""
    (tmp_path / "logo.png").write_bytes(png())
    view = replace(make_view([]), policy=load_policy(policy_file(tmp_path, "logo.png")))
    report = compose(view, TEXTS)
    html = HtmlRenderer().render(report).decode()
    assert '<img alt="Coma Cloud" src="data:image/png;base64,' in html
    assert "img-src data:" in html
    with pikepdf.open(io.BytesIO(PdfRenderer().render(report))) as file:
        images = [one for one in file.objects if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image"]
    assert [(int(one.Width), int(one.Height)) for one in images] == [(8, 8)]
    assert "img-src" not in HtmlRenderer().render(compose(make_view([]), TEXTS)).decode()


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"<svg onload='alert(1)'/>", "logo.png", "no PNG"),
        (b"", "logo.png", "no PNG"),
        (png() + bytes(130 * 1024), "logo.png", "larger than 128 KiB"),
        (png(4000, 1), "logo.png", "4000 by 1 pixels"),
        (png(), "../logo.png", "in the folder of the policy file"),
        (png(), "/etc/passwd", "in the folder of the policy file"),
        (png(), "gone.png", "cannot be read"),
    ],
    ids=["SVG", "empty", "too many bytes", "too wide", "parent folder", "elsewhere", "not there"],
)
def test_what_is_no_small_png_beside_the_policy_is_refused(tmp_path: Path, content, name, said):
    """Every customer's report would hold it."""
    (tmp_path / "logo.png").write_bytes(content)
    with pytest.raises(PolicyError, match=said):
        load_policy(policy_file(tmp_path, name))
