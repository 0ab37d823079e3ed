from __future__ import annotations

import os
from collections.abc import Iterator

from posture.collect.dns.lookup import MOST_QUESTIONS
from posture.collect.dns.resolvers import NoResolver, named_resolvers
from posture.collect.email.dkim.selectors import common_selectors
from posture.collect.email.routing import MOST_EXCHANGERS
from posture.collect.email.sending_hosts import MOST_HOSTS
from posture.collect.email.servers import MOST_ADDRESSES
from posture.collect.network.smtp.session import COMMANDS_SAID
from posture.model.resource import Resource
from posture.model.text import visible


def domain_contacts(resource: Resource) -> Iterator[str]:
    """What looking at a domain would ask, and whom."""
    try:
        who = ", ".join(map(str, named_resolvers(os.environ.get("POSTURE_RESOLVER", ""))))
    except NoResolver as error:
        who = str(error)
    name = visible(resource.id)
    yield f"the DNS through {visible(who)}, at most {MOST_QUESTIONS} questions, for these records:"
    yield from (f"  {line}" for line in _questions(name, resource))
    yield f"its policy of MTA-STS at mta-sts.{name}, port 443, by one HTTPS request, if that is in its networks"
    yield (
        f"each mail exchanger in its networks, at most {MOST_ADDRESSES} addresses, on port 25: one connection "
        f"with {COMMANDS_SAID}; never DATA, so no message is sent"
    )


def _questions(name: str, resource: Resource) -> Iterator[str]:
    """The names and types that are asked for; those that answers lead to are told by what leads there."""
    given = dict(resource.settings).get("dkim_selectors", "")
    selectors = f"{visible(given)} and {len(common_selectors())} common ones" if given else (
        f"{len(common_selectors())} common ones"
    )  # fmt: skip
    yield f"SOA, NS, MX, TXT of {name}; A and AAAA where it has no MX; SOA of the root; CAA of it and each name above"
    yield f"A, AAAA, TLSA (at _25._tcp) of each exchanger, at most {MOST_EXCHANGERS}"
    yield "TXT, A, AAAA, MX, PTR of what its SPF record includes or names"
    yield f"TXT below _domainkey.{name} for each selector: {selectors}"
    yield f"TXT of _dmarc.{name} and of the names above; TXT and MX of where its reports go"
    yield f"TXT of _mta-sts.{name}, _smtp._tls.{name}, default._bimi.{name}; A and AAAA of mta-sts.{name}"
    yield (
        f"TXT of names that nobody made, to see a wildcard; PTR of at most {MOST_HOSTS} addresses in its networks, and "
        "A or AAAA of the names that these lead to"
    )
