"""A pre-onboarding check as JUnit's XML, for pipelines: one test case for each check and resource.

What blocks is a failure, what could not be looked at is skipped with the reason, all else has passed; warnings stand in
the case's output. The elements are those that Jenkins, GitLab and GitHub's viewers read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from posture.model.precheck import Weight
from posture.model.text import visible
from posture.model.verdict import Outcome
from posture.report.precheck import Case, PrecheckReport

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_LIMIT = 2_000  # characters of a message


def junit(report: PrecheckReport) -> bytes:
    """The document, UTF-8; a test suite for each address and domain."""
    cases = sorted(report.cases, key=lambda case: (case.resource, case.check))
    suites = Element("testsuites", {"name": _clean(f"precheck of {report.prospect}"), **_counted(cases)})
    for resource, group in groupby(cases, key=lambda case: case.resource):
        _suite(suites, resource, list(group), report)
    indent(suites)
    return bytes(tostring(suites, encoding="utf-8", xml_declaration=True)) + b"\n"


def _suite(suites: Element, resource: str, cases: Sequence[Case], report: PrecheckReport) -> None:
    stamp = report.made_at.isoformat(timespec="seconds")
    suite = SubElement(
        suites, "testsuite", {"name": _clean(resource) or "all", **_counted(cases), "timestamp": stamp, "time": "0"}
    )
    told = {
        "verdict": report.verdict.value,
        "prospect": report.prospect_id,
        "authorization": report.authorization,
        "valid_until": report.valid_until.isoformat(timespec="seconds"),
        "policy": report.policy,
        "run": report.run,
        "tool": report.tool,
    }
    properties = SubElement(suite, "properties")
    for name, value in told.items():
        SubElement(properties, "property", {"name": name, "value": _clean(value)})
    for case in cases:
        _case(suite, case)


def _case(suite: Element, case: Case) -> None:
    element = SubElement(
        suite, "testcase", {"classname": _clean(case.resource) or "all", "name": _clean(case.check), "time": "0"}
    )
    if _blocks(case):
        failure = SubElement(element, "failure", {"message": _clean(case.reason), "type": case.severity})
        failure.text = _clean_lines(case.findings or (case.reason,))
    elif case.outcome is Outcome.NOT_ASSESSED:
        SubElement(element, "skipped", {"message": _clean(case.reason)})
    elif case.outcome is Outcome.FAIL:
        out = SubElement(element, "system-out")
        out.text = _clean_lines([f"{case.weight.value} ({case.severity})", *case.findings])


def _blocks(case: Case) -> bool:
    return case.outcome is Outcome.FAIL and case.weight is Weight.BLOCK


def _counted(cases: Sequence[Case]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(_blocks(case) for case in cases)),
        "errors": "0",
        "skipped": str(sum(case.outcome is Outcome.NOT_ASSESSED for case in cases)),
    }


def _clean(text: str) -> str:
    """One line that XML 1.0 can hold."""
    return _NO_XML.sub("\ufffd", visible(text, _LIMIT))


def _clean_lines(texts: Iterable[str]) -> str:
    return "\n".join(_clean(text) for text in texts)
