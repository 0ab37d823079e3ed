"""Prospects of every kind before the door: looked at from outside alone, and only with proof."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from grants import keep_contract
from lab_requirements import missing

WORLD = Path(__file__).with_name("prospects_world.py")
POSTURE = Path(sys.executable).with_name("posture")
GO, NO_GO, UNDECIDED, NOT_AUTHORIZED = 0, 1, 3, 4
NEEDED = ("knotd", "unbound", "nginx", "redis-server", "nft", "nmap")


@dataclass
class World:
    """The auditor's machine with prospects on its wire."""

    process: subprocess.Popen[str]
    folder: Path

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the world has ended"
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    def posture(self, *words: str) -> dict[str, Any]:
        """Run a command; the database is one for all."""
        return self.ask(run=[str(POSTURE), *words], env={"POSTURE_DATABASE": f"sqlite:///{self.folder}/posture.db"})

    def packets(self, prospect: str) -> int:
        return int(self.ask(packets=prospect)["packets"])

    def contract(self, prospect: str, *what: str, reference: str = "") -> str:
        """A signed contract about what of the prospect may be looked at."""
        reference = reference or f"MSA-{prospect}"
        done = self.posture(
            "authorize", "start", prospect, "--name", f"{prospect.title()} GmbH", "--method", "contract",
            "--reference", reference, "--signed-by", "Jane Doe", *what,
        )  # fmt: skip
        assert done["code"] == 0, done
        return reference

    def precheck(self, prospect: str, reference: str, *more: str) -> tuple[int, dict[str, Any]]:
        done = self.posture(
            "precheck", "--name", f"{prospect.title()} GmbH", "--authorization", reference, "--out", f"out-{prospect}",
            "--json", *more,
        )  # fmt: skip
        assert done["code"] in {GO, NO_GO, UNDECIDED, NOT_AUTHORIZED}, done
        said = json.loads(done["out"]) if done["out"] else {}
        return done["code"], said | {"seconds": done["seconds"], "err": done["err"]}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if reasons := missing():
        pytest.skip("no lab here: " + "; ".join(reasons))
    folder = tmp_path_factory.mktemp("prospects")
    folder.chmod(0o755)  # servers that drop their rights read below it
    command = [
        "unshare",
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        sys.executable,
        str(WORLD),
    ]
    with (folder / "world.log").open("w") as log:
        process = subprocess.Popen(
            [*command, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        assert process.stdout
        assert process.stdout.readline(), (folder / "world.log").read_text()[-3000:]
        yield World(process, folder)
    finally:
        assert process.stdin
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            assert process.stdout
            process.stdout.close()


def test_who_is_clean_may_come_in(world: World):
    """A web server with TLS, a domain that sends nothing and says so: go, in time, with a page for the clerk."""
    reference = world.contract("clean", "--domain", "clean.example", "--address", "203.0.113.10")
    code, said = world.precheck("clean", reference)
    assert (code, said["verdict"]) == (GO, "go"), said
    assert said["seconds"] < 300
    made = {path.suffix for path in (world.folder / "out-clean").iterdir()}
    assert {".pdf", ".json", ".xml"} <= made


def test_an_open_redis_keeps_its_owner_out_until_it_is_closed(world: World):
    """No-go names the port; once it is closed, only that is looked at again, and it is a go."""
    reference = world.contract("redis", "--domain", "redis.example", "--address", "203.0.113.20")
    code, said = world.precheck("redis", reference)
    assert (code, said["verdict"]) == (NO_GO, "no-go")
    assert "exposure.redis-no-auth" in json.dumps(said["blocks"])
    world.ask(run=["ip", "netns", "exec", "redis", "redis-cli", "config", "set", "bind", "127.0.0.1"])
    before = world.packets("redis")
    code, again = world.precheck("redis", reference, "--again")
    assert (code, again["verdict"]) == (GO, "go"), again
    assert again["seconds"] < 30
    assert world.packets("redis") - before < 5_000, "that is no look at one port"


def test_a_firewall_in_front_of_a_dangerous_port_leaves_it_open(world: World):
    """Others may be let through: that is no go, and the page says what to show."""
    reference = world.contract("hidden", "--address", "203.0.113.30")
    code, said = world.precheck("hidden", reference)
    assert (code, said["verdict"]) == (UNDECIDED, "undecided")
    assert "6379" in json.dumps(said["open"])


@pytest.mark.parametrize("reference", ["MSA-nobody-signed", "", "MSA-clean"])
def test_without_a_proof_of_his_own_nothing_is_sent(world: World, reference: str):
    """Made up, empty, or another prospect's: the counter at his door stays where it is."""
    world.contract("clean", "--domain", "clean.example", "--address", "203.0.113.10")
    before = world.packets("unproven")
    code, _ = world.precheck("unproven", reference, "--address", "203.0.113.40")
    assert code in {NOT_AUTHORIZED, 2}
    assert world.packets("unproven") == before == 0


def test_a_proof_that_ended_or_was_taken_back_is_none(world: World):
    """Nothing is sent after its last day, nor after somebody revoked it."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    keep_contract(world.folder, "MSA-ended", "unproven", "Unproven GmbH", "203.0.113.40", until=yesterday)
    assert world.precheck("unproven", "MSA-ended")[0] == NOT_AUTHORIZED
    reference = world.contract("unproven", "--address", "203.0.113.40", reference="MSA-revoked")
    assert world.posture("authorize", "revoke", reference, "--reason", "signed by nobody")["code"] == 0
    assert world.precheck("unproven", reference)[0] == NOT_AUTHORIZED
    assert world.packets("unproven") == 0


def test_a_domain_is_proven_by_its_dns_and_its_address_is_not(world: World):
    """The record proves the domain; the address behind it is refused, and nothing is sent to it."""
    started = world.posture(
        "authorize", "start", "owner", "--name", "Owner GmbH", "--domain", "unproven.example", "--method", "dns-txt"
    )
    assert started["code"] == 0, started
    token = re.search(r"posture-challenge=[\w-]+", started["out"])
    assert token, started["out"]
    assert world.posture("authorize", "check", "owner")["code"] != 0
    world.ask(publish=["unproven.example", f'@ A 203.0.113.40\n_posture-challenge TXT "{token[0]}"'])
    proven = world.posture("authorize", "check", "owner")
    assert proven["code"] == 0, proven
    listed = json.loads(world.posture("authorize", "list", "owner", "--json")["out"])
    reference = re.search(r'"reference": "([^"]+)"', json.dumps(listed))
    assert reference
    code, _ = world.precheck("owner", reference[1], "--address", "203.0.113.40")
    assert code == NOT_AUTHORIZED
    assert world.packets("unproven") == 0


def test_a_wildcard_in_the_dns_proves_nothing(world: World):
    """Whoever answers for every name has not answered for this one."""
    started = world.posture(
        "authorize", "start", "wild", "--name", "Wild GmbH", "--domain", "wild.example", "--method", "dns-txt"
    )
    token = re.search(r"posture-challenge=[\w-]+", started["out"])
    assert token
    world.ask(publish=["wild.example", f'* TXT "{token[0]}"'])
    done = world.posture("authorize", "check", "wild")
    assert done["code"] != 0
    assert "wildcard" in done["out"] + done["err"]
