"""Proof before packets, from the command line: real resolvers and real web servers on loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from dns_lab import DnsLab, dns_lab

from posture.cli.main import _run
from posture.model.grant import Grant, Proof
from posture.store import Store, open_store

DONE, USAGE, SOME, NONE = 0, 2, 3, 4
PATH = "/.well-known/posture-challenge"
PART = 61 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])  # servers of two workers have addresses of their own
NET, WEB, OTHER = f"127.0.{PART}.0/24", f"127.0.{PART}.1", f"127.0.{PART}.2"
CONTRACT = ("--method", "contract", "--reference", "C-1", "--signed-by", "Jane Doe")
ZONES = dict.fromkeys(("new.test", "wild.test", "alias.test", "web.test", f"{PART}.0.127.in-addr.arpa"), "")


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys) -> Run:
    """run("authorize", ...) in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POSTURE_DATABASE", raising=False)
    monkeypatch.delenv("POSTURE_RESOLVER", raising=False)

    def call(*words: str) -> Said:
        code = _run(list(words))
        told = capsys.readouterr()
        return Said(code, told.out, told.err)

    return call


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[DnsLab]:
    with dns_lab(tmp_path_factory.mktemp("authorize-dns"), ZONES) as running:
        yield running


@pytest.fixture
def kept(tmp_path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'posture.db'}") as store:
        yield store


def start(run: Run, *words: str, customer: str = "new-gmbh", method: str = "dns-txt") -> str:
    """Begin; the token of the only target."""
    said = run("authorize", "start", customer, "--name", "New GmbH", "--method", method, *words)
    assert said.code == DONE, said.err
    (token,) = set(re.findall(r"posture-challenge=[\w-]{43}", said.out))
    return token


def check(run: Run, *labs: DnsLab, customer: str = "new-gmbh") -> Said:
    return run("authorize", "check", customer, *(word for one in labs for word in ("--resolver", one.resolver)))


def the_grant(store: Store) -> Grant:
    (found,) = store.grants("new-gmbh")
    return found


def test_a_domain_is_proven_once_its_record_is_there(run, lab, kept):
    """Before, the exact record to publish; after, what was seen through whom and until when it counts, for good."""
    lab.change("new.test", "")
    token = start(run, "--domain", "New.test.")
    before = check(run, lab)
    assert before.code == NONE
    assert "there is no TXT record at _posture-challenge.new.test" in before.out
    assert f'publish: _posture-challenge.new.test. 300 IN TXT "{token}"' in before.out
    lab.change("new.test", f'_posture-challenge TXT "{token}"\n_posture-challenge TXT "something else"')
    assert check(run, lab).code == DONE
    grant = the_grant(kept)
    assert (grant.domains, grant.networks) == (("new.test",), ())
    assert lab.resolver in grant.proofs[0].seen
    assert timedelta(days=89) < grant.valid_until - grant.valid_from <= timedelta(days=90)
    lab.change("new.test", "")
    assert check(run, lab).code == DONE, "what was seen stands until its end"
    assert not [a for a in kept.actions("new-gmbh") if "tcp" in a.target], "a domain proves no address"


def test_what_to_publish_can_be_shown_again(run):
    """Until it is proven."""
    token = start(run, "--domain", "new.test", "--reference", "N-1")
    assert f'_posture-challenge.new.test. 300 IN TXT "{token}"' in run("authorize", "show", "N-1").out
    shown = json.loads(run("authorize", "show", "N-1", "--json").out)
    assert (shown["status"], shown["unproven"]) == ("waiting", ["new.test"])
    assert token in json.dumps(shown["to_publish"])


@pytest.mark.parametrize(
    "records",
    [
        '* TXT "{}"',
        '* TXT "{0}"\n_posture-challenge TXT "{0}"',
        '* CNAME all.new.test.\nall.new.test. TXT "{}"',
    ],
    ids=["text", "text besides", "alias"],
)
def test_a_wildcard_proves_nothing(run, lab, kept, records):
    """Whoever answers for every name has not answered for this one, whether by a text or by an alias."""
    token = start(run, "--domain", "wild.test")
    lab.change("wild.test", records.format(token).replace("new.test", "wild.test"))
    said = check(run, lab)
    assert said.code == NONE
    assert "a wildcard answers for every name" in said.out
    assert kept.grants() == ()


