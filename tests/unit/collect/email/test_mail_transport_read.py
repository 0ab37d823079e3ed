"""MTA-STS, TLS-RPT and BIMI of real zones, with the policy file from a real server over TLS."""

from __future__ import annotations

import datetime as dt
import http.server
import os
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from dns_lab import DnsLab, Signed, Zone, dns_lab
from hypothesis import given
from hypothesis import strategies as st

from posture.collect.email.mta_sts_policy import matches, parse
from posture.facts.email.transport import BrandIndicator, MtaSts, TlsReporting
from posture.facts.unavailable import Unavailable

PART = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])  # servers of two workers have addresses of their own
SERVER = f"127.0.53.{PART}"
RECORD = '_mta-sts TXT "v=STSv1; id=20261101"\n'
GOOD = "version: STSv1\r\nmode: enforce\r\nmx: mx.{domain}\r\nmax_age: 604800\r\n"
MX = "@ MX 10 mx\nmx A 198.51.100.10\n"
PAGES = {
    "good": (200, GOOD),
    "moved": (301, ""),
    "gone": (404, "no such file"),
    "left-out": (200, GOOD.replace("mx.", "other.")),
    "void": (200, "version: STSv2\nmode: strict\n"),
    "long": (200, GOOD + "x: y\n" * 40_000),
}
DOMAINS = {name: f"{name}.example" for name in (*PAGES, "stranger", "outside")}


class Files(http.server.BaseHTTPRequestHandler):
    """The policy files, by the name that was asked for."""

    asked: list[str] = []  # noqa: RUF012  one server for the module

    def do_GET(self) -> None:
        host = self.headers["Host"]
        Files.asked.append(f"{host}{self.path}")
        status, text = PAGES[host.split(".")[1]]
        body = text.format(domain=host.removeprefix("mta-sts.")).encode()
        self.send_response(status)
        if status == 301:
            self.send_header("Location", "https://mta-sts.good.example/.well-known/mta-sts.txt")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def certificate(folder: Path, *names: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    today = dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "policies")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(),
                                   today - dt.timedelta(days=1), today + dt.timedelta(days=9))  # fmt: skip
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    signed = made.sign(key, hashes.SHA256())
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsLab]:
    folder = tmp_path_factory.mktemp("sts")
    certificate(folder, *(f"mta-sts.{name}.example" for name in PAGES))
    zones: dict[str, Zone | str] = {
        f"{name}.example": f"{RECORD}{MX}mta-sts A {SERVER}" for name in (*PAGES, "stranger")
    }
    zones |= {
        "outside.example": f"{RECORD}{MX}mta-sts A 127.0.54.1",
        "twice.example": RECORD + '_mta-sts TXT "v=STSv1; id=2"',
        "no-id.example": '_mta-sts TXT "v=STSv1; id=?"',
        "no-server.example": RECORD,
        "plain.example": '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@plain.example"\n'
        'default._bimi TXT "v=BIMI1; l=https://plain.example/logo.svg; a="',
        "odd.example": '_smtp._tls TXT "v=TLSRPTv1; rua=tls@odd.example"\ndefault._bimi TXT "v=BIMI1; l=; a="',
        "robbed.example": Zone("", Signed.STRIPPED),
    }
    server = http.server.ThreadingHTTPServer((SERVER, 443), Files)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    with pytest.MonkeyPatch.context() as patch, dns_lab(folder / "dns", zones) as running:
        patch.setenv("SSL_CERT_FILE", str(folder / "cert.pem"))
        yield running
    server.shutdown()
    server.server_close()
    serving.join(5)


def policy(lab: DnsLab, name: str) -> MtaSts:
    found = lab.look(f"{name}.example", (f"{SERVER}/32",))[MtaSts]
    assert isinstance(found, MtaSts), found
    return found


def test_a_policy_is_fetched_and_held_against_the_exchangers(lab):
    """Mode, age and names as the file has them; nobody is left out."""
    found = policy(lab, "good")
    assert (found.fetched, found.mode, found.max_age, found.problems) == (True, "enforce", 604_800, ())
    assert (found.patterns, found.unmatched) == (("mx.good.example",), ())


def test_an_exchanger_that_the_policy_leaves_out_is_named(lab):
    """Senders that enforce it do not deliver there."""
    assert policy(lab, "left-out").unmatched == ("mx.left-out.example",)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("moved", "status 301"),
        ("gone", "status 404"),
        ("long", "larger than"),
        ("stranger", "certificate"),
        ("twice", "only one is allowed"),
        ("no-id", "no id"),
        ("no-server", "no address"),
        ("void", "version"),
    ],
)
def test_what_senders_cannot_use_is_a_problem_with_its_reason(lab, name, said):
    """Redirects, other names' certificates, floods, missing files, two records."""
    found = policy(lab, name)
    assert said in found.problems[0]
    assert not found.not_fetched


def test_a_server_outside_the_networks_is_not_contacted(lab):
    """What nobody agreed to is not looked at, which is no fault of the policy."""
    before = len(Files.asked)
    found = policy(lab, "outside")
    assert "outside the networks" in found.not_fetched
    assert found.problems == ()
    assert len(Files.asked) == before
    assert not [one for one in lab.actions if "127.0.54.1" in one.target and "refused" not in one.result]


def test_who_is_told_of_failed_encryption(lab):
    """The address, and what is no address; a domain without a record has none."""
    plain, odd = (lab.look(f"{name}.example")[TlsReporting] for name in ("plain", "odd"))
    assert (plain.addresses, plain.problems) == (("mailto:tls@plain.example",), ())
    assert "no mailto: or https: address" in odd.problems[0]
    assert lab.look("good.example")[TlsReporting].texts == ()


def test_a_logo_is_noted_and_one_that_is_declined_is_none(lab):
    """Nothing is fetched."""
    plain, odd = (lab.look(f"{name}.example")[BrandIndicator] for name in ("plain", "odd"))
    assert (plain.logo, plain.declined) == ("https://plain.example/logo.svg", False)
    assert odd.declined


def test_no_answer_is_no_missing_record(lab):
    """A zone that was robbed of its signatures leaves all three unknown."""
    facts = lab.look("robbed.example")
    assert all(isinstance(facts[kind], Unavailable) for kind in (MtaSts, TlsReporting, BrandIndicator))


@given(st.text(max_size=400))
def test_no_file_breaks_the_parser(text):
    """Whatever the server says, it is a policy or has problems."""
    found = parse(text)
    assert found.problems or found.mode in {"enforce", "testing", "none"}


@pytest.mark.parametrize(
    ("name", "pattern", "fits"),
    [
        ("mx.bakery.example", "mx.bakery.example", True),
        ("MX.bakery.example.", "mx.bakery.example", True),
        ("mx.bakery.example", "*.bakery.example", True),
        ("a.mx.bakery.example", "*.bakery.example", False),
        ("bakery.example", "*.bakery.example", False),
    ],
)
def test_a_star_is_one_label(name, pattern, fits):
    """RFC 8461, 4.1."""
    assert matches(name, [pattern]) is fits
