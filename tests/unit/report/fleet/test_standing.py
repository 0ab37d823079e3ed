"""How a customer stands on the fleet page."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from factories_report import CHECKS, NOW, POLICY, make_assessment, make_finding, make_view

from posture.model.finding import FindingStatus
from posture.model.verdict import Outcome
from posture.report.fleet.page import Fleet, fleet_page, in_order
from posture.report.fleet.standing import OLD, State, standing
from posture.report.fleet.table import fleet_csv

LOW = make_finding("mfa.ssh-password")
SEVERE = make_finding("exposure.telnet")


def test_what_is_overdue_counts_tasks_and_comes_first():
    """Two hosts with the same thing to do are one task; the longest overdue is named."""
    late = [
        make_finding("exposure.telnet", resource=host, due=NOW - timedelta(days=n)) for n, host in enumerate("abc", 1)
    ]
    customer = standing(make_view(late), NOW)
    assert (customer.state, customer.overdue, customer.must) == (State.OVERDUE, 1, 3)
    assert [named.due for named in customer.late] == [NOW - timedelta(days=3)]


@pytest.mark.parametrize(("findings", "state"), [([SEVERE, LOW], State.ACT), ([LOW], State.IMPROVE), ([], State.CLEAR)])
def test_the_worst_that_holds_is_the_state(findings, state):
    """A customer is in one row, under one word."""
    assert standing(make_view(findings), NOW).state is state


def test_a_customer_whom_nothing_could_be_told_of_is_never_clear():
    """Neither by faults, nor by an audit that did not come."""
    unseen = [make_assessment(next(iter(CHECKS)), outcome=Outcome.NOT_ASSESSED, reason="no answer")]
    view = replace(make_view([]), assessments=tuple(unseen))
    assert standing(view, NOW).state is State.UNKNOWN
    assert standing(view, NOW).reasons == (("no answer", 1),)
    assert standing(make_view([]), NOW + OLD + timedelta(minutes=1)).state is State.OLD


def test_accepted_risks_are_counted_apart():
    """They are nobody's task until they end."""
    customer = standing(make_view([replace(SEVERE, status=FindingStatus.ACCEPTED)]), NOW)
    assert (customer.accepted, customer.must, customer.state) == (1, 0, State.CLEAR)


def test_the_page_and_the_table_hold_every_customer_in_the_same_order():
    """What the page leaves out because it is long stands in the table."""
    customers = [
        replace(standing(make_view(findings), NOW), id=name)
        for name, findings in (("clear", []), ("should", [LOW]), ("must", [SEVERE]))
    ]
    assert [one.id for one in in_order(customers)] == ["must", "should", "clear"]
    rows = list(csv.DictReader(io.StringIO(fleet_csv(customers).decode("utf-8-sig"))))
    assert [row["customer"] for row in rows] == ["must", "should", "clear"]
    assert rows[0]["must_fix"] == "1"
    page = fleet_page(Fleet(customers, ("late",), (), POLICY.provider, "Policy", NOW), {"must"}).decode()
    assert page.index(">must</a>") < page.index(">should<") < page.rindex(">clear<")
    assert 'href="must.html"' in page
    assert 'href="should.html"' not in page
    assert "1 customer without a complete audit" in page


def test_a_formula_in_a_name_is_text():
    """CWE-1236: the team opens the table with a spreadsheet."""
    view = make_view([])
    named = replace(view, customer=replace(view.customer, name="=HYPERLINK(1)"))
    assert ",'=HYPERLINK(1)," in fleet_csv([standing(named, NOW)]).decode()
