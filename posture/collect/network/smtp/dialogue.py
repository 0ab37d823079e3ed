"""The one dialogue with a mail server: what it offers, whether its TLS works, whom it takes mail from and for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

from posture.collect.network.conversation import sendable
from posture.collect.network.smtp.chain import chain_of, described
from posture.collect.network.smtp.offers import Offers, name_in, offers_in
from posture.collect.network.smtp.recipients import expands_lists, tells_who_exists, try_unknown
from posture.collect.network.smtp.relay import concluded, transactions, try_relay
from posture.collect.network.smtp.session import REPLY_SECONDS, Dismissed, Over, Session
from posture.collect.network.software import named_in
from posture.collect.network.target import Target
from posture.collect.scope import ScopeError
from posture.facts.email.servers import MailServer, Taken
from posture.model.text import visible

SECONDS = 40.0  # of one dialogue; a server that counts errors lets each further one wait
MOST = 32_768  # bytes of one connection
PURPOSE = "speak SMTP without sending a message"
NO_DOMAIN = (
    "whether it relays was not asked: that takes a mailbox at a domain of the auditor's. Give the provider's contact "
    "in the policy as an e-mail address"
)
OWN_DOMAIN = "whether it relays was not asked: {} is the domain of the auditor's contact, and the server's own"
TRUSTS_ITSELF = "it takes mail for strangers from its own machine, as mail servers do; others were not tried"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to find out of one server. `name` is sent as SNI, `domains` are those of the customer.

    `exchanger_of` is the domain that it takes mail for, as the DNS says; empty for a port of a host: then it is asked
    by its own name. `domain_only`: only what depends on that domain is asked.
    """

    port: int
    tls: bool = False
    name: str = ""
    domains: tuple[str, ...] = ()
    exchanger_of: str = ""
    domain_only: bool = False


class _TlsBroken(Exception):
    """STARTTLS was agreed on and came to nothing: the connection is of no more use."""


def speak(target: Target, wanted: Wanted, seen: MailServer) -> tuple[MailServer, tuple[bytes, ...]]:
    """Have the dialogue; a second connection only where STARTTLS broke the first.

    Args:
        target: the address.
        wanted: what to find out.
        seen: what is known of the server before.

    Returns:
        What is known then, and the certificates that it sent.
    """
    if target.late:
        return replace(seen, not_asked="the time for it was over before it was asked"), ()
    dialogue = _Dialogue(target, wanted, seen)
    dialogue.run()
    return dialogue.seen, dialogue.chain


