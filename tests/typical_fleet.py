"""Keys of several hosts, as a typical customer has them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from posture.facts.fleet import FleetKey, FleetKeys, KeyPlace, Machine, SharedPrime
from posture.model.sighting import KeyRole

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
KEY = "SHA256:m+BlVv3WdK+GZJc2XSrhoNbukwEd6egu+R2aOQ7Z2+k"
OTHER = "SHA256:6fF6Cra/mF9ONi9E82wvP8EzeUVVaXAyPOOrLFJfXJ0"


def root_on(host: str, **changes: Any) -> KeyPlace:
    line = KeyPlace(host, KeyRole.AUTHORIZED, "root", "/root/.ssh/authorized_keys:3", "jo@laptop", admin=True)
    return replace(line, **changes)


def private_on(host: str, **changes: Any) -> KeyPlace:
    file = KeyPlace(host, KeyRole.PRIVATE, "deploy", "/home/deploy/.ssh/id_ed25519", encrypted=False)
    return replace(file, **changes)


def shown_by(host: str, **changes: Any) -> KeyPlace:
    return replace(KeyPlace(host, KeyRole.HOST, "", "/etc/ssh/ssh_host_ed25519_key.pub"), **changes)


def key(*places: KeyPlace, elsewhere: int = 0, fingerprint: str = KEY, type_: str = "ssh-ed25519") -> FleetKey:
    return FleetKey(fingerprint, type_, 256, places, elsewhere)


def fleet(*keys: FleetKey, hosts: tuple[str, ...] = ("db1", "web1"), **changes: Any) -> FleetKeys:
    machines = tuple(Machine(host, host, f"running {host}") for host in hosts)
    return replace(FleetKeys(keys, (), hosts, (), machines, AT), **changes)


def prime(*places: KeyPlace, elsewhere: bool = False) -> FleetKeys:
    rsa = key(*places, type_="ssh-rsa")
    return fleet(rsa, shared_primes=(SharedPrime(KEY, places, () if elsewhere else (OTHER,), elsewhere),))


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Check -> facts on which it fails."""
    many = tuple(f"web{n}" for n in range(11))
    twins = tuple(Machine(host, "web", "") for host in ("db1", "web1"))
    return {
        "keys.shared-key": (
            (fleet(key(*map(root_on, many)), hosts=many),),
            (fleet(key(*(root_on(host, comment="") for host in many[:5])), hosts=many),),
        ),
        "keys.shared-with-other-customer": (
            (fleet(key(root_on("web1"), elsewhere=2)),),
            (fleet(key(root_on("web1", options=("from",), comment=""), private_on("db1"), elsewhere=1)),),
            (fleet(key(private_on("web1"), elsewhere=1)),),
        ),
        "keys.cloned-host-key": (
            (fleet(key(shown_by("web1"), shown_by("db1"))),),
            (fleet(key(shown_by("web1"), shown_by("db1"), elsewhere=3)),),
            (fleet(key(shown_by("web1"), elsewhere=1)),),
            (fleet(key(shown_by("web1"), shown_by("db1")), machines=twins),),
        ),
        "keys.private-key-opens-host": (
            (fleet(key(private_on("web1"), root_on("db1"))),),
            (fleet(key(private_on("web1", encrypted=True, account="root"), root_on("db1"))),),
        ),
        "keys.shared-prime": (
            (prime(shown_by("web1")),),
            (prime(root_on("web1"), elsewhere=True),),
        ),
    }
