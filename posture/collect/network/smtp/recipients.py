"""Does it take mail for mailboxes that do not exist, and does it tell who does?"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from posture.collect.network.smtp.relay import taken
from posture.collect.network.smtp.session import Reply, Session
from posture.facts.email.servers import Taken

_WANTS_LOGIN = re.compile(rb"authentication (is )?required|must issue a? ?starttls|login first", re.IGNORECASE)
_NO_SUCH_NAME = frozenset({550, 551, 553})
_NOT_VERIFIED = 252  # "cannot VRFY user, but will accept message" (RFC 5321, 3.5.3)


@dataclass(frozen=True, slots=True)
class Unknown:
    """How an impossible mailbox was answered. No `domain`: it takes mail for none of those that were tried."""

    taken: Taken
    domain: str = ""
    reason: str = ""


def made_up() -> str:
    """A name that nobody has."""
    return f"posture-{secrets.token_hex(6)}"


def try_unknown(session: Session, domains: Sequence[str]) -> Unknown:
    """Ask for a mailbox that cannot exist, in each domain until one is served here.

    A refusal says nothing by itself: the server may refuse all that we ask. So postmaster, who has to exist (RFC 5321,
    4.5.1), is asked for as well.

    Raises:
        Over: the dialogue ended.
    """
    sender = session.say("MAIL", "FROM:<>")
    if not sender.positive:
        session.say("RSET")
        return Unknown(Taken.UNKNOWN, reason=f"it did not take the empty sender: {sender.shown}")
    said = [_in_domain(session, domain) for domain in domains if domain]
    session.say("RSET")
    told = [one for one in said if one.domain]
    order = (Taken.ACCEPTED, Taken.LATER, Taken.REFUSED, Taken.UNKNOWN)
    if told:
        return min(told, key=lambda one: order.index(one.taken))
    return said[0] if said else Unknown(Taken.UNKNOWN, reason="no domain that it may take mail for is known")


def _in_domain(session: Session, domain: str) -> Unknown:
    answer = session.say("RCPT", f"TO:<{made_up()}@{domain}>")
    known = taken(answer)
    if known is not Taken.REFUSED:
        return Unknown(known, domain, "" if known is Taken.ACCEPTED else f"it answered {answer.shown}")
    real = session.say("RCPT", f"TO:<postmaster@{domain}>")
    if real.positive:
        return Unknown(Taken.REFUSED, domain)
    if taken(real) is Taken.REFUSED and (real.code == 530 or _turns_strangers_away(real)):
        return Unknown(Taken.REFUSED, "", f"it takes no mail for {domain}: {real.shown}")
    return Unknown(Taken.UNKNOWN, domain, f"it does not take mail for postmaster@{domain} either: {real.shown}")


def _turns_strangers_away(answer: Reply) -> bool:
    return _WANTS_LOGIN.search(answer.text) is not None or b"relay" in answer.text.lower()


def tells_who_exists(session: Session) -> bool | None:
    """Whether VRFY answers a made-up name otherwise than postmaster; None where that is not known.

    Raises:
        Over: the dialogue ended.
    """
    nobody, somebody = session.say("VRFY", made_up()), session.say("VRFY", "postmaster")
    if nobody.later or somebody.later:
        return None
    return nobody.code in _NO_SUCH_NAME and somebody.positive


def expands_lists(session: Session) -> bool | None:
    """Whether EXPN looked a made-up list up; None where that is not known.

    A server that says by its status code that there is no such name (RFC 3463, 3.2) would list the members of one that
    is there. No list that may exist is asked for.

    Raises:
        Over: the dialogue ended.
    """
    answer = session.say("EXPN", made_up())
    if answer.positive:
        return answer.code != _NOT_VERIFIED
    if answer.refused and answer.code not in _NO_SUCH_NAME:
        return False
    if answer.refused and answer.status:
        return answer.status.startswith("5.1.")
    return None
