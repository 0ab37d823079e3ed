"""Passwords over unencrypted HTTP."""

from dataclasses import replace

import pytest
from typical_web import SITE, served, sites

from checks.exposure.plain_http_login import plain_http_login
from posture.sdk import Outcome, Reach, Severity


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"login_form": "/login"}, Outcome.FAIL),
        ({"basic_auth": "/private"}, Outcome.FAIL),
        ({"basic_auth": "/private", "to_https": True}, Outcome.FAIL),
        ({"to_https": True, "page": False}, Outcome.PASS),
        ({}, Outcome.PASS),
        ({"reason": "3 of 9 requests had no answer"}, Outcome.NOT_ASSESSED),
        ({"scheme": "https", "login_form": "/login"}, Outcome.NOT_APPLICABLE),
    ],
)
def test_a_login_in_clear(changes, outcome, service, only) -> None:
    """A form or a challenge fails on plain HTTP only; a look in part finds none in vain."""
    verdict = only(plain_http_login, served(service), sites(replace(SITE, **changes)))
    assert verdict.outcome is outcome


def test_from_its_own_machine_it_is_of_medium_severity(service, only) -> None:
    """Nobody is on that way."""
    site = replace(SITE, login_form="/login")
    verdict = only(plain_http_login, served(service, reach=Reach.SAME_MACHINE), sites(site))
    assert verdict.severity is Severity.MEDIUM


def test_the_page_is_named(service, only) -> None:
    """By the customer's name for the site, where there is one."""
    site = replace(SITE, host="shop.example", login_form="/login")
    verdict = only(plain_http_login, served(service), sites(site))
    assert verdict.summary.startswith("The page /login on port 80 asks for a password and sends it in clear (")
    assert dict(verdict.details)["url"] == "http://shop.example/login"
