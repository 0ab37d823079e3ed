"""The key of a host, as somebody confirmed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

CONSOLE = "for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $key; done"
"""What prints the fingerprints of a host's keys on its console."""


@dataclass(frozen=True, slots=True)
class SshPin:
    """Since `at` a host of a customer is known by these fingerprints (``SHA256:...``), one for each type of key it has.

    `by` says who confirmed them. A later pin of the same host takes the place of this one.
    """

    customer: str
    resource: str
    fingerprints: tuple[str, ...]
    by: str
    at: datetime
