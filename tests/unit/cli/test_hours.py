"""Who may be looked at now, and what the program says where somebody may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import fleet
import pytest

from posture.cli.errors import Exit, NotAllowed
from posture.cli.hours import refuse_outside_windows
from posture.model.customer import Customer
from posture.model.window import Window

NOON = datetime(2026, 6, 1, 10, tzinfo=UTC)  # 12:00 in Berlin


def customers(count: int, *windows: Window) -> list[Customer]:
    return [replace(c, windows=windows, timezone="Europe/Berlin") for c in fleet.customers(count)]


NIGHT = Window(time(22), time(6))


def test_an_audit_with_everything_outside_its_window_is_not_allowed() -> None:
    """Nothing is sent; it says whose window opens when, and the exit code is that of a missing authorization."""
    with pytest.raises(NotAllowed, match=r"c0: outside the window 22:00-06:00 \(Europe/Berlin\)") as refused:
        refuse_outside_windows(customers(25, NIGHT), NOON)
    assert refused.value.code is Exit.NOT_AUTHORIZED
    assert "opens next at 2026-06-01T22:00+02:00" in refused.value.message
    assert "5 more customers" in refused.value.message
    assert "nothing was sent" in refused.value.step


def test_others_are_audited_and_who_is_left_out_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """One customer's hours stop nobody else's audit."""
    mixed = [*customers(1, NIGHT), *customers(2)[1:], *customers(3, NIGHT, Window(time(12), time(13)))[2:]]
    refuse_outside_windows(mixed, NOON)
    said = capsys.readouterr().err
    assert "not assessed this time: c0" in said
    assert "c1" not in said
    assert "c2" not in said, "its second window is open"
