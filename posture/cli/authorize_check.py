from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

import click

from posture.cli.errors import Exit, Usage
from posture.cli.options import database_option, existing, now
from posture.cli.output import note, say
from posture.cli.proven import by_word
from posture.cli.wiring import revocations
from posture.collect.network.identity import Identity
from posture.collect.proof.looked import Looked, Shown
from posture.collect.scope import Revoked, ScopeError, ScopeGate
from posture.engine.clock import utc_now
from posture.model.challenge import Challenge
from posture.model.customer import AuthorizationMethod, Customer, IPAddress
from posture.model.grant import Grant, Proof
from posture.model.text import visible
from posture.policy.load import default_policy
from posture.store.store import Store

SECONDS = 120.0  # for all questions to the DNS of one challenge
PURPOSE = "look for the token of a challenge"
AN_HOUR = timedelta(hours=1)


@click.command()
@click.argument("customer")
@click.option("--resolver", "resolvers", multiple=True, metavar="A#P", help="Ask this one; repeatable: all must agree.")
@database_option
def check(customer: str, resolvers: tuple[str, ...], database: str) -> int:
    """Look for the tokens that CUSTOMER was asked to publish, and keep what was seen, when, and until when it counts.

    \b
    posture authorize check new-gmbh
    posture authorize check new-gmbh --resolver 192.0.2.53 --resolver 198.51.100.53#5353

    The DNS is asked through each resolver of --resolver or POSTURE_RESOLVER (else the system's): all must agree. A web
    server is asked for two paths on port 80, a few times an hour at most, and for nothing else.

    Exit codes: 0 all is proven; 3 some is not; 4 nothing is.
    """
    with existing(database) as store:
        revoked = revocations(store)
        asked = _asked(store, customer)
        named = ",".join(resolvers) or os.environ.get("POSTURE_RESOLVER", "")
        results = [(target, _any_proven(store, many, named, revoked)) for target, many in asked.items()]
    proven = sum(_print(target, looked) for target, looked in results)
    if proven == len(results):
        last = max((one for many in asked.values() for one in many), key=lambda one: one.issued)
        note(f"  next: posture precheck --name {shlex.quote(last.name)} --authorization {shlex.quote(last.reference)}")
        return Exit.DONE
    return Exit.INCOMPLETE if proven else Exit.NOT_AUTHORIZED


def _asked(store: Store, customer: str) -> dict[str, list[Challenge]]:
    """The challenges that count, by target: the newest of each method."""
    challenges = store.challenges(customer)
    if not challenges:
        raise Usage(
            f"{visible(customer, 80)} was not asked to publish anything",
            f"posture authorize start {visible(customer, 80)} --domain DOMAIN --method dns-txt",
        )
    newest = {(one.target, one.method): one for one in challenges}
    found: dict[str, list[Challenge]] = {}
    for (target, _), one in newest.items():
        found.setdefault(target, []).append(one)
    return found


def _print(target: str, looked: Looked) -> bool:
    if looked.shown:
        say(f"{target}: proven")
        for one in looked.shown:
            say(f"  {one.target}: {one.seen}")
    else:
        say(f"{target}: not proven: {looked.reason}")
        if looked.step:
            say(f"  next: {looked.step}")
    for line in looked.notes:
        say(f"  {line}")
    return bool(looked.shown)


def _any_proven(store: Store, challenges: Sequence[Challenge], resolvers: str, revoked: Revoked) -> Looked:
    """What came of the challenges for one target: the first that is proven, else the last."""
    looked = Looked()
    for one in reversed(challenges):
        looked = _checked(store, one, resolvers, revoked)
        if looked.shown:
            break
    return looked


