"""Host keys in the DNS (SSHFP: RFC 4255, RFC 6594), believed only where the zone is signed and somebody checked it.

Whose word on DNSSEC counts: posture.collect.dns.resolvers.
"""

from __future__ import annotations

import base64
import contextlib
from dataclasses import dataclass
from ipaddress import ip_address

import dns.exception
import dns.flags
import dns.nameserver
import dns.rdatatype
import dns.resolver

from posture.collect.dns.resolvers import NoResolver, named_resolvers
from posture.model.text import visible

_SECONDS = 6.0  # for all tries together
_SHA256 = 2  # RFC 6594; SHA-1 (1) is not believed


@dataclass(frozen=True, slots=True)
class DnsKeys:
    """The fingerprints (``SHA256:...``) that a signed zone gives for a host; `lacking` says why there are none."""

    fingerprints: tuple[str, ...] = ()
    lacking: str = ""


def keys_in_dns(name: str, resolver: str = "", seconds: float = _SECONDS) -> DnsKeys:
    """Ask for a host's SSHFP records.

    Args:
        name: the host's name; an address has no such records.
        resolver: address (or ``address#port``, with commas between) of resolvers that validate, over a way nobody can
            change; empty: those of this machine's configuration that are on this machine.
        seconds: for the whole question.
    """
    with contextlib.suppress(ValueError):
        ip_address(name)
        return DnsKeys(lacking="SSHFP records belong to a name, and the inventory gives an address")
    try:
        asking = _resolver(resolver)
        if not asking.nameservers:
            return DnsKeys(lacking="no resolver that validates runs on this machine: name one in POSTURE_RESOLVER")
        answer = asking.resolve(name, "SSHFP", raise_on_no_answer=False, lifetime=seconds, search=False)
    except (dns.exception.DNSException, NoResolver, OSError, ValueError) as error:
        return DnsKeys(lacking=f"the question for its SSHFP records failed: {visible(str(error), 120)}")
    if not answer.response.flags & dns.flags.AD:
        return DnsKeys(lacking="its SSHFP records are not authenticated by DNSSEC")
    found = tuple(_fingerprint(record.fingerprint) for record in answer.rrset or () if record.fp_type == _SHA256)
    return DnsKeys(found) if found else DnsKeys(lacking="its signed zone has no SSHFP record with SHA-256")


def _resolver(named: str) -> dns.resolver.Resolver:
    """One that asks those whose word counts.

    Raises:
        NoResolver: there is none at all.
    """
    asking = dns.resolver.Resolver(configure=False)
    trusted = [one for one in named_resolvers(named) if one.trusted]
    asking.nameservers = [dns.nameserver.Do53Nameserver(one.address, one.port) for one in trusted]
    asking.use_edns(0, dns.flags.DO, 1232)
    asking.flags = dns.flags.RD | dns.flags.AD
    return asking


def _fingerprint(digest: bytes) -> str:
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
