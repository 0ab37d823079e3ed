"""Whatever a source answers, what was seen to be wrong is never called right: each path in turn, each kind of fault."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from accounts_server import AccountsServer, Asked, Reply, started, stopped
from accounts_sources import SOURCES
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from checks.mfa.accounts_admin_without_mfa import accounts_admin_without_mfa
from checks.mfa.accounts_dormant_admin import accounts_dormant_admin
from checks.mfa.accounts_not_enforced import accounts_not_enforced
from checks.mfa.accounts_phishable import accounts_phishable
from checks.mfa.accounts_without_mfa import accounts_without_mfa
from posture.collect import scope
from posture.collect.accounts.http import MOST_BYTES
from posture.facts.people import DirectoryAccounts
from posture.facts.unavailable import Unavailable
from posture.sdk import Outcome

CHECKS = (
    accounts_admin_without_mfa,
    accounts_without_mfa,
    accounts_not_enforced,
    accounts_phishable,
    accounts_dormant_admin,
)
HERE = ip_address("127.0.0.1")
DEEP = b"[" * 100_000
FAULTS: dict[str, Callable[[], Reply]] = {
    "401": lambda: Reply({"error": "no"}, 401),
    "403": lambda: Reply({"error": "no"}, 403),
    "404": lambda: Reply({"error": "no"}, 404),
    "422": lambda: Reply({"message": "no"}, 422),
    "429": lambda: Reply({"error": "slow down"}, 429, (("Retry-After", "1"),)),
    "500": lambda: Reply(None, 500, raw=b"<html>oops</html>"),
    "redirect": lambda: Reply(None, 302, (("Location", "https://elsewhere.example/"),)),
    "no JSON": lambda: Reply(raw=b"<html>a login page</html>"),
    "deep": lambda: Reply(raw=DEEP),
    "empty": lambda: Reply(raw=b""),
    "cut": lambda: Reply(raw=b'[{"us', cut=50),
    "null": lambda: Reply(None),
    "list": lambda: Reply([]),
    "object": lambda: Reply({}),
    "number": lambda: Reply(7),
    "list of numbers": lambda: Reply([1, 2, 3]),
    "empty items": lambda: Reply([{}, {}]),
    "wrong types": lambda: Reply({"data": 7, "users": "x", "value": {}, "Resources": True, "links": [], "metadata": 1}),
    "strange numbers": lambda: Reply(raw=b'[{"level": 1e999, "id": NaN, "username": 1e999, "enabled": 5}]'),
    "endless": lambda: Reply(raw=b'{"totalResults": 1e999, "Resources": [{"userName": "x"}], "value": [{}]}'),
    "empty lists": lambda: Reply(
        {"data": [], "users": [], "value": [], "Resources": [], "totalResults": 9, "metadata": {"result": 1}}
    ),
}


def outcomes(fact):
    """What each check says, the worst of it."""
    if isinstance(fact, Unavailable):
        return {check.id: {Outcome.NOT_ASSESSED} for check in CHECKS}
    return {check.id: {verdict.outcome for verdict in check.judge(fact)} for check in CHECKS}


@pytest.mark.parametrize("source", SOURCES)
def test_no_fault_turns_what_was_wrong_into_a_pass(look, server, source):
    """A check that fails on a source fails, or is not assessed, whatever one path answers instead."""
    whole = outcomes(look(source))
    wrong = {name for name, every in whole.items() if Outcome.FAIL in every}
    assert wrong >= {"mfa.accounts-admin-without-mfa", "mfa.accounts-without-mfa"}
    for path in dict.fromkeys(server.paths):
        for name, fault in FAULTS.items():
            if name == "list" and path.endswith(("/roles", "/composite", "/credentials", "/factors")):
                continue  # a user who has none of them is answered so
            server.faults = {path: lambda _, fault=fault: fault()}
            found = outcomes(look(source))
            for check, every in found.items():
                assert every, (path, name, check)
                good = every & {Outcome.PASS, Outcome.NOT_APPLICABLE}
                assert not (check in wrong and good), (path, name, check, every)


@pytest.mark.parametrize("source", ["keycloak", "github-org", "google-workspace", "entra", "okta", "scim", "keystone"])
@pytest.mark.parametrize("fault", ["500", "429", "cut", "no JSON", "wrong types"])
def test_a_page_that_does_not_come_is_a_gap(look, server, source, fault):
    """What came before it is judged; nothing passes."""
    look(source)
    first = next(path for path in server.paths if path.lower().endswith(("users", "members", "details")))
    if source == "keycloak":
        many = [{"id": f"id-u{n}", "username": f"u{n}", "enabled": True, "totp": True} for n in range(100)]
        server.routes[first] = lambda asked: many if asked.query["first"] == "0" else []
    seen: dict[str, int] = {}

    def second(asked: Asked) -> Reply | None:
        key = json.dumps({k: v for k, v in asked.query.items() if k in {"filter", "role"}})
        seen[key] = seen.get(key, 0) + 1
        return FAULTS[fault]() if seen[key] > 1 else None

    server.faults = {first: second}
    fact = look(source)
    assert isinstance(fact, DirectoryAccounts)
    assert fact.accounts
    assert fact.gaps
    assert not any({Outcome.PASS} & every for every in outcomes(fact).values())


def test_pages_that_lead_in_a_circle_end(look, server):
    """A next page that was read before is not read again."""
    look("keystone")
    user = {"id": "1", "name": "alice", "enabled": True, "options": {}}
    server.routes["/v3/users"] = {"users": [user], "links": {"next": f"{server.url}/v3/users?marker=1"}}
    fact = look("keystone")
    assert any("circle" in gap for gap in fact.gaps)
    assert server.paths.count("/v3/users") < 8


@pytest.mark.parametrize(
    "place", ["https://evil.example", "http://127.0.0.1:1", "//evil.example", "http://127.0.0.1@evil.example"]
)
def test_the_login_goes_to_no_other_server(look, server, place):
    """A next page elsewhere is not asked for: the token would go with it."""
    look("entra")
    path = "/v1.0/reports/authenticationMethods/userRegistrationDetails"
    server.routes[path] = {"value": [{"userPrincipalName": "alice"}], "@odata.nextLink": f"{place}{path}?$skiptoken=1"}
    fact = look("entra")
    assert any("another server" in gap for gap in fact.gaps)


def test_an_answer_without_end_is_not_listened_to(look, server):
    """More than the limit is a fault, and is not kept in memory whole."""
    look("gitlab")
    server.faults = {"/api/v4/users": lambda _: Reply(raw=b" " * (MOST_BYTES + 100))}
    fact = look("gitlab")
    assert isinstance(fact, Unavailable)
    assert "larger than" in fact.reason


def test_a_rate_is_waited_for_and_asked_again(look, server):
    """429 with Retry-After, and GitHub's 403 without anything remaining."""
    look("github-org")
    busy = [
        Reply({"message": "slow"}, 429, (("Retry-After", "2"),)),
        Reply(
            {"message": "API rate limit exceeded"}, 403, (("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1"))
        ),
    ]
    server.faults = {"/orgs/bakery/members": lambda _: busy.pop() if busy else None}
    fact = look("github-org")
    assert not busy
    assert fact.gaps == ()
    assert {one.enrolled for one in fact.accounts} == {True, False}


