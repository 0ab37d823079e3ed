"""What follows from the records of a domain together."""

from __future__ import annotations

from posture.engine.email.use import mail_use
from posture.facts.email.routing import MailRouting
from posture.facts.email.spf import SpfPolicy
from posture.facts.email.use import MailUse
from posture.facts.email.zone import DnsZone
from posture.facts.factset import Facts
from posture.facts.unavailable import Unavailable

_NOT_LOOKED_AT = Unavailable("it was not looked at")  # by an older collector


def of_domain(facts: Facts) -> Facts:
    """The derived facts of a domain."""
    return {
        MailUse: mail_use(
            facts.get(DnsZone, _NOT_LOOKED_AT),
            facts.get(MailRouting, _NOT_LOOKED_AT),
            facts.get(SpfPolicy, _NOT_LOOKED_AT),
        )
    }
