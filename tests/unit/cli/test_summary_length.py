"""However much an audit found, its summary fits the screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import factories_report as made
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.cli.summary import print_summary, summary
from posture.collect.host.trust import NOBODY_KNOWN, HostTrust, ShownKey
from posture.model.resource import Resource, ResourceKind, SshAccess
from posture.model.verdict import Outcome
from posture.report.compose import compose
from posture.report.model import Report
from posture.report.said import Said

MANY = st.integers(0, 40)


@pytest.fixture(scope="module")
def report() -> Report:
    """A task, a gap and a resource nobody looks at: to be multiplied."""
    view = made.make_view([made.make_finding()])
    silent = made.make_assessment("exposure.telnet", outcome=Outcome.NOT_ASSESSED, reason="nmap is not installed")
    composed = compose(replace(view, assessments=(*view.assessments[:1], silent)), made.TEXTS)
    assert (len(composed.tasks), len(composed.gaps)) == (1, 1)
    return replace(composed, unexamined=composed.unexamined[-1:])


def of_size(report: Report, tasks: int, gaps: int, unexamined: int) -> Report:
    return replace(
        report, tasks=report.tasks * tasks, gaps=report.gaps * gaps, unexamined=report.unexamined * unexamined
    )


@given(sizes=st.lists(st.tuples(MANY, MANY, MANY), min_size=1, max_size=40), files=MANY)
def test_it_is_at_most_twenty_five_lines(report: Report, sizes: list[tuple[int, int, int]], files: int) -> None:
    """And none of them wider than a terminal; the first tasks, gaps and files are there."""
    reports = [of_size(report, *size) for size in sizes]
    lines = summary(reports, [Path(f"audit/{n}.pdf") for n in range(files)])
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 110
    text = "\n".join(lines)
    assert ("  1. " in text) == any(tasks for tasks, _, _ in sizes)
    assert ("nmap is not installed" in text) == any(gaps for _, gaps, _ in sizes)
    assert ("audit/0.pdf" in text) == bool(files)


def test_what_is_left_out_is_counted(report: Report, capsys: pytest.CaptureFixture[str]) -> None:
    """Of 90 tasks, 90 gaps, 30 customers and 30 files, the reader learns that there are more; on 25 printed lines."""
    print_summary([of_size(report, 3, 3, 3)] * 30, [Path(f"audit/{n}.pdf") for n in range(30)])
    said = capsys.readouterr().out
    assert len(said.splitlines()) <= 25
    for more in ("and 28 more customers", "and 85 more, in the report", "for 87 more reasons", "and 29 more files"):
        assert more in said


def refusal(known: tuple[str, ...] = (), authorities: tuple[str, ...] = ()) -> str:
    """What is said of a host that shows three keys."""
    access = SshAccess("auditor", None, known, host_authorities=authorities)
    trust = HostTrust("bakery", Resource(ResourceKind.HOST, "pin1", "198.51.100.2"), access, NOBODY_KNOWN)
    keys = [ShownKey("ssh-ed25519", f"SHA256:{letter * 43}") for letter in "ABC"]
    for key in keys:
        trust.believes(key, made.NOW)
    return trust.refuse(keys, "198.51.100.2 port 22", made.NOW)


@pytest.mark.parametrize("authorities", [(), ("SHA256:" + "D" * 43,)])
def test_the_command_that_confirms_a_host_is_whole(report: Report, authorities: tuple[str, ...]) -> None:
    """It can be copied though the reason that it stands in is cut; the summary is no longer for it."""
    unknown = replace(report.gaps[0], reason=Said(refusal(authorities=authorities)))
    full = replace(of_size(report, 40, 40, 3), gaps=(unknown, *report.gaps * 40))
    command = f"posture access pin bakery pin1 SHA256:{'A' * 43} SHA256:{'B' * 43} SHA256:{'C' * 43}"
    for count in (1, 2, 30):
        lines = summary([full] * count, [Path(f"audit/{n}.pdf") for n in range(3 * count)])
        assert f"Confirm:  {command}   (compare on its console first)" in lines
        assert len(lines) <= 25


def test_a_changed_key_is_no_command_to_copy(report: Report) -> None:
    """Another machine may stand in the host's place: the finding says what to do."""
    changed = replace(report.gaps[0], reason=Said(refusal(known=("SHA256:" + "E" * 43,))))
    assert "Confirm:" not in "\n".join(summary([replace(report, gaps=(changed,))], []))