@pytest.mark.parametrize(
    ("networks", "url", "reason"),
    [
        ("198.51.100.0/28", "URL", "outside the networks"),
        ("127.0.0.0/8", "http://198.51.100.7", "outside the networks"),
        ("127.0.0.0/8", "https://127.0.0.1:1", "could not be asked"),
        ("198.51.100.0/28", "http://198.51.100.7", "without encryption"),
        ("127.0.0.0/8", "gopher://127.0.0.1", "is no URL"),
    ],
)
def test_nothing_is_sent_where_it_may_not(look, server, networks, url, reason):
    """The gate refuses addresses that are not the customer's; a login never goes in clear over a network."""
    look("gitlab")
    server.asked.clear()
    fact = look("gitlab", networks=networks, url=url.replace("URL", server.url))
    assert isinstance(fact, Unavailable)
    assert reason in fact.reason
    assert server.asked == []


def test_a_public_service_needs_the_authorization_only(look, monkeypatch):
    """Its addresses are nobody's network here; a name that leads inside is refused."""
    monkeypatch.setattr(scope.ScopeGate, "_lookup", lambda _gate, _name: (ip_address("10.0.0.1"),))
    fact = look("github-org", networks="198.51.100.0/28", url="")
    assert isinstance(fact, Unavailable)
    assert "leads to no public address" in fact.reason


