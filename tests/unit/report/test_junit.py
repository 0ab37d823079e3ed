"""A pre-onboarding check for machines: JUnit that every reader takes, JSON that its schema describes."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from posture.engine.gate import decide
from posture.facts.network import PortSweep, Vantage
from posture.model.assessment import Assessment, CheckInfo
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.precheck import PrecheckVerdict
from posture.model.resource import Resource, ResourceKind
from posture.model.severity import Severity
from posture.model.verdict import Outcome, Verdict
from posture.policy.load import default_policy
from posture.report.junit import junit
from posture.report.precheck import PrecheckReport
from posture.report.precheck_compose import Look, Made, compose_precheck
from posture.report.precheck_json import precheck_json, precheck_schema

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = default_policy()


def report(*assessments: Assessment, hidden: tuple[int, ...] = (), name: str = "New GmbH") -> PrecheckReport:
    grant = Authorization(AuthorizationMethod.CONTRACT, "MSA-1", "Jane Doe", NOON, NOON + timedelta(days=90))
    hosts = (Resource(ResourceKind.HOST, "203.0.113.7", "203.0.113.7"),)
    customer = Customer("new-gmbh", name, grant, (ip_network("203.0.113.7"),), resources=hosts)
    sweep = PortSweep("203.0.113.7", Vantage.OUTSIDE, "1-65535", (), 0, NOON, NOON, "nmap", hidden=hidden)
    sweeps = {"203.0.113.7": sweep}
    decision = decide(customer.id, assessments, sweeps, (), POLICY.precheck)
    looks = tuple(Look(one, NOON, "r1") for one in assessments)
    until = NOON + timedelta(days=7)
    return compose_precheck(
        Made(customer, POLICY, decision, looks, sweeps, {}, NOON, until, "r1", ("From outside only.",), "posture 1")
    )


def outcome(check: str, said: Outcome, severity: Severity, reason: str = "because") -> Assessment:
    info = CheckInfo(check, f"Title of {check}", "4.4", severity)
    return Assessment(info, "203.0.113.7", said, reason, (Verdict(said, reason, "203.0.113.7:6379/tcp"),))


def test_each_check_is_a_case_and_only_what_blocks_fails():
    """What could not be looked at is skipped with the reason; a warning passes and says so."""
    made = report(
        outcome("exposure.redis-no-auth", Outcome.FAIL, Severity.CRITICAL, "anybody reads it"),
        outcome("exposure.smb-reachable", Outcome.FAIL, Severity.MEDIUM, "worms"),
        outcome("exposure.telnet", Outcome.NOT_ASSESSED, Severity.HIGH, "it is down"),
        outcome("exposure.ftp-anonymous", Outcome.PASS, Severity.HIGH),
        hidden=(9200,),
    )
    root = ET.fromstring(junit(made))
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert root.attrib | {"name": ""} == {"name": "", "tests": "5", "failures": "1", "errors": "0", "skipped": "2"}
    assert cases["exposure.redis-no-auth"].find("failure").get("message") == "anybody reads it"
    assert "warn" in cases["exposure.smb-reachable"].findtext("system-out")
    assert cases["exposure.telnet"].find("skipped").get("message") == "it is down"
    assert "9200/tcp" in cases["precheck.hidden-port"].find("skipped").get("message")
    assert not list(cases["exposure.ftp-anonymous"])
    assert made.verdict is PrecheckVerdict.NO_GO


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from([Outcome.FAIL, Outcome.NOT_ASSESSED]))
def test_hostile_text_leaves_both_documents_whole(reason, name, said):
    """Terminal escapes, lone surrogates, NULs, markup: XML 1.0 and JSON stay valid, nothing unseen comes out."""
    made = report(outcome("exposure.redis-no-auth", said, Severity.CRITICAL, reason), name=name)
    xml = junit(made)
    ET.fromstring(xml)
    assert not {"\x00", "\x1b", "\u202e"} & set(xml.decode())
    told = json.loads(precheck_json(made))
    jsonschema.validate(told, precheck_schema(), format_checker=jsonschema.FormatChecker())
    assert precheck_json(made).isascii()


def test_a_text_without_an_end_is_cut():
    """Ten megabytes of a banner make no report of ten megabytes."""
    made = report(outcome("exposure.redis-no-auth", Outcome.FAIL, Severity.CRITICAL, "x" * 10_000_000))
    assert len(junit(made)) < 20_000
    assert len(precheck_json(made)) < 20_000


def test_the_headline_counts_and_the_way_back_is_told():
    """What blocks, what was left open, until when, and the command."""
    blocked = report(outcome("exposure.redis-no-auth", Outcome.FAIL, Severity.CRITICAL))
    assert blocked.headline == "No-go: 1 thing must be fixed first"
    assert "posture precheck --again --authorization MSA-1" in blocked.come_back
    assert "30 Nov 2026" in blocked.come_back
    held = report(outcome("exposure.telnet", Outcome.PASS, Severity.HIGH), hidden=(6379, 9200))
    assert held.verdict is PrecheckVerdict.UNDECIDED
    assert held.open[0].checks == ("precheck.hidden-port",)
    free = report(outcome("exposure.telnet", Outcome.PASS, Severity.HIGH))
    assert free.headline == "Go: nothing that blocks was found"
    assert replace(free, cases=()).looked_at.tcp_ports == 65_535
