"""A customer with a finding of every kind that the machine formats tell apart, and readers of the formats."""

from dataclasses import replace

import pytest

from posture.model.assessment import CheckInfo
from posture.model.dispute import Dispute, DisputeState
from posture.model.finding import finding_id
from posture.model.severity import Severity
from posture.report.model import Report

FLAWS = (
    "installed packages against the distribution's index",
    (
        "openssl 3.0.11-1~deb12u2 -> 3.0.15-1~deb12u1 (bookworm-security)\n"
        "libssl3 3.0.11-1~deb12u2 -> 3.0.15-1~deb12u1 (bookworm-security)"
    ),
)
ADVISORIES = (
    "advisories that these updates answer, worst first",
    (
        "DSA-5764-1 in openssl libssl3 (reachable at 198.51.100.2:443/tcp): CVE-2024-6119 CVE-2024-5535, critical, "
        "exploited (KEV 2024-09-09, due 2024-09-30), CVSS 9.1, EPSS 3%, fix of 2024-09-03"
    ),
)
UNFIXED = ("known flaws for which this release offers no free fix", "zlib1g 1:1.2.13: no fix on offer: CVE-2023-45853")


def of_check(made, info, **changes):
    """A finding of a check that the factories do not have."""
    finding = replace(made.make_finding("packages.pending-updates"), check=info, **changes)
    return replace(finding, id=finding_id(finding.customer, finding.resource, info.id, finding.subject))


@pytest.fixture(scope="session")
def every_kind(made) -> object:
    """Open, accepted, fixed and gone findings, a leak with its lines, flaws; partly, untold, unseen, not applicable."""
    packages = CheckInfo("packages.security-updates", "Security updates are waiting", "4.1", Severity.HIGH,
                         ("cis@8.1:7.3", "nis2@2022:21(2)(e)"))  # fmt: skip
    leak = CheckInfo("keys.secret-in-repository", "A repository gives away a secret", "4.3", Severity.HIGH)
    hosts = [f"web{n}.bakery.example" for n in (1, 2, 3)]
    accepted = made.make_finding("exposure.telnet", status=made.FindingStatus.ACCEPTED)
    refuted = made.make_finding("exposure.telnet", resource=hosts[1], subject="198.51.100.3:23/tcp")
    shop = made.Resource(made.ResourceKind.REPOSITORY, "shop")
    customer = made.make_customer()
    customer = replace(customer, resources=(*customer.resources, shop))
    evidence = tuple(made.Evidence(*pair, made.NOW) for pair in (FLAWS, ADVISORIES, UNFIXED))
    places = tuple(made.Evidence(place, "sha256:12ab; commit 0f00", made.NOW) for place in
                   ("deploy/settings.py:14", "old/settings.py:3", "git"))  # fmt: skip
    findings = (
        made.make_finding(),
        accepted,
        refuted,
        of_check(made, packages, evidence=evidence, details=(("manager", "dpkg"),)),
        of_check(made, leak, resource="shop", subject="aws-key hmac:7f", evidence=places,
                 details=(("path", "deploy/settings.py"),)),
        made.make_finding("packages.reboot-needed", resource=hosts[1], status=made.FindingStatus.RESOLVED,
                          resolved_at=made.NOW),
        made.make_finding("packages.reboot-needed", resource="web9.bakery.example",
                          status=made.FindingStatus.RESOLVED, resolved_at=made.NOW, retired=True),
    )  # fmt: skip
    disputes = (
        Dispute(refuted.id, "bakery", 0, refuted.severity, "This is our test server", "Jane Doe", made.NOW,
                DisputeState.ACCEPTED, made.NOW, "Coma Cloud", "Not reachable any more"),
        Dispute(findings[0].id, "bakery", 0, findings[0].severity, "It is behind a VPN", "Jane Doe", made.NOW),
    )  # fmt: skip
    view = made.make_view(findings, customer=customer, acceptances=(made.make_acceptance(accepted),), disputes=disputes)
    fail = made.Verdict(made.Outcome.FAIL, "Telnet answers on 198.51.100.4:23/tcp", "198.51.100.4:23/tcp")
    unseen = made.Verdict(made.Outcome.NOT_ASSESSED, "Port 6380 was not looked at: the scan was cut off")
    untold = made.make_assessment("exposure.telnet", hosts[2], made.Outcome.FAIL, fail.summary, (fail,))
    part = made.make_assessment("exposure.redis-no-auth", hosts[0], made.Outcome.FAIL, "Redis is open",
                                (made.Verdict(made.Outcome.FAIL, "open", "198.51.100.2:6379/tcp"), unseen))  # fmt: skip
    instead = {
        ("exposure.telnet", hosts[2]): untold,
        ("exposure.redis-no-auth", hosts[0]): part,
        ("mfa.ssh-password", hosts[0]): made.make_assessment(
            "mfa.ssh-password", hosts[0], made.Outcome.NOT_ASSESSED, "The SSH login was refused: add the auditor's key."
        ),
        ("mfa.ssh-password", hosts[1]): made.make_assessment(
            "mfa.ssh-password", hosts[1], made.Outcome.NOT_APPLICABLE, "No SSH server runs here."
        ),
    }
    rows = tuple(instead.get((a.check.id, a.resource), a) for a in view.assessments)
    return replace(view, assessments=rows)


@pytest.fixture(scope="session")
def every_report(every_kind, report_of) -> Report:
    """The report of that customer."""
    return report_of(every_kind)
