"""Nothing that a stranger said reaches the terminal as it was said."""

from __future__ import annotations

from dataclasses import replace

import factories_report as made
import pytest

from posture.cli.output import as_json, note, say, table
from posture.cli.summary import print_summary
from posture.model.verdict import Outcome
from posture.report.compose import compose

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b6n\r\u202egnp.exe\u2028\x00\udc80"
FORBIDDEN = set(HOSTILE) - set("]0;owned[2J6ngnp.exe")


@pytest.mark.parametrize(
    "printed",
    [
        lambda: say(HOSTILE),
        lambda: note(HOSTILE),
        lambda: table(("WHAT", "WHERE"), [(HOSTILE, "here"), ("there", HOSTILE)]),
        lambda: as_json({HOSTILE: [HOSTILE]}),
    ],
    ids=["say", "note", "table", "as_json"],
)
def test_escapes_are_shown_and_not_obeyed(printed, capsys: pytest.CaptureFixture[str]) -> None:
    """A terminal's title, its screen, its answers and the order of its letters are not a scanned host's business."""
    printed()
    said = "".join(capsys.readouterr())
    assert "owned" in said
    assert not FORBIDDEN & set(said)


def test_a_line_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """No text makes a second line that looks like the program's own."""
    say("web1\nposture: all is well")
    table(("WHAT", "WHERE"), [("web1\n0 findings", "a\nb")])
    assert capsys.readouterr().out.count("\n") == 3


def test_the_summary_shows_no_escape_of_a_customer_or_a_host(capsys: pytest.CaptureFixture[str]) -> None:
    """Name, resource, subject and reason come from an inventory and from what hosts answered."""
    host = replace(made.make_customer().resources[0], id=f"web1{HOSTILE}")
    who = made.make_customer(name=f"Bakery {HOSTILE}", resources=(host,))
    finding = made.make_finding(resource=host.id, subject=HOSTILE, summary=HOSTILE)
    silent = made.make_assessment("exposure.telnet", host.id, Outcome.NOT_ASSESSED, f"it said {HOSTILE}")
    view = made.make_view([finding], customer=who)
    view = replace(view, assessments=(*(a for a in view.assessments if a.check.id != "exposure.telnet"), silent))
    print_summary([compose(view, made.TEXTS)], [])
    said = capsys.readouterr().out
    assert "owned" in said
    assert not FORBIDDEN & set(said)
