"""What to publish for MTA-STS: the record, and the lines of the policy file (RFC 8461, 3.1 and 3.2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from checks.email.zone_file import txt

MODE_TO_ENFORCE = ("testing", "enforce")
WEEK, YEAR = 604_800, 31_536_000  # seconds: a policy on trial is soon forgotten, one that is enforced stays


def policy_file(exchangers: Iterable[str], mode: str) -> tuple[str, ...]:
    """The file's lines; an exchanger of that name stands for those that are not known."""
    names = tuple(exchangers) or ("mail.example.com",)
    age = YEAR if mode == "enforce" else WEEK
    return ("version: STSv1", f"mode: {mode}", *(f"mx: {name}" for name in names), f"max_age: {age}")


def record(domain: str, at: datetime) -> tuple[str, ...]:
    """The TXT record with a new id, by which senders notice that the policy changed."""
    return txt(f"_mta-sts.{domain}", f"v=STSv1; id={at:%Y%m%d%H%M%S}")