def _checked(store: Store, challenge: Challenge, resolvers: str, revoked: Revoked) -> Looked:
    at, kept = now(), store.grant(challenge.reference)
    renew = f"posture authorize start {challenge.customer} for it again"
    if kept is not None and kept.covers(at) and (before := _before(kept, challenge)).shown:
        return before
    if revoked(challenge.customer, challenge.reference) is not None:
        return Looked(reason=f"{challenge.reference} was revoked", step=renew)
    if kept is not None and not kept.covers(at):
        return Looked(reason=f"{challenge.reference} ended on {kept.valid_until:%d %b %Y %H:%M %Z}", step=renew)
    if not challenge.open_at(at):
        return Looked(reason=f"the token had to be there until {challenge.expires:%d %b %Y %H:%M %Z}", step=renew)
    try:
        looked = _Look(store, challenge, resolvers, revoked, at).look()
    except ScopeError as refusal:
        return Looked(reason=str(refusal), step=renew)
    if looked.shown:
        store.save_grant(_grant(challenge, looked))
    return looked


def _before(kept: Grant, challenge: Challenge) -> Looked:
    """What an earlier look showed."""
    found = [one for one in kept.proofs if one.target == challenge.target]
    return Looked(tuple(Shown(one.target, f"{one.seen}, on {one.at:%d %b %Y %H:%M %Z}") for one in found))


def _grant(challenge: Challenge, looked: Looked) -> Grant:
    at = now()
    return Grant(
        reference=challenge.reference,
        customer=challenge.customer,
        name=challenge.name,
        method=challenge.method,
        granted_by=f"whoever holds what was proven ({challenge.method})",
        valid_from=at,
        valid_until=challenge.valid_until,
        proofs=tuple(Proof(one.target, challenge.method, at, one.seen) for one in looked.shown),
        recorded_by=challenge.issued_by,
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """One look for one challenge's token, under that challenge alone."""

    store: Store
    challenge: Challenge
    resolvers: str
    revoked: Revoked
    at: datetime

    def look(self) -> Looked:
        """Look.

        Raises:
            ScopeError: the challenge is not open any more.
        """
        from posture.collect.dns.lookup import Lookup  # noqa: PLC0415  dnspython takes 60 ms to load
        from posture.collect.dns.resolvers import NoResolver, named_resolvers  # noqa: PLC0415
        from posture.collect.proof.dns import look_in_dns  # noqa: PLC0415
        from posture.collect.proof.web import WebProof  # noqa: PLC0415

        try:
            known = named_resolvers(self.resolvers)
        except NoResolver as error:
            raise Usage(str(error), "name one with --resolver ADDRESS or ADDRESS#PORT") from error
        nobody_yet = Customer(self.challenge.customer, self.challenge.name, self.challenge.authorization)
        gate = ScopeGate(nobody_yet, "authorize", utc_now, self.store, revoked=self.revoked)
        permit = gate.permit_service(self.challenge.target, PURPOSE)
        groups = [(one,) for one in known] if self.resolvers else [known]  # the system's stand in for each other
        end = utc_now().timestamp() + SECONDS
        with ExitStack() as closing:
            lookups = [Lookup(gate, permit, group, lambda: end - utc_now().timestamp()) for group in groups]
            for one in lookups:
                closing.callback(one.close)
            if self.challenge.method is AuthorizationMethod.DNS_TXT:
                return look_in_dns(self.challenge, lookups)
            provider = default_policy().provider
            agent = Identity(provider.name, provider.contact).user_agent
            return WebProof(
                self.challenge, gate, lookups, self._allowed, self._asked_within_the_hour(), agent, utc_now
            ).look()

    def _allowed(self, address: IPAddress) -> bool:
        """Whether a domain's address may be asked: a public one, or one that is the customer's by somebody's word."""
        if address.is_global:
            return True
        return any(address in network for network in by_word(self.store.grants(self.challenge.customer), self.at))

    def _asked_within_the_hour(self) -> int:
        since = self.at - AN_HOUR
        return sum(
            action.authorization == visible(self.challenge.reference)
            and action.what == visible(f"http proof of {self.challenge.target}")
            and action.result == "begins"
            for action in self.store.actions(self.challenge.customer, run="authorize", since=since)
        )
