from __future__ import annotations

from checks.aws import unseen
from checks.aws_public import gaps_of
from checks.wording import count, listed
from posture.sdk import (
    Evidence,
    Iterator,
    PublicAccessBlock,
    S3Buckets,
    Severity,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

_NAMES = {
    "BlockPublicAcls": "refuse_acls",
    "IgnorePublicAcls": "ignore_acls",
    "BlockPublicPolicy": "refuse_policies",
    "RestrictPublicBuckets": "restrict_policies",
}


@check(
    "exposure.aws-bucket-block-off",
    title="Nothing keeps S3 buckets of the account from becoming public",
    clause="4.4",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:3.3",
        "iso27001@2022:A.8.3",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-3", "nist-800-53@5:AC-6", "nist-800-53@5:CM-7",
        "nis2@2022:21(2)(e)", "nis2@2022:21(2)(i)",
        "pci-dss@4.0.1:1.4.4",
        "soc2@2017:CC6.1", "soc2@2017:CC6.6", "soc2@2017:CC6.8",
        "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:SYS.1.1.A6",
    ),
)  # fmt: skip
def aws_bucket_block_off(buckets: S3Buckets) -> Iterator[Verdict]:
    """The account's own setting "Block Public Access" is not wholly on, so one wrong policy opens a bucket.

    Nothing needs to be open now: that is another finding. It is for information only where each bucket has the setting
    itself, where there is no bucket, or where only what refuses new public settings is missing.

    It is wrong where the organization sets it from above and AWS does not tell, or where a bucket of this account is
    meant for everybody: accept it then.
    """
    gaps = [gap for gap in buckets.gaps if gap.action == "s3:GetAccountPublicAccessBlock"]
    yield from unseen(gaps)
    if buckets.block is None:
        if not gaps:
            yield not_assessed("The account's setting was not told")
    elif buckets.block.whole:
        yield passed("Block Public Access is on for the account, all four settings")
    else:
        yield _failed(buckets, buckets.block)


def _failed(buckets: S3Buckets, block: PublicAccessBlock) -> Verdict:
    off = [name for name, field in _NAMES.items() if not getattr(block, field)]
    listed_all = not gaps_of(buckets.gaps, "s3:ListAllMyBuckets")
    bare = [bucket.name for bucket in buckets.buckets if bucket.block is None or not bucket.block.whole]
    minor = block.effective or (listed_all and not bare)
    some = (
        f"{count(len(bare), 'bucket')} of {len(buckets.buckets)} {'has' if len(bare) == 1 else 'have'} not got it whole"
    )
    return fail(
        f"Block Public Access of the account lacks {listed(off)}; "
        + (f"{some} either" if listed_all else "which buckets have it themselves is not known"),
        severity=Severity.INFO if minor else Severity.LOW,
        evidence=[Evidence("s3:GetAccountPublicAccessBlock", f"off: {', '.join(off)}", buckets.observed)],
        off=", ".join(off),
        buckets=len(buckets.buckets),
        bare=tuple(bare[:20]),
        more=max(0, len(bare) - 20),
    )