@dataclass(slots=True)
class _Dialogue:
    target: Target
    wanted: Wanted
    seen: MailServer
    chain: tuple[bytes, ...] = ()
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    def run(self) -> None:
        try:
            self._connection(with_starttls=True)
        except _TlsBroken:
            try:
                self._connection(with_starttls=False)
            except _TlsBroken:  # cannot be: it is not asked for
                return

    def _connection(self, *, with_starttls: bool) -> None:
        try:
            with self._session() as session:
                try:
                    self._begun(session, with_starttls=with_starttls)
                    self._asked(session)
                    session.leave()
                finally:
                    self._note(transcript=(*self.seen.transcript, *session.talk.transcript))
        except Over as error:
            self._ended(f"it {error}")
        except ScopeError as error:
            self._ended(str(error))
        except OSError as error:
            self._ended(visible(f"it took no connection: {error}", 200))

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """Raises ScopeError, OSError."""
        left = (self.target.deadline - self.target.clock()).total_seconds()
        self.until = min(self.until, time.monotonic() + max(0.0, left))
        way = self.target.approach(self.wanted.port, PURPOSE, tls=self.wanted.tls, seconds=REPLY_SECONDS, most=MOST)
        way = replace(way, server_name=sendable(self.wanted.name))
        with way.open() as talk:
            self._note(asked_from=str(talk.connection.getsockname()[0]))
            yield Session(talk, self.until, lambda: way.gate.still(way.permit))

    def _ended(self, why: str) -> None:
        """Nothing that was heard before is lost."""
        heard = any(entry.sent.startswith(("EHLO", "HELO")) for entry in self.seen.transcript)
        self._note(**{"ended" if heard else "not_asked": why})

    def _begun(self, session: Session, *, with_starttls: bool) -> None:
        greeting = session.greeting()
        self._note(helo=name_in(greeting.text), product=named_in(greeting.text)[0], tls=self.wanted.tls)
        offers = self._greeted(session)
        if self.wanted.tls:
            self._certified(session)
            return
        if with_starttls:
            self._note(starttls=offers.starttls, auth_in_clear=offers.passwords)
            if offers.starttls:
                self._start_tls(session)

    def _greeted(self, session: Session) -> Offers:
        me = self.target.identity.ehlo
        said = session.say("EHLO", me)
        if said.refused:
            said = session.say("HELO", me)
        if not said.positive:
            raise Over(f"did not take our greeting: {said.shown}")
        self._note(helo=self.seen.helo or name_in(said.text))
        return offers_in(said.text)

    def _start_tls(self, session: Session) -> None:
        try:
            agreed = session.say("STARTTLS")
        except Dismissed:
            raise
        except Over as error:
            self._note(starttls_works=False, tls_problem=f"asked for STARTTLS, it {error}")
            raise _TlsBroken from error
        if agreed.code != 220:
            self._note(starttls_works=False, tls_problem=f"asked for STARTTLS, it answered {agreed.shown}")
            return
        try:
            session.begin_tls(sendable(self.wanted.name))
        except OSError as error:
            self._note(starttls_works=False, tls_problem=visible(f"the TLS handshake failed: {error}", 200))
            raise _TlsBroken from error
        self._note(starttls_works=True)
        self._certified(session)
        self._greeted(session)  # what was said before TLS counts no more (RFC 3207, 4.2)

    def _certified(self, session: Session) -> None:
        self.chain = chain_of(session.talk.connection)
        if self.chain:
            digest, key, names = described(self.chain[0])
            self._note(certificate=digest, certificate_key=key, certificate_names=names)

    def _asked(self, session: Session) -> None:
        if not self.wanted.domain_only:
            self._relay(session)
        unknown = try_unknown(session, self._served())
        self._note(unknown_recipients=unknown.taken, recipients_domain=unknown.domain, recipients_reason=unknown.reason)
        if not self.wanted.domain_only:
            self._note(verifies=tells_who_exists(session))
            self._note(expands=expands_lists(session))

    def _relay(self, session: Session) -> None:
        auditor = self.target.identity.domain
        if not auditor:
            self._note(relay_reason=NO_DOMAIN)
            return
        theirs = next((one for one in (*self.wanted.domains, self.seen.helo) if _related(auditor, one)), "")
        if theirs:
            self._note(relay_reason=OWN_DOMAIN.format(auditor))
            return
        own = self.wanted.exchanger_of or next(iter((*self.wanted.domains, _parent(self.seen.helo))))
        planned = transactions(auditor, sendable(own), self.seen.helo, self.target.address)
        try:
            for attempt in try_relay(session, planned):
                self._note(attempts=(*self.seen.attempts, attempt))
        except (Over, ScopeError) as error:
            why = f"it {error}" if isinstance(error, Over) else str(error)
            self._relayed(Taken.UNKNOWN, f"not all ways were tried: {why}")
            raise
        self._relayed(concluded(self.seen.attempts))

    def _relayed(self, outcome: Taken, why: str = "") -> None:
        """What was accepted is known, however the dialogue went on."""
        wanted = outcome if outcome in {Taken.LATER, Taken.UNKNOWN} else Taken.ACCEPTED
        answers = (one.answer for one in self.seen.attempts if one.taken is wanted)
        if any(one.taken is Taken.ACCEPTED for one in self.seen.attempts):
            own = _same_machine(self.seen)
            outcome, why = (Taken.UNKNOWN, TRUSTS_ITSELF) if own else (Taken.ACCEPTED, "")
        elif outcome is not Taken.REFUSED:
            why = why or f"it answered {next(answers, 'nothing')}"
        self._note(relay=outcome, relay_reason=why)

    def _served(self) -> tuple[str, ...]:
        """The domains that it may take mail for; of a host what it calls itself: the others have exchangers."""
        if self.wanted.exchanger_of:
            return (sendable(self.wanted.exchanger_of),)
        names = (self.seen.helo, _parent(self.seen.helo))
        return tuple(name for name in names if name and name not in self.wanted.domains)

    def _note(self, **changes: object) -> None:
        self.seen = replace(self.seen, **changes)  # type: ignore[arg-type]


def _parent(name: str) -> str:
    """The domain of a host's name; empty for a name of two labels, whose parent is nobody's mail domain."""
    above = name.partition(".")[2]
    return above if "." in above else ""


def _related(one: str, other: str) -> bool:
    return bool(other) and (one == other or one.endswith(f".{other}") or other.endswith(f".{one}"))


def _same_machine(seen: MailServer) -> bool:
    return seen.asked_from == seen.address or ip_address(seen.address.partition("%")[0]).is_loopback
