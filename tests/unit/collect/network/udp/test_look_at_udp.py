"""What answers on UDP is named, and measured, and its quiet twin is not taken for it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from checks.exposure.ipmi_reachable import ipmi_reachable
from checks.exposure.snmp_public import snmp_public
from checks.exposure.tftp_reachable import tftp_reachable
from checks.exposure.udp_amplifier import udp_amplifier
from posture.engine.join import join
from posture.facts.network import Login, PortSweep, Vantage
from posture.facts.services import Services
from posture.facts.unavailable import Unavailable
from posture.model.verdict import Outcome

EMULATORS = next(p for p in Path(__file__).parents if p.name == "tests") / "lab" / "servers_udp.py"
NOT_NEEDED, UNKNOWN, REQUIRED, REFUSED = Login.NOT_NEEDED, Login.UNKNOWN, Login.REQUIRED, Login.REFUSED

OPEN = {
    7: ("echo", NOT_NEEDED, ""), 13: ("daytime", NOT_NEEDED, ""), 17: ("qotd", NOT_NEEDED, ""),
    19: ("chargen", NOT_NEEDED, ""), 37: ("time", NOT_NEEDED, ""), 53: ("domain", NOT_NEEDED, "open-resolver"),
    69: ("tftp", UNKNOWN, ""), 111: ("rpcbind", NOT_NEEDED, ""), 123: ("ntp", NOT_NEEDED, "monlist mode6"),
    137: ("netbios-ns", NOT_NEEDED, ""), 161: ("snmp", NOT_NEEDED, "community-public"), 177: ("xdmcp", UNKNOWN, ""),
    389: ("cldap", UNKNOWN, ""), 427: ("svrloc", NOT_NEEDED, ""), 520: ("route", NOT_NEEDED, ""),
    523: ("db2-discovery", NOT_NEEDED, ""), 623: ("asf-rmcp", UNKNOWN, "no-authentication cipher-zero"),
    1434: ("ms-sql-m", NOT_NEEDED, ""), 1900: ("upnp", NOT_NEEDED, ""), 2123: ("gtp-control", UNKNOWN, ""),
    3283: ("netassistant", UNKNOWN, ""), 3478: ("stun", NOT_NEEDED, ""), 3702: ("ws-discovery", NOT_NEEDED, ""),
    5060: ("sip", UNKNOWN, ""), 5351: ("nat-pmp", NOT_NEEDED, ""), 5353: ("mdns", NOT_NEEDED, ""),
    5683: ("coap", NOT_NEEDED, ""), 10001: ("ubiquiti-discovery", NOT_NEEDED, ""), 11211: ("memcached", NOT_NEEDED, ""),
    27015: ("halflife", NOT_NEEDED, ""), 27960: ("quake3", NOT_NEEDED, ""), 37810: ("dhcpdiscover", NOT_NEEDED, ""),
    47808: ("bacnet", NOT_NEEDED, ""),
}  # fmt: skip
QUIET = {
    53: ("domain", REFUSED, ""), 123: ("ntp", NOT_NEEDED, ""), 161: ("snmp", REQUIRED, ""), 427: ("", UNKNOWN, ""),
    3478: ("stun", NOT_NEEDED, ""), 5060: ("sip", UNKNOWN, ""), 27015: ("halflife", NOT_NEEDED, ""),
}  # fmt: skip


IN_ORDER = {69, 161, 623, 2123, 3478, 47808}  # small answers of services that may have to give them


def judged(host, answered, asked):
    """Ports that fail, by check."""
    now = host.target.clock()
    address = "198.51.100.20"  # as if it was looked at from outside
    ports = tuple(replace(port, address=address) for port in answered.values())
    sweep = PortSweep(address, Vantage.OUTSIDE, "1-65535", ports, 0, now, now, "nmap 7.93", asked_udp=asked)
    services = join(address, sweep, Unavailable("no SSH access is configured"))
    assert isinstance(services, Services)
    checks = (udp_amplifier, snmp_public, ipmi_reachable, tftp_reachable)
    return {
        check.id.removeprefix("exposure."): {
            int(v.subject.rpartition(":")[2].partition("/")[0])
            for v in check.judge(services)
            if v.outcome is Outcome.FAIL
        }
        for check in checks
    }


def without(expected, missing):
    return {port: what for port, what in expected.items() if port not in missing}


def told(answered):
    return {number: (port.service, port.login, port.weakness) for number, port in answered.items()}


def test_every_amplifier_is_named_and_measured(host, amplifiers) -> None:
    """Thirty-three services, each on its port, each with what it sent for what it got."""
    amplifiers(host)
    answered, asked = host.look()
    assert told(answered) == without(OPEN, host.missing)
    assert set(asked) == set(OPEN)
    for port in answered.values():
        assert port.protocol == "udp"
        assert port.amplification is not None
        assert port.transcript
    factors = {number: port.amplification.factor for number, port in answered.items()}
    assert all(factors[port] > 10 for port in {53, 123, 389, 1900, 3283, 11211} - host.missing)
    assert answered[123].amplification.asked.endswith("monlist)")
    assert answered[123].amplification.datagrams == 100
    assert judged(host, answered, asked) == {
        "udp-amplifier": set(OPEN) - IN_ORDER - host.missing,
        "snmp-public": {161} - host.missing,
        "ipmi-reachable": {623} - host.missing,
        "tftp-reachable": {69} - host.missing,
    }


def test_a_resolver_that_finds_no_answer_has_offered_to_look(host, resolver) -> None:
    """It took a stranger's question and could not reach the root: an offer, and said to be no more."""
    resolver(host, "allow", root=False)
    if 53 in host.missing:
        pytest.skip("unbound is not installed")
    answered, asked = host.look()
    assert told(answered) == {53: ("domain", UNKNOWN, "recursion-offered")}
    assert judged(host, answered, asked)["udp-amplifier"] == {53}


@pytest.mark.parametrize(("action", "weakness"), [("allow", "recursion-offered"), ("refuse_non_local", "")])
def test_a_resolver_with_a_copy_of_the_root_is_told_from_a_root_server(host, resolver, action, weakness) -> None:
    """Both answer for the root as their own (RFC 8806); who resolves for strangers says so."""
    resolver(host, action, copy=True)
    if 53 in host.missing:
        pytest.skip("unbound is not installed")
    answered, _ = host.look()
    assert told(answered) == {53: ("domain", UNKNOWN, weakness)}


def test_a_host_with_ipv6_alone_is_asked_too(host) -> None:
    """The same requests, the same answers."""
    host.start(17, sys.executable, "-I", EMULATORS, "qotd", 17, "::1")
    host.target = replace(host.target, address="::1")
    answered, asked = host.look()
    assert told(answered) == {17: ("qotd", NOT_NEEDED, "")}
    assert set(asked) == set(OPEN)


def test_the_quiet_twins_are_not_taken_for_amplifiers(host, twins) -> None:
    """They speak the protocol and keep to themselves what a stranger need not hear."""
    twins(host)
    answered, asked = host.look()
    assert told(answered) == without(QUIET, host.missing)
    assert set(asked) == set(OPEN)
    assert answered[427].login_reason == "it answered something that is not svrloc"
    assert not any(judged(host, answered, asked).values())
    small = {5060, 27015} | ({53, 123} - host.missing)
    assert all(answered[port].amplification.factor <= 1 for port in small)
