"""The permission that each call takes. Most are called as the operation is; the exceptions are listed.

Source: Service Authorization Reference, "Actions, resources, and condition keys" of each service.
"""

from __future__ import annotations

_PREFIX = {
    "cognito-idp": "cognito-idp",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "identitystore": "identitystore",
    "opensearch": "es",
    "s3control": "s3",
    "sso-admin": "sso",
    "accessanalyzer": "access-analyzer",
}
_OTHERWISE = {
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
}


def action(service: str, operation: str) -> str:
    """The IAM action (``s3:ListAllMyBuckets``) of an operation (``ListBuckets``) of a service as boto3 names it."""
    named = _OTHERWISE.get(f"{service}:{operation}")
    return named or f"{_PREFIX.get(service, service)}:{operation}"
