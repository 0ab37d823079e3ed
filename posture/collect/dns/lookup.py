"""Questions to the DNS for one look: each asked once, bounded in number and time, under a permit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import dns.exception
import dns.message
import dns.rcode

from posture.collect.dns.answer import Answer, State, extended_errors, failed, read, unchecked_helps
from posture.collect.dns.exchange import NoAnswer, exchange, question_of
from posture.collect.dns.resolvers import ResolverAddress
from posture.collect.dns.standing import Standing
from posture.collect.scope import ScopeGate, ServicePermit
from posture.facts.email.zone import Security
from posture.model.text import visible

SECONDS = 3.0  # for one try at one resolver
TRIES = 2  # of each resolver
MOST_QUESTIONS = 600  # of one look

__all__ = ["Answer", "Lookup", "LookupFailed", "State"]


class LookupFailed(Exception):
    """A question that what follows depends on has no answer. The message says which, and why."""


@dataclass(slots=True)
class Lookup:
    """Asks the resolvers in their order until one answers; safe to use from several threads.

    A resolver that stays silent again and again is not asked any more. The questions are told to the action log when it
    is closed, as one line.
    """

    gate: ScopeGate
    permit: ServicePermit
    resolvers: tuple[ResolverAddress, ...]
    seconds_left: Callable[[], float]
    most: int = MOST_QUESTIONS
    _known: dict[tuple[str, str], Answer] = field(default_factory=dict)
    _asking: dict[tuple[str, str], threading.Lock] = field(default_factory=dict)
    _standing: dict[ResolverAddress, Standing] = field(init=False)
    _asked: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._standing = {one: Standing(partial(self._exchange, one)) for one in self.resolvers}

    def ask(self, name: str, kind: str) -> Answer:
        r"""Ask for the records of a type (``TXT``, ``MX``...) at a name; the same question is asked once.

        Never raises for what the DNS does: that is `failed`.

        Args:
            name: in ASCII, with dnspython's escapes for what is no letter (``a\.b.example``).
            kind: type.

        Raises:
            NotAuthorized, OutsideWindow: the authorization or the window has ended.
        """
        key = (_plain(name), kind.upper())
        with self._lock:
            asking = self._asking.setdefault(key, threading.Lock())
        with asking:  # whoever asks the same meanwhile waits for this answer
            known = self._known.get(key)
            if known is None:
                known = self._known[key] = self._answer(*key)
            return known

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
        known = tuple(self._known.values())
        lacking = sum(answer.state is State.FAILED for answer in known)
        result = f"{len(known) - lacking} answered, {lacking} without an answer"
        who = ", ".join(map(str, self.resolvers))
        self.gate.record_calls(self.permit, f"DNS questions to the resolver {who}", result)

    def _answer(self, name: str, kind: str) -> Answer:
        with self._lock:
            self._asked += 1
            if self._asked > self.most:
                return failed(name, kind, f"more than {self.most} questions, which is all that one look asks")
        if not name.isascii():
            return failed(name, kind, "this is no name that can be asked for: write it in its ASCII form (xn--...)")
        try:
            question = question_of(name or ".", kind)
        except (dns.exception.DNSException, ValueError) as error:
            return failed(name, kind, f"this is no name that can be asked for ({visible(str(error), 80)})")
        return self._from_resolvers(name, kind, question)

    def _from_resolvers(self, name: str, kind: str, question: dns.message.QueryMessage) -> Answer:
        said = "no resolver to ask"
        for resolver in self.resolvers * TRIES:
            standing = self._standing[resolver]
            if standing.gone:
                said = f"the resolver {resolver} is not asked any more: {standing.gone}"
                continue
            if self.seconds_left() <= 0:
                return failed(name, kind, "the time was over")
            try:
                response = self._exchange(resolver, question)
            except NoAnswer as error:
                standing.silent()
                said = f"the resolver {resolver} gave no answer ({error})"
                continue
            standing.answered()
            if response.rcode() in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
                return read(name, kind, response, partial(self._checked, resolver))
            said, bogus = self._refused(name, kind, response, resolver)
            if bogus:
                return failed(name, kind, said, Security.BOGUS if resolver.trusted else Security.UNKNOWN)
        return failed(name, kind, said)

    def _checked(self, resolver: ResolverAddress, says_so: bool) -> Security:
        """What an answer's AD bit means: nothing from a resolver whose word does not count."""
        if not resolver.trusted:
            return Security.UNKNOWN
        if says_so:
            return Security.SECURE
        return Security.INSECURE if self._standing[resolver].validates() else Security.UNKNOWN

    def _refused(
        self, name: str, kind: str, response: dns.message.QueryMessage, resolver: ResolverAddress
    ) -> tuple[str, bool]:
        """Why the resolver has no answer, and whether that is signatures that do not hold.

        They do not where it answers once it does not check them, and still not when it does (RFC 4035, 3.2.2); unless
        not even those of the root hold for it.
        """
        said = f"the resolver {resolver} answered {dns.rcode.to_text(response.rcode())}{extended_errors(response)}"
        if response.rcode() != dns.rcode.SERVFAIL:
            return said, False
        try:
            unchecked = self._exchange(resolver, question_of(name, kind, unchecked=True))
            again = self._exchange(resolver, question_of(name, kind)) if unchecked_helps(unchecked) else None
        except NoAnswer:
            return said, False
        if again is None or again.rcode() != dns.rcode.SERVFAIL:
            return said, False
        if self._standing[resolver].finds_the_root_bogus():
            return f"{said}: it finds no signature good, not even the root's; look at its clock and trust anchor", False
        how = extended_errors(again) or extended_errors(response)
        return (
            f"its DNSSEC signatures do not hold: the resolver {resolver} answers only where they are not checked{how}",
            True,
        )

    def _exchange(self, resolver: ResolverAddress, question: dns.message.QueryMessage) -> dns.message.QueryMessage:
        """One exchange.

        Raises:
            NoAnswer: there was none, or no time is left for one.
            NotAuthorized, OutsideWindow: the authorization or the window has ended.
        """
        left = self.seconds_left()
        if left <= 0:
            raise NoAnswer("the time was over")
        self.gate.still_asking(self.permit)
        return exchange(question, resolver, min(SECONDS, left))


def _plain(name: str) -> str:
    return name.removesuffix(".").lower()
