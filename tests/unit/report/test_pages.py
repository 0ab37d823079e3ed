"""The report on paper and on screen: what a reader sees, hostile text included, and who can read it."""

import dataclasses
import hashlib
import json
import logging
import os
import re
import socket
import subprocess
import sys
import threading
import zlib

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.model.finding import System
from posture.model.policy import Provider
from posture.model.verdict import Evidence, Outcome
from posture.report import fonts, pdf
from posture.report.breaks import breakable
from posture.report.html import HtmlRenderer, accent, contrast_on_white, page
from posture.report.json_ import JsonRenderer
from posture.report.pdf import PdfRenderer

HOSTILE = (
    "<script>alert(1)</script><img src=http://127.0.0.1:{port}/i><style>@import url(http://127.0.0.1:{port}/c)</style>"
    "\udc80\x1b[31m\u202egnp\u0301\u0301\u0301\u0301\u0301\u0301 🙈 {{{{ 7*7 }}}} ![x](http://127.0.0.1:{port}/m) "
)


@pytest.fixture(scope="module")
def listener():
    """A server on loopback that counts who comes."""
    visits = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def count():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                visits.append(1)
                connection.close()

        threading.Thread(target=count, daemon=True).start()
        yield server.getsockname()[1], visits
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def hostile(made, report_of, listener):
    """A report in which every string that came from outside is an attack, a hundred kilobytes long."""
    port, _ = listener
    text = HOSTILE.format(port=port) + "A" * 100_000
    finding = made.make_finding(
        resource=text,
        subject=text,
        summary=text,
        evidence=(Evidence(text, f"{text}\n" * 60, made.NOW),) * 6,
        details=(("config", text), ("port", text)),
        system=System(*[text] * 4),
    )
    customer = made.make_customer(
        name=text, timezone=text, resources=(dataclasses.replace(made.make_customer().resources[0], id=text),)
    )
    assessments = (made.make_assessment(resource=text, outcome=Outcome.NOT_ASSESSED, reason=text),)
    provider = Provider(text, text, "red;}</style><script>x()</script>")
    policy = dataclasses.replace(made.POLICY, name=text, provider=provider)
    return report_of(made.make_view([finding], customer=customer, assessments=assessments, policy=policy, vantage=text))


@pytest.fixture(scope="module")
def hostile_pdf(hostile):
    return PdfRenderer().render(hostile)


def test_page_one_holds_all_of_page_one(typical_pdf, pdf_text, squeezed):
    """Verdict, tasks, requirements, change, gaps and scope: who reads one page has read the report."""
    text = squeezed(pdf_text(typical_pdf, "-l", "1"))
    for wanted in (
        "Action needed: 4 things by Tuesday, 24 November 2026, 17:14 CET",
        "Close Redis to the internet.",
        "Reboot into the new kernel.",
        "And 1 more task",
        "4.4 Services open to the internet",
        "no check for it on your resources",
        "Since your last report, 15 November 2026",
        "1 came back",
        "What we could not assess",
        "nmap is not installed",
        "bakery.example",
        "Scope and authority.",
        "Page 1 of",
    ):
        assert wanted in text, wanted


def test_commands_can_be_copied_from_the_pdf(typical_pdf, pdf_text, squeezed):
    """Every command of every fix stands on its own line, whole."""
    lines = set(map(squeezed, pdf_text(typical_pdf, "-layout").splitlines()))
    for command in (
        "sudo sed -i 's/^bind .*/bind 127.0.0.1 -::1/' /etc/redis/redis.conf",
        "sudo systemctl restart redis-server",
        "sudo apt-get update && sudo apt-get install --only-upgrade openssl",
        "sudo chmod 600 '/srv/backup/my key.pem'",
        "printf 'PasswordAuthentication no\\n' | sudo tee /etc/ssh/sshd_config.d/10-keys-only.conf",
        "ss -lnt 'sport = :6379' # must show 127.0.0.1 or [::1]",
    ):
        assert command in lines, command


def test_a_command_of_full_width_is_not_broken(made, report_of, pdf_text):
    path = "/srv/" + "x" * (88 - len("sudo chmod 600 /srv/"))
    finding = made.make_finding("keys.private-key-readable", details=(("path", path),))
    lines = {
        line.strip()
        for line in pdf_text(PdfRenderer().render(report_of(made.make_view([finding]))), "-layout").splitlines()
    }
    assert f"sudo chmod 600 {path}" in lines
    assert len(f"sudo chmod 600 {path}") == 88


def test_the_same_report_gives_the_same_bytes(typical, typical_pdf):
    """So a report can be made again and compared."""
    assert PdfRenderer().render(typical) == typical_pdf
    assert HtmlRenderer().render(typical) == HtmlRenderer().render(typical)


