from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from fleet import NOON, key_line

from posture.engine.fleet import fleet_keys
from posture.engine.sightings import keys_seen, modulus
from posture.facts.authorized_keys import AuthorizedKeys
from posture.facts.factset import COLLECTED, without
from posture.facts.host import OsRelease
from posture.facts.private_keys import PrivateKey, PrivateKeys
from posture.facts.ssh_trust import SshHostTrust, Trust
from posture.facts.sshd import ServerKey, ServerKeys
from posture.model.resource import ALL_HOSTS, Resource, ResourceKind, SshAccess
from posture.model.secret import SecretRef
from posture.model.sighting import FleetLook, KeyLook, KeyRole

HOST = Resource(ResourceKind.HOST, "web1", "198.51.100.2")
RELEASE = OsRelease("debian", "12", "bookworm", "Debian 12", hostname="web", observed=NOON)
NOTHING = without("the host is down", COLLECTED[ResourceKind.HOST])


def authorized(*keys):
    return {**NOTHING, AuthorizedKeys: AuthorizedKeys(keys, ("root",), (), (), "", NOON)}


def by_key(user):
    return replace(HOST, ssh=SshAccess(user, SecretRef.parse("file:/key"), ()))


def test_the_key_that_the_audit_logs_in_with_is_not_the_customers() -> None:
    """The provider has it on all hosts; of several keys of the account the one that is tied to a command is."""
    ours, theirs = key_line("ours", "auditor"), key_line("theirs", "auditor")
    seen = keys_seen(by_key("auditor"), authorized(ours, key_line("root's", "root")))
    assert [key.account for key in seen.sightings] == ["root"]
    tied = replace(ours, options=(("command", "/usr/local/sbin/posture-collect"),))
    seen = keys_seen(by_key("auditor"), authorized(tied, theirs))
    assert [key.fingerprint for key in seen.sightings] == [theirs.fingerprint]
    assert len(keys_seen(by_key("auditor"), authorized(ours, theirs)).sightings) == 2


def test_the_key_that_let_the_audit_in_is_known_among_several() -> None:
    """Where the login tells which key it was, that one is left out, however many others the account has."""
    ours, theirs = key_line("ours", "auditor"), key_line("theirs", "auditor")
    let_in = SshHostTrust(Trust.INVENTORY, "ssh-ed25519", "SHA256:h", ("SHA256:h",), "", NOON, login=ours.fingerprint)
    seen = keys_seen(by_key("auditor"), {**authorized(ours, theirs), SshHostTrust: let_in})
    assert [key.fingerprint for key in seen.sightings] == [theirs.fingerprint]


def test_a_host_keys_private_half_is_told_once() -> None:
    """It is the host key, not a private key that lies about."""
    shown = ServerKeys((ServerKey("/etc/ssh/k.pub", "ssh-ed25519", 256, "SHA256:h", ""),), (), NOON)
    files = (
        PrivateKey("/etc/ssh/k", "root", 0o600, "openssh", encrypted=False, fingerprint="SHA256:h"),
        PrivateKey("/root/.ssh/id", "root", 0o600, "openssh", encrypted=False, fingerprint="SHA256:p"),
    )
    facts = {**NOTHING, ServerKeys: shown, PrivateKeys: PrivateKeys(files, ("/",), 0, complete=True, observed=NOON)}
    assert {(key.role, key.fingerprint) for key in keys_seen(HOST, facts).sightings} == {
        (KeyRole.HOST, "SHA256:h"),
        (KeyRole.PRIVATE, "SHA256:p"),
    }


def test_what_could_not_be_looked_at_is_a_gap_of_its_role() -> None:
    """A host that is down is unseen in every role, with the reason."""
    seen = keys_seen(HOST, NOTHING)
    assert {gap.role for gap in seen.gaps} == set(KeyRole)
    assert {(gap.why, gap.whole) for gap in seen.gaps} == {("the host is down", True)}
    assert keys_seen(ALL_HOSTS, {}) is None


def test_a_look_of_an_earlier_run_counts_and_is_named(customer) -> None:
    """Keys of a host that was not looked at stay in the comparison; that it was not is told."""
    seen = keys_seen(HOST, authorized(key_line("a", "root")))
    fact = fleet_keys(customer, FleetLook((KeyLook("web1", False, seen), KeyLook("gone", True, seen))), NOON)
    assert [place.resource for key in fact.keys for place in key.places] == ["web1"]
    assert {gap.why for gap in fact.unseen} == {"it was not looked at in this audit"}


def test_two_looks_at_one_machine_are_told_by_its_own_word(customer) -> None:
    """Whatever runs on it; an earlier look proves that it is the same, and never that it is another."""
    first = keys_seen(HOST, {**NOTHING, OsRelease: replace(RELEASE, machine="a" * 32)})
    again = keys_seen(HOST, {**NOTHING, OsRelease: replace(RELEASE, machine="b" * 32)})
    assert (first.machine, first.hostname) == ("a" * 32, "web")
    assert keys_seen(HOST, {**NOTHING, OsRelease: RELEASE}).machine == ""
    two = replace(customer, resources=(HOST, replace(HOST, id="web2")))

    def running(*looks):
        return [one.running for one in fleet_keys(two, FleetLook(looks), NOON).machines]

    assert running(KeyLook("web1", True, first), KeyLook("web2", True, again)) == ["a" * 32, "b" * 32]
    assert running(KeyLook("web1", True, first), KeyLook("web2", False, again)) == ["a" * 32, ""]
    assert running(KeyLook("web1", True, first), KeyLook("web2", False, first)) == ["a" * 32, "a" * 32]


@pytest.fixture
def customer():
    import fleet  # noqa: PLC0415

    return replace(fleet.customers(1, 0)[0], resources=(HOST,))


@pytest.mark.parametrize("public", ["", "%%%", "AAAA", base64.b64encode(b"\0\0\0\x07ssh-rsa\xff\xff\xff\xff").decode()])
def test_a_broken_public_key_has_no_modulus(public) -> None:
    """What a host says of a key is bounded by what is there."""
    assert modulus(public) == ""


def test_the_modulus_is_the_third_part() -> None:
    """RFC 4253, 6.6: the name, the exponent, the modulus."""
    parts = (b"ssh-rsa", b"\1\0\1", b"\0\xc5\x01")
    wire = b"".join(len(part).to_bytes(4) + part for part in parts)
    assert modulus(base64.b64encode(wire).decode()) == "c501"


@pytest.mark.parametrize(("size", "known"), [(2_048, True), (2_049, False), (200_000, False)])
def test_a_modulus_that_no_server_takes_is_not_compared(size: int, known: bool) -> None:
    """A key of 16,384 bits is the largest there is; a longer number only costs the others time."""
    parts = (b"ssh-rsa", b"\1\0\1", b"\0" + b"\xc5" * size)
    wire = b"".join(len(part).to_bytes(4) + part for part in parts)
    assert bool(modulus(base64.b64encode(wire).decode())) is known
