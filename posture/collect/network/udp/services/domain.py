"""DNS: whether a server does the resolver's work for strangers (RFC 1035, RFC 5358).

It is asked for the name servers of the root: every resolver has them at hand and asks nobody else for them, and no
server but the root's own is authoritative for them, and those with a local copy of the root (RFC 8806): resolvers,
which the root's own are not. So an answer that is not authoritative was made for a stranger, and one that is and
offers recursion comes from a resolver that offers it to strangers.
"""

from __future__ import annotations

from posture.collect.network.udp.request import Answers, Recognised, Request, UdpService, first
from posture.collect.network.udp.services.dns_message import NS, PTR, Message, query, response
from posture.facts.network import Login

_ROOT, _LOCAL = 0x5031, 0x5032
_NO_ERROR, _SERVER_FAILURE, _REFUSED = 0, 2, 5
_SERVICES = "_services._dns-sd._udp.local"


def _domain(answers: Answers) -> Recognised | None:
    message = response(first(answers), _ROOT)
    return _judged(message) if message else None


def _judged(message: Message) -> Recognised:
    """What an answer proves: recursion done, offered or tried in vain, the cache shown, or a large referral."""
    answered = message.code == _NO_ERROR and NS in message.answers
    if answered and not message.authoritative:
        weakness = "open-resolver" if message.recursion_available else "open-cache"
        return Recognised(Login.NOT_NEEDED, "", weakness=weakness)
    if answered and message.recursion_available:
        reason = "it answers from a copy of the root zone and offers recursion; whether it resolves was not tried"
        return Recognised(Login.UNKNOWN, reason, weakness="recursion-offered")
    tried = message.code == _SERVER_FAILURE or (message.code == _NO_ERROR and message.truncated)
    if tried and message.recursion_available and not message.authoritative:
        reason = "it offers recursion and tried it for us; it came to no answer"
        return Recognised(Login.UNKNOWN, reason, weakness="recursion-offered")
    if message.code == _NO_ERROR and NS in message.authority and not message.authoritative:
        return Recognised(Login.UNKNOWN, "it refers strangers to the root servers", weakness="upward-referral")
    if message.code == _REFUSED:
        return Recognised(Login.REFUSED, "it refuses to resolve names of others for us")
    return Recognised(Login.UNKNOWN, "it answers for its own zones only")


def _multicast(answers: Answers) -> Recognised | None:
    message = response(first(answers), _LOCAL)
    return Recognised(Login.NOT_NEEDED) if message and message.code == _NO_ERROR and message.answers else None


DOMAIN = UdpService(
    "domain",
    53,
    "RFC 1035; RFC 5358; CISA TA14-017A",
    (Request("NS of the root, recursion desired", query(_ROOT, "", NS, recursion=True, large=True)),),
    _domain,
)
MULTICAST_DNS = UdpService(
    "mdns",
    5353,
    "RFC 6762, 6.7 (an answer to one machine); RFC 6763, 9",
    (Request(f"PTR of {_SERVICES}", query(_LOCAL, _SERVICES, PTR, recursion=False)),),
    _multicast,
)
