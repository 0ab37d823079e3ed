"""What receivers do with mail that a stranger sends under the domain's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from posture.facts.email.dmarc import LOWER, DmarcPolicy
from posture.facts.email.spf import SpfPolicy, SpfResult
from posture.facts.email.use import Fate, ForgedMail, Forgery
from posture.facts.email.zone import DnsZone
from posture.facts.unavailable import Unavailable

_FATE: Final = {"reject": Fate.REJECTED, "quarantine": Fate.QUARANTINED}
_DOES: Final = {
    Fate.REJECTED: "refuse it",
    Fate.QUARANTINED: "put it with the spam",
    Fate.MARKED: "deliver it as a rule, with a sign against it; some refuse it",
    Fate.DELIVERED: "deliver it",
}
_ASKS: Final = {
    "reject": "asks receivers to refuse it",
    "quarantine": "asks them to put it with the spam",
    "none": "asks for nothing",
}
_SPF: Final = {
    SpfResult.NONE: "No SPF record says who may send (none)",
    SpfResult.NEUTRAL: "SPF says neither yes nor no to the forger's server (neutral)",
    SpfResult.PASS: "SPF lets any server send (pass)",
    SpfResult.FAIL: "SPF says that the forger's server may not send (fail)",
    SpfResult.SOFTFAIL: "SPF says that the forger's server should not send (softfail)",
    SpfResult.TEMPERROR: "What SPF says is not known",
    SpfResult.PERMERROR: "The SPF record cannot be evaluated (permerror)",
}
_NOT_INHERITED: Final = "SPF records are not inherited: a subdomain has none unless it is given one (none)"
_AGAINST: Final = frozenset({SpfResult.FAIL, SpfResult.SOFTFAIL})


@dataclass(frozen=True, slots=True)
class _Message:
    """A forged message: its sender, what SPF says of the forger's server, in words; whose policy applies, and which."""

    sender: str
    spf: SpfResult
    said: str
    policy: str
    whose: str


def forged_mail(
    spf: SpfPolicy | Unavailable, dmarc: DmarcPolicy | Unavailable, zone: DnsZone | Unavailable
) -> ForgedMail | Unavailable:
    """Follow three forged messages through SPF and DMARC (RFC 7208; RFC 9989, 5.3) at a receiver that keeps to them.

    The forger has a server of his own and no DKIM key. What is not known makes the fate unknown; a policy for only a
    part of the mail counts one step lower, because receivers by RFC 7489 apply no more to the rest. Where every made-up
    name has records (a wildcard), there are no subdomains that do not exist.
    """
    if isinstance(dmarc, Unavailable):
        return dmarc
    result = _of_a_stranger(spf)
    said = f"{_SPF[result]}: {_unknown(spf)}" if result is SpfResult.TEMPERROR else _SPF[result]
    below = (result, said)
    if result is not SpfResult.TEMPERROR and (result is not SpfResult.PASS or dmarc.strict_spf):
        below = (SpfResult.NONE, _NOT_INHERITED)
    wildcard = isinstance(zone, DnsZone) and zone.wildcard_txt
    made_up = dmarc.subdomains if wildcard else dmarc.nonexistent
    above = (dmarc.organizational or dmarc.found_at) if dmarc.found_at == dmarc.domain else dmarc.found_at
    return ForgedMail(
        observed=dmarc.observed,
        domain=_forgery(_Message(f"anybody@{dmarc.domain}", result, said, dmarc.policy, dmarc.found_at), dmarc),
        subdomain=_forgery(_Message(f"anybody@anything.{dmarc.domain}", *below, dmarc.subdomains, above), dmarc),
        nonexistent=_forgery(_Message(f"anybody@made-up.{dmarc.domain}", *below, made_up, above), dmarc),
    )


def _of_a_stranger(spf: SpfPolicy | Unavailable) -> SpfResult:
    """What SPF says of the forger's server; he gets one among those that may send where that is every second one."""
    if isinstance(spf, Unavailable) or spf.unknown:
        return SpfResult.TEMPERROR
    return SpfResult.PASS if spf.everyone else spf.stranger


def _unknown(spf: SpfPolicy | Unavailable) -> str:
    return (spf.reason if isinstance(spf, Unavailable) else spf.unknown) or "there was no answer"


def _forgery(message: _Message, dmarc: DmarcPolicy) -> Forgery:
    if message.spf is SpfResult.TEMPERROR:
        return Forgery(message.sender, Fate.UNKNOWN, message.spf, message.policy, f"{message.said}.")
    if not message.policy and dmarc.unknown:
        why = f"Which DMARC policy applies is not known: {dmarc.unknown}."
        return Forgery(message.sender, Fate.UNKNOWN, message.spf, "", why)
    asked, words = _asked(message, dmarc)
    if message.spf is SpfResult.PASS:
        fate = Fate.DELIVERED
        words = "DMARC passes with it, whatever its policy" if message.policy else "Nothing else stands against it"
    else:
        fate = _FATE.get(asked, Fate.MARKED if message.spf in _AGAINST else Fate.DELIVERED)
    why = f"{message.said}. {words}. So receivers {_DOES[fate]}."
    return Forgery(message.sender, fate, message.spf, asked, why)


def _asked(message: _Message, dmarc: DmarcPolicy) -> tuple[str, str]:
    """The policy as receivers apply it, and how that is said."""
    policy = message.policy
    if not policy:
        return "", "No DMARC policy says what to do with the message"
    asked = LOWER[policy] if dmarc.testing else policy
    words = f"DMARC fails, as no signature of the domain is on it, and the policy of {message.whose} {_ASKS[policy]}"
    if asked != policy:
        words += f" (p={policy}), but only tests it (t=y): one step less is done"
    if dmarc.percent < 100 and policy != "none":
        asked = LOWER[policy]
        words += f", but by older rules only with {dmarc.percent} % of such mail (pct)"
    return asked, words
