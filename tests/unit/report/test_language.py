"""Reports in German: nothing English is left but what says so, and nothing that differs but the words."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po
from factories_report import TEXTS, make_view, many_findings, typical_findings

from posture.report.compose import compose
from posture.report.html import page
from posture.report.language import language
from posture.report.letter import letter

ROOT = Path(__file__).parents[3]
AFTERNOON = datetime(2026, 11, 24, 17, 5, tzinfo=ZoneInfo("Europe/Berlin"))


def german(findings):
    view = make_view(findings)
    return compose(replace(view, customer=replace(view.customer, language="de-AT")), TEXTS)


def test_every_message_has_a_translation():
    """Whoever adds a sentence to a report learns here that somebody has to translate it."""
    done = subprocess.run(
        [sys.executable, ROOT / ".ci/extract-messages", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_translation_keeps_the_values_and_the_markup():
    """A value that is lost would be a date nobody reads; an element that is not closed breaks the page."""
    with (ROOT / "report_templates/locales/de/report.po").open("rb") as stream:
        catalogue = read_po(stream)
    for entry in (one for one in catalogue if one.id):
        ids, strings = ([x] if isinstance(x, str) else list(x) for x in (entry.id, entry.string))
        for text in strings:
            for pattern in (r"\{[a-z]+\}", r"</?[a-z]+>|&[a-z]+;"):
                assert sorted(re.findall(pattern, text)) == sorted(re.findall(pattern, ids[0])), text


ENGLISH = ("24 Nov 2026, 17:05", "Tuesday, 24 November 2026, 17:05 CET", "1,200 tasks", "a, b and 3 more")
GERMAN = ("24. Nov. 2026, 17:05", "Dienstag, 24. November 2026, 17:05 CET", "1.200 Aufgaben", "a, b und 3 weitere")


@pytest.mark.parametrize(
    ("code", "expected"), [("en", ENGLISH), ("de", GERMAN), ("de-CH", GERMAN), ("fr", ENGLISH), ("", ENGLISH)]
)
def test_dates_numbers_and_lists_are_those_of_the_language(code, expected):
    """A language that no report is written in gets English throughout, not half of each."""
    words = language(code)
    said = (words.short(AFTERNOON), words.deadline(AFTERNOON), words.number(1200, "task"), words.listed(["a", "b"], 3))
    assert said == expected


@pytest.mark.parametrize("findings", [typical_findings(), many_findings(60), ()], ids=["typical", "many", "clean"])
def test_no_english_word_of_ours_is_left(findings):
    """What strangers and third-party checks said is marked as English, where it could not be translated."""
    report = german(findings)
    html = page(report, paper=True)
    assert '<html lang="de">' in html
    shown = re.sub(r"(?s)<style>.*?</style>|<(pre|code|span)[^>]*(lang=\"en\"|class=\"mono[^>]*)>.*?</\1>", " ", html)
    shown = re.sub(r"(?s)<pre>.*?</pre>|<code>.*?</code>|<[^>]+>", " ", shown)
    for text in [task.action for task in report.tasks] + [text.why for text in TEXTS.values()]:
        shown = shown.replace(text, " ")
    ours = ("must fix", "should fix", "not assessed", "What to do", "Since your", "could not be", "passed", "By whom")
    ours += ("Scope and", "First seen", "How to fix", "Check it", "more in", "no date", "overdue", "resource ", "tasks")
    assert {words for words in ours if words in shown} == set()


def test_the_letter_is_in_the_reports_language():
    """Subject, plain text and HTML."""
    said = letter(german(typical_findings()), ["bakery.pdf", "bakery.csv"])
    assert said.language == "de"
    assert said.subject.startswith("[!] Handeln nötig: 4 Punkte bis Dienstag")
    for text in (said.plain, said.html):
        assert "Das zuerst" in text
        assert "bakery.pdf und bakery.csv" in text
