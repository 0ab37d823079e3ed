"""Domains of which something is wrong in the DNS, for the checks that judge it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from posture.sdk import (
    CaaRecord,
    DnsZone,
    Exchanger,
    MailRouting,
    MailUse,
    Security,
    SendingHost,
    SendingHosts,
    Sends,
)

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
ZONE = DnsZone(
    "bakery.example", True, AT, security=Security.SECURE, name_servers=("ns1.bakery.example",),
    caa=(CaaRecord("issue", "letsencrypt.org"),), caa_at="bakery.example", resolvers=("127.0.0.1",),
)  # fmt: skip
MX = Exchanger("mx.bakery.example", 10, ("198.51.100.10",), security=Security.SECURE)
ROUTING = MailRouting("bakery.example", AT, (MX,), security=Security.SECURE)
NO_MAIL = MailRouting("bakery.example", AT)
USE = MailUse("bakery.example", Sends.YES, "the inventory says that mail is sent from it", True, AT)
SILENT = MailUse("bakery.example", Sends.NO, "the inventory says that no mail is sent from it", False, AT)
HOST = SendingHost(
    "198.51.100.10", "SPF names it (ip4:198.51.100.10)", ("mx.bakery.example",), ("mx.bakery.example",),
    pointer="10.100.51.198.in-addr.arpa",
)  # fmt: skip
SENDING = SendingHosts("bakery.example", AT, (HOST,))


def zone(**changes: Any) -> DnsZone:
    """A domain that is signed and says who may issue certificates, but for the changes."""
    return replace(ZONE, **changes)


def routing(*exchangers: Exchanger, **changes: Any) -> MailRouting:
    """A domain with these exchangers."""
    return replace(ROUTING, exchangers=exchangers, **changes)


def sending(**changes: Any) -> SendingHosts:
    """One sending host whose name leads back to it, but for the changes."""
    return replace(SENDING, hosts=(replace(HOST, **changes),))


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Each branch of their texts."""
    gone = replace(MX, addresses=(), error="the DNS has no such name")
    alias = replace(MX, alias="mail.host.example")
    inside = replace(MX, name="bakery.example", addresses=("10.0.0.5",), error="no address of the internet: 10.0.0.5")
    twice = ("named more than once: mx.bakery.example",)
    elsewhere = {"names": ("customer-10.host.example",), "confirmed": ()}
    return {
        "email.domain-gone": (
            (zone(exists=False),),
            (zone(security=Security.BOGUS, unsigned="its DNSSEC signatures do not hold"),),
        ),
        "email.dnssec-missing": ((zone(security=Security.INSECURE),),),
        "email.caa-missing": (
            (zone(caa=(), caa_at=""),),
            (zone(caa=(CaaRecord("iodef", "mailto:it@bakery.example"),)),),
        ),
        "email.mx-broken": (
            (routing(gone),), (routing(gone, replace(MX, name="mx2.bakery.example")),), (routing(alias),),
            (routing(inside, implicit=True),), (routing(MX, problems=twice),), (routing(alias, problems=twice),),
        ),
        "email.null-mx-missing": (
            (SILENT, NO_MAIL, ZONE),
            (SILENT, routing(replace(MX, name="bakery.example"), implicit=True), ZONE),
        ),
        "email.reverse-dns": (
            (sending(names=(), confirmed=()),),
            (sending(address="2001:db8::10", pointer="0.1.ip6.arpa", names=(), confirmed=()),),
            (sending(**elsewhere),),
            (sending(greeting="localhost.localdomain"),),
        ),
    }  # fmt: skip
