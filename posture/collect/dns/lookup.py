"""Questions to the DNS for one look: each asked once, bounded in number and time, under a permit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.resolver

from posture.collect.dns.resolvers import ResolverAddress
from posture.collect.scope import ScopeGate, ServicePermit
from posture.facts.email.zone import Security
from posture.model.text import visible

SECONDS = 3.0  # for one try at one resolver
TRIES = 2  # of each resolver
MOST_QUESTIONS = 600  # of one look
MOST_RECORDS = 200  # of one answer
PAYLOAD = 1232  # bytes over UDP (dnsflagday.net/2020); longer answers come over TCP


class State(StrEnum):
    """How a question ended."""

    FOUND = "found"
    NO_DATA = "no data"  # the name exists, without records of that type (RFC 2308, 2.2)
    NO_NAME = "no name"  # NXDOMAIN: neither it nor anything below it exists (RFC 8020)
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the DNS said to one question.

    `records` are dnspython's, in a fixed order. `canonical` is the name they stand at, after CNAMEs. `failed` says why
    there is no answer. `security` is what a resolver whose word counts said of it.
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
        return self.canonical if self.canonical and self.canonical != self.name.rstrip(".").lower() else ""


class LookupFailed(Exception):
    """A question that what follows depends on has no answer. The message says which, and why."""


@dataclass(slots=True)
class Lookup:
    """Asks the resolvers in their order until one answers; safe to use from several threads.

    The questions are told to the action log when it is closed, as one line a resolver.
    """

    gate: ScopeGate
    permit: ServicePermit
    resolvers: tuple[ResolverAddress, ...]
    seconds_left: Callable[[], float]
    most: int = MOST_QUESTIONS
    _known: dict[tuple[str, str], Answer] = field(default_factory=dict)
    _asked: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, name: str, kind: str) -> Answer:
        """Ask for the records of a type (``TXT``, ``MX``...) at a name; the same question is asked once.

        Never raises for what the DNS does: that is `failed`.

        Raises:
            NotAuthorized, OutsideWindow: the authorization or the window has ended.
        """
        key = (name.rstrip(".").lower(), kind)
        with self._lock:
            if key in self._known:
                return self._known[key]
            self._asked += 1
            beyond = self._asked > self.most
        answer = _failed(*key, "more questions than one look asks") if beyond else self._answer(*key)
        with self._lock:
            return self._known.setdefault(key, answer)

    def found(self, name: str, kind: str) -> Answer:
        """Like `ask`, for what everything else depends on.

        Raises:
            LookupFailed: there is no answer.
            NotAuthorized, OutsideWindow: the authorization or the window has ended.
        """
        answer = self.ask(name, kind)
        if answer.state is State.FAILED:
            raise LookupFailed(f"{kind} of {visible(name)}: {answer.failed}")
        return answer

    def close(self) -> None:
        """Tell the log what was asked."""
        who = ", ".join(map(str, self.resolvers))
        failed = sum(answer.state is State.FAILED for answer in self._known.values())
        result = f"{len(self._known) - failed} answered, {failed} without an answer"
        self.gate.record_calls(self.permit, f"DNS questions to the resolver {who}", result)

    def _answer(self, name: str, kind: str) -> Answer:
        try:
            question = dns.message.make_query(name, kind, use_edns=0, want_dnssec=True, payload=PAYLOAD)
        except (dns.exception.DNSException, UnicodeError, ValueError) as error:
            return _failed(name, kind, f"this is no name that can be asked for ({visible(str(error), 80)})")
        question.flags |= dns.flags.AD
        said = "no resolver to ask"
        for resolver in self.resolvers * TRIES:
            left = self.seconds_left()
            if left <= 0:
                return _failed(name, kind, "the time was over")
            self.gate.still_asking(self.permit)
            try:
                response = _asked(question, resolver, min(SECONDS, left))
            except (dns.exception.DNSException, OSError, ValueError) as error:
                said = f"the resolver {resolver} gave no answer ({visible(str(error) or type(error).__name__, 80)})"
                continue
            if response.rcode() in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
                return _read(name, kind, response, resolver)
            said = self._refused(question, response, resolver)
            if _BOGUS in said:
                return _failed(name, kind, said, Security.BOGUS)
        return _failed(name, kind, said)

    def _refused(
        self, question: dns.message.QueryMessage, response: dns.message.Message, resolver: ResolverAddress
    ) -> str:
        """Why the resolver has no answer: told apart are signatures that do not hold (RFC 4035, 3.2.2: the CD bit)."""
        code = dns.rcode.to_text(response.rcode())
        if response.rcode() == dns.rcode.SERVFAIL and self.seconds_left() > 0:
            unchecked = dns.message.make_query(
                question.question[0].name, question.question[0].rdtype, use_edns=0, want_dnssec=True, payload=PAYLOAD
            )
            unchecked.flags |= dns.flags.CD
            try:
                again = _asked(unchecked, resolver, min(SECONDS, max(0.1, self.seconds_left())))
            except (dns.exception.DNSException, OSError, ValueError):
                return f"the resolver {resolver} answered {code}"
            if again.rcode() in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
                return f"{_BOGUS}: the resolver {resolver} answers only where they are not checked"
        return f"the resolver {resolver} answered {code}"


_BOGUS = "its DNSSEC signatures do not hold"


def _asked(question: dns.message.QueryMessage, resolver: ResolverAddress, seconds: float) -> dns.message.Message:
    """One exchange, over TCP where the answer does not fit.

    Raises:
        DNSException, OSError, ValueError: no answer, or none that can be read.
    """
    end = time.monotonic() + seconds
    response, _ = dns.query.udp_with_fallback(
        question, resolver.address, timeout=seconds, port=resolver.port, ignore_unexpected=True, ignore_errors=True
    )
    if time.monotonic() > end + 1:
        raise dns.exception.Timeout
    return response


def _read(name: str, kind: str, response: dns.message.Message, resolver: ResolverAddress) -> Answer:
    security = Security.UNKNOWN
    if resolver.trusted:
        security = Security.SECURE if response.flags & dns.flags.AD else Security.INSECURE
    try:
        chain = response.resolve_chaining()  # type: ignore[attr-defined]  # of QueryMessage, which it is
    except (dns.exception.DNSException, ValueError) as error:
        return _failed(name, kind, f"the answer cannot be followed ({visible(str(error), 80)})")
    canonical = chain.canonical_name.to_text(omit_final_dot=True).lower()
    if response.rcode() == dns.rcode.NXDOMAIN:
        return Answer(name, kind, State.NO_NAME, canonical=canonical, security=security)
    if chain.answer is None:
        return Answer(name, kind, State.NO_DATA, canonical=canonical, security=security)
    records = _ordered(chain.answer)
    return Answer(name, kind, State.FOUND, records, canonical, security=security)


def _ordered(records: Sequence[Any]) -> tuple[Any, ...]:
    """Servers turn the order from answer to answer; facts must not change with it."""
    return tuple(sorted(records, key=lambda record: record.to_text()))[:MOST_RECORDS]


def _failed(name: str, kind: str, why: str, security: Security = Security.UNKNOWN) -> Answer:
    return Answer(name, kind, State.FAILED, failed=why, security=security)
