"""What the checks give evidence for: numbers that exist, of every framework that has one for the check's kind."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from posture.engine.plugins import load
from posture.model.control import FRAMEWORKS, by_framework, present
from posture.report import remediation

CHECKS = {
    plugin.check.id: plugin.check.info
    for plugin in load(remediation.load, [EntryPoint("posture", "checks", "posture.checks")]).plugins
}
KNOWN = {
    file.stem: frozenset(file.read_text(encoding="utf-8").split())
    for file in (Path(__file__).parents[1] / "data" / "controls").glob("*.txt")
}
EVERYWHERE = {"iso27001", "nist-csf", "nis2", "soc2", "bsi-c5"}
NO_SAFEGUARD = {"email.dnssec-missing", "email.domain-gone", "email.mx-broken"}  # CIS has none for the DNS of a domain


def frameworks(controls):
    return {control.partition("@")[0] for control in controls}


@pytest.mark.parametrize("name", CHECKS)
def test_every_control_exists(name):
    """A number that no list of a framework's numbers holds is in no check, and none twice."""
    controls = CHECKS[name].controls
    edition_and_number = [control.partition(":")[::2] for control in controls]
    assert not [c for c, (edition, number) in zip(controls, edition_and_number, strict=True)
                if number not in KNOWN[edition]]  # fmt: skip
    assert len(set(controls)) == len(controls)


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_serves_the_usual_audits(name):
    """An auditor by CIS, ISO, NIST CSF, NIS2, SOC 2 or C5 finds each check under a control of his."""
    wanted = EVERYWHERE if name in NO_SAFEGUARD else EVERYWHERE | {"cis"}
    assert wanted <= frameworks(CHECKS[name].controls)


def test_every_framework_has_a_name_and_a_list():
    assert {edition.partition("@")[0] for edition in KNOWN} == set(FRAMEWORKS)
    assert frameworks(c for info in CHECKS.values() for c in info.controls) == set(FRAMEWORKS)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("CIS-8.1/4.4", "cis@8.1:4.4"),
        ("ISO-27001:2022/A.8.20", "iso27001@2022:A.8.20"),
        ("NIST-CSF-2.0/PR.IR-01", "nist-csf@2.0:PR.IR-01"),
        ("PCI-DSS-4.0.1/1.4.4", "pci-dss@4.0.1:1.4.4"),
        ("cis@8.1:4.4", "cis@8.1:4.4"),
        ("ACME/7", "ACME/7"),
        ("CIS-8.1/", "CIS-8.1/"),
    ],
)
def test_what_was_stored_in_the_earlier_notation_is_shown_in_this_one(stored, shown):
    assert present(stored) == shown
    info = next(iter(CHECKS.values()))
    assert type(info)(info.id, info.title, info.clause, info.severity, (stored,)).controls == (shown,)


def test_people_read_them_by_framework():
    """Numbers stand under the framework's name and edition; another's notation is told as it is."""
    assert by_framework(["cis@8.1:4.4", "nis2@2022:21(2)(e)", "cis@8.1:4.8", "acme@1:7", "ACME/7"]) == {
        "CIS Controls 8.1": ["4.4", "4.8"],
        "NIS2, Directive (EU) 2022/2555, article": ["21(2)(e)"],
        "acme 1": ["7"],
        "ACME/7": [],
    }
