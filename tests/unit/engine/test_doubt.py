"""A port that gave no clear answer is a doubt of the check's, all the way from the sweep to the verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.exposure.redis_no_auth import redis_no_auth
from posture.engine.join import join
from posture.facts.network import OpenPort
from posture.facts.services import Services
from posture.facts.unavailable import Unavailable
from posture.sdk import Outcome

NO_SSH = Unavailable("no SSH access is configured")
WHY = "asked with PING, it said nothing within 5 s"


@pytest.mark.parametrize(
    ("maybe", "outcome"),
    [("redis", Outcome.NOT_ASSESSED), ("*", Outcome.NOT_ASSESSED), ("ftp", Outcome.NOT_APPLICABLE)],
)
def test_a_silent_port_that_may_be_redis_is_no_absence_of_redis(sweep, maybe: str, outcome: Outcome) -> None:
    """What the network collector could not tell is not assessed, with its reason; never "no Redis here"."""
    silent = OpenPort("198.51.100.2", 6379, login_reason=WHY, maybe=maybe)
    services = join("198.51.100.2", replace(sweep(), open=(silent,)), NO_SSH)
    assert isinstance(services, Services)
    (verdict,) = redis_no_auth.judge(services)
    assert verdict.outcome is outcome
    assert (WHY in verdict.summary) == (outcome is Outcome.NOT_ASSESSED)