def test_the_findings_are_attached(typical, typical_pdf, tmp_path, pdf_text, squeezed):
    """Byte for byte those of the JSON format, and their digest is printed."""
    file = tmp_path / "a.pdf"
    file.write_bytes(typical_pdf)
    with pikepdf.open(file) as document:
        attached = document.attachments["findings.json"].get_file().read_bytes()
    assert attached == JsonRenderer().render(typical)
    assert hashlib.sha256(attached).hexdigest() in pdf_text(typical_pdf).replace("\n", "")


def test_nothing_is_fetched(hostile, hostile_pdf, listener):
    _, visits = listener
    HtmlRenderer().render(hostile)
    assert hostile_pdf
    assert visits == []


def test_the_renderer_refuses_what_a_page_asks_for(typical, listener, tmp_path, monkeypatch):
    """Should a text ever get into the page as markup: pictures, styles and files of this machine stay where they are.

    The page is replaced, the renderer with its fetcher is the real one.
    """
    port, visits = listener
    dot = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010800000000") + b"\x3a\x7e\x9b\x55"
    data = zlib.compress(b"\0\0")
    chunk = b"IDAT" + data
    dot += len(data).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4) + bytes.fromhex("0000000049454e44ae426082")
    (tmp_path / "dot.png").write_bytes(dot)
    asking = (
        f"<html lang=en><title>x</title><link rel=stylesheet href='http://127.0.0.1:{port}/style'>"
        f"<style>@import url(http://127.0.0.1:{port}/import); p {{background: url(http://127.0.0.1:{port}/ground)}}"
        f"@font-face {{font-family: x; src: url(http://127.0.0.1:{port}/font)}} p {{font-family: x}}</style>"
        f"<p>text<img src='http://127.0.0.1:{port}/picture'><img src='file://{tmp_path}/dot.png'>"
        f"<a rel=attachment href='file://{tmp_path}/dot.png'>attached</a>"
    )
    monkeypatch.setattr(pdf, "page", lambda *_, **__: asking)
    (tmp_path / "a.pdf").write_bytes(PdfRenderer().render(typical))
    with pikepdf.open(tmp_path / "a.pdf") as document:
        assert [list(sheet.get_images()) for sheet in document.pages] == [[]]
        assert list(document.attachments) == ["findings.json"]
    assert visits == []


def test_hostile_text_stays_text(hostile, hostile_pdf, pdf_text):
    html = HtmlRenderer().render(hostile).decode()
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("<style>") == 1
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert "49" not in re.findall(r"gnp[^ ]* 🙈 ([^ ]+)", html)
    text = pdf_text(hostile_pdf)
    assert "<script>alert(1)" in text.replace("\n", "")
    assert len(hostile_pdf) < 500_000
    assert len(html) < 200_000


@given(st.text())
def test_break_opportunities_change_no_text(text):
    """What is copied from the page is what was there, and no run is longer than a line."""
    broken = breakable(text)
    assert broken.replace("<wbr>", "") == breakable("").join([type(broken).escape(text)])
    assert all(len(run) <= 41 for piece in str(broken).split("<wbr>") for run in piece.split() if "&" not in run)


def test_html_is_self_contained(typical):
    """One file, no script, nothing from elsewhere, and the browser is told to hold to that."""
    html = HtmlRenderer().render(typical).decode()
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in html
    assert not re.search(r"<script|<link|<iframe|<object|<form|\son[a-z]+=|@import|url\((?!#)", html)
    assert not re.search(r"""(?:src|href)=["'](?!#)""", html)
    assert '<html lang="en">' in html
    assert "target-counter" not in re.sub(r"<style>.*</style>", "", html, flags=re.DOTALL)


def test_every_link_within_the_page_leads_somewhere(typical):
    for html in (page(typical, paper=True), page(typical, paper=False)):
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_nothing_assessed_never_looks_like_good_news(made, report_of, pdf_text, squeezed):
    view = made.make_view()
    rows = tuple(
        made.make_assessment(a.check.id, a.resource, Outcome.NOT_ASSESSED, "no login") for a in view.assessments
    )
    text = squeezed(pdf_text(PdfRenderer().render(report_of(dataclasses.replace(view, assessments=rows))), "-l", "1"))
    assert "Nothing could be assessed: 18 checks, no result" in text
    assert "not assessed (6 checks)" in text
    assert "No action needed" not in text
    assert "Nothing to fix" not in text


def test_the_bars_are_told_in_words_too(typical):
    """Colour is never the only sign."""
    html = page(typical, paper=True)
    for bar in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        assert re.search(r'role="img" aria-label="\d+ must fix, \d+ should fix, .*\d+ not assessed"', bar)
    assert html.count("3 must fix, 1 should fix") == 3


def test_a_providers_colour_is_used_where_it_can_be_read():
    assert accent("#0a4f8f") == "#0a4f8f"
    assert accent("#ffff00") != "#ffff00"
    assert accent("red;} body{display:none") == "#0a4f8f"


