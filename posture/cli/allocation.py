"""The provider's own list of which network is whose: ``network,customer[,valid_until]``, with this heading."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from posture.cli.errors import Usage
from posture.model.customer import IPNetwork
from posture.model.text import visible

PROSPECTS = "prospects"
"""In the place of a customer: a range that the provider keeps for those who are not customers yet."""

_HEADINGS = ("network", "customer", "valid_until")
_MOST_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Allocated:
    """A line: whose the network is, and until when (excluded; None: no end)."""

    line: int
    network: IPNetwork
    customer: str
    until: datetime | None


def read_allocation(file: Path) -> tuple[Allocated, ...]:
    """All lines of the list.

    Raises:
        Usage: it cannot be read, or a line is wrong.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise Usage(f"{file} is larger than {_MOST_BYTES >> 20} MiB", "name the list of networks and customers")
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines, restval="")
            names = tuple(name.strip() for name in rows.fieldnames or ())
            if names not in {_HEADINGS, _HEADINGS[:2]}:
                raise Usage(f"{file} does not begin with the heading network,customer,valid_until", "add that line")
            rows.fieldnames = list(names)
            return tuple(_allocated(file, rows.line_num, row) for row in rows)
    except OSError as error:
        raise Usage(f"{file} cannot be read: {error.strerror}", "name the list with --allocation") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise Usage(f"{file} is no CSV in UTF-8: {error}", "write network,customer,valid_until in each line") from error


def allocated_to(allocation: Iterable[Allocated], customer: str, network: IPNetwork, at: datetime) -> Allocated | None:
    """The narrowest line that holds now and gives the network to the customer, or keeps it for prospects.

    A network inside it that is somebody else's by a line of its own is not given.
    """
    holding = [one for one in allocation if one.until is None or at < one.until]
    around = [
        one
        for one in holding
        if one.network.version == network.version and one.network.supernet_of(network)  # type: ignore[arg-type]
    ]
    inside = [
        one
        for one in holding
        if one.network.version == network.version and one.network != network and network.supernet_of(one.network)  # type: ignore[arg-type]
    ]
    narrowest = max(around, key=lambda one: (one.network.prefixlen, one.customer == customer), default=None)
    if narrowest is None or narrowest.customer not in {customer, PROSPECTS}:
        return None
    return None if any(one.customer not in {customer, PROSPECTS} for one in inside) else narrowest


def _allocated(file: Path, line: int, row: Mapping[str, str]) -> Allocated:
    def wrong(what: str, fix: str) -> Usage:
        return Usage(f"{file}:{line}: {what}", fix)

    text, customer = (row.get("network") or "").strip(), (row.get("customer") or "").strip()
    try:
        network = ip_network(text)
    except ValueError:
        raise wrong(f"{visible(text, 60)!r} is no network", "write it like 203.0.113.0/28") from None
    if not customer:
        raise wrong("names no customer", f"write the customer's id, or {PROSPECTS}")
    until = (row.get("valid_until") or "").strip()
    try:
        end = datetime.combine(date.fromisoformat(until), datetime.min.time(), UTC) + timedelta(days=1)
    except ValueError:
        if until:
            raise wrong(f"{visible(until, 40)!r} is no date", "write its last day like 2027-01-31") from None
        end = None
    return Allocated(line, network, customer, end)
