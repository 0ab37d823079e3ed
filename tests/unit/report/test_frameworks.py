"""The auditor's table: outcomes by control, and nothing that was not assessed among what passed."""

from __future__ import annotations

from dataclasses import replace

from factories_report import CHECKS, make_assessment

from posture.model.verdict import Outcome
from posture.report.frameworks import framework_rows, together
from posture.report.language import language

REDIS, TELNET = "exposure.redis-no-auth", "exposure.telnet"


def rows(*given, code="en"):
    return framework_rows([make_assessment(check, f"web{n}", outcome) for n, (check, outcome) in enumerate(given)],
                          language(code))  # fmt: skip


def test_outcomes_are_counted_for_each_control():
    """Two checks are evidence for one control; who did not pass is named."""
    first = CHECKS[REDIS]
    other = replace(make_assessment(TELNET, "web1", Outcome.NOT_ASSESSED), check=replace(first, id="exposure.other"))
    found = framework_rows(
        [make_assessment(REDIS, "web1", Outcome.FAIL), make_assessment(REDIS, "web2"), other], language("en")
    )
    assert [framework.name for framework in found] == ["CIS Controls 8.1", "ISO/IEC 27001 2022", "PCI DSS 4.0.1"]
    row = found[0].rows[0]
    assert (row.control, row.failed, row.not_assessed, row.passed) == ("4.4", 1, 1, 1)
    assert row.checks == (REDIS, "exposure.other")


def test_a_control_passed_only_where_all_that_was_looked_at_passed():
    """What was not assessed is a row of its own, what applies to nothing is not called passed."""
    (cis,) = rows((TELNET, Outcome.PASS))
    assert (cis.rows, cis.passed, cis.not_applicable) == ((), ("4.6",), ())
    (cis,) = rows((TELNET, Outcome.NOT_APPLICABLE))
    assert (cis.rows, cis.passed, cis.not_applicable) == ((), (), ("4.6",))
    (cis,) = rows((TELNET, Outcome.PASS), (TELNET, Outcome.NOT_ASSESSED))
    assert (cis.passed, [(row.control, row.not_assessed) for row in cis.rows]) == ((), [("4.6", 1)])


def test_controls_are_in_the_order_of_their_numbers_and_names_are_translated():
    controls = ("nis2@2022:21(2)(e)", "iso27001@2022:A.8.20", "iso27001@2022:A.8.9", "house rules")
    check = replace(CHECKS[REDIS], controls=controls)
    found = framework_rows([replace(make_assessment(REDIS, "web1"), check=check)], language("de"))
    assert [(framework.name, framework.passed) for framework in found] == [
        ("ISO/IEC 27001 2022", ("A.8.9", "A.8.20")),
        ("NIS2, Richtlinie (EU) 2022/2555, Artikel", ("21(2)(e)",)),
    ]


def test_a_framework_is_named_once_beside_a_check():
    """A table of a hundred checks is read, not leafed through."""
    assert (
        together(("cis@8.1:4.4", "iso27001@2022:A.8.20", "cis@8.1:4.8")) == "cis@8.1: 4.4, 4.8; iso27001@2022: A.8.20"
    )
    assert together(("CIS-8.1/4.4", "house rules")) == "cis@8.1: 4.4; house rules"
