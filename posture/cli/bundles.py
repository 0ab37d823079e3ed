"""Bundles given on the command line: each read, and matched with the host that it is of."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from posture.cli.errors import Usage
from posture.collect.host.bundle import Bundle, SentIn
from posture.engine.unit import decoded
from posture.facts.factset import INSIDE
from posture.facts.ssh_trust import SshHostTrust
from posture.model.customer import Customer
from posture.model.resource import Resource, ResourceKind
from posture.model.ssh_pin import CONSOLE
from posture.model.text import visible
from posture.store.store import Store

Known = dict[tuple[str, str], frozenset[str]]

_LOOKS_BACK = 20  # runs that may have seen a host from outside only since it was last seen from inside


def read_bundle(file: Path) -> Bundle:
    """A bundle whose signatures hold.

    Raises:
        Usage: it cannot be read, is no bundle, or was changed.
    """
    from posture.collect.host.bundle_file import MOST, BundleError, opened  # noqa: PLC0415  paramiko takes 100 ms

    try:
        # Without O_NONBLOCK a named pipe would hold up the command.
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise Usage(f"{file} is not a regular file")
            return opened(stream.read(MOST + 1))
    except OSError as error:
        raise Usage(
            f"{file} cannot be read: {error.strerror}", "name the file that the script wrote: posture-HOST-TIME.bundle"
        ) from error
    except BundleError as error:
        raise Usage(
            f"{file} is refused: {error}", "have the customer run the script again and send the file"
        ) from error


def sent_in(files: Sequence[Path], customers: Iterable[Customer], store: Store) -> dict[tuple[str, str], SentIn]:
    """Customer and resource -> the bundle that stands in for a session inside.

    Raises:
        Usage: a bundle cannot be used at all, is of a customer who is not audited, or two are of one host.
    """
    audited = {customer.id: customer for customer in customers}
    found: dict[tuple[str, str], SentIn] = {}
    for file in files:
        bundle = read_bundle(file)
        customer = audited.get(bundle.customer)
        if customer is None:
            raise Usage(f"{file} is of customer {bundle.customer}, who is not audited here", "name that customer")
        known = _known(customer, store)
        place = _place(file, bundle, customer, known)
        if place in found:
            raise Usage(f"{file} is a second bundle of {visible(place[1])}", "give the newest one only")
        found[place] = SentIn(bundle, known[place], _last_look(store, *place))
    return found


def _last_look(store: Store, customer: str, resource: str) -> datetime | None:
    """When the host was last seen from inside, by a session or a bundle; None where that is not known."""
    for back in range(_LOOKS_BACK):
        facts = decoded(store.last_facts(customer, resource, back))
        # That a host showed its key is no look inside. An Unavailable was not observed.
        seen = (getattr(facts.get(kind), "observed", None) for kind in INSIDE if kind is not SshHostTrust)
        times: list[datetime] = [when for when in seen if when is not None]
        if times:
            return max(times)
    return None


def _known(customer: Customer, store: Store) -> Known:
    """The keys that each host is known by: of the inventory, and confirmed by people."""
    pins = {pin.resource: pin.fingerprints for pin in store.pins(customer.id)}
    return {
        (customer.id, host.id): frozenset(
            key.rstrip("=") for key in ((host.ssh.host_keys if host.ssh else ()) or pins.get(host.id, ()))
        )
        for host in _hosts(customer)
    }


def _hosts(customer: Customer) -> list[Resource]:
    return [host for host in customer.resources if host.kind is ResourceKind.HOST]


def _place(file: Path, bundle: Bundle, customer: Customer, known: Known) -> tuple[str, str]:
    """The host whose key signed it; where none did, the one it names, so that the report says why it is not used."""
    signed = [place for place, keys in known.items() if not keys.isdisjoint(bundle.signed_by)]
    if len(signed) == 1:
        return signed[0]
    if signed:
        names = ", ".join(visible(resource) for _, resource in signed)
        raise Usage(f"{file} was signed with a key that several hosts have: {names}", "give each host keys of its own")
    named = [host for host in _hosts(customer) if bundle.host in {host.id, host.address} or len(known) == 1]
    if not named:
        what = f"{file}, made on {bundle.host} and signed by {', '.join(bundle.signed_by) or 'nobody'}"
        if not bundle.signed_by:
            raise Usage(f"{what}, fits no host of {customer.id}", "have the customer run the script again, as root")
        raise Usage(
            f"{what}, fits no host of {customer.id}",
            f"compare the keys with the host's console ({CONSOLE}), then: "
            f"posture access pin {customer.id} HOST {' '.join(bundle.signed_by)}",
        )
    return customer.id, named[0].id
