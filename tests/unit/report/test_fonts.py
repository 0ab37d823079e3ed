"""Characters that no font on this machine can draw."""

import logging

from posture.report import fonts


def test_what_no_font_can_draw_is_marked_and_the_reader_of_the_log_learns_what_to_install(monkeypatch, caplog):
    """An empty box would pass for a space; the name itself stands in the JSON."""
    fonts._warn_of_script.cache_clear()
    unassigned = "\U0003fffe"
    with caplog.at_level(logging.WARNING):
        assert fonts.drawable(f"Zoë{unassigned}\u200bX\n") == "Zoë\ufffd\u200bX\n"
        assert fonts.drawable(unassigned) == "\ufffd"
    assert [record.getMessage().count("fonts-noto-cjk") for record in caplog.records] == [1]


def test_where_fontconfig_cannot_be_asked_every_character_stays(monkeypatch):
    """A guess would lose names that could have been drawn."""
    monkeypatch.setattr(fonts, "_character_sets", lambda: None)
    fonts._drawn.cache_clear()
    try:
        assert fonts.drawable("\U0003fffe") == "\U0003fffe"
    finally:
        fonts._drawn.cache_clear()
