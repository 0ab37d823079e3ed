"""The keys of all hosts of all customers: written with each host's look, asked when a customer is finished.

What crosses from one customer to another is a number. Names cross to the provider's own eyes only (`shared_keys`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from threading import Lock
from typing import TypeVar

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from posture.model.sighting import MOST_ELSEWHERE, FleetLook, KeyLook, KeyRole, KeySighting, KeysSeen, SharedKey
from posture.model.unit import ClaimedUnit
from posture.store import schema
from posture.store.database import EVERYONE, Database, OnDatabase
from posture.store.encoding import KEYS
from posture.store.portions import portions
from posture.store.runs import NUMBER, number_of

T = TypeVar("T")

SharedPrimes = Callable[[Mapping[str, int], Mapping[str, int]], Mapping[str, tuple[str, ...]]]
"""New and known moduli by fingerprint -> the partners of each that shares a prime, in both directions."""

KNOWN_FOR = timedelta(days=90)
"""How long other customers' keys count after they were seen last: a customer who has left leaves no trace for ever."""

CHUNK = 500  # values in one statement; SQLite takes 32,766, PostgreSQL 65,535

_look = schema.key_look.c
_sighting = schema.key_sighting.c
_modulus = schema.rsa_modulus.c
_prime = schema.shared_prime.c

# Built once: to build a statement takes several times as long as to send it.
_LOOK = (
    select(_look.body, _look.at, schema.run.c.seq, NUMBER.scalar_subquery().label("number"))
    .join_from(schema.key_look, schema.run, schema.run.c.id == _look.run)
    .where(_look.customer == bindparam("customer"), _look.resource == bindparam("resource"))
)
_OTHERS = select(func.count()).select_from(
    select(_sighting.customer)
    .join_from(
        schema.key_sighting,
        schema.key_look,
        (_look.customer == _sighting.customer) & (_look.resource == _sighting.resource),
    )
    .where(_sighting.fingerprint == bindparam("fingerprint"), _sighting.host_key == bindparam("host_key"))
    .where(_sighting.customer != bindparam("customer"), _look.at >= bindparam("since"))
    .distinct()
    .limit(MOST_ELSEWHERE)
    .subquery()
)

_NO_SIGHTINGS = delete(schema.key_sighting).where(
    _sighting.customer == bindparam("of_customer"), _sighting.resource == bindparam("of_resource")
)

_one_at_a_time = Lock()  # of a process's threads only one need hold the moduli against each other


class Sightings(OnDatabase):
    """Asking for keys across hosts."""

    __slots__ = ()

    def fleet(self, unit: ClaimedUnit) -> FleetLook:
        """The keys of the customer's resources, and how many other customers have them.

        Others count as they were seen in the 90 days before the unit's run began.
        """
        with self.database.reading(EVERYONE) as connection:
            run = connection.execute(
                select(schema.run.c.started, schema.run.c.seq).where(schema.run.c.id == unit.run)
            ).one()
            rows = connection.execute(
                select(_look.resource, schema.run.c.seq, _look.body)
                .join_from(schema.key_look, schema.run, schema.run.c.id == _look.run)
                .where(_look.customer == unit.customer)
                .order_by(_look.resource)
            )
            looks = tuple(KeyLook(row.resource, row.seq >= run.seq, KEYS.unpacked(row.body)) for row in rows)
            own = sorted({key.fingerprint for look in looks for key in look.seen.sightings})
            since = run.started - KNOWN_FOR
            elsewhere = tuple(_elsewhere(connection, unit.customer, own, since))
            primes = tuple(_primes(connection, unit.customer, own, since))
        return FleetLook(looks, elsewhere, primes)

    def judge_moduli(self, shared: SharedPrimes) -> None:
        """Hold RSA moduli that are new in the database against all others, and keep which ones share a prime.

        Outside any transaction: with a hundred thousand it takes long. Whoever does it twice comes to the same.
        """
        with _one_at_a_time:
            with self.database.reading(EVERYONE) as connection:
                if not connection.execute(select(_modulus.fingerprint).where(schema.NOT_JUDGED).limit(1)).first():
                    return
                rows = connection.execute(select(_modulus.fingerprint, _modulus.modulus, _modulus.judged)).all()
            known = {row.fingerprint: int.from_bytes(row.modulus) for row in rows if row.judged}
            new = {row.fingerprint: int.from_bytes(row.modulus) for row in rows if not row.judged}
            found = shared(new, known)
            pairs = sorted((one, other) for one, partners in found.items() for other in partners)
            with self.database.writing(EVERYONE) as connection:
                for some in portions(pairs, CHUNK):
                    values = [{"fingerprint": one, "partner": other} for one, other in some]
                    connection.execute(self.database.upsert(schema.shared_prime).on_conflict_do_nothing(), values)
                for names in portions(sorted(new), CHUNK):
                    connection.execute(
                        update(schema.rsa_modulus).where(_modulus.fingerprint.in_(names)).values(judged=True)
                    )

    def shared_keys(self) -> tuple[SharedKey, ...]:
        """Every key that several customers have, with all its places; those of most customers first.

        For the provider alone: it names customers to each other.
        """
        customers = func.count(_sighting.customer.distinct()).label("customers")
        wanted = (
            select(_sighting.fingerprint, _sighting.host_key, customers)
            .group_by(_sighting.fingerprint, _sighting.host_key)
            .having(customers > 1)
            .order_by(customers.desc(), _sighting.fingerprint, _sighting.host_key)
        )
        with self.database.reading(EVERYONE) as connection:
            keys = connection.execute(wanted).all()
            places = _places(connection, [key.fingerprint for key in keys])
        return tuple(
            SharedKey(key.fingerprint, key.host_key, key.customers, tuple(places[key.fingerprint, key.host_key]))
            for key in keys
        )


