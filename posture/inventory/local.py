from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Final

from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.resource import Resource, ResourceKind
from posture.model.text import visible

LOCAL_CUSTOMER: Final = "this-machine"
"""Id of the customer that is the machine the program runs on; no inventory may use it."""

_VALID_FOR: Final = timedelta(hours=24)


def local_inventory(now: datetime, user: str, hostname: str) -> Customer:
    """The machine the program runs on, as a customer who needs no inventory.

    Args:
        now: aware; the authorization holds for 24 hours from then.
        user: who runs the program, and so allows the audit.
        hostname: for the name on the report.
    """
    return Customer(
        id=LOCAL_CUSTOMER,
        name=f"This machine ({visible(hostname)})",
        authorization=Authorization(
            method=AuthorizationMethod.OWN_ALLOCATION,
            reference="local audit",
            granted_by=visible(user),
            valid_from=now,
            valid_until=now + _VALID_FOR,
        ),
        networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
        resources=(Resource(kind=ResourceKind.HOST, id="localhost", address="127.0.0.1", local=True),),
    )
