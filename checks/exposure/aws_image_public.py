from __future__ import annotations

from checks.aws import unseen
from checks.wording import listed
from posture.sdk import Evidence, Iterator, PublicCopy, PublicImages, Severity, Verdict, check, fail, passed


@check(
    "exposure.aws-image-public",
    title="A machine image (AMI) is public",
    clause="4.4",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:3.3",
        "iso27001@2022:A.8.3",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-3", "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "pci-dss@4.0.1:1.4.4", "pci-dss@4.0.1:7.2.5",
        "soc2@2017:CC6.1", "soc2@2017:CC6.6",
        "bsi-c5@2020:OPS-23",
    ),
)  # fmt: skip
def aws_image_public(images: PublicImages) -> Iterator[Verdict]:
    """An image of a machine (AMI) of the account may be launched by every AWS account.

    Whoever launches it has all that is on it: programs, keys, passwords, logs. AWS is asked for the account's own
    images that everybody may launch.

    It is wrong for images that are meant for everybody and were made for that. Images shared with single accounts are
    not judged, nor is what is on the image.
    """
    for image in images.images:
        yield _failure(image, images)
    yield from unseen(images.gaps)
    if not images.images and not images.gaps:
        yield passed(f"No image of the account is public ({listed(images.regions)})")


def _failure(image: PublicCopy, images: PublicImages) -> Verdict:
    called = f"{image.id} ({image.name})" if image.name else image.id
    return fail(
        f"Image {called} in {image.region} may be launched by every AWS account",
        subject=f"{image.region} {image.id}",
        evidence=[Evidence("ec2:DescribeImages", f"{image.region} {called}: public", images.observed)],
        image=image.id,
        name=image.name,
        region=image.region,
    )
