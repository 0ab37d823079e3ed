"""Port 80 beside port 443."""

from dataclasses import replace

import pytest
from typical_web import NGINX, SITE, sites

from checks.exposure.http_without_redirect import http_without_redirect
from posture.sdk import Outcome, Reach

TLS = replace(SITE, port=443, scheme="https")


@pytest.fixture
def both(service, services):
    return services(*(service(name="http", port=port, process=NGINX) for port in (80, 443)))


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, Outcome.FAIL),
        ({"to_https": True, "page": False}, Outcome.PASS),
        ({"page": False, "status": 404}, Outcome.PASS),
        ({"page": False, "reason": "1 of 2 requests had no answer"}, Outcome.NOT_ASSESSED),
    ],
)
def test_port_80_leads_to_https_where_there_is_https(changes, outcome, both, only) -> None:
    """A page in clear beside the same in https is a finding."""
    assert only(http_without_redirect, both, sites(replace(SITE, **changes), TLS)).outcome is outcome


def test_a_site_without_https_or_on_another_port_is_no_finding_here(only, service, services) -> None:
    """Nor one whose https nobody reaches."""
    plain, other = services(service(name="http", port=80)), services(service(name="http", port=8080))
    assert only(http_without_redirect, plain, sites(SITE)).outcome is Outcome.NOT_APPLICABLE
    assert only(http_without_redirect, other, sites(replace(SITE, port=8080))).outcome is Outcome.NOT_APPLICABLE
    half = services(service(name="http", port=80), service(name="http", port=443, reach=Reach.BLOCKED))
    assert only(http_without_redirect, half, sites(SITE, TLS)).outcome is Outcome.NOT_APPLICABLE
