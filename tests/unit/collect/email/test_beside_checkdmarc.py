"""The same zones through our readers, through checkdmarc, and through a truth written by hand after the RFCs."""

from __future__ import annotations

from collections.abc import Iterator

import dns.nameserver
import dns.resolver
import pytest
from checkdmarc.dmarc import check_dmarc
from checkdmarc.spf import check_spf
from dns_lab import DnsLab, dns_lab
from mail_zones import CASES, ZONES, Case

from posture.facts.email.dmarc import DmarcPolicy
from posture.facts.email.spf import SpfPolicy

LOWER = {"reject": "quarantine", "quarantine": "none", "none": "none", "": ""}
DISAGREEMENTS = {
    "shouted.example": "SPF names know no case (RFC 7208, 4.6.1): the record is valid",
    "halves.example": "0.0.0.0/1 and 128.0.0.0/1 together are everybody: a stranger passes",
    "waiting.example": "a server that does not answer is no missing record: temperror, not permerror (RFC 7208, 5.2)",
    "led-astray.example": "the domain has a record, whose redirect leads nowhere: permerror, not none (RFC 7208, 6.1)",
    "trying.example": "t=y lowers reject to quarantine (RFC 9989, 4.7)",
    "typing.example": "a wrong p with a valid rua is p=none, not an error (RFC 9989, 4.10.1)",
    "noise.example": "TXT records that are no DMARC records are left out, not an error (RFC 9989, 4.10)",
}
"""Where checkdmarc (6.0) says something else, and why the truth is right. docs/email.md has this table."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsLab]:
    with dns_lab(tmp_path_factory.mktemp("zones"), ZONES) as running:
        yield running


def ours(lab: DnsLab, case: Case) -> tuple[str, str]:
    facts = lab.look(case.domain)
    spf, dmarc = facts[SpfPolicy], facts[DmarcPolicy]
    assert isinstance(dmarc, DmarcPolicy)
    result = spf.stranger.value if isinstance(spf, SpfPolicy) else f"no fact: {spf.reason}"
    return result, LOWER[dmarc.policy] if dmarc.testing else dmarc.policy


def theirs(lab: DnsLab, case: Case) -> tuple[str, str]:
    """What checkdmarc makes of it, in the same words; its errors are not told apart, so permerror stands for all."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [dns.nameserver.Do53Nameserver("127.0.0.1", lab.resolving)]
    resolver.lifetime = 1
    spf = check_spf(case.domain, resolver=resolver, timeout=1, retries=0)
    dmarc = check_dmarc(case.domain, resolver=resolver, timeout=1, retries=0)
    if spf["valid"]:
        result = spf["parsed"]["all"]
    else:
        result = "none" if spf["error"] == "An SPF record does not exist." else "permerror"
    if not dmarc["valid"]:
        return result, ""
    return result, dmarc["tags"]["p" if dmarc["location"] == case.domain else "sp"]["value"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.domain)
def test_every_domain_is_judged_as_the_rfcs_have_it(lab: DnsLab, case: Case):
    """What check_host() says of a stranger, and what DMARC asks for."""
    assert ours(lab, case) == (case.spf, case.policy), case.why


def test_where_checkdmarc_differs_is_known_and_argued(lab: DnsLab):
    """The table of disagreements is neither longer nor shorter than what is found."""
    differing = {case.domain for case in CASES if theirs(lab, case) != (case.spf, case.policy)}
    assert differing == set(DISAGREEMENTS)
