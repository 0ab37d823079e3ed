"""Reports printed by other processes: the same bytes, in order, and a short form for what is too much."""

import io
import os
import signal
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import pikepdf
import pytest
from factories_report import TEXTS, make_view, many_findings

from posture.execute import press_worker
from posture.execute.press import Limits, press
from posture.report.compose import compose
from posture.report.model import Report
from posture.report.pdf import PdfRenderer


def a_report(count: int = 3) -> Report:
    return compose(make_view(many_findings(count)), TEXTS)


def too_much() -> Report:
    """What no cap of the model would let through: minutes of layout."""
    report = a_report(40)
    return replace(report, tasks=report.tasks * 400)


def pages(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as file:
        return len(file.pages)


def test_the_press_prints_what_the_renderer_prints_in_the_order_of_the_reports():
    """Nobody can tell from a file which process made it, and no two customers' reports change places."""
    reports = [a_report(count) for count in (5, 1, 3, 2)]
    pressed = list(press(iter(reports), processes=2))
    assert [one.report for one in pressed] == reports
    assert [one.pdf for one in pressed] == [PdfRenderer().render(report) for report in reports]
    assert not any(one.shortened or one.error for one in pressed)


def test_a_report_that_takes_too_long_becomes_its_short_form_and_the_others_are_whole():
    """One customer's flood of findings costs nobody a report, not even that customer."""
    small = a_report()
    first, flood, last = press([small, too_much(), small], processes=1, limits=Limits(cpu=3))
    assert first.pdf == last.pdf == PdfRenderer().render(small)
    assert "3 seconds of CPU" in flood.shortened
    assert flood.error is None
    assert pages(flood.pdf) <= 2
    with pikepdf.open(io.BytesIO(flood.pdf)) as file:
        assert list(file.attachments) == ["findings.json"]


def test_a_report_that_takes_too_much_memory_becomes_its_short_form():
    """The machine does not swap for one customer."""
    (flood,) = press([too_much()], processes=1, limits=Limits(memory=300))
    assert "300 MiB" in flood.shortened
    assert pages(flood.pdf) <= 2


def test_nothing_can_be_printed_where_not_even_the_short_form_fits():
    """Then it is told, and the caller still has the report for its other forms."""
    report = a_report()
    (pressed,) = press([report], processes=1, limits=Limits(memory=60))
    assert pressed.report == report
    assert pressed.error is not None
    assert not pressed.pdf


def test_no_reports_start_no_process():
    """An audit without reports loads no WeasyPrint."""
    assert list(press([], processes=2)) == []


def test_the_limit_of_cpu_is_that_of_one_report(monkeypatch: pytest.MonkeyPatch):
    """A process that has printed for an hour has as much time for the next report as a fresh one."""
    seen = []
    monkeypatch.setattr("resource.setrlimit", lambda _what, limits: seen.append(limits))
    press_worker._only(120)
    spent = sum(os.times()[:2])
    assert spent + 119 <= seen[0][0] <= spent + 122
    assert signal.getsignal(signal.SIGXCPU) == signal.SIG_DFL


class Refusing:
    """A pool whose processes cannot be started, as pebble's is where fork or exec is refused."""

    def __init__(self, *_arguments, **_named):
        pass

    def schedule(self, *_arguments, **_named):
        raise BrokenProcessPool


def test_where_no_process_can_be_started_the_report_is_printed_here(monkeypatch: pytest.MonkeyPatch):
    """A sandbox or a limit on processes costs the limits, not the report."""
    report = a_report()
    monkeypatch.setattr("posture.execute.press.ProcessPool", Refusing)
    pressed = list(press([report, report], processes=1))
    assert [one.pdf for one in pressed] == [PdfRenderer().render(report)] * 2