def keep(database: Database, connection: Connection, unit: ClaimedUnit, seen: KeysSeen, now: datetime) -> None:
    """Write what a look saw of a host's keys; of roles that it could not look at, what an earlier one saw stays.

    What a newer run has written stays, too. Nothing but the run's name is written where nothing changed. Keys that
    have stayed for longer than KNOWN_FOR do not count for other customers any more.
    """
    here = {"customer": unit.customer, "resource": unit.resource}
    row = connection.execute(_LOOK, {**here, "run": unit.run}).first()
    if row is not None and row.seq > row.number:
        return
    before = KEYS.unpacked(row.body) if row is not None else KeysSeen((), ())
    whole = _together(seen, before, row.at if row is not None else now)
    _note(database, connection, whole.sightings)
    stored = replace(whole, sightings=tuple(replace(key, modulus="") for key in whole.sightings))
    blind = {gap.role for gap in seen.gaps if gap.whole} == set(KeyRole)
    at = row.at if blind and row is not None else now
    values = {"run": unit.run, "at": at, "body": KEYS.packed(stored)}
    connection.execute(_looked_again(database.is_postgresql), {**here, **values})
    stale = {role for role, since in stored.kept if since < now - KNOWN_FOR}
    if row is None or stale or (stored.sightings, stored.kept) != (before.sightings, before.kept):
        _index(connection, unit, (key for key in stored.sightings if key.role not in stale))


@cache
def _looked_again(is_postgresql: bool) -> sqlite.Insert | postgresql.Insert:
    new = postgresql.insert(schema.key_look) if is_postgresql else sqlite.insert(schema.key_look)
    return new.on_conflict_do_update(
        index_elements=["customer", "resource"], set_={name: new.excluded[name] for name in ("run", "at", "body")}
    )


def forget_departed(connection: Connection, customer: str, run: str, present: Collection[str]) -> None:
    """Drop the keys of resources that left the inventory, unless a newer run has seen them there."""
    mine = select(number_of(run)).scalar_subquery()
    known = connection.execute(
        select(_look.resource)
        .join_from(schema.key_look, schema.run, schema.run.c.id == _look.run)
        .where(_look.customer == customer, schema.run.c.seq <= mine)
    ).scalars()
    for resource in sorted(set(known) - set(present)):
        _unindex(connection, customer, resource)
        connection.execute(delete(schema.key_look).where(_look.customer == customer, _look.resource == resource))


def _together(seen: KeysSeen, before: KeysSeen, looked: datetime) -> KeysSeen:
    """What was seen, with what was known before of the roles that none was seen of.

    Args:
        seen: what this look saw.
        before: what was known, from a look at `looked` and, for the roles that it kept, from looks before.
        looked: as above.
    """
    missing = {gap.role for gap in seen.gaps if gap.whole}
    kept = tuple(key for key in before.sightings if key.role in missing)
    known = dict(before.kept)
    since = tuple((role, known.get(role, looked)) for role in sorted({key.role for key in kept}))
    return replace(seen, sightings=(*seen.sightings, *kept), hostname=seen.hostname or before.hostname, kept=since)


