"""What a host said by itself, and whether it is taken for that host's word."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import datetime, timedelta

from posture.collect.host.sections import Sections
from posture.model.ssh_pin import CONSOLE

MAXIMUM_AGE = timedelta(days=7)
AHEAD = timedelta(minutes=10)  # by which a host's clock may be before ours


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose signatures hold; that says nothing yet of whose they are.

    `signed_by` are the fingerprints (``SHA256:...``) of the keys that signed it, `made` is when by the host's clock,
    `host` the name that it has for itself, `sections` what the collector said.
    """

    customer: str
    host: str
    made: datetime
    signed_by: tuple[str, ...]
    sections: Sections

    def refused(self, host: str, host_keys: frozenset[str], now: datetime, last_look: datetime | None = None) -> str:
        """Why it is not taken for a resource at this moment; empty when it is.

        Args:
            host: the resource's id.
            host_keys: the fingerprints that it is known by.
            now: aware.
            last_look: when it was last seen from inside: what is older would bring back what has changed since.
        """
        age = now - self.made
        when = self.made.isoformat()
        if not self.signed_by:
            return (
                "the bundle is not signed, so nobody knows which host made it: run the script as root on a host with "
                "OpenSSH 8.1 or newer and its host keys"
            )
        if not host_keys:
            command = shlex.join(("posture", "access", "pin", self.customer, host, *self.signed_by))
            return (
                "the bundle's signature cannot be compared, as no host key is known for this host. Compare the "
                f"keys that signed it with its console ({CONSOLE}); if they are the same, run: {command}"
            )
        if host_keys.isdisjoint(self.signed_by):
            return (
                f"the bundle was signed by {', '.join(self.signed_by)}, which is no key of this host "
                f"({', '.join(sorted(host_keys))})"
            )
        if age > MAXIMUM_AGE:
            return f"the bundle was made on {when}, more than {MAXIMUM_AGE.days} days ago: make a new one"
        if age < -AHEAD:
            return f"the bundle says it was made on {when}, in the future: set the host's clock and make a new one"
        if last_look is not None and self.made < last_look:
            return (
                f"the bundle was made on {when}, and a newer look at this host is known, of {last_look.isoformat()}: "
                "make a new one"
            )
        return ""


@dataclass(frozen=True, slots=True)
class SentIn:
    """A bundle, the host keys (fingerprints) that are known of the host it is for, and when that was last looked at."""

    bundle: Bundle
    host_keys: frozenset[str]
    last_look: datetime | None = None
