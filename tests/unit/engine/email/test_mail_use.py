"""Whether a domain sends mail: what is declared, what the records say, and what nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from posture.engine.email.use import mail_use
from posture.facts.email.routing import Exchanger, MailRouting
from posture.facts.email.spf import SpfPolicy, SpfRecord, SpfTerm
from posture.facts.email.use import MailUse, Sends
from posture.facts.email.zone import DnsZone
from posture.facts.unavailable import Unavailable

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
ZONE = DnsZone("bakery.example", True, AT)
NULL = MailRouting("bakery.example", AT, null_mx=True)
TAKES = MailRouting("bakery.example", AT, (Exchanger("mx.bakery.example", 10, ("198.51.100.10",)),))
NOTHING = Unavailable("the resolver gave no answer")


def spf(*terms: SpfTerm, **changes: str) -> SpfPolicy:
    text = " ".join(("v=spf1", *(term.text for term in terms)))
    policy = SpfPolicy("bakery.example", AT, (text,), (SpfRecord("bakery.example", text, 0, terms),))
    return replace(policy, **changes)


NOBODY = spf(SpfTerm("-all", "all", "-"))
SOMEBODY = spf(SpfTerm("mx", "mx", "+"), SpfTerm("-all", "all", "-"))


@pytest.mark.parametrize(
    ("zone", "routing", "policy", "sends"),
    [
        (replace(ZONE, declared=True), NULL, NOBODY, Sends.YES),
        (replace(ZONE, declared=False), TAKES, SOMEBODY, Sends.NO),
        (replace(ZONE, declared=False), NOTHING, NOTHING, Sends.NO),
        (ZONE, NULL, NOBODY, Sends.NO),
        (ZONE, NULL, SOMEBODY, Sends.YES),
        (ZONE, NOTHING, SOMEBODY, Sends.YES),
        (ZONE, TAKES, spf(SpfTerm("+all", "all", "+")), Sends.YES),
        (ZONE, TAKES, spf(SpfTerm("~all", "all", "~")), Sends.UNKNOWN),
        (ZONE, TAKES, NOBODY, Sends.UNKNOWN),
        (ZONE, NOTHING, NOBODY, Sends.UNKNOWN),
        (ZONE, NULL, NOTHING, Sends.UNKNOWN),
        (ZONE, NULL, SpfPolicy("bakery.example", AT), Sends.UNKNOWN),
        (ZONE, NULL, replace(NOBODY, unknown="no answer"), Sends.UNKNOWN),
        (ZONE, NULL, replace(NOBODY, error="two records"), Sends.UNKNOWN),
        (replace(ZONE, exists=False), NOTHING, NOTHING, Sends.NO),
    ],
)
def test_sends(zone: DnsZone, routing: MailRouting, policy: SpfPolicy, sends: Sends):
    """The inventory's word counts; a record that is not known, or cannot be used, never makes a NO."""
    use = mail_use(zone, routing, policy)
    assert isinstance(use, MailUse)
    assert use.sends is sends
    assert use.why


def test_receives():
    """By an exchanger with an address; not by a null MX; not known where that is not."""

    def receives(routing: MailRouting | Unavailable) -> bool | None:
        use = mail_use(ZONE, routing, NOTHING)
        assert isinstance(use, MailUse)
        return use.receives

    broken = Exchanger("mx.bakery.example", 10, error="the DNS has no such name")
    silent = Exchanger("mx.bakery.example", 10, unknown="no answer")
    assert [receives(one) for one in (TAKES, NULL, NOTHING)] == [True, False, None]
    assert receives(replace(TAKES, exchangers=())) is False
    assert receives(replace(TAKES, exchangers=(broken,))) is False
    assert receives(replace(TAKES, exchangers=(broken, silent))) is None


def test_a_domain_that_nobody_could_ask_for_is_not_known():
    """Its reason stays."""
    assert mail_use(NOTHING, NULL, NOBODY) == NOTHING