@pytest.mark.parametrize(
    "records",
    ['* TXT "something else"\n_posture-challenge TXT "{}"', '_posture-challenge CNAME there\nthere TXT "{}"',
     '* CNAME ns\n_posture-challenge CNAME there\nthere TXT "{}"'],
    ids=["beside a wildcard", "by an alias", "by an alias beside a wildcard"],
)  # fmt: skip
def test_a_record_at_its_very_name_counts(run, lab, records):
    """An alias that was put there, too; what a wildcard says of other names does not matter."""
    token = start(run, "--domain", "alias.test")
    lab.change("alias.test", records.format(token))
    assert check(run, lab).code == DONE


def test_another_customers_token_proves_nothing(run, lab, kept):
    """Each is for one customer and one target."""
    theirs = start(run, "--domain", "new.test", customer="florist")
    start(run, "--domain", "new.test")
    lab.change("new.test", f'_posture-challenge TXT "{theirs}"')
    said = check(run, lab)
    assert said.code == NONE
    assert "the token of another challenge stands" in said.out
    assert kept.grants("new-gmbh") == ()
    assert check(run, lab, customer="florist").code == DONE


def test_a_token_that_comes_too_late_proves_nothing(run, lab, kept):
    """It has to be there within its 14 days; the next step is a new one."""
    token = start(run, "--domain", "new.test", "--reference", "N-1")
    (issued,) = kept.challenges("new-gmbh")
    assert issued.expires - issued.issued == timedelta(days=14)
    month = timedelta(days=30)
    kept.add_challenges(
        [replace(issued, customer="late", reference="N-2", token="late" * 11, issued=issued.issued - month,
                 expires=issued.expires - month)]
    )  # fmt: skip
    lab.change(
        "new.test", f'_posture-challenge TXT "{token}"\n_posture-challenge TXT "posture-challenge={"late" * 11}"'
    )
    said = check(run, lab, customer="late")
    assert said.code == NONE
    assert "the token had to be there until" in said.out
    assert "posture authorize start late" in said.out
    assert kept.actions("late") == (), "nobody was asked"


def test_an_authorization_that_ended_is_none(run, lab, kept):
    """What was proven counts until its day; then it has to be proven afresh."""
    start(run, "--domain", "new.test", "--reference", "N-1")
    (issued,) = kept.challenges("new-gmbh")
    lab.change("new.test", f'_posture-challenge TXT "{issued.text}"')
    ended = datetime.now(UTC) - timedelta(minutes=1)
    proof = Proof("new.test", issued.method, ended, "seen once")
    kept.save_grant(
        Grant("N-1", "new-gmbh", "New GmbH", issued.method, "x", ended - timedelta(1), ended, proofs=(proof,))
    )
    said = check(run, lab)
    assert said.code == NONE
    assert "N-1 ended on" in said.out
    assert json.loads(run("authorize", "list", "--json").out)[0]["status"] == "expired"


def test_resolvers_must_agree(run, lab, kept, tmp_path):
    """A record that only one of them has may be forged on the way to it: it says which lacks it."""
    token = start(run, "--domain", "new.test")
    lab.change("new.test", f'_posture-challenge TXT "{token}"')
    with dns_lab(tmp_path / "other", {"new.test": ""}) as other:
        said = check(run, lab, other)
        assert said.code == NONE
        assert "the resolvers do not agree" in said.out
        assert other.resolver in said.out
        other.change("new.test", f'_posture-challenge TXT "{token}"')
        assert check(run, lab, other).code == DONE
        assert other.resolver in the_grant(kept).proofs[0].seen


def test_a_resolver_that_is_silent_decides_nothing(run, lab, kept):
    """No answer is not "there is no record"."""
    token = start(run, "--domain", "new.test")
    lab.change("new.test", f'_posture-challenge TXT "{token}"')
    said = run("authorize", "check", "new-gmbh", "--resolver", lab.resolver, "--resolver", "127.0.0.1#1")
    assert said.code == NONE
    assert "gave no answer" in said.out
    assert kept.grants() == ()


def allocate(run: Run, folder: Path, line: str = f"{NET},new-gmbh") -> None:
    """The provider's own list has the addresses: only that makes loopback anybody's."""
    (folder / "networks.csv").write_text(f"network,customer\n{line}\n")
    said = run("authorize", "start", "new-gmbh", "--method", "own-allocation", "--allocation", "networks.csv",
               "--reference", "list")  # fmt: skip
    assert said.code == DONE, said.err


def proven(store: Store) -> Grant | None:
    return next((one for one in store.grants("new-gmbh") if one.reference != "list"), None)


