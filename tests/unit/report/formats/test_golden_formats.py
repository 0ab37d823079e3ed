"""Each machine format byte for byte, and held against what its readers publish."""

import csv
import io
import json
import os
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema
import junitparser
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from ocsf.v1_5_0.events import ComplianceFinding
from packageurl import PackageURL

from posture.report.judged import Result, rows
from posture.report.renderers import FORMATS, USUAL, renderer, suffix

DATA = Path(__file__).parents[3] / "data"
MACHINE = tuple(name for name in FORMATS if name not in {"pdf", "html"})


def written(report, name):
    return renderer(name).render(report).decode("utf-8-sig" if name == "csv" else "utf-8")


@pytest.mark.parametrize("name", MACHINE)
def test_the_same_report_is_the_same_file(every_report, name):
    """A program that compares two files sees a change only where something changed."""
    file = DATA / "formats" / f"report.{suffix(name)}"
    content = renderer(name).render(every_report)
    if os.environ.get("POSTURE_WRITE_GOLDEN"):
        file.write_bytes(content)
    assert content == file.read_bytes()


def test_an_audit_writes_what_people_open():
    assert USUAL == ("pdf", "html", "json", "csv")
    assert len({suffix(name) for name in FORMATS}) == len(FORMATS)


def test_rows_tell_every_finding_and_every_outcome(every_report):
    """Nothing is left out: what looked at a part only is told as not assessed, too, and no failure is lost."""
    every = rows(every_report)
    assert {result: sum(row.result is result for row in every) for result in Result} == {
        Result.PASS: 12,
        Result.FAIL: 4,
        Result.ACCEPTED: 1,
        Result.REFUTED: 1,
        Result.FIXED: 1,
        Result.GONE: 1,
        Result.NOT_ASSESSED: 2,
        Result.NOT_APPLICABLE: 1,
    }
    assert len({row.id for row in every}) == len(every)
    assert all(row.reason for row in every)


def test_csv_has_a_line_for_each(every_report):
    lines = list(csv.DictReader(io.StringIO(written(every_report, "csv"))))
    assert [line["result"] for line in lines] == [row.result.value for row in rows(every_report)]
    (accepted,) = [line for line in lines if line["result"] == "accepted"]
    assert accepted["accepted_because"] == "Behind the office VPN from December on"
    assert accepted["accepted_until"].startswith("2027-02-17T")
    assert renderer("csv").render(every_report).startswith(b"\xef\xbb\xbfcustomer,")


def test_ocsf_is_of_its_schema(every_report):
    """OCSF 1.5.0; not assessed is Warning, and what does not apply is neither a pass nor a failure.

    The library gives this class the `status_id` of another object; that one is held against the schema itself.
    """
    schema = json.loads((files("ocsf") / "schemas" / "v1_5_0.json").read_text())
    states = schema["events"]["finding"]["attributes"]["status_id"]["enum"]
    events = [json.loads(line) for line in written(every_report, "ocsf").splitlines()]
    for event in events:
        rest = {key: value for key, value in event.items() if key not in {"status_id", "status"}}
        ComplianceFinding.model_validate(rest)
        state = str(event["status_id"])
        assert state == "99" or states[state]["caption"] == event["status"]
    by_result = {
        row.result: event["compliance"]["status_id"] for row, event in zip(rows(every_report), events, strict=True)
    }
    assert by_result == {
        Result.PASS: 1,
        Result.FIXED: 1,
        Result.NOT_ASSESSED: 2,
        Result.FAIL: 3,
        Result.ACCEPTED: 3,
        Result.NOT_APPLICABLE: 99,
        Result.GONE: 99,
        Result.REFUTED: 99,
    }  # fmt: skip


