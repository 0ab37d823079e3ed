"""Strict-Transport-Security."""

from dataclasses import replace

import pytest
from typical_web import SITE, served, sites

from checks.exposure.https_missing_hsts import https_missing_hsts
from posture.sdk import Outcome

TLS = replace(SITE, port=443, scheme="https")


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, Outcome.FAIL),
        ({"hsts": "max-age=31536000; includeSubDomains"}, Outcome.PASS),
        ({"hsts": 'includeSubDomains; Max-Age="31536000"'}, Outcome.PASS),
        ({"hsts": "max-age=3600"}, Outcome.FAIL),
        ({"hsts": "max-age=0"}, Outcome.FAIL),
        ({"hsts": "max-age=31536000", "page": False}, Outcome.PASS),
        ({"page": False, "status": 404}, Outcome.NOT_APPLICABLE),
        ({"page": False, "status": 401, "reason": "1 of 3 requests had no answer"}, Outcome.NOT_ASSESSED),
        ({"scheme": "http"}, Outcome.NOT_APPLICABLE),
    ],
)
def test_a_page_over_https_keeps_browsers_there(changes, outcome, service, only) -> None:
    """For half a year at least; an interface for programs needs no such header."""
    verdict = only(https_missing_hsts, served(service, port=443, tls=True), sites(replace(TLS, **changes)))
    assert verdict.outcome is outcome
