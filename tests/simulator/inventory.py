"""The invented fleet as an inventory file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import yaml

from posture.model.customer import Customer
from posture.model.resource import Resource, ResourceKind


def written(file: Path, customers: Iterable[Customer]) -> Path:
    """Write the hosts of these customers into a file that `posture` reads."""
    entries = [
        {
            "id": customer.id,
            "name": customer.name,
            "authorization": {
                "reference": customer.authorization.reference,
                "granted_by": customer.authorization.granted_by,
                "valid_until": "2299-01-01T00:00:00+00:00",
            },
            "networks": [str(network) for network in customer.networks],
            "resources": [_entry(r) for r in customer.resources if r.kind is ResourceKind.HOST],
        }
        for customer in customers
    ]
    file.write_text(yaml.safe_dump({"customers": entries}, sort_keys=False))
    return file


def _entry(resource: Resource) -> dict[str, object]:
    return {"kind": "host", "id": resource.id, "address": resource.address}