def test_an_address_and_a_network_are_proven_by_their_reverse_names(run, lab, kept, tmp_path):
    """A whole /24 by its own zone; part of the proof is an exit code of its own."""
    allocate(run, tmp_path)
    one = start(run, "--address", WEB, "--reference", "N-1")
    whole = start(run, "--address", NET, "--reference", "N-2")
    lab.change(f"{PART}.0.127.in-addr.arpa", f'_posture-challenge.1 TXT "{one}"')
    assert check(run, lab).code == SOME
    assert [str(n) for n in kept.grant("N-1").networks] == [f"{WEB}/32"]
    lab.change(f"{PART}.0.127.in-addr.arpa", f'_posture-challenge TXT "{whole}"')
    assert check(run, lab).code == DONE
    assert [str(n) for n in kept.grant("N-2").networks] == [NET]


@dataclass
class Web:
    """A web server: `pages` by host and path, `everywhere` for all others; it notes whatever is asked."""

    pages: dict[tuple[str, str], tuple[int, dict[str, str], str]] = field(default_factory=dict)
    everywhere: str = ""
    asked: list[str] = field(default_factory=list)

    def serve(self, host: str, body: str, status: int = 200, **headers: str) -> None:
        self.pages[host, PATH] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@pytest.fixture
def web(lab) -> Iterator[Callable[[str], Web]]:
    """web(address) -> a server on its port 80."""
    with ExitStack() as stack:

        def begin(address: str) -> Web:
            kept = Web()

            class Handler(BaseHTTPRequestHandler):
                def do_GET(self) -> None:
                    kept.asked.append(f"{self.command} {self.headers['Host']}{self.path}")
                    page = kept.pages.get((self.headers["Host"], self.path))
                    status, headers, body = page or ((200, {}, kept.everywhere) if kept.everywhere else (404, {}, ""))
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body.encode())

                def log_message(self, *_: object) -> None:
                    pass

            try:
                server = ThreadingHTTPServer((address, 80), Handler)
            except PermissionError:
                pytest.skip("port 80 needs root")
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return kept

        yield begin


def test_an_address_is_proven_by_its_file_and_asked_for_nothing_else(run, lab, kept, web, tmp_path):
    """Two paths, the file's and a made-up one; the action log has the contact under the challenge."""
    site = web(WEB)
    allocate(run, tmp_path)
    token = start(run, "--address", WEB, "--reference", "N-1", method="http-token")
    site.serve(WEB, token + "\n")
    assert check(run, lab).code == DONE
    assert [str(n) for n in kept.grant("N-1").networks] == [f"{WEB}/32"]
    first, second = site.asked
    assert first == f"GET {WEB}{PATH}"
    assert second.startswith(f"GET {WEB}{PATH}-")
    contacts = [a for a in kept.actions("new-gmbh") if a.target == f"{WEB} port 80/tcp"]
    assert [(a.authorization, a.what, a.result) for a in contacts] == [
        ("N-1", f"http proof of {WEB}", "begins"),
        ("N-1", f"http proof of {WEB}", "the token is there"),
    ]


@pytest.mark.parametrize(
    ("trick", "told"),
    [
        (lambda site, token: site.serve(WEB, token, 302, Location=f"http://{OTHER}{PATH}"), "redirect"),
        (lambda site, token: setattr(site, "everywhere", token), "at every path"),
        (lambda site, token: site.serve(WEB, token, 404), "status 404"),
        (lambda site, token: site.serve(WEB, f"<p>{token}</p>"), "something else"),
        (lambda site, token: site.serve(WEB, token + " " * 1100), "something else"),
        (lambda site, token: site.serve(WEB, "posture-challenge=" + "A" * 43), "something else"),
        (lambda site, token: site.serve("other.test", token), "status 404"),
    ],
    ids=["open redirect", "catch-all", "error page", "in a page", "too long", "forged", "another host"],
)
def test_a_file_that_is_not_the_very_file_proves_nothing(run, lab, kept, web, tmp_path, trick, told):
    """The reason is told, and where a redirect leads nobody is asked."""
    site, elsewhere = web(WEB), web(OTHER)
    allocate(run, tmp_path)
    token = start(run, "--address", WEB, method="http-token")
    elsewhere.serve(OTHER, token)
    trick(site, token)
    said = check(run, lab)
    assert said.code == NONE
    assert told in said.out
    assert f"serve one line, {token}" in said.out
    assert proven(kept) is None
    assert elsewhere.asked == []


