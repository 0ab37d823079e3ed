"""Whether the host that answers is the one it should be. Decided before anything is proved to it.

In this order: the fingerprints of the inventory, a certificate of an authority that the inventory names, SSHFP records
of a signed zone, the key that somebody confirmed. Nothing is learned by itself: a host that nobody vouches for is not
logged in to, and neither is one whose key is another than the one that is known.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from posture.collect.host.trust_certificate import NotCertified, certified
from posture.facts.ssh_trust import SshHostTrust, Trust
from posture.model.resource import Resource, SshAccess
from posture.model.ssh_pin import CONSOLE, SshPin
from posture.model.text import visible


class Pins(Protocol):
    """Where the keys are that people confirmed."""

    def pin(self, customer: str, resource: str) -> SshPin | None:
        """The pin of a host that counts, if there is one."""


@dataclass(frozen=True, slots=True)
class KnownHosts:
    """What hosts are known by besides the inventory; `resolver` is the one whose word on DNSSEC counts."""

    pins: Pins | None = None
    resolver: str = ""


NOBODY_KNOWN = KnownHosts()


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key that a host proved to have: its type, its fingerprint, and the certificate it came in, if it did."""

    type: str
    fingerprint: str
    certificate: bytes = b""


@dataclass(slots=True)
class HostTrust:
    """One host held against what is known of it. `judged` is the result as soon as there is one."""

    customer: str
    resource: Resource
    access: SshAccess
    known: KnownHosts
    judged: SshHostTrust | None = None
    _doubts: dict[str, None] = field(default_factory=dict)
    _pin: SshPin | None = None
    _in_dns: tuple[str, ...] = ()
    _asked: bool = False

    def believes(self, key: ShownKey, now: datetime) -> bool:
        """Whether this key makes the host the right one; the reason is in `judged`."""
        self._ask()
        found = next((result for way in self._ways() if (result := way(key, now)) is not None), None)
        self.judged = found or self.judged
        return found is not None

    def logged_in(self, key: str) -> None:
        """Note the fingerprint of the key that the host let us in by."""
        if self.judged is not None:
            self.judged = replace(self.judged, login=key)

    def refuse(self, keys: Sequence[ShownKey], place: str, now: datetime) -> str:
        """Note that none of the keys that a host shows is believed, and say why, with the next step."""
        known = self._known()
        trust = Trust.CHANGED if known else Trust.UNKNOWN
        words = self._changed(keys, place) if known else self._unknown(keys, place)
        doubts = "".join(f" ({doubt})" for doubt in self._doubts)
        first = keys[0]
        since = self._pin.at if self._pin else None
        self.judged = SshHostTrust(trust, first.type, first.fingerprint, known, f"{words}{doubts}", now, since)
        return self.judged.detail

    def _ask(self) -> None:
        """What is known besides the inventory, asked once."""
        if self._asked:
            return
        self._asked = True
        if self.access.sshfp:
            from posture.collect.host.trust_sshfp import keys_in_dns  # noqa: PLC0415  few inventories need it

            answer = keys_in_dns(self.resource.address, self.known.resolver)
            self._in_dns = answer.fingerprints
            if answer.lacking:
                self._doubts[answer.lacking] = None
        if not self.access.host_keys and self.known.pins is not None:
            self._pin = self.known.pins.pin(self.customer, self.resource.id)

    def _ways(self) -> Iterable[Callable[[ShownKey, datetime], SshHostTrust | None]]:
        return self._by_inventory, self._by_certificate, self._by_dns, self._by_pin

    def _by_inventory(self, key: ShownKey, now: datetime) -> SshHostTrust | None:
        expected = tuple(each.rstrip("=") for each in self.access.host_keys)
        if key.fingerprint not in expected:
            return None
        words = "the key is one of those that the inventory gives"
        return SshHostTrust(Trust.INVENTORY, key.type, key.fingerprint, expected, words, now)

    def _by_certificate(self, key: ShownKey, now: datetime) -> SshHostTrust | None:
        authorities = tuple(each.rstrip("=") for each in self.access.host_authorities)
        if not authorities:
            return None
        if not key.certificate:
            self._doubts["it shows no certificate: HostCertificate in its sshd_config names one"] = None
            return None
        try:
            words = certified(key.certificate, key.fingerprint, authorities, self.resource.address, now)
        except NotCertified as error:
            self._doubts[f"its certificate {error}"] = None
            return None
        return SshHostTrust(Trust.CERTIFICATE, key.type, key.fingerprint, authorities, words, now)

    def _by_dns(self, key: ShownKey, now: datetime) -> SshHostTrust | None:
        if key.fingerprint not in self._in_dns:
            return None
        words = "the key is in an SSHFP record of a zone that is signed"
        return SshHostTrust(Trust.SSHFP, key.type, key.fingerprint, self._in_dns, words, now)

    def _by_pin(self, key: ShownKey, now: datetime) -> SshHostTrust | None:
        pin = self._pin
        if pin is None or key.fingerprint not in pin.fingerprints:
            return None
        words = f"{visible(pin.by, 64)} confirmed the key on {pin.at:%Y-%m-%d}"
        return SshHostTrust(Trust.PINNED, key.type, key.fingerprint, pin.fingerprints, words, now, pin.at)

    def _known(self) -> tuple[str, ...]:
        pinned = self._pin.fingerprints if self._pin else ()
        return tuple(dict.fromkeys((*self.access.host_keys, *self._in_dns, *pinned)))

    def _changed(self, keys: Sequence[ShownKey], place: str) -> str:
        if self.access.host_keys:
            step = "change host_key in the inventory"
        elif self._in_dns:
            step = "change its SSHFP records (ssh-keygen -r NAME prints them)"
        else:
            step = f"run: {self._command(keys)}"
        expected = ", ".join(map(visible, self._known()))
        return (
            f"{place} is not the host that is known: it shows {_named(keys)}, expected {expected}. Nothing was sent "
            f"beyond the key exchange. If it was set up anew, compare its keys on its console ({CONSOLE}) and {step}"
        )

    def _unknown(self, keys: Sequence[ShownKey], place: str) -> str:
        return (
            f"nobody has confirmed yet which key {place} has, so nothing was sent beyond the key exchange. It shows "
            f"{_named(keys)}. Compare that with its console ({CONSOLE}); if it is the same, run: {self._command(keys)}"
        )

    def _command(self, keys: Sequence[ShownKey]) -> str:
        words = ("posture", "access", "pin", self.customer, self.resource.id, *(key.fingerprint for key in keys))
        return shlex.join(words)


def here(now: datetime) -> SshHostTrust:
    """The machine that the auditor runs on."""
    return SshHostTrust(Trust.LOCAL, "", "", (), "this very machine is read without SSH", now)


def _named(keys: Sequence[ShownKey]) -> str:
    return ", ".join(f"{key.fingerprint} ({visible(key.type, 40)})" for key in keys)
