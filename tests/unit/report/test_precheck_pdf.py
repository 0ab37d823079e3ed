"""The pre-onboarding check on paper: one page whatever there is to say, that nobody can misread."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.model.policy import Provider
from posture.model.precheck import PrecheckVerdict
from posture.report.html import contrast_on_white
from posture.report.precheck import Block, LookedAt, Open, PrecheckReport, Remark, Seen
from posture.report.precheck_json import precheck_json
from posture.report.precheck_pdf import FULL, cut, precheck_page, precheck_pdf

NOW = datetime(2026, 11, 23, 11, 42, tzinfo=ZoneInfo("Europe/Berlin"))
BLOCK = Block(
    "exposure.redis-no-auth", "Redis answers without a password", "critical", ("203.0.113.7 · 203.0.113.7:6379/tcp",),
    0, "Redis on port 6379 needs no login: anyone who connects can read and erase its data",
    "Close Redis to the internet", 15, "", "```sh\nsudo systemctl restart redis-server\n```",
)  # fmt: skip
QUESTION = Open(
    "A firewall hides a dangerous port", "203.0.113.8", "9200/tcp stays silent while the host refuses other ports",
    "Let the auditor's address 192.0.2.10 through, then check again", ("precheck.hidden-port",),
)  # fmt: skip
WARNING = Remark(
    "exposure.tls-certificate", "A TLS certificate does not prove who answers", "medium",
    "203.0.113.7 · 203.0.113.7:443/tcp", "it expires on 2026-12-01", "Put a valid certificate in place",
)  # fmt: skip
NO_GO = PrecheckReport(
    prospect_id="new-gmbh",
    prospect="New GmbH",
    provider=Provider("Coma Cloud", "security@comacloud.example"),
    policy="Coma Cloud Acceptable Use Policy 2026-01",
    authorization="MSA-7.1",
    authorized_by="Jane Doe",
    authorized_until=NOW + timedelta(days=80),
    verdict=PrecheckVerdict.NO_GO,
    headline="No-go: 3 things must be fixed first; 1 question could not be decided besides",
    made_at=NOW,
    zone="Europe/Berlin",
    valid_until=NOW + timedelta(days=7),
    come_back="Come back as soon as this is fixed (posture precheck --again --authorization MSA-7.1).",
    blocks=(BLOCK, replace(BLOCK, where=("203.0.113.8",)), replace(BLOCK, check="email.open-relay")),
    blocks_left=0,
    open=(QUESTION,),
    open_left=0,
    warnings=9,
    top_warnings=(WARNING,) * 5,
    informs=2,
    top_informs=(replace(WARNING, severity="info"),) * 2,
    limits=("Looked at from outside only, from 192.0.2.10.", "Without root this was a connect scan."),
    looked_at=LookedAt(("203.0.113.7", "203.0.113.8"), ("new.example",), 131_070, 42, 74),
    seen=(Seen(NOW, "r-7", 120),),
    cases=(),
    run="r-7",
    tool="posture 0.7.0",
)
GO = replace(
    NO_GO, verdict=PrecheckVerdict.GO, headline="Go: nothing that blocks was found", blocks=(), open=(),
    come_back="This verdict holds until 30 Nov 2026.",
)  # fmt: skip
UNDECIDED = replace(
    NO_GO, verdict=PrecheckVerdict.UNDECIDED, headline="Undecided: 1 question could not be decided", blocks=()
)
FIVE_HUNDRED = replace(
    NO_GO, blocks=(BLOCK,) * 20, blocks_left=480, open=(QUESTION,) * 20, open_left=20, limits=NO_GO.limits * 9
)
HOSTILE = "<script>x</script>\udc80\x1b[31m\u202egnp\u0301\u0301\u0301\u0301\u0301 🙈 {{ 7*7 }} "
TEXTS = {
    "hostile": HOSTILE * 3 + "A" * 100_000,
    "arabic": "شركة الاختبار المحدودة للخبز والحلويات " * 40,
    "chinese": "株式会社日本語の非常に長い名前の会社" * 40,
    "wide": "W" * 700,
}


def said(text: str) -> PrecheckReport:
    """A report in which every text that may come from outside is this one."""
    remark = Remark(text, text, text, text, text, text)
    return replace(
        FIVE_HUNDRED,
        prospect=text,
        prospect_id="x" * 63,
        provider=Provider(text, text, "red;}</style>"),
        policy=text,
        authorization=text,
        authorized_by=text,
        headline=text,
        come_back=text,
        zone=text,
        blocks=(Block(text, text, text, (text,) * 3, 7, text, text, 10**6),) * 20,
        open=(Open(text, text, text, text, (text,)),) * 20,
        top_warnings=(remark,) * 5,
        limits=(text,) * 9,
        looked_at=LookedAt((text,) * 9, (text,) * 9, 10**9, 10**9, 10**9),
        run=text,
        tool=text,
    )


EVERY = {
    "go": GO, "no-go": NO_GO, "undecided": UNDECIDED, "500": FIVE_HUNDRED,
    "bare": replace(GO, warnings=0, top_warnings=(), informs=0, top_informs=(), limits=()),
    **{name: said(text) for name, text in TEXTS.items()},
}  # fmt: skip


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    """Every report's PDF, made once."""
    return {name: precheck_pdf(report) for name, report in EVERY.items()}


