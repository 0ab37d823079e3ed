from __future__ import annotations

import os
from collections.abc import Iterator

from posture.collect.dns.resolvers import NoResolver, named_resolvers
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
    yield (
        f"each mail exchanger in its networks, at most {MOST_ADDRESSES} addresses, on port 25: one connection "
        f"with {COMMANDS_SAID}; never DATA, so no message is sent"
    )
    yield f"the DNS through {visible(who)}: records of {visible(resource.id)} and of the names that these lead to"
