"""DKIM key records, good, broken and hostile, by RFC 6376, 8301 and 8463."""

from __future__ import annotations

import base64
import subprocess
import warnings

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_ssh_public_key,
)
from hypothesis import given
from hypothesis import strategies as st

from posture.collect.email.dkim.public_key import NoKey, rsa
from posture.collect.email.dkim.record import read_record
from posture.collect.email.dkim.selectors import common_selectors

RSA = generate_private_key(65537, 2048).public_key()
SPKI = RSA.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
BARE = RSA.public_bytes(Encoding.DER, PublicFormat.PKCS1)
EDWARDS = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()  # the same in every process


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize("raw", [SPKI, BARE], ids=["SubjectPublicKeyInfo", "RSAPublicKey"])
def test_an_rsa_key_is_read_in_both_forms(raw: bytes):
    """RFC 6376 names one form and its example shows the other; receivers take both."""
    record = read_record(f"v=DKIM1; k=rsa; p={b64(raw)}")
    assert (record.kind, record.bits, record.error) == ("rsa", 2048, "")
    known = load_ssh_public_key(b"ssh-rsa " + record.public.encode())
    assert isinstance(known, RSAPublicKey)
    assert known.public_numbers() == RSA.public_numbers()


def test_the_example_of_rfc_8463_is_read():
    """Its two keys, from appendix A.2."""
    edwards = read_record("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    classic = read_record(
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi"
        "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"
        "Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
    )
    assert (edwards.kind, edwards.bits, edwards.error) == ("ed25519", 256, "")
    assert (classic.kind, classic.bits, classic.error) == ("rsa", 1024, "")


def test_a_short_key_is_measured_not_refused():
    """512 bits are what must be told."""
    made = subprocess.run(
        "openssl genrsa 512 2>/dev/null | openssl rsa -pubout -outform DER 2>/dev/null",
        shell=True, capture_output=True, check=True,
    ).stdout  # fmt: skip
    assert read_record(f"p={b64(made)}").bits == 512


def test_the_defaults_are_those_of_the_rfc():
    """No v, no k: an RSA key for all services and hashes."""
    record = read_record(f"p={b64(SPKI)}")
    assert (record.error, record.testing, record.strict, record.sha1_only, record.services) == (
        "", False, False, False, ("*",),
    )  # fmt: skip


def test_space_may_stand_in_the_key_and_a_note_beside_it():
    """Zone files break keys into lines; n= is for people."""
    key = b64(SPKI)
    record = read_record(f"v=DKIM1 ; n=made in 2026; p= {key[:60]} {key[60:]} ;")
    assert (record.bits, record.error) == (2048, "")


def test_flags_say_testing_and_strict():
    """t=y and t=s, also together, and unknown flags beside them."""
    record = read_record(f"v=DKIM1; t=y:s:later; p={b64(SPKI)}")
    assert record.testing
    assert record.strict


def test_an_empty_key_is_revoked_and_no_mistake():
    """RFC 6376, 3.6.1."""
    record = read_record("v=DKIM1; p=")
    assert (record.revoked, record.error, record.bits) == (True, "", 0)


def test_a_key_for_sha1_alone_is_told():
    """RFC 8301 forbids SHA-1, so no signature can be held against it."""
    assert read_record(f"h=sha1; p={b64(SPKI)}").sha1_only
    assert not read_record(f"h=sha1:sha256; p={b64(SPKI)}").sha1_only


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "no list of tags"),
        ("hello", "no list of tags"),
        ("v=DKIM1; k=rsa", "no p="),
        ("v=spf1 -all", "v="),
        (f"p={b64(SPKI)}; v=DKIM1", "come first"),
        (f"v=DKIM1; p={b64(SPKI)}; p={b64(SPKI)}", "more than once"),
        (f"v=DKIM1; k=dsa; p={b64(SPKI)}", "do not know"),
        (f"v=DKIM1; s=other; p={b64(SPKI)}", "something else than e-mail"),
        ("v=DKIM1; p=not base64!", "no base64"),
        (f"v=DKIM1; p={b64(SPKI)[:-7]}", "no base64"),
        (f"v=DKIM1; p={b64(SPKI[:-9])}", "cut off"),
        (f"v=DKIM1; p={b64(SPKI + b'123')}", "3 bytes stand behind"),
        (f"v=DKIM1; p={b64(b'rubbish')}", "no public key"),
        (f"v=DKIM1; p={b64(bytes([0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]))}", "cut off"),
        (f"v=DKIM1; p={b64(bytes([0x30, 0xFF]) + b'x' * 200)}", "length"),
        (f"v=DKIM1; k=ed25519; p={b64(b'short')}", "32 bytes"),
        (
            f"v=DKIM1; k=ed25519; p={b64(EDWARDS.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))}",
            "wrapped",
        ),
        (f"v=DKIM1; p={b64(EDWARDS.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))}", "Ed25519"),
        ("v=DKIM1; p=" + "A" * 20_000, "more than any key needs"),
        ("v=DKIM1; n=caf\u00e9; p=", "ASCII"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named(text: str, word: str):
    """A person reads the reason and knows what to mend."""
    assert word in read_record(text).error


@given(st.binary(max_size=400))
def test_no_bytes_are_read_as_another_key_than_a_library_reads(raw: bytes):
    """Rubbish is refused; what is taken is what cryptography takes."""
    try:
        key = rsa(raw)
    except NoKey:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert getattr(load_der_public_key(raw), "key_size", key.bits) == key.bits


@given(st.text(max_size=200) | st.from_regex(r"v=DKIM1; [a-z]=[ -~]{0,40}; p=[A-Za-z0-9+/=]{0,80}", fullmatch=True))
def test_no_text_breaks_the_reader(text: str):
    """What a stranger publishes is read, or named as broken."""
    record = read_record(text)
    assert record.error or record.revoked or record.public


def test_the_common_selectors_are_bounded_and_each_once():
    """Each is a question to the DNS."""
    names = common_selectors()
    assert {"google", "selector1", "k1", "s1", "default", "dkim", "fm1", "protonmail", "s1-ionos"} <= set(names)
    assert len(names) == len(set(names)) <= 70
