from __future__ import annotations

import os
from collections.abc import Iterator

from posture.collect.dns.resolvers import NoResolver, named_resolvers
from posture.model.resource import Resource
from posture.model.text import visible


def domain_contacts(resource: Resource) -> Iterator[str]:
    """What looking at a domain would ask, and whom."""
    try:
        who = ", ".join(map(str, named_resolvers(os.environ.get("POSTURE_RESOLVER", ""))))
    except NoResolver as error:
        who = str(error)
    yield f"the DNS through {visible(who)}: records of {visible(resource.id)} and of the names that these lead to"