def test_a_missing_secret_is_named(look, server):
    """The place is told, and nothing is sent."""
    fact = look("gitlab", token="env:NOT_THERE")
    assert isinstance(fact, Unavailable)
    assert "NOT_THERE" in fact.reason
    assert server.asked == []


@pytest.mark.parametrize("secret", ["two\nlines", "tab\x00", "ümlaut€"])
def test_a_secret_that_no_header_can_hold_is_not_repeated(look, server, monkeypatch, secret):
    """Nothing is sent, and the reason names no part of it."""
    monkeypatch.setattr("posture.collect.accounts.asked.resolve", lambda _reference: secret)
    fact = look("gitlab")
    assert isinstance(fact, Unavailable)
    assert "no header can hold" in fact.reason
    assert secret not in fact.reason
    assert server.asked == []


@pytest.fixture
def encrypted(tmp_path) -> tuple[AccountsServer, str]:
    key, name = generate_private_key(SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pve")])
    begin = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begin, begin + timedelta(9))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(HERE), x509.DNSName("api.github.com")]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    ca, private = tmp_path / "ca.pem", tmp_path / "key.pem"
    ca.write_bytes(certificate.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(ca, private)
    emulated, listening = started(tls)
    yield emulated, str(ca)
    stopped(listening)


def test_the_certificate_is_verified(look, encrypted):
    """With the authority of the inventory it is read; without it, nothing is sent."""
    server, ca = encrypted
    SOURCES["gitlab"].fill(server)
    fact = look("gitlab", url=server.url)
    assert isinstance(fact, Unavailable)
    assert "certificate cannot be verified" in fact.reason
    assert server.asked == []
    assert isinstance(look("gitlab", url=server.url, ca=ca), DirectoryAccounts)
    missing = look("gitlab", url=server.url, ca="/nonexistent")
    assert "field ca" in missing.reason


def test_a_public_service_is_reached_at_its_public_address(look, encrypted, monkeypatch, actions):
    """Under the authorization alone, by its own name in the certificate; the log says so."""
    server, ca = encrypted
    SOURCES["github-org"].fill(server)
    dialled: list[tuple[str, int]] = []
    real, port_here = scope.connected, int(server.url.rpartition(":")[2])

    def instead(address, port, timeout, still):
        dialled.append((str(address), port))
        return real(HERE, port_here, timeout, still)

    monkeypatch.setattr(scope, "connected", instead)
    monkeypatch.setattr(scope.ScopeGate, "_lookup", lambda _gate, _name: (ip_address("140.82.121.6"),))
    server.url = "https://api.github.com"
    fact = look("github-org", networks="198.51.100.0/28", url="", ca=ca)
    assert isinstance(fact, DirectoryAccounts), fact
    assert {one.name for one in fact.accounts} == {"alice", "bob", "carol", "dave", "erin"}
    assert set(dialled) == {("140.82.121.6", 443)}
    assert [(one.what, one.target) for one in actions] == [("accounts read: https://api.github.com", "staff")]
