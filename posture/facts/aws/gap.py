"""What an AWS account did not tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """Why a question was not answered."""

    DENIED = "denied"  # the role, a boundary or a policy of the organization forbids it
    LOGIN = "login"  # the login has ended, or the auditor's clock is wrong
    THROTTLED = "throttled"  # refused for its rate, after all retries
    UNREACHABLE = "unreachable"  # the region's endpoint gave no answer
    TIME = "time"  # this look's time was over before
    LIMIT = "limit"  # more than a look reads of one account
    FAULT = "fault"  # an answer that is none of the documented ones


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that was not answered: what depends on it is not assessed.

    `action` is the permission it takes (``iam:ListUsers``), `region` where it was asked, empty for the services without
    regions, `about` the one thing it was about (a bucket's name), empty where it was about all of a kind. `said` is
    AWS's own text, short and printable.
    """

    action: str
    why: Why
    region: str = ""
    about: str = ""
    said: str = ""

    def __str__(self) -> str:
        """For people: what, where, why, and what would change it."""
        where = " ".join(part for part in (f"of {self.about}" if self.about else "", self._in()) if part)
        return f"{self.action}{' ' + where if where else ''}: {_WORDS[self.why]}"

    def _in(self) -> str:
        return f"in {self.region}" if self.region else ""


_WORDS = {
    Why.DENIED: "not permitted; add it to the policy of the audit's role (posture access setup shows it), "
    "unless a policy of the organization forbids it",
    Why.LOGIN: "AWS took the login for ended or not yet begun; set the clock of the auditor's machine, and audit again",
    Why.THROTTLED: "AWS refused for the rate of calls, also after several tries; audit again",
    Why.UNREACHABLE: "AWS gave no answer there; audit again",
    Why.TIME: "the time for this account was over, or its window or authorization ended; audit again",
    Why.LIMIT: "there is more than is read of one account",
    Why.FAULT: "AWS gave an answer that is not understood; the auditor's log says more",
}
