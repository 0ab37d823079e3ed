"""What strangers' text may do to us: nothing, in bounded time and space."""

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from posture.model.text import decoded, masked, visible, visible_lines

# Every code point, lone surrogates too, and those that have made trouble more often than chance would.
HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs"]),
        st.sampled_from(
            "\0\x1b\x9b\r\n\t\x85\u2028\u202e\u2066\u200b\u200e\ufeff\u0301\u0338\u3164\U000e0041\\`…\ue000"
        ),
    )
)
LIMITS = st.integers(1, 60)


def printable(text: str) -> bool:
    return all(c == " " or unicodedata.category(c)[0] not in "CZ" for c in text)


@given(HOSTILE, LIMITS)
@example("\u200e\u0301", 60)
@example("e\u0301" * 40, 30)
@example("…" * 61, 60)
@example("a" + "\u0301" * 61, 60)
def test_visible_is_printable_bounded_and_settled(text, limit):
    """One line that encodes, holds nothing invisible, keeps to its limit, and does not change when cleaned again."""
    shown = visible(text, limit)
    shown.encode("utf-8")
    assert printable(shown)
    assert len(shown) <= limit + 1
    assert visible(shown, limit) == shown


@given(HOSTILE, LIMITS)
def test_a_cut_text_says_that_it_was_cut(text, limit):
    if len(text) > limit + 1:
        assert visible(text, limit).endswith("…")


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=200))
def test_plain_text_stays_as_it_is(text):
    assert visible(text) == text


@pytest.mark.parametrize("text", ["Bäckerei Müller & Söhne", "日本語", "Ελληνικά", "שלום", "naïve café", "🙈 ❤️"])
def test_every_script_stays_readable(text):
    """Harmless letters of any script are no threat and are not escaped."""
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("txt.\u202egnp", "txt.\\u202egnp"),
        ("a\udc80b", "a\\udc80b"),
        ("a\0b\r\n", "a\\x00b\\x0d\\x0a"),
        ("a\u00a0b", "a b"),
        ("\u3164", "\\u3164"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_the_invisible_is_named(text, shown):
    assert visible(text) == shown


@given(HOSTILE, st.integers(1, 6), st.integers(1, 20))
@example("a\n" * 9, 3, 10)
@example("a" * 200 + "\nb", 2, 5)
@example("\x1e\x1e0", 1, 1)
def test_lines_are_bounded_and_settled(text, lines, width):
    shown = visible_lines(text, lines, width)
    assert len(shown) <= lines + 1
    assert all(printable(line) for line in shown)
    assert all(len(line) <= width + 1 for line in shown if not line.endswith((" more line", " more lines")))
    again = visible_lines("\n".join(shown), lines, width)
    assert again == shown or len(shown) <= lines  # the count stands in the place of lines nobody looked at


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=30), max_size=90))
def test_a_block_cleaned_again_is_the_same(lines):
    once = visible_lines("\n".join(lines))
    assert visible_lines("\n".join(once)) == once


def test_lines_left_out_are_counted():
    """Also those behind a line so long that nobody looks at its end."""
    assert visible_lines("a\nb\nc\nd", lines=2) == ("a", "b", "… 2 more lines")
    assert visible_lines("a" * 1_000_000 + "\nb", lines=2, width=10)[-1] == "… 1 more line"


def test_a_stack_of_marks_is_cut():
    """Thousands of combining marks on one letter take a page's layout minutes."""
    assert len(visible("a" + "\u0338" * 500)) < 8


def test_a_megabyte_takes_no_longer_than_a_line():
    """The work is bounded by the limit, not by what was sent."""
    began = time.process_time()
    for _ in range(100):
        visible("\u202e" * 1_000_000)
    assert time.process_time() - began < 2


@given(st.binary())
def test_bytes_always_decode(raw):
    decoded(raw).encode("utf-8")


@given(st.text(min_size=1, max_size=80))
def test_a_masked_secret_shows_at_most_eight_of_its_characters(secret):
    """And less than half of it, however short it is."""
    shown = masked(secret)
    if len(secret) < 12:
        assert shown.startswith("… (")
    assert f"({len(secret)} characters)" in shown
    kept = visible(f"{secret[:4]}…{secret[-4:]}")
    assert len(shown) <= len(kept) + len(f" ({len(secret)} characters)")
