"""What the package checks write as evidence is read back whole by the exporters of flaws."""

import re
from datetime import UTC, datetime
from importlib.metadata import EntryPoint

import pytest
from packageurl import PackageURL

from posture.engine.plugins import load
from posture.model.finding import Finding, FindingStatus, System
from posture.model.verdict import Outcome
from posture.report import remediation
from posture.report.flaws import known_flaws

CHECKS = {
    plugin.check.id: plugin.check
    for plugin in load(remediation.load, [EntryPoint("posture", "checks", "posture.checks")]).plugins
}
NOW = datetime(2026, 11, 22, tzinfo=UTC)
WITH_FLAWS = (
    "packages.security-updates",
    "packages.language-packages",
    "packages.web-application-outdated",
    "packages.server-version-outdated",
)


def findings(check, every):
    for facts in every:
        for verdict in check.judge(*facts):
            if verdict.outcome is Outcome.FAIL:
                yield Finding(
                    "F-0000000000000000", "acme", "web1", check.info, verdict.subject, verdict.summary,
                    verdict.severity or check.info.severity, FindingStatus.NEW, NOW, NOW, None, "r",
                    evidence=verdict.evidence, details=verdict.details, system=System("debian", "12"),
                )  # fmt: skip


@pytest.mark.parametrize("name", WITH_FLAWS)
def test_every_flaw_that_the_evidence_names_is_read(name, typical_failures):
    """No CVE of a line that tells of one is lost, and each is of software with a package URL that can be read."""
    check, seen = CHECKS[name], 0
    for finding in findings(check, typical_failures[name]):
        told = {cve for one in finding.evidence for cve in re.findall(r"CVE-[0-9]{4}-[0-9]+", one.observed)}
        read = known_flaws(finding)
        seen += len(read)
        assert told <= {flaw.id for flaw in read} | {flaw.advisory for flaw in read}
        for flaw in read:
            assert flaw.components or name == "packages.security-updates", flaw
            for component in flaw.components:
                url = PackageURL.from_string(component.purl)
                assert url.version == component.version
                assert component.name.endswith(url.name)
    assert seen


def test_how_grave_a_flaw_is_comes_along(typical_failures):
    """Whether attackers use it, by whose word it is how bad: as the check wrote it."""
    name = "packages.security-updates"
    read = [flaw for one in findings(CHECKS[name], typical_failures[name]) for flaw in known_flaws(one)]
    assert any(flaw.exploited for flaw in read)
    assert any(flaw.severity for flaw in read)
    assert any(component.purl.startswith("pkg:deb/debian/") for flaw in read for component in flaw.components)


def test_a_language_tells_its_kind_of_package(typical_failures):
    """A package that a command names is of that language; of others the kind is not guessed at."""
    name = "packages.language-packages"
    kinds = {
        component.purl.partition("/")[0]
        for one in findings(CHECKS[name], typical_failures[name])
        for flaw in known_flaws(one)
        for component in flaw.components
    }
    assert {"pkg:pypi", "pkg:npm"} <= kinds


def test_other_findings_have_none(typical_failures):
    name = "exposure.telnet"
    assert not [flaw for one in findings(CHECKS[name], typical_failures[name]) for flaw in known_flaws(one)]
