"""One list of every region of an AWS account, all regions at the same time."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from posture.collect.aws.api import Call, Listing
from posture.collect.aws.asked import Asked
from posture.collect.aws.fields import Item
from posture.facts.aws.gap import Gap


class Regional(NamedTuple):
    """What all regions said: (region, item) in the order of the regions. Where `gaps` is not empty, there is more."""

    items: tuple[tuple[str, Item], ...]
    gaps: tuple[Gap, ...] = ()


def listed(asked: Asked, call: Call, key: str) -> Regional:
    """All items under `key` in all regions; never raises: what did not come is a gap."""

    def here(region: str) -> tuple[str, Listing]:
        return region, asked.api.listing(replace(call, region=region), key)

    answers, gaps = asked.api.in_regions(here)
    return Regional(
        tuple((region, item) for region, listing in answers for item in listing.items if isinstance(item, dict)),
        (*gaps, *(gap for _, listing in answers for gap in listing.gaps)),
    )
