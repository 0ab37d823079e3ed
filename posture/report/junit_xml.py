"""JUnit's XML, as Jenkins, GitLab and GitHub's viewers read it: suites of test cases, each with one outcome."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from posture.model.text import visible

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_LIMIT = 2_000  # characters of a message


@dataclass(frozen=True, slots=True)
class TestCase:
    """A test case; at most one of `failure` and `skipped` has a text. `kind` is the failure's, `output` lines beside.

    `suite` is the suite's name; cases of one suite stand together.
    """

    __test__ = False  # pytest takes every class of such a name for tests

    suite: str
    name: str
    failure: str = ""
    kind: str = ""
    details: tuple[str, ...] = ()
    skipped: str = ""
    output: tuple[str, ...] = ()


def document(name: str, cases: Sequence[TestCase], at: datetime, told: Mapping[str, str]) -> bytes:
    """The document, UTF-8. `told` stands as properties in each suite."""
    suites = Element("testsuites", {"name": _clean(name), **_counted(cases)})
    for suite_name, group in groupby(cases, key=lambda case: case.suite):
        some = list(group)
        stamp = at.isoformat(timespec="seconds")
        suite = SubElement(
            suites, "testsuite", {"name": _clean(suite_name), **_counted(some), "timestamp": stamp, "time": "0"}
        )
        properties = SubElement(suite, "properties")
        for key, value in told.items():
            SubElement(properties, "property", {"name": key, "value": _clean(value)})
        for case in some:
            _case(suite, case)
    indent(suites)
    return bytes(tostring(suites, encoding="utf-8", xml_declaration=True)) + b"\n"


def _case(suite: Element, case: TestCase) -> None:
    element = SubElement(suite, "testcase", {"classname": _clean(case.suite), "name": _clean(case.name), "time": "0"})
    if case.failure:
        failure = SubElement(element, "failure", {"message": _clean(case.failure), "type": _clean(case.kind)})
        failure.text = _clean_lines(case.details or (case.failure,))
    elif case.skipped:
        SubElement(element, "skipped", {"message": _clean(case.skipped)})
    if case.output:
        SubElement(element, "system-out").text = _clean_lines(case.output)


def _counted(cases: Sequence[TestCase]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(bool(case.failure) for case in cases)),
        "errors": "0",
        "skipped": str(sum(bool(case.skipped) and not case.failure for case in cases)),
    }


def _clean(text: str) -> str:
    """One line that XML 1.0 can hold."""
    return _NO_XML.sub("\ufffd", visible(text, _LIMIT))


def _clean_lines(texts: Iterable[str]) -> str:
    return "\n".join(_clean(text) for text in texts)
