"""Keys whose private half others have: the lists, and the mathematics, on keys made for it."""

import base64
import hashlib
import json
import random
import struct
from datetime import UTC, datetime
from math import prod

import gmpy2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from posture.advisories.errors import Refused
from posture.advisories.feeds.config import Feed
from posture.advisories.feeds.update import update_feed
from posture.advisories.flaws.book import AdvisoryBook
from posture.advisories.weak_keys.fleet_primes import newly_shared
from posture.advisories.weak_keys.key import NotJudged, RsaNumbers, material
from posture.advisories.weak_keys.known_keys import hash_of, shipped, shipped_lists
from posture.advisories.weak_keys.primes import primes
from posture.advisories.weak_keys.rsa import flaw_of
from posture.advisories.weak_keys.shared_primes import shared
from posture.facts.key_flaws import KeyInPlace, KeyStand
from posture.model.sighting import KeyRole

NOW = datetime(2026, 11, 23, tzinfo=UTC)
STAND = KeyStand(KeyRole.AUTHORIZED, "vagrant", "/home/vagrant/.ssh/authorized_keys:1")

# The insecure public key of Vagrant, github.com/hashicorp/vagrant keys/vagrant.pub (MIT).
VAGRANT = (
    "AAAAB3NzaC1yc2EAAAABIwAAAQEA6NF8iallvQVp22WDkTkyrtvp9eWW6A8YVr+kz4TjGYe7gHzIw+niNltGEFHzD8+v1I2YJ6oXevct1YeS0o9H"
    "ZyN1Q9qgCgzUFtdOKLv6IedplqoPkcmF0aYet2PkEDo3MlTBckFXPITAMzF8dJSIFo9D8HfdOV0IAdx4O7PtixWKn5y2hMNG0zQPyUecp4pzC6ki"
    "vAIhyfHilFR61RGL+GPXQ2MWZWFYbAGjyiYJnAmCP3NOTd0jMZEnDkbUvxhMmBYSdETk1rRgm+R4LOzFUGaHqHDLKLX+FIPKcF96hrucXzcWyLbI"
    "bEgE98OHlnVYCzRdK8jlqm8tehUc9c9WhQ=="
)
CHANCE = random.Random(15361)


def a_prime(bits: int) -> int:
    return int(gmpy2.next_prime(CHANCE.getrandbits(bits) | 3 << bits - 2))


def infineons_prime(bits: int) -> int:
    """k·M + (65537^a mod M), the form of CVE-2017-15361."""
    m = prod(primes(168))
    while True:
        found = CHANCE.getrandbits(bits - m.bit_length()) * m + pow(65537, CHANCE.getrandbits(60), m)
        if gmpy2.is_prime(found):
            return found


