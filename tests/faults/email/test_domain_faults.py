"""Each question of a look at a domain fails in turn: what depends on it is not assessed, and nothing is made up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dns_lab import DnsLab, Signed, Zone, dns_lab

from posture.cli.plugins import loaded
from posture.cli.wiring import advisor
from posture.collect.dns.answer import Answer, State
from posture.collect.dns.lookup import Lookup
from posture.engine.derive import derive
from posture.engine.judge import judge
from posture.facts.factset import DOMAIN
from posture.facts.unavailable import Unavailable
from posture.model.resource import Resource, ResourceKind
from posture.model.verdict import Outcome

ZONES = {
    "bakery.example": Zone(
        f"""
@ A 198.51.100.2
@ MX 10 mx
mx A 198.51.100.10
_25._tcp.mx TLSA 3 1 1 {"ab" * 32}
@ TXT "v=spf1 mx include:_spf.partner.example -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:d@reports.example"
s1._domainkey TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
_mta-sts TXT "v=STSv1; id=1"
_smtp._tls TXT "v=TLSRPTv1; rua=mailto:t@bakery.example"
default._bimi TXT "v=BIMI1; l=https://bakery.example/logo.svg"
@ CAA 0 issue "ca.example"
""",
        Signed.YES,
    ),
    "partner.example": '_spf TXT "v=spf1 ip4:192.0.2.0/28 -all"',
    "reports.example": 'bakery.example._report._dmarc TXT "v=DMARC1"',
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsLab]:
    with dns_lab(tmp_path_factory.mktemp("faults"), ZONES) as running:
        yield running


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def looked(lab: DnsLab, monkeypatch: pytest.MonkeyPatch, failing: tuple[str, str] | None):
    """Outcomes by check, the facts, and the questions that were asked, while one of them has no answer."""
    asked: dict[tuple[str, str], None] = {}
    real = Lookup.ask

    def ask(self: Lookup, name: str, kind: str) -> Answer:
        key = (name.rstrip(".").lower(), kind)
        asked[key] = None
        if key == failing:
            return Answer(key[0], kind, State.FAILED, failed="the test's resolver broke off")
        return real(self, name, kind)

    with monkeypatch.context() as patch:
        patch.setattr(Lookup, "ask", ask)
        facts = lab.look("bakery.example", sends_mail="true", dkim_selectors="s1")
    resource = Resource(ResourceKind.DOMAIN, "bakery.example")
    known = derive(resource, facts, advisor())
    outcomes = {one.check.id: one for one in judge(loaded().checks, resource, known)}
    return outcomes, facts, tuple(asked)


def test_no_answer_is_never_clean_and_never_a_finding(lab, monkeypatch, cache):
    """Of all questions, one at a time: outcomes stay as they were, or are not assessed; no reason is lost."""
    monkeypatch.setenv("POSTURE_CACHE", str(cache))
    undisturbed, facts, questions = looked(lab, monkeypatch, None)
    assert not [one for one in DOMAIN if isinstance(facts[one], Unavailable)]
    assert len(questions) > 30
    noticed = set()
    for failing in questions:
        if "posture-" in failing[0]:
            continue  # made up anew in every look
        disturbed, _, _ = looked(lab, monkeypatch, failing)
        assert disturbed.keys() == undisturbed.keys()
        for check, now in disturbed.items():
            before = undisturbed[check]
            if now.outcome is Outcome.NOT_ASSESSED:
                assert now.reason, (failing, check)
                noticed.add(failing)
                continue
            assert now.outcome is before.outcome, (failing, check, before.reason, now.reason)
            told = {(one.subject, one.outcome) for one in before.verdicts}
            new = {(one.subject, one.outcome) for one in now.verdicts if one.outcome is not Outcome.NOT_ASSESSED}
            assert new <= told, (failing, check, new - told)
            noticed |= {failing} if any(one.outcome is Outcome.NOT_ASSESSED for one in now.verdicts) else set()
    needed = {("bakery.example", kind) for kind in ("SOA", "TXT", "MX", "CAA")}
    needed |= {
        ("_dmarc.bakery.example", "TXT"),
        ("s1._domainkey.bakery.example", "TXT"),
        ("_spf.partner.example", "TXT"),
    }
    needed |= {("_mta-sts.bakery.example", "TXT"), ("_smtp._tls.bakery.example", "TXT")}
    needed |= {("mx.bakery.example", "A"), ("_25._tcp.mx.bakery.example", "TLSA")}
    needed |= {("bakery.example._report._dmarc.reports.example", "TXT")}
    assert needed <= noticed, needed - noticed
