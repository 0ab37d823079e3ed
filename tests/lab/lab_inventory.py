"""An inventory of the lab, as a provider would write it for a customer who has these hosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from lab_keys import KeyPair
from truth import ADDRESSES, CUSTOMER, IN_SCOPE, KNOWN_AS, SCOPE, SCOPE_AROUND_NEIGHBOUR

# Who logs in where: root where it may, since only root sees which process has a port.
SSH_USERS = {
    "hardened": "auditor",
    "weak-ssh": "root",
    "data": "root",
    "firewalled": "auditor",
    "dark": "auditor",
    "hostile": "auditor",
    "dropping": "auditor",
    "shares": "auditor",
    "weak-crypto": "auditor",
}


def write_inventory(
    folder: Path,
    keys: Mapping[str, KeyPair],
    hosts: Sequence[str] | None = None,
    *,
    around_neighbour: bool = False,
    ssh_users: Mapping[str, str] = SSH_USERS,
    more_resources: Sequence[Mapping[str, Any]] = (),
    valid_until: str = "2099-01-01T00:00:00+00:00",
) -> Path:
    """Write `customers.yaml` with one customer, `lab`, and a host resource for each of `hosts` (default: all in scope).

    The networks cover all hosts but the neighbour; `around_neighbour` covers it too and excludes its address instead.
    A host that `ssh_users` leaves out is audited from outside only. `valid_until` ends the authorization.
    """
    customer: dict[str, Any] = {
        "id": CUSTOMER,
        "name": "The Lab",
        "contact": "it@lab.test",
        "language": "en",
        "timezone": "Europe/Berlin",
        "authorization": {
            "method": "contract",
            "reference": "LAB-1",
            "granted_by": "Jane Doe",
            "valid_from": "2020-01-01T00:00:00+00:00",
            "valid_until": valid_until,
        },
        "networks": list(SCOPE_AROUND_NEIGHBOUR if around_neighbour else SCOPE),
        "resources": [_host(name, keys, ssh_users.get(name)) for name in hosts or IN_SCOPE],
    }
    if around_neighbour:
        customer["exclude"] = [ADDRESSES["neighbour"]]
    customer["resources"] += [dict(resource) for resource in more_resources]
    path = folder / "customers.yaml"
    path.write_text(yaml.safe_dump({"customers": [customer]}, sort_keys=False))
    return path


def _host(name: str, keys: Mapping[str, KeyPair], user: str | None) -> dict[str, Any]:
    resource: dict[str, Any] = {"kind": "host", "id": name, "address": KNOWN_AS[name]}
    if user:
        key, host_key = keys["auditor"].path, keys[f"host-{name}"].fingerprint
        resource["ssh"] = {"user": user, "port": 22, "key": f"file:{key}", "host_key": host_key}
    return resource
