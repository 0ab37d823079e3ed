"""Who proved what to be theirs, what has still to be published for it, and what was revoked: append-only histories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, true

from posture.model.challenge import Challenge
from posture.model.customer import AuthorizationMethod, IPNetwork
from posture.model.grant import Grant, Proof
from posture.model.revocation import Revocation
from posture.model.text import visible
from posture.store import schema
from posture.store.database import EVERYONE, OnDatabase

_grant = schema.verified_grant.c
_proof = schema.proof.c
_challenge = schema.challenge.c
_revocation = schema.revocation.c

SEEN = 2000  # characters of what showed a proof


class Grants(OnDatabase):
    """Adding and reading authorizations that this program has verified, and revocations of any."""

    __slots__ = ()

    def grant(self, reference: str) -> Grant | None:
        """The authorization of this reference, ended or not; None where none was verified."""
        found = self._grants(_grant.reference == reference)
        return found[0] if found else None

    def grants(self, customer: str = "") -> tuple[Grant, ...]:
        """All of a customer, or of everybody, ended or not: by customer, the oldest first."""
        return self._grants(_grant.customer == customer if customer else true())

    def save_grant(self, grant: Grant) -> None:
        """Keep an authorization, or add the proofs of it that are new to the one that is kept under its reference.

        Raises:
            ValueError: it has no proof, or the reference is another customer's.
            StoreError: it could not be written.
        """
        if not grant.proofs:
            raise ValueError("an authorization without a proof says nothing")
        with self.database.writing(EVERYONE) as connection:
            self.database.queue_up(connection, "verified_grant")
            known = connection.execute(select(_grant.customer).where(_grant.reference == grant.reference)).scalar()
            if known is not None and known != grant.customer:
                raise ValueError(f"the reference {visible(grant.reference, 100)} is another customer's")
            if known is None:
                connection.execute(insert(schema.verified_grant).values(**_columns(grant)))
            _add_proofs(connection, grant)

    def add_challenges(self, challenges: Sequence[Challenge]) -> None:
        """Keep what was issued.

        Raises:
            StoreError: it could not be written.
        """
        with self.database.writing(EVERYONE) as connection:
            for one in challenges:
                connection.execute(
                    insert(schema.challenge).values(
                        customer=one.customer,
                        reference=one.reference,
                        target=one.target,
                        name=visible(one.name, 200),
                        method=str(one.method),
                        token=one.token,
                        issued=one.issued,
                        issued_by=visible(one.issued_by, 200),
                        expires=one.expires,
                        valid_until=one.valid_until,
                    )
                )

    def challenges(self, customer: str = "", reference: str = "") -> tuple[Challenge, ...]:
        """What was issued, expired or not, in the order it was: of a customer, of a reference, or all."""
        wanted = select(schema.challenge).order_by(_challenge.issued, _challenge.reference, _challenge.target)
        if customer:
            wanted = wanted.where(_challenge.customer == customer)
        if reference:
            wanted = wanted.where(_challenge.reference == reference)
        with self.database.reading(customer or EVERYONE) as connection:
            return tuple(map(_challenge_of, connection.execute(wanted)))

    def revoke(self, revocation: Revocation) -> Revocation:
        """End an authorization, verified or the inventory's; the number is the database's to give.

        Raises:
            StoreError: it could not be written, so it is not ended.
        """
        with self.database.writing(revocation.customer) as connection:
            self.database.queue_up(connection, "revocation")  # so that a smaller number never appears after a larger
            new = connection.execute(
                insert(schema.revocation)
                .values(
                    customer=revocation.customer,
                    reference=revocation.reference,
                    at=revocation.at,
                    revoked_by=visible(revocation.by, 200),
                    reason=visible(revocation.reason, 1000),
                )
                .returning(schema.revocation)
            ).one()
        return _revocation_of(new)

    def revoked_since(self, number: int = 0) -> tuple[Revocation, ...]:
        """What was revoked after the revocation of this number; all with 0."""
        wanted = select(schema.revocation).where(_revocation.id > number).order_by(_revocation.id)
        with self.database.reading(EVERYONE) as connection:
            return tuple(map(_revocation_of, connection.execute(wanted)))

    def _grants(self, which: ColumnElement[bool]) -> tuple[Grant, ...]:
        wanted = select(schema.verified_grant).where(which)
        of_those = _proof.reference.in_(select(_grant.reference).where(which))
        ends = select(schema.revocation).where(
            _revocation.customer == _grant.customer, _revocation.reference == _grant.reference, which
        )
        with self.database.reading(EVERYONE) as connection:
            rows = connection.execute(wanted.order_by(_grant.customer, _grant.valid_from, _grant.reference)).all()
            proofs = connection.execute(select(schema.proof).where(of_those).order_by(_proof.at, _proof.target)).all()
            ended = connection.execute(ends.order_by(_revocation.id.desc())).all()
        by_reference: defaultdict[str, list[Proof]] = defaultdict(list)
        for row in proofs:
            by_reference[row.reference].append(Proof(row.target, AuthorizationMethod(row.method), row.at, row.seen))
        first = {(row.customer, row.reference): _revocation_of(row) for row in ended}
        return tuple(
            _grant_of(row, by_reference[row.reference], first.get((row.customer, row.reference))) for row in rows
        )


def _columns(grant: Grant) -> dict[str, Any]:
    return {
        "customer": grant.customer,
        "reference": grant.reference,
        "name": visible(grant.name, 200),
        "method": str(grant.method),
        "granted_by": visible(grant.granted_by, 200),
        "recorded_by": visible(grant.recorded_by, 200),
        "valid_from": grant.valid_from,
        "valid_until": grant.valid_until,
    }


def _add_proofs(connection: Connection, grant: Grant) -> None:
    known = set(connection.scalars(select(_proof.target).where(_proof.reference == grant.reference)))
    for one in grant.proofs:
        if one.target not in known:
            known.add(one.target)
            connection.execute(
                insert(schema.proof).values(
                    customer=grant.customer,
                    reference=grant.reference,
                    target=one.target,
                    method=str(one.method),
                    at=one.at,
                    seen=visible(one.seen, SEEN),
                )
            )


def _grant_of(row: Row[Any], proofs: Iterable[Proof], ended: Revocation | None) -> Grant:
    every = tuple(proofs)
    networks = tuple(network for network in (_network(one.target) for one in every) if network is not None)
    return Grant(
        reference=row.reference,
        customer=row.customer,
        name=row.name,
        method=AuthorizationMethod(row.method),
        granted_by=row.granted_by,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        domains=tuple(one.target for one in every if _network(one.target) is None),
        networks=networks,
        proofs=every,
        recorded_by=row.recorded_by,
        revoked=_end(ended),
        revoked_why=ended.reason if ended else "",
    )


def _end(ended: Revocation | None) -> datetime | None:
    return ended.at if ended else None


def _network(target: str) -> IPNetwork | None:
    try:
        return ip_network(target)
    except ValueError:
        return None


def _challenge_of(row: Row[Any]) -> Challenge:
    return Challenge(
        row.reference,
        row.customer,
        row.name,
        row.target,
        AuthorizationMethod(row.method),
        row.token,
        row.issued,
        row.issued_by,
        row.expires,
        row.valid_until,
    )


def _revocation_of(row: Row[Any]) -> Revocation:
    return Revocation(row.customer, row.reference, row.at, row.revoked_by, row.reason, row.id)
