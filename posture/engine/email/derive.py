"""What follows from the records of a domain together."""

from __future__ import annotations

from posture.engine.email.dkim_keys import judged_keys
from posture.engine.email.forged import forged_mail
from posture.engine.email.use import mail_use
from posture.engine.ports import Advisor
from posture.facts.email.dkim import DkimKeys
from posture.facts.email.dmarc import DmarcPolicy
from posture.facts.email.routing import MailRouting
from posture.facts.email.spf import SpfPolicy
from posture.facts.email.use import ForgedMail, MailUse
from posture.facts.email.zone import DnsZone
from posture.facts.factset import Facts
from posture.facts.unavailable import Unavailable

_NOT_LOOKED_AT = Unavailable("it was not looked at")  # by an older collector


def of_domain(facts: Facts, advisor: Advisor) -> Facts:
    """The derived facts of a domain, and its DKIM keys with what is known against them."""
    zone, spf = facts.get(DnsZone, _NOT_LOOKED_AT), facts.get(SpfPolicy, _NOT_LOOKED_AT)
    return {
        MailUse: mail_use(zone, facts.get(MailRouting, _NOT_LOOKED_AT), spf),
        DkimKeys: judged_keys(facts.get(DkimKeys, _NOT_LOOKED_AT), advisor),
        ForgedMail: forged_mail(spf, facts.get(DmarcPolicy, _NOT_LOOKED_AT), zone),
    }
