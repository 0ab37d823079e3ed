"""How much of the TCP ports the audit looked at, where that was not all of them at once, and from where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address

from posture.model.coverage import PortsSeen
from posture.model.customer import IPAddress
from posture.model.text import visible
from posture.report import limits
from posture.report.language import Language
from posture.report.places import some_names

_DAY = timedelta(days=1)


def seen_from(vantage: str, seen: Sequence[PortsSeen], words: Language) -> str:
    """Where the auditor stood, with the addresses that its contacts came from: those a firewall has to let through."""
    sources = {source for one in seen if (source := _address(one.source)) is not None and not source.is_loopback}
    ordered = sorted(sources, key=lambda source: (source.version, int(source)))
    if not ordered:
        return vantage
    names = words.listed(*some_names([str(source) for source in ordered]))
    addresses = f"{words.counted(len(ordered), 'address', 'addresses')} {names}"
    return f"{vantage}, {addresses}" if vantage else addresses


def _address(text: str) -> IPAddress | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def ports_looked_at(seen: Sequence[PortsSeen], words: Language) -> str:
    """One sentence; empty where every host's ports were all looked at this time."""
    partial = [one for one in seen if one.partial]
    if not partial:
        return ""
    names = words.listed(*some_names([visible(one.resource, limits.NAME) for one in partial]))
    fewest, most = min(one.now for one in partial), max(one.now for one in partial)
    some = words.text("{few} to {ports}", few=words.figure(fewest), ports=words.number(most, "port"))
    count = words.number(fewest, "port") if fewest == most else some
    days = max(math.ceil((one.at - one.oldest) / _DAY) for one in partial)
    one = "{names}: {ports} were looked at this time; all {every} within the last {days}"
    each = "{names}: {ports} each were looked at this time; all {every} within the last {days}"
    every = words.figure(max(one.every for one in partial))
    said = one if len(partial) == 1 else each
    return words.text(said, names=names, ports=count, every=every, days=words.number(days, "day"))
