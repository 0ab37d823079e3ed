"""What is said of TLS servers is what they were set up to be: real ones, and emulated ones that none can be today."""

import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from posture.collect.scope import ScopeGate
from posture.facts.tls import ChainProblem


@pytest.mark.parametrize(
    ("variant", "accepted", "weak"),
    [
        ("modern", ("TLSv1.2", "TLSv1.3"), set()),
        ("old", ("TLSv1.0", "TLSv1.1", "TLSv1.2"), {"NULL", "anonymous"}),
        ("tls13", ("TLSv1.3",), set()),
        ("client-certificate", ("TLSv1.2", "TLSv1.3"), set()),
    ],
)
def test_versions_and_weak_suites_of_nginx(nginx, endpoint, variant, accepted, weak) -> None:
    """Each version is accepted or refused as configured, and nothing is left unknown."""
    seen = endpoint(nginx[variant], "shop.example")
    assert seen.accepted == accepted
    assert {*seen.accepted, *seen.refused} == {"SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
    assert {suite.family for suite in seen.weak} == weak
    assert (seen.unknown, seen.reason, seen.weak_reason) == ((), "", "")
    assert seen.certificate is not None


@pytest.mark.parametrize(
    ("emulator", "accepted", "weak"),
    [
        ("sslv2", ("SSLv2", "SSLv3", "TLSv1.0"), set()),
        ("sslv3", ("SSLv3",), {("SSLv3", "RC4"), ("SSLv3", "3DES")}),
        ("export", ("TLSv1.0", "TLSv1.1", "TLSv1.2"), {("TLSv1.2", "EXPORT")}),
        ("rc4", ("TLSv1.0", "TLSv1.2"), {("TLSv1.0", "RC4")}),
        ("des", ("TLSv1.0", "TLSv1.1", "TLSv1.2"), {("TLSv1.2", "DES")}),
        ("3des", ("TLSv1.0", "TLSv1.1", "TLSv1.2"), {("TLSv1.2", "3DES")}),
        ("hangs-up", ("TLSv1.2",), set()),
    ],
)
def test_what_no_current_library_speaks(emulated, endpoint, emulator, accepted, weak) -> None:
    """SSL 2.0 and 3.0, EXPORT, RC4, DES and 3DES are found; hanging up on one hello while taking another is a no."""
    seen = endpoint(emulated(emulator))
    assert (seen.accepted, seen.unknown) == (accepted, ())
    assert {(suite.protocol, suite.family) for suite in seen.weak} == weak


@pytest.mark.parametrize(
    ("variant", "trusted", "problem"),
    [
        ("modern", True, ChainProblem.NONE),
        ("client-certificate", True, ChainProblem.NONE),
        ("expired", False, ChainProblem.DATES),
        ("early", False, ChainProblem.DATES),
        ("self-signed", False, ChainProblem.SELF_SIGNED),
        ("incomplete", False, ChainProblem.ISSUER_MISSING),
    ],
)
def test_trust_is_that_of_the_systems_roots(
    nginx, endpoint, certificates, monkeypatch, variant, trusted, problem
) -> None:
    """With the lab's root among the system's, each chain is trusted or not for its own reason."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.roots))
    shown = endpoint(nginx[variant], "shop.example").certificate
    assert (shown.trusted, shown.chain_problem) == (trusted, problem)
    assert shown.self_signed is (variant == "self-signed")


def test_a_whole_chain_to_a_root_nobody_knows(certificates, endpoint, run_server, pick_port, tmp_path) -> None:
    """A private authority's root that is sent along is told apart from an issuer that was left out."""
    certificate, key = certificates.write("private")
    whole = tmp_path / "whole.pem"
    whole.write_bytes(certificate.read_bytes() + certificates.roots.read_bytes())
    port = pick_port()
    options = ("-accept", f"127.0.0.1:{port}", "-cert", certificate, "-cert_chain", whole, "-key", key, "-quiet")
    with run_server("openssl", "s_server", *options, ports=(port,)):
        assert endpoint(port).certificate.chain_problem is ChainProblem.UNKNOWN_ROOT


def test_a_system_without_roots_trusts_and_distrusts_nobody(nginx, endpoint, monkeypatch, tmp_path) -> None:
    """Without any root certificate there is nothing to say about trust."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none-either"))
    shown = endpoint(nginx["modern"]).certificate
    assert (shown.trusted, shown.chain_problem) == (None, ChainProblem.NONE)
    assert "ca-certificates" in shown.trust_reason


def test_certificate_as_it_is(nginx, endpoint) -> None:
    """Names, key, dates and signature are read; the first name known is the one that is asked for."""
    seen = endpoint(nginx["modern"], "shop.example", "www.shop.example")
    shown = seen.certificate
    assert seen.name_asked == "shop.example"
    assert (shown.names, shown.more_names) == (("shop.example", "*.shop.example"), 0)
    assert (shown.key_type, shown.key_bits, shown.signature_hash) == ("ec", 256, "sha256")
    assert shown.subject == "CN=shop.example"
    assert shown.not_before < seen.observed < shown.not_after
    assert endpoint(nginx["ed25519"]).certificate.key_type == "ed25519"


def test_no_name_no_sni(nginx, endpoint) -> None:
    assert endpoint(nginx["modern"], "127.0.0.1").name_asked == ""


def test_rsa_key_and_old_signature(certificates, endpoint, run_server, pick_port, tmp_path) -> None:
    """A short key and a SHA-1 signature are shown as they are, and the server that has them is read all the same."""
    port, certificate, key = pick_port(), tmp_path / "c", tmp_path / "k"
    made = ("openssl", "req", "-x509", "-newkey", "rsa:1024", "-sha1", "-nodes", "-subj", "/CN=old")
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    options = ("-accept", f"127.0.0.1:{port}", "-cert", certificate, "-key", key, "-cipher", "ALL:@SECLEVEL=0")
    with run_server("openssl", "s_server", *options, "-quiet", ports=(port,)):
        shown = endpoint(port).certificate
    assert (shown.key_type, shown.key_bits, shown.signature_hash, shown.names) == ("rsa", 1024, "sha1", ())


def test_server_that_ends_without_a_client_certificate(certificates, endpoint, run_server, pick_port) -> None:
    """Up to TLS 1.2 such a server fails the handshake after showing its certificate, which is read before."""
    port = pick_port()
    certificate, key = certificates.write("strict", key=rsa.generate_private_key(65537, 2048))
    options = ("-accept", f"127.0.0.1:{port}", "-cert", certificate, "-key", key, "-Verify", 1)
    with run_server("openssl", "s_server", *options, "-verify_return_error", "-tls1_2", "-quiet", ports=(port,)):
        seen = endpoint(port)
    assert seen.accepted == ("TLSv1.2",)
    assert (seen.certificate.key_type, seen.certificate.key_bits) == ("rsa", 2048)


def test_a_careful_server_gets_few_connections(nginx, endpoint, monkeypatch) -> None:
    """Six versions, one hello for all weak suites, two handshakes."""
    opened = []
    connect = ScopeGate.connect
    monkeypatch.setattr(ScopeGate, "connect", lambda *args: opened.append(1) or connect(*args))
    endpoint(nginx["modern"], "shop.example")
    assert len(opened) == 9
