"""What an error of AWS means for what can be said of the account."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
)
from botocore.exceptions import (
    ConnectionError as NoConnection,
)
from botocore.parsers import ResponseParserError

from posture.facts.aws.gap import Gap, Why

DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AllAccessDisabled",
        "AuthorizationError",
        "AuthorizationErrorException",
        "AuthFailure",
        "ForbiddenException",
        "NotAuthorized",
        "UnauthorizedOperation",
        "403",
    }
)
"""Codes of a refusal for want of a permission; services differ (Common Errors of each API reference)."""

THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
        "429",
    }
)
"""As botocore's own list (botocore.retries.standard)."""

REGION_OFF = frozenset({"OptInRequired", "InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure"})
"""What a region that is not enabled answers; in one that DescribeRegions names it is a fault of the login."""


ENDED = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidSignatureException",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
    }
)
"""What a login that has ended gives, and a clock that is more than five minutes wrong (Signature Version 4)."""


class Unanswered(Exception):
    """A question was not answered. `gap` says which and why."""

    def __init__(self, gap: Gap) -> None:
        super().__init__(f"{gap.action}: {gap.why}")
        self.gap = gap


FAILURES = (ClientError, BotoCoreError, ResponseParserError, KeyError)
"""What a call may raise; KeyError where XML that is none of AWS's is read as an answer (a page of a proxy)."""


def in_words(error: Exception) -> str:
    """What is told of an error. An answer that cannot be parsed is in its error, and is not told."""
    return "the answer cannot be parsed" if isinstance(error, ResponseParserError | KeyError) else str(error)


def code_of(error: Exception) -> str:
    """AWS's code of an error; the HTTP status where it gave none, empty where AWS did not say anything."""
    if not isinstance(error, ClientError):
        return ""
    said: Any = error.response
    code = str(said.get("Error", {}).get("Code") or "")
    status = said.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return code or str(status or "")


def why(error: Exception) -> Why:
    """What an error says of the reason that there is no answer."""
    if isinstance(error, ClientError):
        code, status = code_of(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if code in THROTTLED:
            return Why.THROTTLED
        if code in ENDED:
            return Why.LOGIN
        if code in DENIED or code in REGION_OFF or status in {401, 403}:
            return Why.DENIED
        return Why.UNREACHABLE if isinstance(status, int) and status >= 500 else Why.FAULT
    if isinstance(error, (EndpointConnectionError, NoConnection, HTTPClientError)):
        return Why.UNREACHABLE
    return Why.DENIED if isinstance(error, NoCredentialsError) else Why.FAULT
