"""What of a host's keys was not looked at, for what judges one host and what compares all."""

from __future__ import annotations

from dataclasses import replace

import fleet
import pytest

from posture.engine.derive import derive
from posture.engine.key_gaps import key_gaps
from posture.engine.sightings import keys_seen
from posture.facts.accounts import Accounts
from posture.facts.authorized_keys import AuthorizedKeys
from posture.facts.factset import COLLECTED, Facts, without
from posture.facts.key_flaws import KeyFlaws
from posture.facts.private_keys import PrivateKey, PrivateKeys
from posture.facts.ssh_offers import HostKey, SshOffer, SshOffers
from posture.facts.sshd import ServerKeys, SshAuthorities, SshServer
from posture.facts.unavailable import Unavailable
from posture.model.resource import Resource, ResourceKind
from posture.model.sighting import KeyRole

NOON = fleet.NOON
HOST = Resource(ResourceKind.HOST, "web1", "198.51.100.2")
AUTHORIZED, HOSTS, PRIVATE, AUTHORITY = KeyRole.AUTHORIZED, KeyRole.HOST, KeyRole.PRIVATE, KeyRole.AUTHORITY
KEYS = AuthorizedKeys((fleet.key_line("a", "root"),), ("root",), (), (), "none", NOON)
SEARCH = PrivateKeys((), ("/root",), 0, complete=True, observed=NOON)
SHOWN = ServerKeys((), (), NOON)
SIGNERS = SshAuthorities((), (), "", "", (), NOON)
ASKED = SshServer((), (), "9.2", "ssh.service", NOON, listening=True)
WHOLE: Facts = {
    **without("not in this test", COLLECTED[ResourceKind.HOST]),
    AuthorizedKeys: KEYS,
    PrivateKeys: SEARCH,
    ServerKeys: SHOWN,
    SshAuthorities: SIGNERS,
    SshServer: ASKED,
    Accounts: Accounts((), True, NOON),
}


@pytest.mark.parametrize(
    ("fact", "roles", "why"),
    [
        (replace(KEYS, accounts_unread=("anna",)), {AUTHORIZED}, "authorized keys of anna could not be read"),
        (replace(KEYS, unreadable=("/k",)), {AUTHORIZED}, "authorized keys of /k could not be read"),
        (replace(KEYS, command="/usr/bin/sss_ssh_authorizedkeys"), {AUTHORIZED}, "from the command /usr/bin/sss_ssh"),
        (replace(SEARCH, complete=False), {PRIVATE}, "ended by its limit"),
        (replace(SEARCH, unreadable=2), {PRIVATE}, "not all places of private keys"),
        (replace(SHOWN, unreadable=("/etc/ssh/k",)), {HOSTS}, "the host key /etc/ssh/k could not be read"),
        (replace(SIGNERS, unreadable=("/etc/ssh/ca",)), {AUTHORITY}, "/etc/ssh/ca could not be read"),
        (Accounts((), True, NOON, elsewhere=("ldap", "sss")), {AUTHORIZED}, "accounts also come from ldap and sss"),
        (replace(ASKED, others="dropbear on port 2222"), {AUTHORIZED, AUTHORITY, HOSTS}, "dropbear on port 2222"),
        (replace(ASKED, unasked="a Match line by host name"), {AUTHORIZED, AUTHORITY}, "a Match line by host name"),
    ],
)
def test_a_part_that_was_not_looked_at_is_told_to_whoever_judges_keys(fact, roles, why) -> None:
    """Keys with known private halves may stand there as well as those that other hosts have."""
    facts = {**WHOLE, type(fact): fact}
    assert key_gaps(WHOLE) == ()
    assert derive(HOST, WHOLE, fleet.NoAdvice())[KeyFlaws].gaps == ()
    compared = keys_seen(HOST, facts)
    assert {gap.role for gap in compared.gaps} == roles
    assert not any(gap.whole for gap in compared.gaps)
    judged = derive(HOST, facts, fleet.NoAdvice())[KeyFlaws]
    assert {role for role, _ in judged.gaps} == roles
    assert all(why in reason for _, reason in judged.gaps)


def test_a_host_key_that_the_network_shows_is_compared_and_not_judged() -> None:
    """Its fingerprint is enough to find a clone, and not to find the private half."""
    key = HostKey("ssh-ed25519", 256, "SHA256:h")
    offer = SshOffer("198.51.100.2", 22, "SSH-2.0-x", (), (), (), (), (key,), "", NOON)
    facts = {**WHOLE, ServerKeys: Unavailable("needs root"), SshOffers: SshOffers((offer,), (), NOON)}
    assert keys_seen(HOST, facts).gaps == ()
    assert derive(HOST, facts, fleet.NoAdvice())[KeyFlaws].gaps == ((HOSTS, "needs root"),)


@pytest.mark.parametrize(
    ("path", "form", "type_", "gaps"),
    [
        ("/home/alex/.ssh/id_rsa", "pem", "ssh-rsa", 1),
        ("/home/alex/my keys/id_old", "pem", "ssh-rsa", 1),
        ("/srv/mail/dkim.pem", "pem", "ssh-rsa", 0),
        ("/var/www/x25519.key", "pkcs8", "", 0),
        ("/home/alex/.ssh/id_sk", "openssh", "sk-ssh-ed25519@openssh.com", 0),
    ],
)
def test_a_key_that_is_none_of_sshs_leaves_nothing_open(path, form, type_, gaps) -> None:
    """A TLS server's key with a passphrase opens no account; of an old key of SSH's the way to tell it is named."""
    key = PrivateKey(path, "alex", 0o600, form, encrypted=True, type=type_)
    found = derive(HOST, {**WHOLE, PrivateKeys: replace(SEARCH, keys=(key,))}, fleet.NoAdvice())[KeyFlaws].gaps
    assert [role for role, _ in found] == [PRIVATE] * gaps
    assert all(f"`ssh-keygen -p -f '{path}'`" in why or f"`ssh-keygen -p -f {path}`" in why for _, why in found)