def test_a_domains_file_proves_its_address_only_where_the_address_serves_it_too(run, lab, kept, web, tmp_path):
    """A machine that serves the domain among others is not the domain's."""
    site = web(WEB)
    allocate(run, tmp_path)
    lab.change("web.test", f"@ A {WEB}")
    token = start(run, "--domain", "web.test", method="http-token")
    site.serve("web.test", token)
    said = check(run, lab)
    assert said.code == DONE
    assert "it may serve others as well" in said.out
    assert (proven(kept).domains, proven(kept).networks) == (("web.test",), ())


def test_a_domains_file_at_its_own_address_proves_both(run, lab, kept, web, tmp_path):
    """The address answers under its own name with the same token."""
    site = web(WEB)
    allocate(run, tmp_path)
    lab.change("web.test", f"@ A {WEB}")
    token = start(run, "--domain", "web.test", method="http-token")
    site.serve("web.test", token)
    site.serve(WEB, token)
    assert check(run, lab).code == DONE
    assert [str(n) for n in proven(kept).networks] == [f"{WEB}/32"]


@pytest.mark.parametrize("header", [{"CF_RAY": "8f0a-FRA"}, {"Server": "BunnyCDN-DE1"}, {"X_Served_By": "cache-fra-1"}])
def test_an_address_that_many_share_is_left_alone(run, lab, kept, web, tmp_path, header):
    """The domain is proven; the address in front of it is told to be shared, and is no part of it."""
    site = web(WEB)
    allocate(run, tmp_path)
    lab.change("web.test", f"@ A {WEB}")
    token = start(run, "--domain", "web.test", method="http-token")
    site.serve("web.test", token, **header)
    site.serve(WEB, token)
    said = check(run, lab)
    assert said.code == DONE
    assert "is shared with others" in said.out
    assert proven(kept).networks == ()
    assert len(site.asked) == 2


def test_a_private_address_behind_a_domain_is_not_contacted(run, lab, kept, web):
    """Whoever publishes a name must not lead us to machines inside."""
    site = web(WEB)
    lab.change("web.test", f"@ A {WEB}")
    start(run, "--domain", "web.test", method="http-token")
    said = check(run, lab)
    assert said.code == NONE
    assert f"{WEB} is no public address" in said.out
    assert site.asked == []


def test_an_address_is_asked_a_few_times_an_hour_at_most(run, lab, web, tmp_path):
    """Nobody there has allowed anything yet."""
    site = web(WEB)
    allocate(run, tmp_path)
    start(run, "--address", WEB, method="http-token")
    for _ in range(10):
        said = check(run, lab)
    assert "was not asked: 8 times within an hour is all" in said.out
    assert len(site.asked) == 8


def test_a_revoked_challenge_is_not_looked_for(run, lab, web, tmp_path):
    """The web server is not asked, whatever it has."""
    site = web(WEB)
    allocate(run, tmp_path)
    site.serve(WEB, start(run, "--address", WEB, "--reference", "N-1", method="http-token"))
    assert run("authorize", "revoke", "N-1", "--reason", "not their machine").code == DONE
    said = check(run, lab)
    assert said.code == NONE
    assert "N-1 was revoked" in said.out
    assert site.asked == []


CUSTOMERS = """
customers:
  - id: new-gmbh
    name: New GmbH
    contact: it@new.test
    language: en
    authorization: {{method: {method}, reference: N-1, granted_by: Jane Doe, valid_until: "2099-01-01T00:00:00+00:00"}}
    networks: [{net}]
    resources:
      - {{kind: host, id: web1, address: {web}}}
      - {{kind: host, id: web2, address: {other}}}
"""


@pytest.fixture
def visitors() -> Iterator[list[str]]:
    """Who connected to the customer's addresses, on a port that every sweep looks at."""
    seen: list[str] = []
    with ExitStack() as stack:
        for address in (WEB, OTHER):
            server = stack.enter_context(socket.create_server((address, 6379)))

            def wait(server: socket.socket = server, address: str = address) -> None:
                with suppress(OSError):
                    while True:
                        server.accept()[0].close()
                        seen.append(address)

            thread = threading.Thread(target=wait, daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown, socket.SHUT_RDWR)
        yield seen


