"""Words of the field lead to what they mean, and to nothing else."""

from __future__ import annotations

import re

import pytest
from factories_report import make_view, typical_findings
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from posture.report.compose import compose
from posture.report.glossed import FirstUses, pattern
from posture.report.html import page
from posture.report.model import Term

TERMS = (Term("port", "Port", ""), Term("key", "privater Schlüssel", ""))


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("Port", "Two ports are open", "ports"),
        ("Port", "The portal is open", None),
        ("Port", "an import", None),
        ("certificate", "Certificates expire", "Certificates"),
        ("Zertifikat", "des Zertifikats", "Zertifikats"),
        ("privater Schlüssel", "mit einem privaten Schlüssel", "privaten Schlüssel"),
        ("private key", "a private key", "private key"),
        ("CVE", "CVE-2026-1", "CVE"),
    ],
)
def test_a_word_is_found_with_its_endings_and_not_within_another(word, text, found):
    match = pattern(word).search(text)
    assert (match and match[0]) == found


def test_the_first_use_is_linked_and_code_is_left_as_it_is():
    """What is copied has no link in it, and a second link to the same meaning would only be noise."""
    glossed = FirstUses(TERMS)
    html = Markup("<p><code>port</code> Ports und noch ein Port; <a href='https://x.example'>Port</a></p>")
    linked = glossed(html)
    assert str(linked) == str(html).replace(" Ports und", ' <a class="term" href="#term-port">Ports</a> und')
    assert "term-port" not in glossed(html)
    glossed.afresh()
    assert glossed(html) == linked


@given(st.text())
def test_a_strangers_text_is_shown_as_it_is(text):
    """Whatever a name holds, it is no markup, and nothing of it is lost."""
    shown = FirstUses(TERMS)("Port " + text)
    assert not re.search(r"<(?!/?a\b|wbr>)", shown)
    assert shown.startswith('<a class="term" href="#term-port">Port</a>')


@given(st.text(alphabet="port <&>'/"))
def test_taking_the_links_out_gives_the_text_again(text):
    html = Markup("<p>{}</p>").format(text)
    assert re.sub(r"</?a\b[^>]*>", "", FirstUses(TERMS)(html)) == html


def test_every_word_that_is_explained_is_linked_where_it_is_used(made):
    """A glossary that nobody is led to is not read."""
    report = compose(make_view(typical_findings()), made.TEXTS)
    html = page(report, paper=True)
    assert report.glossary
    for term in report.glossary:
        assert html.index(f'href="#term-{term.id}"') < html.index(f'id="term-{term.id}"')
