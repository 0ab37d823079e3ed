"""A dry run tells whom a look at a domain would ask, and for what."""

from __future__ import annotations

import pytest

from posture.cli.dry_run_domain import domain_contacts
from posture.model.resource import Resource, ResourceKind


def test_every_kind_of_record_is_told(monkeypatch: pytest.MonkeyPatch):
    """With the resolver, and the selectors of the inventory."""
    monkeypatch.setenv("POSTURE_RESOLVER", "127.0.0.1#5353")
    domain = Resource(ResourceKind.DOMAIN, "bakery.example", settings=(("dkim_selectors", "s1,s2"),))
    told = "\n".join(domain_contacts(domain))
    assert "through 127.0.0.1#5353" in told
    assert {"SOA", "NS", "MX", "TXT", "CAA", "TLSA", "PTR", "AAAA"} <= set(told.replace(",", " ").split())
    for name in ("_domainkey", "_dmarc", "_mta-sts", "_smtp._tls", "default._bimi", "mta-sts"):
        assert f"{name}.bakery.example" in told
    assert "s1,s2 and" in told
    assert "port 25" in told


def test_a_resolver_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch):
    """Instead of a look that fails."""
    monkeypatch.setenv("POSTURE_RESOLVER", "nobody")
    assert "write an address" in next(domain_contacts(Resource(ResourceKind.DOMAIN, "bakery.example")))
