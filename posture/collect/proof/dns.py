"""A challenge's token as a TXT record: seen through every resolver that is asked, and made by no wildcard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from posture.collect.dns.lookup import Answer, Lookup, State
from posture.collect.proof.looked import Looked, Shown
from posture.collect.proof.places import dns_name, made_up_name
from posture.model.challenge import Challenge
from posture.model.text import visible

_AGAIN = "repeat the check in a few minutes: resolvers keep what they heard before for the TTL of the zone"


@dataclass(frozen=True, slots=True)
class _Said:
    """What one resolver said; `reason` is empty where it has the token."""

    seen: str = ""
    reason: str = ""
    step: str = ""


def look_in_dns(challenge: Challenge, lookups: Sequence[Lookup]) -> Looked:
    """Whether all resolvers have the token at its name, each asked by a lookup of its own.

    A wildcard answers for every name below it (RFC 4592), so that whoever set it up has not answered for this one; and
    a CNAME that a wildcard made is followed no further. One that stands at the very name is: it was put there.

    Raises:
        NotAuthorized: the challenge has expired, or was revoked.
    """
    every = [_said(challenge, lookup) for lookup in lookups]
    lacking = [said for said in every if said.reason]
    if not lacking:
        return Looked((Shown(challenge.target, "; ".join(said.seen for said in every)),))
    if len(lacking) < len(every):
        reasons = "; ".join(said.reason for said in lacking)
        return Looked(reason=f"the resolvers do not agree: {reasons}; the others have it", step=lacking[0].step)
    return Looked(reason=lacking[0].reason, step=lacking[0].step)


def _said(challenge: Challenge, lookup: Lookup) -> _Said:
    name = dns_name(challenge.target)
    who = " or ".join(map(str, lookup.resolvers))
    answer = lookup.ask(name, "TXT")
    publish = f'publish: {name}. 300 IN TXT "{challenge.text}"'
    if answer.state is State.FAILED:
        return _Said(reason=f"TXT of {name}: {answer.failed}", step="repeat the check once it answers")
    if answer.state is not State.FOUND:
        return _Said(reason=f"there is no TXT record at {name} (through {who})", step=publish)
    if challenge.text not in {text.strip() for text in answer.texts}:
        others = any(text.strip().startswith("posture-challenge=") for text in answer.texts)
        what = "the token of another challenge stands" if others else "a TXT record without the token stands"
        return _Said(reason=f"{what} at {name} (through {who})", step=f"{publish}; {_AGAIN}")
    made = _made_by_wildcard(challenge, answer, lookup)
    if made is not None:
        return made
    led = f", which is an alias of {visible(answer.alias, 100)}" if answer.alias else ""
    return _Said(f"TXT at {name}{led} through {who} (DNSSEC: {answer.security})")


def _made_by_wildcard(challenge: Challenge, answer: Answer, lookup: Lookup) -> _Said | None:
    beside = made_up_name(challenge.target)
    other = lookup.ask(beside, "TXT")
    if other.state is State.FAILED:
        reason = f"whether a wildcard answers for every name cannot be told: TXT of {beside}: {other.failed}"
        return _Said(reason=reason, step="repeat the check once it answers")
    same_text = challenge.text in {text.strip() for text in other.texts}
    if not (same_text or (answer.alias and answer.alias == other.alias)):
        return None
    what = "the same token stands" if same_text else "the same alias stands"
    return _Said(
        reason=f"a wildcard answers for every name: {what} at {beside}, which was made up just now",
        step=f'publish the record at its very name, {dns_name(challenge.target)}., and take it out of the wildcard "*"',
    )
