"""What the scanner calls itself, whatever a policy file holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.collect.network.identity import NAMELESS, Identity

COMA = Identity("Coma Cloud", "security@comacloud.example", "0.1.0")


def test_it_names_the_provider_and_whom_to_ask() -> None:
    """In every protocol that has a place for it."""
    assert COMA.user_agent == "Posture/0.1.0 (security audit for Coma Cloud; security@comacloud.example)"
    assert COMA.ssh == "SSH-2.0-Posture_0.1.0"
    assert COMA.ehlo == "posture-audit.comacloud.example"
    assert NAMELESS.user_agent.endswith("(security audit)")
    assert NAMELESS.ehlo == "posture-audit.invalid"


@pytest.mark.parametrize(
    ("contact", "ehlo"),
    [
        ("abuse desk <security@comacloud.example>", "posture-audit.invalid"),
        ("https://comacloud.example/abuse", "posture-audit.invalid"),
        ("security@ComaCloud.Example.", "posture-audit.comacloud.example"),
        ("security@comacloud.example\r\nRCPT TO:<x@y.example>", "posture-audit.invalid"),
        ("x@" + "a." * 150 + "example", "posture-audit.invalid"),
        ("x@localhost", "posture-audit.invalid"),
    ],
)
def test_only_a_domain_is_greeted_with(contact: str, ehlo: str) -> None:
    """Else a name that never resolves."""
    assert Identity("Coma Cloud", contact).ehlo == ehlo


def test_a_version_of_another_form_stays_one_word() -> None:
    """No minus and no space after the second minus of an SSH identification (RFC 4253, 4.2)."""
    assert Identity(version="1.0-rc1 x").ssh == "SSH-2.0-Posture_1.0_rc1_x"


@given(st.text(), st.text(), st.text())
def test_no_policy_can_end_a_header_or_a_comment(provider: str, contact: str, version: str) -> None:
    """One line of bounded, printable ASCII, with the two parentheses that are ours."""
    who = Identity(provider, contact, version)
    agent = re.fullmatch(r"Posture/[A-Za-z0-9._+-]+ \(([\x20-\x7e]*)\)", who.user_agent)
    assert agent is not None
    assert not set(agent[1]) & set('()\\"<>')
    assert len(who.user_agent) < 300
    assert re.fullmatch(r"SSH-2\.0-[\x21-\x2c\x2e-\x7e]+", who.ssh)
    assert len(who.ssh) < 255
    assert re.fullmatch(r"[a-z0-9.-]+", who.ehlo)
    assert re.fullmatch(r"[A-Za-z0-9-]{1,23}", who.client)
