"""Whether mail is sent from a domain, and taken for it."""

from __future__ import annotations

from posture.facts.email.routing import MailRouting
from posture.facts.email.spf import SpfPolicy
from posture.facts.email.use import MailUse, Sends
from posture.facts.email.zone import DnsZone
from posture.facts.unavailable import Unavailable


def mail_use(
    zone: DnsZone | Unavailable, routing: MailRouting | Unavailable, spf: SpfPolicy | Unavailable
) -> MailUse | Unavailable:
    """What the inventory declares counts; else what the records say. A record that is not known says nothing."""
    if isinstance(zone, Unavailable):
        return zone
    sends, why = _declared(zone) or _recorded(zone, routing, spf)
    return MailUse(zone.domain, sends, why, _receives(zone, routing), zone.observed)


def _declared(zone: DnsZone) -> tuple[Sends, str] | None:
    if zone.declared is None:
        return None
    return (
        (Sends.YES, "the inventory says that mail is sent from it")
        if zone.declared
        else (Sends.NO, "the inventory says that no mail is sent from it")
    )


def _recorded(zone: DnsZone, routing: MailRouting | Unavailable, spf: SpfPolicy | Unavailable) -> tuple[Sends, str]:
    if not zone.exists:
        return Sends.NO, "the DNS has no such name: mail from it is refused by most receivers"
    if isinstance(spf, Unavailable):
        return Sends.UNKNOWN, f"its SPF record is not known ({spf.reason})"
    if spf.unknown:
        return Sends.UNKNOWN, f"what its SPF record leads to is not known ({spf.unknown})"
    if not spf.texts:
        return Sends.UNKNOWN, "it has no SPF record, and the inventory does not say"
    if spf.error:
        return Sends.UNKNOWN, f"its SPF record cannot be used ({spf.error})"
    if any(names_senders(spf)):
        return Sends.YES, "its SPF record names who sends"
    if isinstance(routing, Unavailable):
        return Sends.UNKNOWN, f"its SPF record lets nobody send, and its MX records are not known ({routing.reason})"
    if routing.null_mx:
        return Sends.NO, "its SPF record lets nobody send, and its null MX says that it takes no mail"
    return Sends.UNKNOWN, "its SPF record lets nobody send, but no null MX says so too"


def names_senders(spf: SpfPolicy) -> tuple[str, ...]:
    """The mechanisms of all its records that let somebody send; a redirect leads to a record of its own."""
    return tuple(
        term.text
        for record in spf.records
        for term in record.terms
        if term.qualifier in {"+", "?", "~"} and not (term.name == "all" and term.qualifier != "+")
    )


def _receives(zone: DnsZone, routing: MailRouting | Unavailable) -> bool | None:
    if not zone.exists:
        return False
    if isinstance(routing, Unavailable):
        return None
    if routing.null_mx or not routing.exchangers:
        return False
    usable = [one for one in routing.exchangers if not one.error]
    if any(one.addresses for one in usable):
        return True
    return None if usable else False