def audit(run: Run, folder: Path, method: str) -> Said:
    (folder / "customers.yaml").write_text(CUSTOMERS.format(method=method, net=NET, web=WEB, other=OTHER))
    return run("audit", "new-gmbh", "--check", "exposure.redis-no-auth", "--format", "json")


def test_a_revoked_contract_of_the_inventory_ends_all_contact(run, visitors, tmp_path):
    """The audit ends with exit code 4, says who revoked it and why, and nothing was sent."""
    assert run("authorize", "revoke", "new-gmbh", "N-1", "--reason", "the customer left").code == DONE
    said = audit(run, tmp_path, "contract")
    assert said.code == NONE
    assert "N-1 was revoked on" in said.err
    assert "the customer left" in said.err
    assert visitors == []


def test_a_customer_of_the_inventory_is_revoked_by_name(run, tmp_path):
    """One word is enough where it is clear; the inventory's reference is found."""
    audit(run, tmp_path, "dns-txt")
    assert "N-1 of new-gmbh is revoked" in run("authorize", "revoke", "new-gmbh", "--reason", "left").out
    assert run("authorize", "revoke", "N-1", "--reason", "left").code == USAGE


def test_a_proof_that_the_inventory_only_claims_is_none(run, visitors, tmp_path):
    """Not authorised until it is verified: exit code 4, the next step, and nothing was sent."""
    said = audit(run, tmp_path, "http-token")
    assert said.code == NONE
    assert "is no verified authorization of it" in said.err
    assert "posture authorize start new-gmbh --method http-token" in said.err
    assert not (tmp_path / "posture.db").exists()
    assert visitors == []


@pytest.mark.skipif(not shutil.which("nmap"), reason="needs nmap")
def test_an_audit_looks_at_nothing_beyond_the_proof(run, lab, web, visitors, tmp_path):
    """The inventory's network is wider than what was proven: the other address is not contacted, and said so."""
    site = web(WEB)
    allocate(run, tmp_path)
    site.serve(WEB, start(run, "--address", WEB, "--reference", "N-1", method="http-token"))
    assert check(run, lab).code == DONE
    said = audit(run, tmp_path, "http-token")
    assert said.code == SOME, said.err
    assert set(visitors) == {WEB}
    report = json.loads((tmp_path / "audit/new-gmbh.partial.json").read_text())
    (lacking,) = [one for one in report["assessments"] if one["resource"] == "web2"]
    assert lacking["outcome"] == "not_assessed"
    assert "outside the networks agreed" in lacking["reason"]


@pytest.mark.skipif(not shutil.which("nmap"), reason="needs nmap")
def test_an_audit_that_runs_is_ended_by_a_revocation(run, posture, tmp_path):
    """Another process revokes: nmap is gone within a second, and the audit says why it saw nothing."""
    slow = tmp_path / "bin/nmap"
    slow.parent.mkdir()
    slow.write_text(f'#!/bin/sh\nexec {shutil.which("nmap")} "$@" --min-rate 5 --max-rate 20\n')
    slow.chmod(0o755)
    (tmp_path / "customers.yaml").write_text(CUSTOMERS.format(method="contract", net=NET, web=WEB, other=OTHER))
    command = ("audit", "new-gmbh", "--resource", "web1", "--check", "exposure.redis-no-auth", "--format", "json")
    with ThreadPoolExecutor(1) as beside:
        audited = beside.submit(posture, *command, PATH=f"{slow.parent}:{os.environ['PATH']}")
        wait_until(lambda: scanning(WEB) or audited.done(), 60)
        assert run("authorize", "revoke", "new-gmbh", "N-1", "--reason", "the customer left").code == DONE
        took = wait_until(lambda: not scanning(WEB), 60)
        done = audited.result()
    assert took < 1.0
    assert done.returncode == SOME, done.stderr
    assert "was revoked at" in (tmp_path / "audit/new-gmbh.partial.json").read_text()


def wait_until(done: Callable[[], object], seconds: float) -> float:
    began = time.monotonic()
    while not done():
        assert time.monotonic() < began + seconds
        time.sleep(0.01)
    return time.monotonic() - began