def wire(n: int, e: int = 65537) -> str:
    """ssh-rsa as RFC 4253, 6.6 has it."""
    fields = (b"ssh-rsa", e.to_bytes(e.bit_length() // 8 + 1, "big"), n.to_bytes(n.bit_length() // 8 + 1, "big"))
    return base64.b64encode(b"".join(struct.pack(">I", len(one)) + one for one in fields)).decode()


def in_place(public: str, kind: str = "ssh-rsa", stand: KeyStand = STAND) -> KeyInPlace:
    digest = base64.b64encode(hashlib.sha256(base64.b64decode(public)).digest()).decode().rstrip("=")
    return KeyInPlace(kind, 2048, f"SHA256:{digest}", public, stand)


@pytest.fixture
def book(tmp_path) -> AdvisoryBook:
    return AdvisoryBook(tmp_path)


def test_vagrants_key_is_known_wherever_it_stands(book):
    """The key of a million training machines is told with the list it is on, once, with both its places."""
    root = KeyStand(KeyRole.AUTHORIZED, "root", "/root/.ssh/authorized_keys:9")
    answer = book.keys([in_place(VAGRANT), in_place(VAGRANT, stand=root)], NOW)
    (flaw,) = answer.flaws
    assert (flaw.kind, flaw.places) == ("published", (STAND, root))
    assert "Vagrant" in flaw.detail


def test_every_shipped_record_is_found():
    """The search of the lists ends at the right record, first and last included; what is not there is not found."""
    assert sum(count for _, count in shipped_lists()) == 71_741
    assert not shipped(bytes(15))
    assert not shipped(b"\xff" * 15)
    assert shipped(hash_of(material("ssh-rsa", VAGRANT).value)).startswith("Vagrant")


@pytest.mark.parametrize("bits", [512, 1024])
def test_infineons_keys_are_told_and_others_are_not(bits):
    """ROCA is told by the form of the modulus; keys of other makers are left in peace."""
    assert flaw_of(RsaNumbers(infineons_prime(bits) * infineons_prime(bits), 65537))[0] == "roca"
    for _ in range(20):
        assert flaw_of(RsaNumbers(a_prime(512) * a_prime(512), 65537)) is None


def test_primes_too_close_are_found():
    """Two primes next to each other fall to Fermat's method in the first rounds (CVE-2022-26320)."""
    first = a_prime(1024)
    assert flaw_of(RsaNumbers(first * int(gmpy2.next_prime(first)), 65537))[0] == "fermat"
    assert flaw_of(RsaNumbers(first * first, 65537))[0] == "fermat"


@pytest.mark.parametrize("factor", [2, 3, 65521])
def test_small_factors_are_found(factor):
    """A modulus with a small factor comes from a broken generator or a flipped bit."""
    kind, said = flaw_of(RsaNumbers(factor * a_prime(2000), 65537))
    assert kind == "small-factor"
    assert str(factor) in said


@pytest.mark.parametrize("exponent", [0, 1, 4])
def test_exponents_that_protect_nothing(exponent):
    """An exponent of one or an even one makes no signature that only one can make."""
    assert flaw_of(RsaNumbers(a_prime(512) * a_prime(512), exponent))[0] == "exponent"


def test_old_putty_exponents_are_no_flaw():
    """PuTTY's old keys have the exponent 37, OpenSSH's had 35: odd, and as good as others."""
    assert flaw_of(RsaNumbers(a_prime(512) * a_prime(512), 37)) is None


def test_shared_primes_name_the_partners():
    """Keys that share a prime are found among those that do not, whichever prime it is."""
    one, two, three = a_prime(512), a_prime(512), a_prime(512)
    others = {f"other {number}": a_prime(512) * a_prime(512) for number in range(9)}
    moduli = {**others, "a": one * two, "b": two * three, "c": three * one, "again a": one * two}
    assert shared(moduli) == {
        "a": ("b", "c"), "again a": ("b", "c"), "b": ("a", "again a", "c"), "c": ("a", "again a", "b"),
    }  # fmt: skip
    assert not shared(others)
    assert not shared({"a": one * two, "again a": one * two})
    assert not shared({})


@pytest.mark.parametrize("key", [ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP384R1())])
def test_other_types_are_held_against_the_lists(key, book, tmp_path):
    """Curves have no weak-key mathematics here, and are judged by the lists, also by one brought as a feed."""
    kind, public, *_ = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode().split()
    assert not book.keys([in_place(public, kind)], NOW).flaws
    folder = tmp_path / "published"
    folder.mkdir()
    record = hash_of(material(kind, public).value)
    (folder / "blocklist.dat").write_bytes(bytes(15) + b"\x07" + record + b"\x09")
    (folder / "badkeysdata.json").write_text(json.dumps({"bkformat": 0, "blocklists": [{"id": 9, "name": "ours"}]}))
    update_feed(Feed("known", "badkeys", (str(folder),)), tmp_path / "feeds", NOW)
    brought = AdvisoryBook(tmp_path / "feeds")
    (flaw,) = brought.keys([in_place(public, kind)], NOW).flaws
    assert (flaw.kind, flaw.source) == ("published", "ours")
    assert ("list 7", 1) in brought.keys([], NOW).lists


def test_a_broken_list_is_not_brought(tmp_path):
    """A list of the wrong length is refused rather than read askew."""
    (tmp_path / "blocklist.dat").write_bytes(bytes(17))
    with pytest.raises(Refused, match="multiple of 16"):
        update_feed(Feed("known", "badkeys", (str(tmp_path / "blocklist.dat"),)), tmp_path / "feeds", NOW)


def test_what_cannot_be_judged_is_told(book):
    """A key without a public half and a broken one are gaps; that of a security key needs no test."""
    sk = rsa.generate_private_key(65537, 2048).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    answer = book.keys(
        [in_place("", "ssh-rsa"), in_place("AAAA", "ssh-rsa"), in_place(sk.decode().split()[1], "sk-ssh-x")], NOW
    )
    assert [role for role, _ in answer.gaps] == [KeyRole.AUTHORIZED] * 2
    assert (answer.judged, answer.flaws) == (0, ())


def test_a_key_longer_than_any_is_left_alone():
    """A hostile modulus does not buy computing time."""
    with pytest.raises(NotJudged):
        material("ssh-rsa", wire((1 << 20_000) + 1))


def test_a_hostile_key_hides_no_other(book):
    """A key with numbers beyond any that people make is judged or told as a gap; the others beside it are judged."""
    b = 1 << 1100
    a = (1 << 2200) + 1
    while flaw_of(RsaNumbers((a - b) * (a + b), 65537))[0] != "fermat":
        a += 2
    answer = book.keys([in_place(wire((a - b) * (a + b))), in_place(VAGRANT)], NOW)
    assert {flaw.kind for flaw in answer.flaws} == {"fermat", "published"}


def test_nobody_puts_others_under_suspicion():
    """Whoever multiplies the public moduli of others into a key of his own shares no prime with them."""
    one, two, prime = (a_prime(512) * a_prime(512) for _ in range(3))
    assert not shared({"attacker": one * two * prime, "one": one, "two": two})
    assert not newly_shared({"attacker": one * two * prime}, {str(n): n for n in (one, two, prime)})
