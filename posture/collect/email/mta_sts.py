"""MTA-STS of a domain: the record, and the policy file where the customer's networks hold the server that has it."""

from __future__ import annotations

import ssl
from dataclasses import replace
from time import monotonic

import h11

from posture.collect.dns.answer import State
from posture.collect.email.asked import DomainAsked
from posture.collect.email.mta_sts_policy import is_record, matches, parse, version_id
from posture.collect.email.zone import texts_of
from posture.collect.network.conversation import Conversation
from posture.collect.network.web.answer import Answer, Request
from posture.collect.network.web.exchange import Failed, Line
from posture.collect.scope import ScopeError
from posture.facts.email.routing import MailRouting
from posture.facts.email.transport import MtaSts
from posture.facts.factset import Facts
from posture.model.text import visible

PATH = "/.well-known/mta-sts.txt"
SECONDS = 10.0  # for the file
MOST_BYTES = 65_536
PURPOSE = "fetch the MTA-STS policy"


class NotFetched(Exception):
    """There is no file, or it was not looked at. The message says why."""


class Refused(NotFetched):
    """It was asked for, and senders would not take what came: no file, a redirect, a certificate that is not for it."""


def read_mta_sts(asked: DomainAsked, known: Facts) -> MtaSts:
    """The record at ``_mta-sts`` and the policy that it announces.

    Args:
        asked: the look.
        known: what it has found so far: the exchangers that the policy has to name.

    Raises:
        LookupFailed: whether there is a record is not known.
        NotAuthorized, OutsideWindow: the authorization or the window has ended.
    """
    answer = asked.lookup.found(f"_mta-sts.{asked.domain}", "TXT")
    texts = tuple(text for text in texts_of(answer) if is_record(text))
    found = MtaSts(asked.domain, asked.at, texts)
    if not texts:
        return found
    if len(texts) > 1:
        return replace(found, problems=(f"there are {len(texts)} records, and only one is allowed (RFC 8461, 3.1)",))
    found = replace(found, version_id=version_id(texts[0]))
    if not found.version_id:
        return replace(found, problems=("the record has no id of letters and digits (RFC 8461, 3.1)",))
    try:
        policy = parse(_fetched(asked))
    except Refused as error:
        return replace(found, problems=(str(error),))
    except NotFetched as error:
        return replace(found, not_fetched=str(error))
    routing = known.get(MailRouting)
    names = [one.name for one in routing.exchangers] if isinstance(routing, MailRouting) else []
    return replace(
        found,
        fetched=True,
        mode=policy.mode,
        patterns=policy.patterns,
        max_age=policy.max_age,
        unmatched=tuple(name for name in names if not matches(name, policy.patterns)),
        problems=policy.problems,
    )


def _fetched(asked: DomainAsked) -> str:
    """The file, from the first address of its server that may be contacted.

    Raises:
        NotFetched: why there is none.
    """
    host = f"mta-sts.{asked.domain}"
    answers = [asked.lookup.ask(host, kind) for kind in ("A", "AAAA")]
    addresses = [record.address for answer in answers for record in answer.records]
    if not addresses:
        failed = next((answer.failed for answer in answers if answer.state is State.FAILED), "")
        if failed:
            raise NotFetched(f"{host} could not be looked up: {failed}")
        raise Refused(f"{host} has no address, so that senders find no policy")
    refusal = ""
    for address in addresses:
        try:
            answer = _asked(asked, str(address), host)
        except ScopeError as error:
            refusal = str(error)
            continue
        if answer.status != 200:
            raise Refused(f"https://{host}{PATH} is answered with status {answer.status}; senders follow no redirect")
        if answer.cut:
            raise Refused(f"https://{host}{PATH} broke off, or is larger than {MOST_BYTES} bytes")
        return answer.text
    raise NotFetched(f"the policy file was not looked at: {refusal}")


def _asked(asked: DomainAsked, address: str, host: str) -> Answer:
    """Ask for the file over TLS; the certificate must be for the name, as senders have it (RFC 8461, 3.3).

    Raises:
        ScopeError: the address may not be contacted.
        NotFetched: no answer.
    """
    permit = asked.gate.permit(address, PURPOSE)
    left = min(SECONDS, (asked.deadline - asked.clock()).total_seconds())
    if left <= 0:
        raise NotFetched("the time was over")
    asked.gate.take_turn()
    try:
        with asked.gate.connect(permit, 443, left) as plain:
            plain.settimeout(left)
            with ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secured:
                talk = Conversation(secured, asked.clock, monotonic() + left, limit=left, most=2 * MOST_BYTES)
                line = Line(talk, host, asked.identity.user_agent, asked.clock, wire=2 * MOST_BYTES)
                return line.ask(Request(PATH, most=MOST_BYTES))
    except ssl.SSLCertVerificationError as error:
        raise Refused(f"the certificate of {host} is not valid: {visible(error.verify_message, 120)}") from error
    except Failed as error:
        raise Refused(f"https://{host}{PATH}: it {error}") from error
    except (OSError, h11.ProtocolError) as error:
        raise Refused(f"https://{host}{PATH} could not be fetched: {visible(str(error), 120)}") from error
