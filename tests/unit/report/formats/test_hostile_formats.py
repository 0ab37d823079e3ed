"""Whatever stands in a view, each machine format can be read, says what was said, and does nothing in its reader."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jsonschema
import junitparser
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ocsf.v1_5_0.events import ComplianceFinding

from posture.model.assessment import CheckInfo
from posture.model.dispute import Dispute, DisputeState
from posture.model.finding import FindingStatus, finding_id
from posture.model.severity import Severity
from posture.model.text import visible
from posture.report.json_ import schema
from posture.report.judged import rows
from posture.report.renderers import renderer

EVIL = (
    "=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\t=1", "\r\n=1", "\uff1d1", "  =1", '"quoted", and; more',
    "x" * 3000,
    "\x1b[31mred\x07", "\u202egnp.exe", "\ud800", "a\x00b", "]]>", "<script>alert(1)</script>", "&amp;", "\ufffe", "'",
    "../../etc/passwd", "https://evil.example/", "file:///etc/passwd", "a:b:1", "C:\\x", "%2e%2e/", "{{7*7}}",
    "é\u0301",
    "deploy/a b?c#d.py:3", "CVE-2024-1 in x: y", "pkg 1 -> 2 (x)", "\u2028line", "\U000e0041", "",
)  # fmt: skip
TEXT = st.one_of(st.sampled_from(EVIL), st.text(max_size=40), st.characters().map(lambda c: c * 3))
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
FORMULA = set("=+-@\uff1d\uff0b\uff0d\uff20")
SOURCES = (
    "installed packages against the distribution's index", "advisories that these updates answer, worst first",
    "known flaws for which this release offers no free fix", "versions on disk against published advisories",
)  # fmt: skip
LINES = st.one_of(
    TEXT,
    st.builds("{} {} -> {} (x)".format, TEXT, TEXT, TEXT),
    st.builds("DSA-{} in {}: CVE-2024-{}, high".format, TEXT, TEXT, st.integers(1, 10**9)),
    st.builds("{} {}: CVE-2024-1234, high, fixed in {}".format, TEXT, TEXT, TEXT),
)


@st.composite
def hostile(draw, made):
    """A view of one finding and one outcome, every field of which is hostile."""
    info = CheckInfo(
        draw(st.sampled_from(("packages.x", "exposure.x", "x"))), draw(TEXT), draw(TEXT),
        draw(st.sampled_from(list(Severity))), tuple(draw(st.lists(TEXT, max_size=3))),
    )  # fmt: skip
    resource, subject = draw(st.sampled_from(("shop", "web1", *EVIL))), draw(TEXT)
    evidence = made.Evidence(draw(st.one_of(st.sampled_from(SOURCES), TEXT)), draw(LINES), made.NOW)
    status = draw(st.sampled_from(list(FindingStatus)))
    finding = replace(
        made.make_finding(), id=finding_id("bakery", resource, info.id, subject), check=info, resource=resource,
        subject=subject, summary=draw(TEXT), severity=draw(st.sampled_from(list(Severity))), status=status,
        evidence=(evidence,) * draw(st.integers(0, 2)), details=(("path", draw(TEXT)), ("manager", draw(TEXT))),
    )  # fmt: skip
    customer = replace(
        made.make_customer(), id="bakery", name=draw(TEXT),
        resources=(made.Resource(made.ResourceKind.REPOSITORY, "shop"), made.Resource(made.ResourceKind.HOST, "web1")),
    )  # fmt: skip
    outcome = draw(st.sampled_from(list(made.Outcome)))
    verdict = made.Verdict(outcome, draw(TEXT), draw(TEXT))
    other = made.Assessment(info, draw(TEXT), outcome, draw(TEXT) or "because", (verdict,))
    given_ = replace(made.make_acceptance(finding), reason=draw(TEXT), accepted_by=draw(TEXT),
                     until=made.NOW + timedelta(days=1))  # fmt: skip
    dispute = Dispute(finding.id, "bakery", 0, finding.severity, draw(TEXT), draw(TEXT), made.NOW,
                      draw(st.sampled_from(list(DisputeState))), made.NOW, draw(TEXT), draw(TEXT))  # fmt: skip
    disputes = (dispute,) * draw(st.integers(0, 1))
    view = made.make_view((), customer=customer, acceptances=(given_,), disputes=disputes)
    return replace(view, findings=(finding,), assessments=(other,), policy=replace(view.policy, name=draw(TEXT)))


def strings(value):
    if isinstance(value, dict):
        return [text for item in value.items() for one in item for text in strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in strings(one)]
    return [value] if isinstance(value, str) else []


def harmless(value):
    """No control character, no override of direction, no half character; a line break only where text is a block."""
    assert not [text for text in strings(value) if CONTROL.search(text)]


def tables(content, report):
    text = content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text, newline="")))
    assert len(lines) == 1 + len(rows(report))
    for line, row in zip(lines[1:], rows(report), strict=True):
        assert len(line) == len(lines[0])
        assert line[9].removeprefix("'") == visible(row.reason, 2048).removeprefix("'")
        assert not [cell for cell in line if cell.lstrip(" ")[:1] in FORMULA]
    harmless(lines)


def own_json(content, report):
    document = json.loads(content)
    jsonschema.Draft202012Validator(schema()).validate(document)
    assert document["findings"][0]["summary"] == visible(report.view.findings[0].summary, 2048)
    harmless(document)


def ocsf(content, report):
    events = [json.loads(line) for line in content.decode().splitlines()]
    assert [event["finding_info"]["uid"] for event in events] == [row.id for row in rows(report)]
    for event in events:
        harmless(event)
        ComplianceFinding.model_validate({k: v for k, v in event.items() if k not in {"status", "status_id"}})


def junit(content, report):
    suites = junitparser.JUnitXml.fromstring(content)
    assert suites.tests == len({(row.resource or "all resources", row.check.id) for row in rows(report)})
    assert not CONTROL.search(content.decode())


def sarif(content, _report):
    document = json.loads(content)
    SARIF.validate(document)
    harmless(document)
    for run in document["runs"]:
        for result in run["results"]:
            for place in result["locations"]:
                uri = place["physicalLocation"]["artifactLocation"]["uri"]
                assert re.fullmatch(r"[A-Za-z0-9._~%-]+(/[A-Za-z0-9._~%-]+)*", uri)
                assert ".." not in uri.split("/")


def vex(content, _report):
    assert VEX.validate_str(content.decode()) is None
    harmless(json.loads(content))


def defectdojo(content, report):
    document = json.loads(content)
    DOJO.validate(document)
    harmless(document)
    assert {finding["unique_id_from_tool"] for finding in document["findings"]} >= {f.id for f in report.view.findings}


DATA = Path(__file__).parents[3] / "data"
SARIF = jsonschema.Draft202012Validator(json.loads((DATA / "sarif" / "sarif-schema-2.1.0.json").read_text()))
DOJO = jsonschema.Draft202012Validator(json.loads((DATA / "formats" / "defectdojo.schema.json").read_text()))
VEX = JsonStrictValidator(SchemaVersion.V1_6)
READERS = {"csv": tables, "json": own_json, "ocsf": ocsf, "junit": junit, "sarif": sarif, "vex": vex,
           "defectdojo": defectdojo}  # fmt: skip


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_hostile_text_stays_text(name, made, report_of, data):
    """It parses, has the values that were given, and neither controls a terminal nor computes in a spreadsheet."""
    report = report_of(data.draw(hostile(made)))
    content = renderer(name).render(report)
    assert content == renderer(name).render(report)
    READERS[name](content, report)
