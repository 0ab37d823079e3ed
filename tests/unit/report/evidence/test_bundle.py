"""The evidence on one finding: whole, dated, genuine, and nothing but its own."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import jsonschema
import pytest
import xarf
from factories_report import NOW, POLICY, TEXTS, make_finding, make_view, typical_findings

from posture.cli.verified import trusted_of, verified
from posture.model.action import Action, LoggedAction, chained
from posture.model.assessment import CheckInfo
from posture.model.dossier import Dossier
from posture.model.finding import FindingStatus
from posture.model.policy import Provider
from posture.model.severity import Severity
from posture.model.verdict import Evidence
from posture.report.compose import compose
from posture.report.evidence.bundle import bundle
from posture.report.genuine.verdict import VerdictOn
from posture.report.json_ import schema
from posture.signatures.signing import new_key, signing_key

REDIS = make_finding()
SENT = Action(NOW, "r", "bakery", "MSA-7.1", "tcp connect: redis", "192.0.2.10", "198.51.100.2 port 6379/tcp", "PONG")


FLAWS = (("exploited", ("CVE-2024-4577",)), ("flaws", ("GHSA-1 (CVE-2023-1111)", "CVE-2024-4577")),
         ("programs", ("PHP 8.1.2",)))  # fmt: skip
FETCHED = (("problem", "env"), ("url", "http://198.51.100.2/.env"))
NO_URL = (("problem", "env"), ("url", "http://SERVER-ADDRESS/.env"))
FILES = CheckInfo("exposure.web-files-exposed", "Files are served", "4.4", Severity.CRITICAL)
HEADER = "=x\\x0d\\x0aBcc: all@example.org"


def web_finding(**changes):
    return replace(make_finding(**changes), check=FILES)


def logged(entry: int, action: Action) -> LoggedAction:
    before = f"{entry:064x}"
    return LoggedAction(entry, before, chained(before, entry, action), action)


def dossier(finding=REDIS, **changes) -> Dossier:
    view = make_view([finding, *typical_findings()[1:]])
    known = {
        "history": ((NOW - timedelta(days=1), FindingStatus.NEW), (NOW, FindingStatus.OPEN)),
        "log": (logged(7, SENT), logged(9, replace(SENT, result="=HYPERLINK(1)\x1b[31m"))),
        "log_entries": 12,
        "log_hash": "ab" * 32,
        "facts_sha256": "cd" * 32,
    }
    return Dossier(view, finding, **{**known, **changes})


def files(case: Dossier, key=None) -> dict[str, bytes]:
    content, _ = bundle(case, compose(case.view, TEXTS), key.signature if key else None)
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        return {name: made.read(name) for name in made.namelist()}


def test_it_tells_what_was_seen_when_and_under_whose_permission():
    """Times in UTC and the customer's own, with the offset; the run, the version, the log's head."""
    made = files(dossier())
    told = json.loads(made["meta.json"])
    assert told["observed"][0]["utc"].endswith("+00:00")
    assert told["observed"][0]["local"].endswith("+01:00")
    assert told["facts_sha256"] == "cd" * 32
    assert (told["log"]["entries"], told["log"]["head_sha256"], told["log"]["intact"]) == (12, "ab" * 32, True)
    assert json.loads(made["authorization.json"])["reference"] == "MSA-7.1"
    assert b"+PONG" in made["observation.txt"]
    assert [one["status"] for one in json.loads(made["history.json"])["statuses"]] == ["new", "open"]
    rows = list(csv.DictReader(io.StringIO(made["contacts.csv"].decode("utf-8-sig"))))
    assert rows[0]["to"] == "198.51.100.2 port 6379/tcp"
    assert rows[1]["result"].startswith("'=HYPERLINK(1)")
    assert "\x1b" not in rows[1]["result"]


def test_the_extract_is_tied_to_the_log_by_what_the_readme_says():
    """Each line's hash can be made again with nothing of ours, from the line alone."""
    made = files(dossier())
    lines = [json.loads(line) for line in made["log.jsonl"].splitlines()]
    assert [line["entry"]["seq"] for line in lines] == [7, 9]
    for line in lines:
        text = json.dumps(line["entry"], sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(f"{line['before']}\n{text}".encode()).hexdigest() == line["sha256"]
    broken = json.loads(files(dossier(log_fault="entry 3: changed"))["meta.json"])["log"]
    assert (broken["intact"], broken["fault"]) == (False, "entry 3: changed")


def test_the_finding_stands_alone_in_its_document():
    """Whoever gets it for one finding learns nothing of the customer's others."""
    document = json.loads(files(dossier())["finding.json"])
    jsonschema.validate(document, schema())
    assert [one["id"] for one in document["findings"]] == [REDIS.id]
    assert {(one["check"], one["resource"]) for one in document["assessments"]} == {(REDIS.check.id, REDIS.resource)}
    whole = b"".join(files(dossier()).values())
    assert b"telnet" not in whole.lower()


@pytest.mark.parametrize(
    ("finding", "kind", "source", "port"),
    [
        (REDIS, "open_service", "198.51.100.2", 6379),
        (make_finding(subject="[2001:db8::7]:6379/tcp"), "open_service", "2001:db8::7", 6379),
        (make_finding("packages.pending-updates", subject=""), "misconfiguration", "198.51.100.2", None),
        (make_finding("packages.pending-updates", subject="2001:db8::7"), "misconfiguration", "2001:db8::7", None),
        (make_finding(subject="198.51.100.2:99999/tcp"), "misconfiguration", "198.51.100.2", None),
        (make_finding(resource="=x\r\nBcc: all@example.org", subject="a\nb"), "misconfiguration", HEADER, None),
        (
            make_finding("keys.private-key-readable", subject="198.51.100.2:22/tcp"),
            "misconfiguration",
            "198.51.100.2",
            22,
        ),
        (make_finding(subject="198.51.100.2:80/tcp", details=FLAWS), "cve", "198.51.100.2", 80),
        (web_finding(subject="198.51.100.2:80/tcp/.env", details=FETCHED), "exposed_data", "198.51.100.2", 80),
        (web_finding(subject="198.51.100.2:80/tcp/.env", details=NO_URL), "open_service", "198.51.100.2", 80),
    ],
    ids=[
        "IPv4",
        "IPv6",
        "no port",
        "IPv6 alone",
        "port that is none",
        "header",
        "not exposed",
        "CVE",
        "file",
        "no URL",
    ],
)
def test_an_abuse_desk_can_read_it(finding, kind, source, port):
    """Valid by the format's own library; what was observed is inside, with its digest."""
    made = files(dossier(finding))
    result = xarf.parse(json.loads(made["xarf.json"]))
    assert result.errors == []
    value = json.loads(made["xarf.json"])
    assert (value["type"], value["source_identifier"], value.get("source_port")) == (kind, source, port)
    assert value["timestamp"].endswith("Z")
    assert value["reporter"] == {"org": "Coma Cloud", "contact": "abuse@coma.example", "domain": "coma.example"}


def test_the_mail_is_a_feedback_report():
    """RFC 5965, 2: three parts, of which the second is for programs."""
    made = files(dossier())
    mail = message_from_bytes(made["arf.eml"], policy=SMTP)
    assert mail.get_content_type() == "multipart/report"
    assert mail.get_param("report-type") == "feedback-report"
    text, machine, original = mail.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert machine.get_content_type() == "message/feedback-report"
    assert original.get_content_type() == "message/rfc822"
    fields = machine.as_string()
    for wanted in (
        "Feedback-Type: other",
        "Version: 1",
        "User-Agent: posture/",
        "Source-IP: 198.51.100.2",
        "Source-Port: 6379",
    ):
        assert wanted in fields
    (attached,) = original.get_payload(0).iter_attachments()
    assert attached.get_payload(decode=True) == made["xarf.json"]


def test_no_words_of_a_host_become_a_part_or_a_header_of_the_mail():
    """Line ends and boundaries in what was observed stay text: it has three parts and one sender."""
    hostile = f"\r\n--=_{REDIS.id}.0\r\nBcc: all@example.org\r\n\r\nx"
    finding = make_finding(
        subject=hostile, summary=hostile, resource=hostile, evidence=(Evidence(hostile, hostile * 50, NOW),)
    )
    mail = message_from_bytes(files(dossier(finding))["arf.eml"], policy=SMTP)
    assert [part.get_content_type() for part in mail.iter_parts()] == [
        "text/plain", "message/feedback-report", "message/rfc822",
    ]  # fmt: skip
    assert all("Bcc" not in part for part in mail.walk())
    assert mail.defects == []


def test_the_same_case_makes_the_same_bundle_and_a_signature_holds(tmp_path: Path):
    """It can be made again for a court; a changed, a missing and an added file are each told."""
    key = signing_key(new_key())
    case = dossier()
    report = compose(case.view, TEXTS)
    content, lacking = bundle(case, report, key.signature)
    assert (content, lacking) == bundle(case, report, key.signature)
    assert lacking == ""
    file = tmp_path / "case.zip"
    file.write_bytes(content)
    trusted = trusted_of(key.fingerprint)
    assert verified(file, trusted).verdict is VerdictOn.GENUINE
    members = files(case, key)
    for name, changed in {
        "changed": members | {"meta.json": b"{}"},
        "missing": {n: c for n, c in members.items() if n != "contacts.csv"},
        "added": members | {"more.txt": b"x"},
    }.items():
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as made:
            for member, inner in changed.items():
                made.writestr(member, inner)
        assert verified(tmp_path / f"{name}.zip", trusted).verdict is VerdictOn.FALSE, name


def test_without_an_address_to_answer_to_there_is_no_report_for_abuse_desks():
    """And it is said, not left out in silence."""
    case = dossier()
    silent = replace(case, view=replace(case.view, policy=replace(POLICY, provider=Provider("Coma Cloud", "call us"))))
    content, lacking = bundle(silent, compose(silent.view, TEXTS))
    assert "no e-mail address" in lacking
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        assert "xarf.json" not in made.namelist()
