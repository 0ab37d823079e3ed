"""What answers strangers on UDP: proven by its answer, measured in bytes, and never said to be silent unasked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.exposure.ipmi_reachable import ipmi_reachable
from checks.exposure.memcached_open import memcached_open
from checks.exposure.snmp_public import snmp_public
from checks.exposure.tftp_reachable import tftp_reachable
from checks.exposure.udp_amplifier import udp_amplifier
from posture.sdk import Amplification, Login, Outcome, Reach, Severity

FAIL, PASS, NOT_APPLICABLE, NOT_ASSESSED = (
    Outcome.FAIL, Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.NOT_ASSESSED,
)  # fmt: skip
single = pytest.mark.parametrize(
    ("check", "name", "port"),
    [(snmp_public, "snmp", 161), (ipmi_reachable, "asf-rmcp", 623), (tftp_reachable, "tftp", 69)],
)
every = pytest.mark.parametrize("check", [snmp_public, ipmi_reachable, tftp_reachable, udp_amplifier])


@pytest.fixture
def udp(service):
    """A UDP service that answered `factor` bytes for each byte."""

    def make(name, port, factor=20.0, **changes):
        measured = Amplification("a request", 100, int(factor * 100), 1)
        return service(**({"name": name, "port": port, "protocol": "udp", "amplification": measured} | changes))

    return make


@pytest.fixture
def asked(services):
    """Services of a host whose UDP ports were asked."""
    return lambda *found, ports=(53, 69, 123, 161, 623): replace(services(*found), asked_udp=ports)


@pytest.mark.parametrize(
    ("name", "weakness", "factor", "outcome", "severity"),
    [
        ("domain", "open-resolver", 39, FAIL, Severity.HIGH),
        ("domain", "open-resolver", 4, FAIL, Severity.MEDIUM),
        ("domain", "recursion-offered", 1, FAIL, Severity.MEDIUM),
        ("domain", "upward-referral", 28, FAIL, Severity.HIGH),
        ("domain", "", 5, PASS, None),  # its own zones
        ("ntp", "monlist mode6", 5500, FAIL, Severity.HIGH),
        ("ntp", "mode6", 8, FAIL, Severity.MEDIUM),
        ("ntp", "", 1, PASS, None),
        ("snmp", "community-public", 8, PASS, None),  # for snmp-public
        ("snmp", "community-public", 10, FAIL, Severity.HIGH),
        ("snmp", "", 2, PASS, None),  # version 3
        ("memcached", "", 5, FAIL, Severity.HIGH),
        ("chargen", "", 74, FAIL, Severity.HIGH),
        ("cldap", "", 60, FAIL, Severity.HIGH),
        ("upnp", "", 3, FAIL, Severity.HIGH),
        ("echo", "", 1, FAIL, Severity.MEDIUM),
        ("tftp", "", 0.6, PASS, None),  # for tftp-reachable
        ("tftp", "", 4, FAIL, Severity.MEDIUM),
        ("asf-rmcp", "", 1.2, PASS, None),
        ("rpcbind", "", 4, FAIL, Severity.MEDIUM),
        ("stun", "", 1.6, PASS, None),
        ("sip", "", 0.7, PASS, None),
        ("sip", "", 5, FAIL, Severity.MEDIUM),
        ("halflife", "", 0.4, PASS, None),
        ("", "", 4, FAIL, Severity.MEDIUM),
        ("", "", 0.1, NOT_ASSESSED, None),
    ],
)
def test_amplifiers_are_told_from_services_that_do_their_work(
    udp, asked, only, name, weakness, factor, outcome, severity
) -> None:
    """What matters is whether strangers need the answer, and how large it is."""
    verdict = only(udp_amplifier, asked(udp(name, 1000, factor, weakness=weakness)))
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


def test_the_measured_factor_is_in_the_summary(udp, asked, only) -> None:
    """A reader sees how bad it is."""
    monlist = udp("ntp", 123, weakness="monlist", amplification=Amplification("its last clients", 8, 44_000, 100))
    assert "lists its last clients to anyone: 44,000 bytes for 8, 5,500 times" in only(
        udp_amplifier, asked(monlist)
    ).summary  # fmt: skip


@pytest.mark.parametrize(("reach", "outcome"), [(Reach.LOOPBACK, PASS), (Reach.BLOCKED, PASS)])
@pytest.mark.parametrize("name", ["domain", "memcached", "snmp"])
def test_out_of_reach_is_no_amplifier(udp, asked, only, name, reach, outcome) -> None:
    """It listens, and strangers get nothing from it."""
    quiet = udp(name, 53, reach=reach, amplification=None, login=Login.UNKNOWN)
    assert only(udp_amplifier, asked(quiet)).outcome is outcome


@pytest.mark.parametrize("name", ["domain", "ntp", "mdns", "upnp"])
def test_what_treats_its_own_machine_otherwise_is_not_judged_by_it(udp, asked, only, name) -> None:
    """A resolver answers its own machine: that says nothing about strangers."""
    own = udp(name, 53, weakness="open-resolver monlist", reach=Reach.SAME_MACHINE)
    assert only(udp_amplifier, asked(own)).outcome is NOT_ASSESSED


def test_what_treats_all_alike_is_judged_from_its_own_machine_too(udp, asked, only) -> None:
    """Memcached asks nobody who they are; that a firewall may stand in front is said."""
    verdict = only(udp_amplifier, asked(udp("memcached", 11211, reach=Reach.SAME_MACHINE)))
    assert verdict.outcome is FAIL
    assert "asked from its own machine" in verdict.summary


def test_all_silent_passes_with_the_number_of_ports(asked, only) -> None:
    """So the reader knows how much was looked at."""
    verdict = only(udp_amplifier, asked())
    assert (verdict.outcome, verdict.summary) == (PASS, "None of 5 UDP ports that were asked answered")


@single
def test_silence_on_its_port_means_there_is_none(asked, only, check, name, port) -> None:
    """Asked, and no answer: the question does not arise."""
    assert only(check, asked()).outcome is NOT_APPLICABLE
    assert only(check, asked(ports=(7,))).outcome is NOT_ASSESSED


@single
def test_something_else_on_the_port_leaves_it_open(udp, asked, only, check, name, port) -> None:
    """It answered, and nobody knows what it is."""
    odd = udp("", port, login=Login.UNKNOWN, login_reason=f"it answered something that is not {name}")
    verdict = only(check, asked(odd))
    assert verdict.outcome is NOT_ASSESSED
    assert "it answered something" in verdict.summary


@every
def test_what_was_not_asked_is_not_assessed(services, udp, only, outcomes, check) -> None:
    """No sweep, no UDP request, another address: no pass in any of them."""
    assert only(check, services()).outcome is NOT_ASSESSED
    blind = replace(services(blind="outside: nmap is not installed"), outside_seen=False)
    assert only(check, blind).summary == "nmap is not installed"
    unseen = replace(services(), asked_udp=(53, 69, 161, 623), unseen="1 more address was not looked at")
    assert only(check, unseen).outcome is NOT_ASSESSED


def test_each_amplifier_that_was_not_asked_is_told(udp, asked, outcomes) -> None:
    """How many others were silent, or what was found, says nothing of it."""
    unasked = ((161, "no socket was left"), (1900, "no socket was left"))
    silent = replace(asked(ports=(7,)), unasked_udp=unasked, host="198.51.100.2")
    missing = {"198.51.100.2:161/udp": NOT_ASSESSED, "198.51.100.2:1900/udp": NOT_ASSESSED}
    assert outcomes(udp_amplifier, silent) == missing
    found = replace(asked(udp("chargen", 19)), unasked_udp=unasked, host="198.51.100.2")
    assert outcomes(udp_amplifier, found) == {"198.51.100.2:19/udp": FAIL, **missing}


@single
def test_its_port_that_was_not_asked_is_told_with_the_reason(asked, only, check, name, port) -> None:
    """And no other."""
    left = replace(asked(ports=(7,)), unasked_udp=((9, "x"), (port, "no socket was left")), host="2001:db8::2")
    verdict = only(check, left)
    assert (verdict.outcome, verdict.subject) == (NOT_ASSESSED, f"[2001:db8::2]:{port}/udp")
    assert "no socket was left" in verdict.summary


@every
def test_a_listener_nobody_asked_is_not_assessed(udp, asked, judged, check) -> None:
    """It listens for others, by a program that may amplify, on a port or address that was not asked."""
    name = {snmp_public: "snmp", ipmi_reachable: "asf-rmcp", tftp_reachable: "tftp", udp_amplifier: "domain"}[check]
    reason = "UDP was not tried"
    untried = udp(name, 9999, reach=Reach.LISTENS, login=Login.UNKNOWN, login_reason=reason, amplification=None)
    (verdict,) = judged(check, asked(untried))
    assert (verdict.outcome, verdict.subject) == (NOT_ASSESSED, untried.subject)
    assert reason in verdict.summary


@pytest.mark.parametrize(
    ("login", "outcome"), [(Login.NOT_NEEDED, FAIL), (Login.REQUIRED, PASS), (Login.UNKNOWN, NOT_ASSESSED)]
)
def test_snmp_is_judged_by_what_it_gives_to_public(udp, asked, only, login, outcome) -> None:
    """Version 3 with a user is in order."""
    assert only(snmp_public, asked(udp("snmp", 161, login=login))).outcome is outcome


@pytest.mark.parametrize(
    ("weakness", "reach", "severity"),
    [
        ("", Reach.OUTSIDE, Severity.HIGH),
        ("cipher-zero", Reach.OUTSIDE, Severity.CRITICAL),
        ("cipher-zero", Reach.SAME_MACHINE, Severity.HIGH),
    ],
)
def test_ipmi_fails_whatever_it_asks(udp, asked, only, weakness, reach, severity) -> None:
    """The protocol gives away hashes of passwords; a login without any check is worse."""
    verdict = only(ipmi_reachable, asked(udp("asf-rmcp", 623, weakness=weakness, reach=reach)))
    assert (verdict.outcome, verdict.severity) == (FAIL, severity)


def test_tftp_fails_when_it_answers(udp, asked, only) -> None:
    """There is no login to ask for."""
    assert only(tftp_reachable, asked(udp("tftp", 69, login=Login.UNKNOWN))).outcome is FAIL


def test_memcached_that_answers_on_udp_is_open_too(udp, asked, only) -> None:
    """The same data without a login, besides the flood."""
    assert only(memcached_open, asked(udp("memcached", 11211, login=Login.NOT_NEEDED))).outcome is FAIL


@pytest.mark.parametrize(
    ("changes", "subjects"),
    [
        ({}, {"198.51.100.2:11211/tcp"}),
        ({"login": Login.REQUIRED}, {"198.51.100.2:11211/udp"}),
        ({"reach": Reach.BLOCKED}, {"198.51.100.2:11211/udp"}),
        ({"reach": Reach.SAME_MACHINE}, {"198.51.100.2:11211/tcp", "198.51.100.2:11211/udp"}),
        ({"name": "ssh"}, {"198.51.100.2:11211/udp"}),
        ({"port": 11212}, {"198.51.100.2:11212/tcp", "198.51.100.2:11211/udp"}),
    ],
)
def test_one_cache_on_tcp_and_udp_is_told_once(udp, asked, service, outcomes, changes, subjects) -> None:
    """What it gives away is the same on both; where strangers get it by datagram only, that is the finding."""
    tcp = service(**({"name": "memcached", "port": 11211} | changes))
    found = outcomes(memcached_open, asked(tcp, udp("memcached", 11211, login=Login.NOT_NEEDED)))
    assert {subject for subject, outcome in found.items() if outcome is FAIL} == subjects
