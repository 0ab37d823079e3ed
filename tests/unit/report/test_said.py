"""Sentences of checks and collectors in German."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.report.catalogues import catalogue
from posture.report.language import language
from posture.report.said import Said, sentences
from posture.report.templating import filled

ROOT = Path(__file__).parents[3]
GERMAN = sentences("de")


def test_every_sentence_that_can_be_found_has_a_translation():
    """Whoever writes a check learns here that its sentences are read in German, too."""
    done = subprocess.run(
        [sys.executable, ROOT / ".ci/extract-sentences", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("No one said that", None),
        ("The domain is not signed with DNSSEC", "Die Domain ist nicht mit DNSSEC signiert"),
        ("The DKIM key s1 is strong: rsa, 2048 bits", "Der DKIM-Schlüssel s1 ist stark: rsa, 2048 Bit"),
        ("bakery.example has no SPF record", "bakery.example hat keinen SPF-Eintrag"),
        ("pending updates are not known: the search for secrets did not run: no python3",
         "welche Updates warten, ist nicht bekannt: die Suche nach Geheimnissen lief nicht: no python3"),
    ],
)  # fmt: skip
def test_a_sentence_is_said_with_its_values(english, german):
    """A value that is a sentence is translated too; what nobody translated is marked as English."""
    assert GERMAN.translated(english) == german
    assert language("de").said(english) == (Said(english, foreign=True) if german is None else Said(german))
    assert language("en").said(english) == Said(english)


@given(value=st.text(min_size=1, max_size=200).filter(lambda text: text == text.strip()))
def test_a_strangers_value_is_kept_as_it_is(value):
    """Braces in it are no values, and it does not become another sentence."""
    said = GERMAN.translated(f"The DMARC record of {value} can be read")
    if GERMAN.translated(value) is None:
        assert said == f"Der DMARC-Eintrag von {value} ist lesbar"


@given(text=st.text(alphabet="a :,({)}\u200b", max_size=3_000))
def test_no_sentence_is_dear(text):
    """Bounded work for whatever a server says: no pattern goes back over the text."""
    GERMAN.translated(f"The {text} ({text})")


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("seen from outside and inside", "von außen und von innen gesehen"),
        ("of 2025-03-04, never used", "vom 2025-03-04, nie benutzt"),
        (("No SPF record says who may send (none). No DMARC policy says what to do with the message. So receivers "
         "deliver it."),
         ("Kein SPF-Eintrag sagt, wer senden darf (none). Keine DMARC-Richtlinie sagt, was mit der Nachricht geschehen "
         "soll. Empfänger stellen die Nachricht deshalb zu.")),
        ("web1.bakery.example", "web1.bakery.example"),
    ],
)  # fmt: skip
def test_what_checks_put_into_sentences_is_german_too(english, german):
    assert language("de").value(english) == german
    assert language("en").value(english) == english


def test_values_keep_their_places():
    """A value that a translation loses would be one that nobody reads."""
    for entry in (one for one in catalogue("de", "values") if one.id):
        assert sorted(re.findall(r"\{[a-z]\}", entry.string)) == sorted(re.findall(r"\{[a-z]\}", entry.id)), entry.id


def test_a_value_is_translated_in_sentences_and_never_in_commands():
    """What a customer copies is what the server knows, whatever it reads like."""
    source = "{{ seen }}, {{ ways }}: `{{ seen | sh }}`"
    values = {"seen": "never used", "ways": ("never ends", "codes of an app")}
    said = language("de").value
    assert filled(source, values, said=said) == "nie benutzt, läuft nie ab, Codes einer App: `'never used'`"
    assert filled(source, values) == "never used, never ends, codes of an app: `'never used'`"
