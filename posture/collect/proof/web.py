"""A challenge's token as a file on a web server: at the very path, without a redirect, and not on every path."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from posture.collect.addresses import plain
from posture.collect.dns.lookup import Lookup, State
from posture.collect.network.conversation import Conversation
from posture.collect.network.web.answer import Answer, Request
from posture.collect.network.web.exchange import Failed, Line
from posture.collect.proof.looked import Looked, Shown
from posture.collect.proof.places import PATH, address_of, made_up_path
from posture.collect.proof.shared import operator_in_headers, operator_of, operator_of_name
from posture.collect.scope import ProofPermit, ScopeGate
from posture.model.challenge import Challenge
from posture.model.customer import IPAddress
from posture.model.text import visible

SECONDS = 5.0  # of one request, the connection included
MOST_BODY = 1024  # bytes
MOST_READ = 32_768  # bytes of one answer with its head
MOST_ADDRESSES = 4  # of a domain
MOST_AN_HOUR = 8  # addresses that are asked for one challenge
_WITHOUT = "the file must be served over http at its very path, without a redirect"


class _NotThere(Exception):
    """The token is not there as it has to be. The message says why, in words that follow "it"."""


@dataclass(slots=True)
class WebProof:
    """Looks for a challenge's token on the web server of its target.

    `allowed` tells whether an address may be contacted for it at all, `asked` how many were within the last hour.
    """

    challenge: Challenge
    gate: ScopeGate
    lookups: Sequence[Lookup]
    allowed: Callable[[IPAddress], bool]
    asked: int
    agent: str
    clock: Callable[[], datetime]

    def look(self) -> Looked:
        """Ask, of a domain each of its addresses (4 at most).

        Raises:
            NotAuthorized: the challenge has expired, or was revoked.
        """
        own = address_of(self.challenge.target)
        if own is not None:
            return self._at([plain(own)], "", ())
        try:
            addresses, shared_name = self._addresses()
        except _NotThere as error:
            return Looked(reason=str(error), step="mend the domain's addresses in the DNS, then check again")
        kept = [one for one in addresses if self.allowed(one)]
        left = tuple(
            f"{one} is no public address and in no allocation or contract of this customer: it was not contacted"
            for one in addresses
            if one not in kept
        )
        return self._at(kept[:MOST_ADDRESSES], shared_name, left)

    def _at(self, addresses: Sequence[IPAddress], shared_name: str, notes: tuple[str, ...]) -> Looked:
        shown: list[Shown] = []
        refusals: list[str] = []
        said = list(notes)
        for address in addresses:
            if self.asked >= MOST_AN_HOUR:
                refusals.append(f"{address} was not asked: {MOST_AN_HOUR} times within an hour is all; try again later")
                break
            self.asked += 1
            try:
                shown += self._visit(address, shared_name, said)
            except _NotThere as error:
                refusals.append(f"{address}: it {error}")
        if shown:
            unique = {one.target: one for one in reversed(shown)}
            return Looked(tuple(unique[one] for one in sorted(unique)), notes=(*said, *refusals))
        reason = "; ".join(refusals) or "none of its addresses may be contacted"
        step = f"serve one line, {self.challenge.text}, at {self._url(PATH)}: {_WITHOUT}"
        return Looked(reason=reason, step=step, notes=tuple(said))

    def _visit(self, address: IPAddress, shared_name: str, notes: list[str]) -> list[Shown]:
        paths = (PATH, made_up_path())
        permit = self.gate.permit_proof(self.challenge, address, paths)
        result = "the token is not there"
        try:
            answer = self._token_at(permit, self._host)
            result = "the token is there"
        finally:
            self.gate.record_proof(permit, result)
        seen = f"{self._url(PATH)} from {address}: status 200 and the token; not at a made-up path"
        if address_of(self.challenge.target) is not None:
            return [Shown(self.challenge.target, seen)]
        shown = [Shown(self.challenge.target, seen)]
        operator = operator_of(address) or shared_name or operator_in_headers(answer.headers)
        if operator:
            notes.append(f"{address} is shared with others ({operator}): it is left alone, the domain is proven")
            return shown
        try:
            self._token_at(permit, _bracketed(address))
        except _NotThere:
            notes.append(
                f"{address} serves the token under the domain's name only, so it may serve others as well: it is left "
                f"alone. To have it looked at, prove it: --address {address}"
            )
            return shown
        return [*shown, Shown(str(address), f"http://{_bracketed(address)}{PATH}: status 200 and the token")]

    def _token_at(self, permit: ProofPermit, host: str) -> Answer:
        """The answer that holds the token.

        Raises:
            _NotThere: there is none, or every path has it.
        """
        answer = self._ask(permit, host, permit.paths[0])
        if 300 <= answer.status < 400:
            to = next((value for name, value in answer.headers if name == "location"), "")
            raise _NotThere(f"answers with a redirect to {visible(to, 100)}, which is not followed")
        if answer.status != 200:
            raise _NotThere(f"answers with status {answer.status}")
        if answer.cut or answer.body.strip() != self.challenge.text.encode():
            raise _NotThere("serves something else than the one line with this challenge's token")
        other = self._ask(permit, host, permit.paths[1])
        if self.challenge.text.encode() in other.body:
            raise _NotThere("serves the token at every path, also at one that was made up just now")
        return answer

    def _ask(self, permit: ProofPermit, host: str, path: str) -> Answer:
        try:
            connection = self.gate.connect_proof(permit, SECONDS)
        except OSError as error:
            raise _NotThere(f"cannot be connected to on port 80 ({error.strerror or error})") from error
        talk = Conversation(connection, self.clock, time.monotonic() + SECONDS, limit=SECONDS, most=MOST_READ)
        try:
            return Line(talk, host, self.agent, self.clock, wire=MOST_READ).ask(Request(path, most=MOST_BODY))
        except Failed as error:
            raise _NotThere(str(error)) from error
        finally:
            talk.close()

    @property
    def _host(self) -> str:
        own = address_of(self.challenge.target)
        return self.challenge.target if own is None else _bracketed(own)

    def _url(self, path: str) -> str:
        return f"http://{self._host}{path}"

    def _addresses(self) -> tuple[list[IPAddress], str]:
        """Those that all resolvers know, and whose the name is that they belong to, where that is shared by many.

        Raises:
            _NotThere: none.
        """
        every = [_told(self.challenge.target, lookup) for lookup in self.lookups]
        common = [one for one in every[0][0] if all(one in addresses for addresses, _ in every)]
        if not common:
            empty = not any(addresses for addresses, _ in every)
            raise _NotThere("the domain has no address" if empty else "the resolvers do not agree on its addresses")
        return common, next(filter(None, (operator_of_name(alias) for _, aliases in every for alias in aliases)), "")


def _told(domain: str, lookup: Lookup) -> tuple[list[IPAddress], list[str]]:
    answers = [lookup.ask(domain, kind) for kind in ("A", "AAAA")]
    if all(answer.state is State.FAILED for answer in answers):
        raise _NotThere(f"the addresses of {domain} are not known: {answers[0].failed}")
    return _parsed(record for answer in answers for record in answer.records), [a.alias for a in answers if a.alias]


def _parsed(records: Iterable[Any]) -> list[IPAddress]:
    return list(dict.fromkeys(plain(ip_address(str(record.address))) for record in records))


def _bracketed(address: IPAddress) -> str:
    return f"[{address}]" if address.version == 6 else str(address)