@pytest.fixture(params=EVERY)
def opened(request, pages, tmp_path):
    file = tmp_path / "a.pdf"
    file.write_bytes(pages[request.param])
    with pikepdf.open(file) as document:
        yield document


@pytest.fixture
def text_of(pages, pdf_text, squeezed):
    return lambda name: squeezed(pdf_text(pages[name]))


def test_it_is_one_page_of_a4_whatever_there_is_to_say(opened):
    (page,) = opened.pages
    width, height = (float(side) * 25.4 / 72 for side in page.mediabox[2:])
    assert (round(width), round(height)) == (210, 297)


@pytest.mark.parametrize("name", EVERY)
def test_the_page_is_whole_to_its_last_line(name, text_of):
    """Nothing is cut off at the lower edge: how to dispute, and the digest of the JSON, stand there."""
    text = text_of(name)
    assert "Is something here wrong?" in text
    assert hashlib.sha256(precheck_json(EVERY[name])).hexdigest() in text.replace(" ", "")
    assert "Page 1 of 1" in text


@pytest.mark.parametrize(
    ("name", "word", "sentence", "sign"),
    [
        ("go", "GO", "Yes: the prospect can be taken on now.", "tick"),
        ("no-go", "NO-GO", "Not yet: what blocks has to be fixed first.", "octagon"),
        ("undecided", "UNDECIDED", "Not known yet: what decides could not all be looked at.", "question mark"),
    ],
)
def test_the_verdict_is_told_by_a_word_a_sentence_and_a_shape(name, word, sentence, sign, text_of, pages, tmp_path):
    """Colour is never the only sign, and no page has another verdict's word."""
    assert re.search(rf"become a customer\? {word} {re.escape(sentence)}", text_of(name))
    file = tmp_path / "a.pdf"
    file.write_bytes(pages[name])
    with pikepdf.open(file) as document:
        (alternative,) = [str(one.Alt) for kind, one in structure(document) if kind == "Figure"]
    assert sign in alternative
    for other in {"GO", "NO-GO", "UNDECIDED"} - {word}:
        assert not re.search(rf"(?<![\w-]){other}(?![\w-])", text_of(name))


def test_who_must_mend_reads_what_where_how_and_how_long(text_of):
    text = text_of("no-go")
    for wanted in (
        "What blocks: 3 things, about 45 minutes of work",
        "Redis answers without a password (critical). Redis on port 6379 needs no login",
        "Fix: Close Redis to the internet",
        "203.0.113.7:6379/tcp",
        "15 min",
        "server admin",
        "DNS and mail admin",
        "new-gmbh.precheck.json",
        "A firewall hides a dangerous port. 9200/tcp stays silent",
        "Change that: Let the auditor's address 192.0.2.10 through, then check again",
        "9 warnings, to work on afterwards",
        "posture precheck --again --authorization MSA-7.1",
    ):
        assert wanted in text, wanted


def test_who_decides_reads_what_it_stands_on(text_of):
    text = text_of("no-go")
    for wanted in (
        "203.0.113.7, 203.0.113.8 and new.example",
        "74 checks; 131,070 TCP, 42 UDP ports",
        "23 Nov 2026, 11:42 CET (UTC+01:00)",
        "Jane Doe, MSA-7.1, until 11 February 2027",
        "Holds until 30 Nov 2026, 11:42 CET (UTC+01:00)",
        "Looked at from outside only, from 192.0.2.10.",
        "Write to security@comacloud.example, name run r-7",
        "Judged by Coma Cloud Acceptable Use Policy 2026-01; made by posture 0.7.0",
    ):
        assert wanted in text, wanted


def test_a_go_names_the_next_command(text_of):
    """And nothing of coming back to be looked at again."""
    assert "posture precheck accept MSA-7.1 --inventory customers.yaml" in text_of("go")
    assert "What blocks: nothing" in text_of("go")
    assert "When to come back" not in text_of("go")
    assert "precheck accept" not in text_of("no-go") + text_of("undecided")


