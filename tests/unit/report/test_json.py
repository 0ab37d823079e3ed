"""The findings as JSON: the published schema, nothing left out."""

import json

import jsonschema
import pytest

from posture.report.json_ import JsonRenderer, schema
from posture.report.renderers import FORMATS, render_all, renderer


def loaded(report):
    return json.loads(JsonRenderer().render(report))


def validator():
    kind = jsonschema.validators.validator_for(schema())
    kind.check_schema(schema())
    return kind(schema())


def test_a_report_satisfies_the_schema(typical, made, report_of):
    for report in (
        typical,
        report_of(made.make_view()),
        report_of(made.make_view(made.many_findings(50), previous=None)),
    ):
        validator().validate(loaded(report))


@pytest.mark.parametrize(
    "path", [("run", "started"), ("customer", "id"), ("findings", 0, "severity"), ("assessments", 0, "outcome")]
)
def test_the_schema_refuses_what_is_no_report(typical, path):
    document = loaded(typical)
    at = document
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = "soon"
    if path == ("customer", "id"):
        del at["id"]
    assert not validator().is_valid(document)


def test_one_row_an_assessment_and_every_finding(made, report_of):
    """Pages are capped, the file is not."""
    view = made.make_view(made.many_findings(500))
    document = loaded(report_of(view))
    assert [(row["check"], row["resource"], row["outcome"]) for row in document["assessments"]] == [
        (a.check.id, a.resource, a.outcome.value) for a in view.assessments
    ]
    assert {row["id"] for row in document["findings"]} == {finding.id for finding in view.findings}


def test_steps_are_those_of_the_finding(typical):
    finding = next(f for f in loaded(typical)["findings"] if f["check"] == "exposure.redis-no-auth")
    assert finding["remediation"]["summary"] == "Close Redis to the internet"
    assert finding["remediation"]["effort_minutes"] == 10
    assert "## Fix" in finding["remediation"]["steps_markdown"]
    assert "/etc/redis/redis.conf" in finding["remediation"]["steps_markdown"]
    assert finding["evidence"][0]["observed"].splitlines()[0] == "sent PING"


@pytest.mark.parametrize(
    ("lines", "shown", "last"), [(2_000, 2_000, "p1999 1.0"), (100_000, 2_001, "… 98000 more lines")]
)
def test_long_evidence_is_whole_but_bounded(lines, shown, last, made, report_of):
    """Two thousand packages of one finding all stand in the file; a runaway does not fill it, and is counted."""
    long = made.Evidence("packages", "\n".join(f"p{n} 1.0" for n in range(lines)), made.NOW)
    document = loaded(report_of(made.make_view((made.make_finding(evidence=(long,)),))))
    observed = document["findings"][0]["evidence"][0]["observed"].splitlines()
    assert (len(observed), observed[-1]) == (shown, last)


def test_times_have_an_offset(typical):
    assert loaded(typical)["run"]["started"] == "2026-11-22T02:34:07+01:00"


def test_formats_are_found_by_name(typical):
    assert list(render_all(typical, ["json", "html", "json"])) == ["json", "html"]
    assert {renderer(name).format for name in FORMATS} == set(FORMATS)
    with pytest.raises(ValueError, match="pdf, html, json"):
        renderer("docx")
