from __future__ import annotations

from checks.aws import unseen
from checks.wording import count, listed
from posture.sdk import Evidence, IdentityCenters, Iterator, Severity, Verdict, check, not_applicable, not_assessed


@check(
    "mfa.aws-identity-center",
    title="Users of IAM Identity Center sign in without a second factor",
    clause="4.2",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:6.3", "cis@8.1:6.5",
        "iso27001@2022:A.8.5",
        "nist-csf@2.0:PR.AA-03",
        "nist-800-53@5:IA-2(1)", "nist-800-53@5:IA-2(2)",
        "nis2@2022:21(2)(j)",
        "nis2-annex@2024:11.7.1",
        "pci-dss@4.0.1:8.4.1",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:IDM-09",
        "bsi-grundschutz@2023:ORP.4.A21",
    ),
)  # fmt: skip
def aws_identity_center(centers: IdentityCenters) -> Iterator[Verdict]:
    """Whether Identity Center asks for a second factor is told by no API of AWS: where there is one, one must look.

    So this is never passed and never failed. It does not apply where no region of the account has an instance
    (sso:ListInstances). Where people come from another provider (Entra ID, Okta, Google), the second factor is that
    provider's: add it to the inventory as a resource of the kind accounts, and it is judged there.

    What is said is wrong nowhere but in an account that sees an organization's instance without using it.
    """
    for center in centers.centers:
        name = center.name or center.arn.rsplit("/", 1)[-1]
        yield not_assessed(
            f"Identity Center {name} in {center.region}: AWS has no API that tells its MFA. Look in the console "
            "(Identity Center, Settings, Authentication, Multi-factor authentication) and keep what you saw, or have "
            "the provider audited that its people come from",
            subject=center.arn or name,
            evidence=[Evidence("sso:ListInstances", f"{center.arn} of account {center.owner}", centers.observed)],
        )
    yield from unseen(centers.gaps)
    if not centers.centers and not centers.gaps:
        where = f"{count(len(centers.regions), 'region')} ({listed(centers.regions)})"
        yield not_applicable(f"There is no Identity Center in {where}")