def test_ocsf_says_nothing_that_the_schema_has_no_place_for(every_report):
    """A field that no version knows would be dropped by a reader without a word."""

    def unknown(model):
        if isinstance(model, list):
            return [name for one in model for name in unknown(one)]
        if not hasattr(model, "model_fields_set"):
            return []
        own = [] if type(model).__name__ == "Object" else list(model.model_extra or ())
        return own + [name for field in type(model).model_fields for name in unknown(getattr(model, field))]

    for line in written(every_report, "ocsf").splitlines():
        event = json.loads(line)
        del event["status_id"], event["status"]
        assert unknown(ComplianceFinding.model_validate(event)) == []


def test_defectdojo_takes_it(every_report):
    """Only fields that its importer allows; what is gone closes, what is accepted is no open finding."""
    schema = json.loads((DATA / "formats" / "defectdojo.schema.json").read_text())
    document = json.loads(written(every_report, "defectdojo"))
    jsonschema.Draft202012Validator(schema).validate(document)
    by_id = {finding["unique_id_from_tool"]: finding for finding in document["findings"]}
    for row in rows(every_report):
        if row.severity is None:
            assert row.id not in by_id
            continue
        found = by_id[row.id]
        assert found["active"] is (row.result is Result.FAIL)
        assert found["is_mitigated"] is (row.result in {Result.FIXED, Result.GONE})
    assert [f["service"] for f in document["findings"] if f["false_p"]] == ["web2.bakery.example"]
    (redis,) = [f for f in document["findings"] if f["vuln_id_from_tool"] == "exposure.redis-no-auth"]
    assert redis["endpoints"] == ["198.51.100.2:6379"]
    assert redis["cwe"] == 306
    assert redis["under_review"]
    (software,) = [f for f in document["findings"] if f["vuln_id_from_tool"] == "packages.security-updates"]
    assert software["vulnerability_ids"] == ["CVE-2024-6119", "CVE-2024-5535", "CVE-2023-45853"]
    assert software["known_exploited"] is True
    assert "2 could not be assessed" in document["description"]


def test_junit_is_read_back(every_report):
    """A gate counts failures; what could not be looked at is skipped with the reason, never passed."""
    suites = junitparser.JUnitXml.fromstring(written(every_report, "junit").encode())
    results = {(case.classname, case.name): case for suite in suites for case in suite}
    assert (suites.tests, suites.failures, suites.skipped) == (21, 4, 2)
    unseen = results["web1.bakery.example", "mfa.ssh-password"].result[0]
    assert isinstance(unseen, junitparser.Skipped)
    assert unseen.message == "not assessed: The SSH login was refused: add the auditor's key."
    assert results["web2.bakery.example", "mfa.ssh-password"].result[0].message.startswith("does not apply: ")
    accepted = results["web1.bakery.example", "exposure.telnet"]
    assert accepted.result == []
    assert "accepted by Jane Doe until 2027-02-17" in accepted.system_out
    redis = results["web1.bakery.example", "exposure.redis-no-auth"]
    assert isinstance(redis.result[0], junitparser.Failure)
    assert "not assessed: Port 6380" in redis.system_out


def test_sarif_is_of_its_schema(every_report):
    """A leak stands at its lines of the repository, in a run of its own; the rest at the resource."""
    schema = json.loads((DATA / "sarif" / "sarif-schema-2.1.0.json").read_text())
    document = json.loads(written(every_report, "sarif"))
    jsonschema.Draft202012Validator(schema).validate(document)
    rest, shop = document["runs"]
    (leak,) = shop["results"]
    where = [place["physicalLocation"] for place in leak["locations"]]
    assert [(p["artifactLocation"]["uri"], p["region"]["startLine"]) for p in where] == [
        ("deploy/settings.py", 14),
        ("old/settings.py", 3),
    ]
    assert leak["partialFingerprints"]["findingId/v1"].startswith("F-")
    for run in (rest, shop):
        ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert all(ids[one["ruleIndex"]] == one["ruleId"] for one in run["results"])
    said = {one["suppressions"][0]["justification"]: one["suppressions"][0]["status"]
            for one in rest["results"] if "suppressions" in one}  # fmt: skip
    by = "risk accepted by Jane Doe until 2027-02-17T02:14:07+00:00"
    assert said == {
        "It is behind a VPN": "underReview",
        "Not reachable any more (refuted by Coma Cloud)": "accepted",
        f"Behind the office VPN from December on ({by})": "accepted",
    }
    notices = [n["message"]["text"] for n in rest["invocations"][0]["toolExecutionNotifications"]]
    assert len(notices) == 2
    assert "The SSH login was refused" in notices[1] + notices[0]


