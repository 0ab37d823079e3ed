"""check_host() as receivers run it (RFC 7208, 4): one sender's address against a domain's record."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final

from posture.collect.email.spf.macros import BadMacro, Message, expanded
from posture.collect.email.spf.names import Ask, Found
from posture.collect.email.spf.record import ASKING, SpfSyntax, Term, is_spf, parse
from posture.facts.email.spf import SpfResult
from posture.model.customer import unmapped
from posture.model.text import visible

MOST_LOOKUPS: Final = 10  # terms that ask the DNS (RFC 7208, 4.6.4)
MOST_VOID: Final = 2  # questions that find nothing
MOST_NAMES: Final = 10  # exchangers of one mx, names of one ptr
DEEPEST: Final = 60  # records inside each other, where the limits are not kept to

_RESULT: Final = {
    "+": SpfResult.PASS, "-": SpfResult.FAIL, "~": SpfResult.SOFTFAIL, "?": SpfResult.NEUTRAL,
}  # fmt: skip
_LABEL = re.compile(r"[^\x00-\x1f\x7f.]{1,63}")  # a macro may give a space


class PermanentError(Exception):
    """The record cannot be evaluated, whoever looks (permerror). The message says why."""


class TemporaryError(Exception):
    """A question has no answer now (temperror). The message says which."""


@dataclass(slots=True)
class Visit:
    """A record on the way: `terms` are those that were evaluated, with what each found and asked."""

    domain: str
    text: str
    depth: int
    qualifiers: tuple[str, ...]
    terms: list[Step] = field(default_factory=list)
    error: str = ""


@dataclass(slots=True)
class Step:
    """One term, the name it is about, the networks it names, and the questions it took with all below it."""

    term: Term
    target: str = ""
    networks: tuple[str, ...] = ()
    lookups: int = 0
    void: int = 0


@dataclass(slots=True)
class Evaluation:
    """One run of check_host().

    `most_lookups` and `most_void` are where it gives up. `both`: the addresses of both families are asked for, and a
    match does not end it, to learn all that a record names.
    """

    ask: Ask
    message: Message
    most_lookups: int = MOST_LOOKUPS
    most_void: int = MOST_VOID
    most_names: int = MOST_NAMES
    both: bool = False
    lookups: int = 0
    void: int = 0
    why: str = ""
    visits: list[Visit] = field(default_factory=list)
    _client: str | None = None

    def result(self, domain: str) -> SpfResult:
        """What the domain's record says of the message; `why` holds the reason of an error."""
        self.message = replace(self.message, address=unmapped(self.message.address))  # RFC 7208, 5
        try:
            return self._record(domain.removesuffix("."), 0, ())
        except PermanentError as error:
            self.why = str(error)
            return SpfResult.PERMERROR
        except TemporaryError as error:
            self.why = str(error)
            return SpfResult.TEMPERROR

    def _record(self, domain: str, depth: int, qualifiers: tuple[str, ...]) -> SpfResult:
        if not _is_name(domain):
            return SpfResult.NONE
        if depth > DEEPEST:
            raise PermanentError("its records lead into each other without end")
        answer = self._asked(domain, "TXT", counted=False)
        texts = [text for text in answer.values if is_spf(text)]
        if not texts:
            return SpfResult.NONE
        if len(texts) > 1:
            raise PermanentError(f"{visible(domain)} has {len(texts)} SPF records, and only one is allowed")
        visit = Visit(domain, texts[0], depth, qualifiers)
        self.visits.append(visit)
        try:
            return self._terms(visit, parse(texts[0]))
        except (SpfSyntax, BadMacro) as error:
            visit.error = str(error)
            raise PermanentError(f"the record of {visible(domain)} is wrong: {error}") from error

    def _terms(self, visit: Visit, terms: tuple[Term, ...]) -> SpfResult:
        matched: SpfResult | None = None
        for term in (one for one in terms if one.qualifier):
            step = Step(term)
            visit.terms.append(step)
            before = self.lookups, self.void
            try:
                found = self._matches(term, step, visit)
            finally:
                step.lookups, step.void = self.lookups - before[0], self.void - before[1]
            if found and matched is None:
                matched = _RESULT[term.qualifier]
            if matched is not None and (not self.both or term.name == "all"):
                return matched
        redirect = next((one for one in terms if one.name == "redirect" and not one.qualifier), None)
        if redirect is None or matched is not None:
            return matched or SpfResult.NEUTRAL
        return self._redirected(redirect, visit)

    def _redirected(self, term: Term, visit: Visit) -> SpfResult:
        step = Step(term)
        visit.terms.append(step)
        before = self.lookups, self.void
        try:
            self._count(term)
            step.target = self._target(term, visit.domain)
            result = self._record(step.target, visit.depth + 1, visit.qualifiers)
        finally:
            step.lookups, step.void = self.lookups - before[0], self.void - before[1]
        if result is SpfResult.NONE:
            raise PermanentError(f"redirect={visible(step.target)} leads to no SPF record")
        return result

    def _matches(self, term: Term, step: Step, visit: Visit) -> bool:
        if term.name in ASKING:
            self._count(term)
        if term.name == "all":
            return True
        if term.network is not None:
            step.networks = (str(term.network),)
            return self.message.address in term.network
        step.target = self._target(term, visit.domain)
        if term.name == "include":
            return self._included(term, step, visit)
        if term.name == "ptr":
            return self._is_below(step.target)
        if term.name == "exists":
            return bool(self._addresses(step.target, "A"))
        names = [step.target] if term.name == "a" else self._exchangers(step.target)
        return self._holds(names, term, step)

    def _included(self, term: Term, step: Step, visit: Visit) -> bool:
        result = self._record(step.target, visit.depth + 1, (*visit.qualifiers, term.qualifier))
        if result is SpfResult.NONE:
            raise PermanentError(f"include:{visible(step.target)} leads to no SPF record")
        return result is SpfResult.PASS

    def _holds(self, names: list[str], term: Term, step: Step) -> bool:
        """Whether the client's address is in the networks around the names' addresses."""
        own = "A" if isinstance(self.message.address, IPv4Address) else "AAAA"
        found = [address for name in names for address in self._addresses(name, own, counted=term.name == "a")]
        if self.both:
            other = "AAAA" if own == "A" else "A"
            found += [one for name in names for one in self.ask(name, other).values]
        networks = []
        for text in found:
            address = ip_address(text)
            prefix = term.prefix4 if address.version == 4 else term.prefix6
            networks.append(ip_network((address, prefix), strict=False))
        step.networks = tuple(dict.fromkeys(map(str, networks)))
        return any(self.message.address in network for network in networks)

    def _exchangers(self, domain: str) -> list[str]:
        names = [name for name in self._asked(domain, "MX").values if name]
        if len(names) > self.most_names:
            raise PermanentError(f"mx:{visible(domain)} has more than {MOST_NAMES} exchangers")
        return names

    def _addresses(self, name: str, kind: str, *, counted: bool = True) -> tuple[str, ...]:
        return self._asked(name, kind, counted=counted).values

    def _is_below(self, domain: str) -> bool:
        """ptr: whether a validated name of the client is the domain or below it (RFC 7208, 5.5)."""
        ending = f".{domain.lower()}"
        return any(f".{name.lower()}".endswith(ending) for name in self._names())

    def _names(self) -> list[str]:
        """The client's names that lead back to its address; what has no answer counts as none (RFC 7208, 5.5)."""
        kind = "A" if isinstance(self.message.address, IPv4Address) else "AAAA"
        answer = self._asked(self.message.address.reverse_pointer, "PTR", needed=False)
        return [
            name
            for name in answer.values[:MOST_NAMES]
            if str(self.message.address) in {str(ip_address(one)) for one in self.ask(name, kind).values}
        ]

    def _target(self, term: Term, domain: str) -> str:
        if not term.target:
            return domain
        return expanded(term.target, domain, self.message, lambda: self._validated(domain)).removesuffix(".")

    def _validated(self, domain: str) -> str:
        if self._client is None:
            names = self._names()
            exact = [name for name in names if name.lower() == domain.lower()]
            below = [name for name in names if name.lower().endswith(f".{domain.lower()}")]
            self._client = (exact or below or names or ["unknown"])[0]
        return self._client

    def _count(self, term: Term) -> None:
        self.lookups += 1
        if self.lookups > self.most_lookups:
            raise PermanentError(f"it takes more than {self.most_lookups} DNS questions, at {visible(term.text, 80)}")

    def _asked(self, name: str, kind: str, *, counted: bool = True, needed: bool = True) -> Found:
        """One question; those that find nothing are counted, but for the records themselves.

        Raises:
            TemporaryError: no answer.
            PermanentError: too many that found nothing.
        """
        if not _is_name(name):
            return Found()
        found = self.ask(name, kind)
        if found.failed:
            if needed:
                raise TemporaryError(f"{kind} of {visible(name)}: {found.failed}")
            return Found()
        if counted and not found.values:
            self.void += 1
            if self.void > self.most_void:
                raise PermanentError(
                    f"more than {self.most_void} of its DNS questions find nothing, at {visible(name)}"
                )
        return found


def _is_name(name: str) -> bool:
    """Whether it is a domain name of at least two labels that can be asked for (RFC 7208, 4.3)."""
    labels = name.split(".")
    return len(labels) >= 2 and len(name) <= 253 and all(_LABEL.fullmatch(label) for label in labels)