def test_every_ink_reads_on_its_ground(typical):
    """WCAG 2.2, 1.4.3 (AA): 4.5 to 1, also on the tinted boxes, which are nearly white."""
    inks = re.findall(r"--(?:ink|soft|stop|warn|ok|brand): (#[0-9a-f]{6})", page(typical, paper=True))
    assert len(inks) == 6
    darkest_ground = contrast_on_white("#f3f6fa")
    assert all(contrast_on_white(ink) / darkest_ground >= 4.5 for ink in inks)


def test_missing_fonts_are_a_warning_and_no_failure(monkeypatch, caplog):
    monkeypatch.setattr(fonts, "_FILES", {"No Such Font": "NoSuchFont-Regular.*"})
    fonts._warn_of_missing.cache_clear()
    with caplog.at_level(logging.WARNING):
        fonts.prepare()
    fonts._warn_of_missing.cache_clear()
    assert "No Such Font not found" in caplog.text
    assert "fonts-noto-core" in caplog.text


def test_no_font_at_all_is_an_error_that_says_what_to_install(tmp_path):
    """Without one the process would crash, and take the other formats with it."""
    config = tmp_path / "fonts.conf"
    config.write_text(f"<fontconfig><dir>{tmp_path}</dir><cachedir>{tmp_path}</cachedir></fontconfig>")
    code = "from posture.report import fonts\ntry: fonts.prepare()\nexcept fonts.NoFonts as error: print(error)"
    environment = {**os.environ, "FONTCONFIG_FILE": str(config), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert "install the packages fonts-noto-core" in done.stdout


def test_two_thousand_findings_make_a_readable_file(made, report_of, pdf_text):
    """Capped on paper, whole in the attachment."""
    report = report_of(made.make_view(made.many_findings(2_000)))
    made_pdf = PdfRenderer().render(report)
    text = pdf_text(made_pdf)
    assert text.count("\f") < 60
    assert "more findings, all in the CSV and JSON files" in text
    assert len(json.loads(JsonRenderer().render(report))["findings"]) == 2_000


# --- PDF/UA: a part of what the Matterhorn Protocol checks by machine ---

PAINTING = {"Tj", "TJ", "'", '"', "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do"}


def structure(document):
    """Every structure element as (type, parent's type, element), in reading order."""

    def walk(element, parent):
        kind = str(element.get("/S", ""))[1:]
        yield kind, parent, element
        children = element.get("/K", pikepdf.Array())
        for child in children if isinstance(children, pikepdf.Array) else [children]:
            if isinstance(child, pikepdf.Dictionary) and "/S" in child:
                yield from walk(child, kind)

    roots = document.Root.StructTreeRoot.K
    for root in roots if isinstance(roots, pikepdf.Array) else [roots]:
        yield from walk(root, "")


@pytest.fixture(params=["typical_pdf", "hostile_pdf"])
def opened(request, tmp_path):
    file = tmp_path / "ua.pdf"
    file.write_bytes(request.getfixturevalue(request.param))
    with pikepdf.open(file) as document:
        yield document


def test_the_pdf_says_what_it_is(opened):
    """Marked, with a language and a title that the window shows, and built to PDF/UA-1."""
    root = opened.Root
    assert root.MarkInfo.Marked
    assert str(root.Lang) == "en"
    assert root.ViewerPreferences.DisplayDocTitle
    metadata = root.Metadata.read_bytes().decode()
    assert "dc:title" in metadata
    assert "pdfuaid:part" in metadata
    assert opened.Root.Outlines.Count != 0


def test_all_that_is_painted_is_tagged_or_an_artifact(opened):
    for sheet in opened.pages:
        depth = 0
        for instruction in pikepdf.parse_content_stream(sheet):
            operator = str(instruction.operator)
            depth += (operator in {"BDC", "BMC"}) - (operator == "EMC")
            assert operator not in PAINTING or depth > 0


def test_every_font_is_embedded_and_can_be_copied_from(opened):
    for sheet in opened.pages:
        for font in sheet.resources.get("/Font", {}).values():
            inner = font.get("/DescendantFonts", [font])[0]
            descriptor = inner.get("/FontDescriptor", {})
            assert any(name in descriptor for name in ("/FontFile", "/FontFile2", "/FontFile3"))
            assert "/ToUnicode" in font


def test_headings_lists_tables_and_figures_are_in_order(opened):
    last = 0
    for kind, parent, element in structure(opened):
        if re.fullmatch(r"H[1-6]", kind):
            assert int(kind[1]) <= last + 1
            last = int(kind[1])
        if kind == "TR":
            assert parent in {"Table", "THead", "TBody", "TFoot"}
        if kind in {"TH", "TD"}:
            assert parent == "TR"
        if kind == "LI":
            assert parent == "L"
        if kind == "Figure":
            assert "/Alt" in element or "/ActualText" in element
    assert last


def test_links_can_be_followed_without_seeing_them(opened):
    for sheet in opened.pages:
        for note in sheet.obj.get("/Annots", []):
            if note.get("/Subtype") == pikepdf.Name.Link:
                assert "/StructParent" in note
                assert "/Contents" in note
                assert sheet.obj.get("/Tabs") == pikepdf.Name.S