def test_sarif_keeps_githubs_limits(made, report_of, monkeypatch):
    """Too many findings or repositories: the worst are kept, and the file says how many are not in it."""
    monkeypatch.setattr("posture.report.sarif.MOST_RESULTS", 40)
    monkeypatch.setattr("posture.report.sarif.MOST_RUNS", 3)
    names = [f"repo{n}" for n in range(5)]
    customer = made.make_customer(resources=tuple(made.Resource(made.ResourceKind.REPOSITORY, n) for n in names))
    leaks = tuple(made.make_finding("keys.private-key-readable", resource=name) for name in names)
    view = made.make_view((*made.many_findings(100), *leaks), customer=customer)
    document = json.loads(written(report_of(view), "sarif"))
    first = document["runs"][0]
    assert len(document["runs"]) == 3
    assert len(first["results"]) == 40
    assert {one["level"] for one in first["results"]} == {"error"}
    notices = [n["message"]["text"] for n in first["invocations"][0]["toolExecutionNotifications"]]
    assert notices == [
        "60 findings more than GitHub takes were left out; the JSON report has all",
        "GitHub takes 3 runs a file: 3 repositories were left out",
    ]
    monkeypatch.setattr("posture.report.sarif.MOST_BYTES", 3_000)
    assert len(json.loads(written(report_of(view), "sarif"))["runs"][0]["results"]) < 40


def test_vex_is_of_its_schema(every_report):
    """What can be attacked, what nobody has a fix for, and in which package of which host."""
    text = written(every_report, "vex")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document = json.loads(text)
    purls = {one["bom-ref"]: PackageURL.from_string(one["purl"]) for one in document["components"]}
    told = {
        one["id"]: (one["analysis"]["state"], one["analysis"]["response"], [purls[a["ref"]] for a in one["affects"]])
        for one in document["vulnerabilities"]
    }
    state, response, packages = told["CVE-2024-6119"]
    assert (state, response) == ("exploitable", ["update"])
    assert {(p.type, p.namespace, p.name, p.version, p.qualifiers["distro"]) for p in packages} == {
        ("deb", "debian", "openssl", "3.0.11-1~deb12u2", "debian-12"),
        ("deb", "debian", "libssl3", "3.0.11-1~deb12u2", "debian-12"),
    }
    assert told["CVE-2023-45853"][:2] == ("in_triage", ["can_not_fix"])
    assert told["CVE-2023-45853"][2][0].version == "1:1.2.13"


def test_an_accepted_risk_stays_exploitable(made, every_kind, report_of):
    """To accept a risk mends nothing: VEX must not say "not affected"."""
    (software,) = [f for f in every_kind.findings if f.check.id == "packages.security-updates"]
    taken = replace(software, status=made.FindingStatus.ACCEPTED)
    view = made.make_view((taken,), acceptances=(made.make_acceptance(taken),))
    document = json.loads(written(report_of(view), "vex"))
    answers = {one["id"]: one["analysis"] for one in document["vulnerabilities"]}
    assert answers["CVE-2024-6119"]["state"] == "exploitable"
    assert answers["CVE-2024-6119"]["response"] == ["will_not_fix"]
    assert answers["CVE-2023-45853"]["response"] == ["can_not_fix"]
    assert "Behind the office VPN" in answers["CVE-2024-6119"]["detail"]