def _note(database: Database, connection: Connection, sightings: Iterable[KeySighting]) -> None:
    """New moduli, in the order of their names: two writers must not wait for each other."""
    moduli = {key.fingerprint: bytes.fromhex(key.modulus) for key in sightings if key.modulus}
    for names in portions(sorted(moduli), CHUNK):
        known = set(connection.execute(select(_modulus.fingerprint).where(_modulus.fingerprint.in_(names))).scalars())
        rows = [{"fingerprint": n, "modulus": moduli[n], "judged": False} for n in names if n not in known]
        if rows:
            connection.execute(database.upsert(schema.rsa_modulus).on_conflict_do_nothing(), rows)


def _index(connection: Connection, unit: ClaimedUnit, sightings: Iterable[KeySighting]) -> None:
    _unindex(connection, unit.customer, unit.resource)
    here = {"customer": unit.customer, "resource": unit.resource}
    keys = sorted({(key.fingerprint, key.role is KeyRole.HOST) for key in sightings if not key.dead})
    if keys:
        rows = [{**here, "fingerprint": fingerprint, "host_key": host_key} for fingerprint, host_key in keys]
        connection.execute(insert(schema.key_sighting), rows)


def _unindex(connection: Connection, customer: str, resource: str) -> None:
    connection.execute(_NO_SIGHTINGS, {"of_customer": customer, "of_resource": resource})


def _elsewhere(
    connection: Connection, customer: str, fingerprints: Sequence[str], since: datetime
) -> Iterator[tuple[str, bool, int]]:
    """How many other customers have these keys; a key that all have is not counted to its end for each of them."""
    for some in portions(fingerprints, CHUNK):
        other = schema.key_sighting.alias("other")
        elsewhere = exists().where(other.c.fingerprint == _sighting.fingerprint, other.c.customer != customer)
        known = (
            select(_sighting.fingerprint)
            .where(_sighting.customer == customer, _sighting.fingerprint.in_(some), elsewhere)
            .distinct()
            .order_by(_sighting.fingerprint)
        )
        for fingerprint in connection.execute(known).scalars().all():
            for host_key in (False, True):
                if count := _others(connection, customer, fingerprint, host_key, since):
                    yield fingerprint, host_key, count


def _others(connection: Connection, customer: str, fingerprint: str, host_key: bool, since: datetime) -> int:
    of = {"customer": customer, "fingerprint": fingerprint, "host_key": host_key, "since": since}
    return connection.execute(_OTHERS, of).scalar_one()


def _primes(
    connection: Connection, customer: str, fingerprints: Sequence[str], since: datetime
) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    partners: dict[str, set[str]] = defaultdict(set)
    for some in portions(fingerprints, CHUNK):
        for one, other in connection.execute(
            select(_prime.fingerprint, _prime.partner).where(_prime.fingerprint.in_(some))
        ):
            partners[one].add(other)
    every = sorted({other for others in partners.values() for other in others})
    foreign = {one for one in every if any(_others(connection, customer, one, h, since) for h in (False, True))}
    own = set(fingerprints)
    for fingerprint in sorted(partners):
        mine, theirs = partners[fingerprint] & own, partners[fingerprint] & foreign
        if mine or theirs:
            yield fingerprint, tuple(sorted(mine)), bool(theirs)


def _places(
    connection: Connection, fingerprints: Sequence[str]
) -> dict[tuple[str, bool], list[tuple[str, str, KeySighting]]]:
    wanted, holders = set(fingerprints), set[tuple[str, str]]()
    for some in portions(sorted(wanted), CHUNK):
        rows = connection.execute(
            select(_sighting.customer, _sighting.resource).where(_sighting.fingerprint.in_(some)).distinct()
        )
        holders |= {(row.customer, row.resource) for row in rows}
    found: dict[tuple[str, bool], list[tuple[str, str, KeySighting]]] = defaultdict(list)
    for customer, resource in sorted(holders):
        body = connection.execute(
            select(_look.body).where(_look.customer == customer, _look.resource == resource)
        ).scalar_one()
        for key in KEYS.unpacked(body).sightings:
            if key.fingerprint in wanted and not key.dead:
                found[key.fingerprint, key.role is KeyRole.HOST].append((customer, resource, key))
    return found