def test_what_does_not_fit_is_counted(text_of):
    """Shown and left out come to all there is."""
    text = text_of("500")
    shown = text.count("Fix: Close Redis")
    assert shown >= 4
    assert f"And {500 - shown} more, in the JSON beside this page." in text
    questions = text.count("Change that:")
    assert f"And {40 - questions} more, in the JSON beside this page." in text


def test_a_verdict_of_several_looks_says_so(pdf_text, squeezed):
    earlier = Seen(NOW - timedelta(days=2), "r-5", 80)
    text = squeezed(pdf_text(precheck_pdf(replace(NO_GO, seen=(*NO_GO.seen, earlier)))))
    assert "2 looks together, the oldest of 21 Nov 2026, 11:42" in text


def test_the_same_report_gives_the_same_bytes(pages):
    assert precheck_pdf(NO_GO) == pages["no-go"]


def test_the_json_is_attached(pages, tmp_path):
    """Byte for byte the file beside the page."""
    file = tmp_path / "a.pdf"
    file.write_bytes(pages["no-go"])
    with pikepdf.open(file) as document:
        attached = document.attachments["new-gmbh.precheck.json"].get_file().read_bytes()
    assert attached == precheck_json(NO_GO)


def test_hostile_text_is_shown_and_never_obeyed(text_of):
    """Escapes, overrides and markup are text; a provider's colour that is none is not used."""
    text = text_of("hostile")
    assert "<script>" in text
    assert "{{ 7*7 }}" in precheck_page(said(HOSTILE), FULL, "0" * 64)
    html = precheck_page(said(HOSTILE), FULL, "0" * 64)
    assert "<script" not in html
    assert "red;}" not in html
    assert not {"\x1b", "\u202e", "\udc80"} & set(html)


def test_every_ink_reads_on_its_ground():
    """WCAG 2.2, 1.4.3 (AA): 4.5 to 1, also on the tinted boxes and in the margins."""
    html = precheck_page(NO_GO, FULL, "0" * 64)
    inks = re.findall(r"--(?:ink|soft|stop|warn|ok|brand): (#[0-9a-f]{6})", html)
    margins = re.findall(r"sans-serif; color: (#[0-9a-f]{6})", html)
    grounds = re.findall(r"background: (#[0-9a-f]{6})", html)
    assert (len(inks), len(margins), len(grounds)) == (6, 4, 3)
    darkest = max(map(contrast_on_white, [*grounds, "#f3f6fa"]))
    assert all(contrast_on_white(ink) / darkest >= 4.5 for ink in (*inks, *margins))


def structure(document):
    """Every structure element as (type, element), in reading order."""

    def walk(element):
        yield str(element.get("/S", ""))[1:], element
        children = element.get("/K", pikepdf.Array())
        for child in children if isinstance(children, pikepdf.Array) else [children]:
            if isinstance(child, pikepdf.Dictionary) and "/S" in child:
                yield from walk(child)

    roots = document.Root.StructTreeRoot.K
    for root in roots if isinstance(roots, pikepdf.Array) else [roots]:
        yield from walk(root)


PAINTING = {"Tj", "TJ", "'", '"', "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do"}


def test_it_is_read_aloud_in_order(opened):
    """PDF/UA-1: marked, language, title, one first heading, alternatives for shapes; nothing untagged."""
    root = opened.Root
    assert root.MarkInfo.Marked
    assert str(root.Lang) == "en"
    assert root.ViewerPreferences.DisplayDocTitle
    metadata = root.Metadata.read_bytes().decode()
    assert "dc:title" in metadata
    assert "pdfuaid:part" in metadata
    elements = list(structure(opened))
    kinds = [kind for kind, _ in elements]
    assert kinds.count("H1") == 1
    assert "H3" not in kinds
    assert {"Table", "TH", "TD", "Figure"} <= set(kinds)
    assert all("/Alt" in one for kind, one in elements if kind == "Figure")
    depth = 0
    for instruction in pikepdf.parse_content_stream(opened.pages[0]):
        operator = str(instruction.operator)
        depth += (operator in {"BDC", "BMC"}) - (operator == "EMC")
        assert operator not in PAINTING or depth > 0


@given(st.text(max_size=60), st.integers(2, 30))
@settings(max_examples=200)
def test_a_cut_text_is_never_wider_than_its_room(text, width):
    """What fits is left as it is; an ellipsis is the only letter beyond."""
    shown = cut(text, width)
    assert len(shown) <= width + 1
    assert cut(shown, width) == shown or shown.endswith("…")
    assert "\n" not in shown