def scanning(address: str) -> bool:
    """Whether an nmap that runs has the address among its arguments."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if address.encode() in words and b"--max-rate" in words:
                return True
    return False


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--domain", "localhost", "--method", "dns-txt"), "is no domain"),
        (("--domain", "203.0.113.7", "--method", "dns-txt"), "is no domain"),
        (("--method", "dns-txt"), "what may be looked at?"),
        (("--address", "10.0.0.1", "--method", "dns-txt"), "not public"),
        (("--address", "127.0.0.1", "--method", "http-token"), "not public"),
        (("--address", "::ffff:169.254.169.254", "--method", "http-token"), "not public"),
        (
            ("--address", "224.0.0.1", "--method", "contract", "--reference", "C", "--signed-by", "J"),
            "no host can have",
        ),
        (("--address", "0.0.0.0/0", "--method", "contract", "--reference", "C", "--signed-by", "J"), "too wide"),
        (("--address", "9.9.0.0/16", "--method", "dns-txt"), "too wide to be proven by a token"),
        (("--address", "2620:fe::/32", "--method", "dns-txt"), "too wide to be proven by a token"),
        (("--address", "2620:fe::/64", "--method", "http-token"), "too many addresses"),
        (("--address", "104.16.0.1", "--method", "http-token"), "Cloudflare"),
        (("--address", "104.16.0.1", *CONTRACT), "Cloudflare"),
        (("--domain", "new.test", "--method", "contract"), "a reference and a signer"),
        (("--domain", "new.test", "--method", "dns-txt", "--signed-by", "J"), "--signed-by is for a contract"),
        (("--address", "9.9.9.9", "--method", "own-allocation"), "the provider's list is missing"),
        (("--domain", "new.test", "--method", "dns-txt", "--until", "2020-01-01"), "has passed"),
        (("--domain", "new.test", "--method", "dns-txt", "--until", "2099-01-01"), "longer than a year"),
    ],
)
def test_what_nobody_can_prove_is_not_begun(run, words, told):
    """Nothing is stored, and the error says what would do."""
    said = run("authorize", "start", "new-gmbh", *words)
    assert said.code == USAGE
    assert told in said.err
    assert "next:" in said.err
    assert run("authorize", "list", "new-gmbh").code == USAGE


def test_a_reference_of_another_customer_or_a_revoked_one_is_not_taken(run):
    """Else somebody would get what another has, or what was taken from him."""
    start(run, "--domain", "new.test", "--reference", "N-1")
    contract = ("--method", "contract", "--reference", "N-1", "--signed-by", "J")
    said = run("authorize", "start", "florist", "--domain", "florist.test", *contract)
    assert (said.code, "another customer's" in said.err) == (USAGE, True)
    assert run("authorize", "revoke", "N-1", "--reason", "a mistake").code == DONE
    said = run("authorize", "start", "new-gmbh", "--domain", "new.test", *contract)
    assert (said.code, "N-1 was revoked" in said.err) == (USAGE, True)


@pytest.mark.parametrize(
    ("line", "address", "given"),
    [
        ("203.0.113.0/28,new-gmbh", "203.0.113.7", True),
        ("203.0.113.0/28,prospects", "203.0.113.7", True),
        ("203.0.113.0/28,florist", "203.0.113.7", False),
        ("203.0.113.0/28,new-gmbh", "203.0.113.16", False),
        ("203.0.113.0/28,new-gmbh\n203.0.113.7,florist", "203.0.113.7", False),
        ("203.0.113.0/28,prospects\n203.0.113.7,florist", "203.0.113.0/28", False),
        ("203.0.113.0/28,new-gmbh,2020-01-01", "203.0.113.7", False),
        ("2001:db8::/48,new-gmbh", "203.0.113.7", False),
    ],
)
def test_the_providers_list_gives_what_it_names(run, tmp_path, line, address, given):
    """To the customer, or from what is kept for prospects; never what it gives to somebody else."""
    (tmp_path / "list.csv").write_text(f"network,customer,valid_until\n{line}\n")
    said = run("authorize", "start", "new-gmbh", "--address", address, "--method", "own-allocation", "--allocation",
               "list.csv")  # fmt: skip
    assert said.code == (DONE if given else USAGE), said.err


@pytest.mark.parametrize(
    "text", ["", "a,b\n", "network,customer\nnothing,new-gmbh\n", "network,customer,valid_until\n9.9.9.9,x,soon\n",
             "network,customer\n9.9.9.9\n", "\xff\x00"],
)  # fmt: skip
def test_a_list_that_is_none_is_refused(run, tmp_path, text):
    """With the line and what to write."""
    (tmp_path / "list.csv").write_bytes(text.encode("latin-1"))
    said = run("authorize", "start", "new-gmbh", "--method", "own-allocation", "--allocation", "list.csv")
    assert said.code == USAGE
    assert "list.csv" in said.err
