"""From a breach that stays to a step that a hook is told of, is carried out, disputed and taken back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path

import pytest

from posture.engine.lifecycle import Observation
from posture.model.assessment import Assessment, CheckInfo
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.enforcement import Measure, RecordState, StepRecord
from posture.model.finding import System
from posture.model.resource import Resource, ResourceKind
from posture.model.run import Run
from posture.model.severity import Severity
from posture.model.unit import UnitResult
from posture.model.verdict import Evidence, Outcome, Verdict
from posture.policy.load import default_policy
from posture.store import Store, open_store

CHECK = CheckInfo("exposure.redis-no-auth", "Redis answers without a password", "4.4", Severity.CRITICAL)
SHIPPED = Path(__file__).parents[2] / "posture/policy/coma_cloud.toml"
HOOKS = """
[[enforcement.hooks]]
name = "portal"
url = "http://127.0.0.1:{port}/in"
secret = "env:PORTAL_KEY"
steps = ["notify"]
confirms = ["notify"]
[[enforcement.hooks]]
name = "firewall"
command = ["{script}"]
steps = ["isolate-port"]
"""


def looked(store: Store, name: str, at: datetime) -> None:
    """One audit of one host of a customer, in which Redis is open."""
    grant = Authorization(AuthorizationMethod.CONTRACT, "MSA", "Jane", at - timedelta(9), at + timedelta(99))
    host = Resource(ResourceKind.HOST, "web1", "198.51.100.2")
    customer = Customer(name, f"Example {name}", grant, networks=(ip_network("198.51.100.0/28"),), resources=(host,))
    run = Run(f"{at:%Y%m%dT%H%M%SZ}-{name}", at, "0.1", "policy")
    store.start_run(run, "plan", [(customer, ["web1"])], at)
    seen = (Evidence("Redis PING", "+PONG", at),)
    verdict = Verdict(Outcome.FAIL, "Anyone can read this.", "198.51.100.2:6379/tcp", None, seen)
    found = (Assessment(CHECK, "web1", Outcome.FAIL, "", (verdict,)),)
    while unit := store.claim(run.id, "worker", timedelta(minutes=9), at):
        if unit.resource:
            observation = Observation(name, "web1", System(), run.id, at, default_policy(), found)
            assert store.commit(unit, UnitResult(b"{}", found), observation.advance, at)
        else:
            assert store.finish(unit, lambda _known, _accepted: (), at)


@pytest.fixture
def portal() -> Iterator[ThreadingHTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.server.got.append((self.headers["webhook-id"], self.headers["webhook-signature"], body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.got = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_breach_is_told_restricted_disputed_and_freed(posture, portal, tmp_path: Path) -> None:
    """Each step once, on the provider's own systems, and in words on the terminal."""
    now = datetime.now(UTC)
    script, taken = tmp_path / "firewall", tmp_path / "taken.json"
    script.write_text(f"#!/bin/sh\ncat > {taken}\n")
    script.chmod(0o755)
    shipped = SHIPPED.read_text()
    (tmp_path / "own.toml").write_text(shipped + HOOKS.format(port=portal.server_port, script=script))
    with open_store(f"sqlite:///{tmp_path}/posture.db") as store:
        for name in ("bakery", "florist"):
            for hours in (72, 48, 1):
                looked(store, name, now - timedelta(hours=hours))
        (florist,) = store.findings("florist")
        told = (Measure.NOTIFY, RecordState.DONE, now - timedelta(hours=60), "jane")
        store.record_step(StepRecord("florist", florist.id, 0, *told))
    policy, key = ("--policy", "own.toml"), {"PORTAL_KEY": "hunter2"}

    dry = posture("enforce", "--dry-run", *policy, **key)
    assert dry.returncode == 0, dry.stderr
    assert f"POST http://127.0.0.1:{portal.server_port}/in" in dry.stdout
    assert "isolate-port" in dry.stdout
    assert f"run {script}" in dry.stdout
    assert "hunter2" not in dry.stdout
    assert (portal.got, taken.exists()) == ([], False)

    done = posture("enforce", *policy, **key)
    assert done.returncode == 0, done.stderr
    ((identity, signature, body),) = portal.got
    assert (body["step"], body["customer"], body["statement"]["clause"]) == ("notify", "bakery", "4.4")
    assert body["statement"]["evidence"][0]["observed"] == "+PONG"
    assert body["id"] == identity
    assert f"    {json.dumps(body, sort_keys=True, separators=(',', ':'))}" in dry.stdout.splitlines(), "to the byte"
    assert signature.startswith("v1,")
    assert json.loads(taken.read_text())["target"] == "198.51.100.2:6379/tcp"

    taken.unlink()
    again = json.loads(posture("enforce", "--json", *policy, **key).stdout)
    assert (len(portal.got), taken.exists()) == (1, False)
    assert [one["step"] for one in again["proposals"]] == ["isolate-port"]
    assert [(one["step"], one["hold"]) for one in again["held"]] == [("isolate-port", "grace")]

    assert posture("enforce", "record", florist.id, "--step", "isolate-port", "--done").returncode == 0
    assert posture("enforce", "record", florist.id, "--step", "isolate-port", "--done").returncode == 2
    assert posture("dispute", florist.id, "--accept", "--reason", "too early").returncode == 2
    assert posture("dispute", florist.id, "--by", "Flo", "--reason", "a honeypot").returncode == 0
    held = json.loads(posture("enforce", "florist", "--json", *policy, **key).stdout)
    assert [(one["step"], one["hold"]) for one in held["held"]] == [("isolate-host", "disputed")]
    assert posture("dispute", florist.id, "--accept", "--reason", "it is one").returncode == 0
    freed = posture("enforce", "florist", *policy, **key)
    assert "lift isolate-port" in freed.stdout
    assert json.loads(taken.read_text())["lift"] is True
    assert posture("enforce", "record", florist.id, "--step", "isolate-port", "--lifted").returncode == 0
    after = json.loads(posture("enforce", "florist", "--json", *policy, **key).stdout)
    assert (after["proposals"], [one["hold"] for one in after["held"]]) == ([], ["dispute_accepted"])


def test_a_hook_that_fails_is_told_again(posture, tmp_path: Path) -> None:
    """Exit code 5, and the same identity the next time."""
    now = datetime.now(UTC)
    with open_store(f"sqlite:///{tmp_path}/posture.db") as store:
        looked(store, "bakery", now - timedelta(hours=1))
    script, log = tmp_path / "hook", tmp_path / "log"
    script.write_text(f'#!/bin/sh\necho "$POSTURE_PROPOSAL" >> {log}\nexit 3\n')
    script.chmod(0o755)
    hook = f'[[enforcement.hooks]]\nname = "x"\ncommand = ["{script}"]\nsteps = ["notify"]\n'
    (tmp_path / "own.toml").write_text(SHIPPED.read_text() + hook)
    for _ in range(2):
        failed = posture("enforce", "--policy", "own.toml")
        assert (failed.returncode, "not taken: it ended with 3" in failed.stdout) == (5, True)
    first, second = log.read_text().splitlines()
    assert first == second
    assert posture("enforce", "nobody", "--policy", "own.toml").returncode == 2
