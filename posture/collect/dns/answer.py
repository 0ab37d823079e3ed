"""One answer of the DNS, as readers take it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode

from posture.facts.email.zone import Security
from posture.model.text import visible

MOST_RECORDS = 200  # of one answer
MOST_ERRORS = 3  # extended errors that are told of one answer


class State(StrEnum):
    """How a question ended."""

    FOUND = "found"
    NO_DATA = "no data"  # the name exists, without records of that type (RFC 2308, 2.2)
    NO_NAME = "no name"  # NXDOMAIN: neither it nor anything below it exists (RFC 8020)
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the DNS said to one question.

    `records` are dnspython's, in a fixed order. `canonical` is the name they stand at, after CNAMEs: the state is that
    name's (RFC 6604). `failed` says why there is no answer. `security` is what a resolver whose word counts said of it.
    """

    name: str
    kind: str
    state: State
    records: tuple[Any, ...] = ()
    canonical: str = ""
    failed: str = ""
    security: Security = Security.UNKNOWN

    @property
    def texts(self) -> tuple[str, ...]:
        """TXT records, the strings of each joined without space (RFC 7208, 3.3); bytes beyond ASCII as escapes."""
        return tuple(b"".join(record.strings).decode("ascii", "backslashreplace") for record in self.records)

    @property
    def alias(self) -> str:
        """The name that a CNAME led to; empty where there was none."""
        return self.canonical if self.canonical and self.canonical != self.name.removesuffix(".").lower() else ""


_MADE_UP = frozenset(
    {
        dns.edns.EDECode.FORGED_ANSWER,
        dns.edns.EDECode.BLOCKED,
        dns.edns.EDECode.CENSORED,
        dns.edns.EDECode.FILTERED,
        dns.edns.EDECode.PROHIBITED,
    }
)
"""What a resolver says of an answer that is its own and not the domain's (RFC 8914, 4.5 and 4.16 to 4.19)."""


def failed(name: str, kind: str, why: str, security: Security = Security.UNKNOWN) -> Answer:
    """No answer."""
    return Answer(name, kind, State.FAILED, failed=why, security=security)


def read(name: str, kind: str, response: dns.message.QueryMessage, checked: Callable[[bool], Security]) -> Answer:
    """The records that the response has for its question, after its CNAMEs (16 at most); what else it holds is left.

    Args:
        name: asked for.
        kind: of record.
        response: to this question, with NOERROR or NXDOMAIN.
        checked: what its AD bit means.
    """
    if any(option.code in _MADE_UP for option in _errors(response)):
        return failed(name, kind, f"the resolver keeps the answer back{extended_errors(response)}: ask another one")
    try:
        chain = response.resolve_chaining()
        own = response.question[0].name == chain.canonical_name
        canonical = name if own else chain.canonical_name.to_text(omit_final_dot=True).lower()
        if chain.answer is not None and len(chain.answer) > MOST_RECORDS:
            return failed(name, kind, f"{len(chain.answer)} records, more than the {MOST_RECORDS} that are read")
        records = _ordered(chain.answer or ())
    except (dns.exception.DNSException, ValueError) as error:
        return failed(name, kind, f"the answer cannot be followed ({visible(str(error), 80)})")
    security = checked(bool(response.flags & dns.flags.AD))
    if response.rcode() == dns.rcode.NXDOMAIN:
        return Answer(name, kind, State.NO_NAME, canonical=canonical, security=security)
    state = State.FOUND if records else State.NO_DATA
    return Answer(name, kind, state, records, canonical, security=security)


def _ordered(records: Iterable[Any]) -> tuple[Any, ...]:
    """Servers turn the order from answer to answer; facts must not change with it."""
    return tuple(sorted(records, key=lambda record: str(record.to_text())))


def unchecked_helps(response: dns.message.QueryMessage) -> bool:
    """Whether there is an answer once signatures are not checked."""
    return response.rcode() in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}


def extended_errors(response: dns.message.Message) -> str:
    """The resolver's own reasons (RFC 8914) in parentheses; empty where it gives none."""
    words = "; ".join(visible(option.to_text().removeprefix("EDE "), 120) for option in _errors(response)[:MOST_ERRORS])
    return f" ({words})" if words else ""


def _errors(response: dns.message.Message) -> list[dns.edns.EDEOption]:
    return [option for option in response.options if isinstance(option, dns.edns.EDEOption)]
