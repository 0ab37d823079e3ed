"""What becomes of a message, in words."""

from __future__ import annotations

from posture.sdk import Fate

BECOMES = {
    Fate.DELIVERED: "delivered",
    Fate.MARKED: "delivered as a rule, with a sign against it",
    Fate.QUARANTINED: "put with the spam",
    Fate.REJECTED: "refused",
    Fate.UNKNOWN: "handled in a way that is not known",
}
"""Behind "it is"."""
