"""Sentences of checks and collectors in German."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.report.language import language
from posture.report.said import Said, sentences

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
