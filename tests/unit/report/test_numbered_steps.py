from __future__ import annotations

import subprocess

import weasyprint

from posture.report.markdown import to_html

STEPS = "1. first\n\n```sh\ntrue\n```\n\n2. second\n\n```sh\ntrue\n```\n\n3. third\n"


def test_steps_are_numbered_on_after_a_command(tmp_path) -> None:
    """On paper a second step must not be called the first again."""
    page = tmp_path / "page.pdf"
    weasyprint.HTML(string=f"<html lang=en><body>{to_html(STEPS)}").write_pdf(page)
    text = subprocess.run(["pdftotext", "-layout", page, "-"], capture_output=True, text=True, check=True).stdout
    assert [line.split()[0] for line in text.splitlines() if line.split() and line.split()[0][0].isdigit()] == [
        "1.",
        "2.",
        "3.",
    ]
