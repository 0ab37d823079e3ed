"""Does it carry mail from strangers to strangers? A mailbox of the auditor's, in several ways of writing it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from posture.collect.network.smtp.session import Reply, Session
from posture.facts.email.servers import RelayAttempt, Taken

MAILBOX = "posture-relay-test"
_RELAY_DENIED = re.compile(
    rb"relay\w*( access)?( is)? (denied|not (permitted|allowed)|prohibited)|unable to relay", re.IGNORECASE
)
_NOT_US = re.compile(
    rb"(client host|helo command|ehlo)[^\n]{0,80} rejected|black ?list|block ?list|blocked using|spamhaus|dnsbl|\brbl\b"
    rb"|reputation|no reverse|reverse dns|\bptr\b", re.IGNORECASE
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """One way of writing a recipient: `text` stands between the angle brackets."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """A sender, and the recipients that are tried with it."""

    sender: str
    who: str
    ways: tuple[Way, ...]


def transactions(auditor: str, own: str, server: str, address: str) -> Iterator[Transaction]:
    """What is tried, the likeliest to be taken first.

    Args:
        auditor: the auditor's own domain, which no customer's server has to take mail for.
        own: a domain of the customer's: some servers trust whoever says that he sends from it. May be empty.
        server: a name that the server has for itself; may be empty.
        address: the server's.
    """
    plain = Way("the plain address", f"{MAILBOX}@{auditor}")
    yield Transaction(f"{MAILBOX}@{auditor}", "a stranger", (plain,))
    if own:
        yield Transaction(f"{MAILBOX}@{own}", "a sender of the customer's own domain", (plain,))
    yield Transaction(f"{MAILBOX}@{literal(address)}", "a sender at the server's address", (plain,))
    yield Transaction("", "the empty sender", (plain, *_odd_ways(auditor, server or literal(address))))


def _odd_ways(auditor: str, server: str) -> tuple[Way, ...]:
    """Forms that old mailers route on after they have looked at the last part only (RFC 5321, appendix C and F.2)."""
    inner = f"{MAILBOX}@{auditor}"
    return (
        Way("the percent hack", f"{MAILBOX}%{auditor}@{server}"),
        Way("a quoted address", f'"{inner}"@{server}'),
        Way("a source route", f"@{server}:{inner}"),
        Way("two at signs", f"{inner}@{server}"),
        Way("a bang path", f"{auditor}!{MAILBOX}"),
    )


def literal(address: str) -> str:
    """An address as it stands behind an at sign (RFC 5321, 4.1.3)."""
    parsed = ip_address(address.partition("%")[0])
    return f"[IPv6:{parsed}]" if parsed.version == 6 else f"[{parsed}]"


def try_relay(session: Session, planned: Iterator[Transaction]) -> Iterator[RelayAttempt]:
    """Try one after the other until one recipient is accepted; each transaction is given up with RSET.

    Raises:
        Over: the dialogue ended.
    """
    for one in planned:
        for attempt in _tried(session, one):
            yield attempt
            if attempt.taken is Taken.ACCEPTED:
                session.say("RSET")
                return
        session.say("RSET")


def _tried(session: Session, one: Transaction) -> Iterator[RelayAttempt]:
    sender = session.say("MAIL", f"FROM:<{one.sender}>")
    if not sender.positive:
        yield RelayAttempt(f"{one.who}: already the sender", sender.shown, taken(sender))
        return
    for way in one.ways:
        answer = session.say("RCPT", f"TO:<{way.text}>")
        yield RelayAttempt(f"{one.who} to {way.name}, <{way.text}>", answer.shown, taken(answer))


def taken(answer: Reply) -> Taken:
    """What a reply to a recipient means.

    Postfix refuses to relay with 454 4.7.1 where it is set to defer_unauth_destination, as it is by default: another
    time it says the same, so that is no "later". Where it says that it refuses us, whatever we ask, others may not be
    refused.
    """
    if answer.positive:
        return Taken.ACCEPTED
    if _RELAY_DENIED.search(answer.text):
        return Taken.REFUSED
    if answer.later:
        return Taken.LATER
    return Taken.REFUSED if answer.refused and not _NOT_US.search(answer.text) else Taken.UNKNOWN


def concluded(attempts: tuple[RelayAttempt, ...]) -> Taken:
    """What all attempts come to, where the dialogue was not cut short."""
    seen = {attempt.taken for attempt in attempts}
    for one in (Taken.ACCEPTED, Taken.LATER, Taken.UNKNOWN):
        if one in seen:
            return one
    return Taken.REFUSED if seen else Taken.UNKNOWN
