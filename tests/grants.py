"""Authorizations that were verified, as the database keeps them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from posture.model.customer import AuthorizationMethod
from posture.model.grant import Grant, Proof
from posture.store.store import open_store


def keep_contract(
    folder: Path, reference: str, customer: str, name: str, *what: str, until: datetime | None = None
) -> str:
    """A signed contract about domains and addresses, kept in the folder's database; its reference."""
    now = datetime.now(UTC)
    networks = tuple(ip_network(one) for one in what if one[0].isdigit())
    domains = tuple(one for one in what if not one[0].isdigit())
    begun = now - timedelta(days=300)
    proofs = tuple(Proof(one, AuthorizationMethod.CONTRACT, begun, "signed by Jane Doe") for one in what)
    grant = Grant(
        reference, customer, name, AuthorizationMethod.CONTRACT, "Jane Doe", begun, until or now + timedelta(days=90),
        domains, networks, proofs,
    )  # fmt: skip
    with open_store(f"sqlite:///{folder}/posture.db") as store:
        store.save_grant(grant)
    return reference
