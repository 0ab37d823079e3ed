"""The pre-onboarding check from the command line to its exit code, against real servers on loopback."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from grants import keep_contract

from posture.inventory.load import load_inventory
from posture.model.revocation import Revocation
from posture.report.precheck_json import precheck_schema
from posture.store.store import open_store

pytestmark = pytest.mark.skipif(not shutil.which("nmap"), reason="nmap is not installed")

GO, NO_GO, USAGE, UNDECIDED, NOT_AUTHORIZED = 0, 1, 2, 3, 4
PART = 143 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])  # servers of two workers have addresses of their own
ADDRESS, OTHER = f"127.0.{PART}.1", f"127.0.{PART}.2"
NAME, REFERENCE = "New GmbH", "MSA-43"
NOBODY = 65534
Start = Callable[..., None]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """start("redis-server", ..., port=6379): a real server that is there when this returns and ends with the test."""
    with ExitStack() as stack:

        def begin(*command: object, port: int, address: str = ADDRESS) -> None:
            if not shutil.which(str(command[0])) and not Path(str(command[0])).exists():
                pytest.skip(f"{command[0]} is not installed")
            process = stack.enter_context(
                subprocess.Popen([str(word) for word in command], cwd=tmp_path, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
            )  # fmt: skip
            stack.callback(process.terminate)  # nginx takes its workers with it, unless it is killed
            for _ in range(200):
                with socket.socket() as probe:
                    if probe.connect_ex((address, port)) == 0:
                        return
                assert process.poll() is None, f"{command[0]} has ended"
                time.sleep(0.05)
            pytest.fail(f"{command[0]} does not listen")

        yield begin


def redis(start: Start) -> None:
    """Open to everybody."""
    start("redis-server", "--bind", ADDRESS, "--port", 6379, "--protected-mode", "no", "--save", "", port=6379)


@pytest.fixture
def contract(tmp_path: Path) -> str:
    """A signed contract about one address."""
    return keep_contract(tmp_path, REFERENCE, "new-gmbh", NAME, ADDRESS)


def check(posture, *more: str, reference: str = REFERENCE):
    return posture("precheck", "--name", NAME, "--authorization", reference, *more)


def test_an_open_redis_is_a_no_go_and_the_exit_code_says_so(posture, start, contract, tmp_path):
    """What blocks and how to mend it on standard output, the same in JSON and JUnit; once more gives the same."""
    redis(start)
    done = check(posture, "--format", "json", "--format", "junit", "--out", "out")
    assert done.returncode == NO_GO, done.stderr
    assert "NO-GO" in done.stdout
    assert f"{ADDRESS}:6379/tcp" in done.stdout
    assert "Close Redis to the internet" in done.stdout
    assert f"--again --authorization {REFERENCE}" in done.stdout
    told = json.loads((tmp_path / "out/new-gmbh.precheck.json").read_text())
    jsonschema.validate(told, precheck_schema(), format_checker=jsonschema.FormatChecker())
    assert [block["check"] for block in told["blocks"]] == ["exposure.redis-no-auth"]
    suites = ET.parse(tmp_path / "out/new-gmbh.precheck.xml").getroot()
    failed = [case.get("name") for case in suites.iter("testcase") if case.find("failure") is not None]
    assert failed == ["exposure.redis-no-auth"]
    ids = {line["id"] for line in findings(posture)}
    assert check(posture, "--format", "json").returncode == NO_GO
    assert {line["id"] for line in findings(posture)} == ids


def findings(posture) -> list[dict[str, str]]:
    return list(json.loads(posture("findings", "new-gmbh", "--json").stdout)["findings"])


def test_what_blocked_is_looked_at_again_alone_and_then_it_is_a_customer(posture, start, contract, tmp_path):
    """Held, mended, checked again at one port, taken in: the first audit knows when everything was first seen."""
    redis(start)
    assert check(posture, "--format", "json").returncode == NO_GO
    first_seen = {line["id"]: line["first_seen"] for line in findings(posture)}
    held = posture("precheck", "accept", REFERENCE)
    assert held.returncode == NO_GO
    assert not (tmp_path / "customers.yaml").exists()
    assert again(posture).returncode == NO_GO, "nothing was mended"
    subprocess.run(["redis-cli", "-h", ADDRESS, "config", "set", "requirepass", "a-long-password-1"], check=True)
    mended = again(posture, "--json")
    told = json.loads(mended.stdout)
    assert (mended.returncode, told["verdict"]) == (GO, "go"), mended.stderr
    assert any("only the TCP ports 6379 were looked at again" in limit for limit in told["limits"])
    assert len(told["seen"]) == 2, "what did not block is as it was seen at first"
    sweeps = [line for line in actions(posture) if "nmap" in line["what"] and line["result"].startswith("begins")]
    assert max(len(line["target"].split(",")) for line in sweeps[-1:]) < 60, "the second look was at few ports"

    inventory = tmp_path / "customers.yaml"
    inventory.write_text(
        "# ours\ncustomers:\n  - id: bakery  # the first\n    name: Bakery\n    authorization: {reference: A, "
        "granted_by: J, valid_until: 2027-03-02T00:00:00+01:00}\n    networks: [198.51.100.0/28]\n"
        "    resources: [{kind: host, id: web1, address: 198.51.100.2}]\n"
    )
    before = inventory.read_text()
    taken = posture("precheck", "accept", REFERENCE, "--contact", "it@new.example")
    assert taken.returncode == GO, taken.stderr
    assert inventory.read_text().startswith(before.rstrip())
    assert posture("inventory", "validate").returncode == 0
    customer = load_inventory(inventory, datetime.now(UTC)).customers[-1]
    assert (customer.id, customer.contact, customer.authorization.reference) == (
        "new-gmbh",
        "it@new.example",
        REFERENCE,
    )
    assert check(posture).returncode == USAGE, "a customer is no prospect"
    audited = posture("audit", "new-gmbh", "--check", "exposure.*", "--format", "json")
    assert audited.returncode in {0, 3}, audited.stderr
    report = json.loads((tmp_path / "audit/new-gmbh.partial.json").read_text())
    known = {one["id"]: one["first_seen"] for one in report["findings"] if one["id"] in first_seen}
    assert all(datetime.fromisoformat(known[one]) == datetime.fromisoformat(first_seen[one]) for one in known)
    assert set(known) >= {one for one in first_seen if one in {f["id"] for f in findings(posture)}}


def again(posture, *more: str):
    return posture("precheck", "--again", "--authorization", REFERENCE, "--format", "json", *more)


def actions(posture) -> list[dict[str, str]]:
    return list(json.loads(posture("log", "--json").stdout))


def test_who_serves_nothing_dangerous_may_come_in(posture, start, contract, tmp_path):
    """A web server and OpenSSH: go, and with --json not a word more on standard output."""
    keys = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys], check=True)
    (tmp_path / "sshd_config").write_text(
        f"ListenAddress {ADDRESS}:2222\nHostKey {keys}\nPidFile none\nUsePAM no\nPasswordAuthentication no\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    start("/usr/sbin/sshd", "-D", "-e", "-f", tmp_path / "sshd_config", port=2222)
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/nginx.pid; error_log stderr; events {{}}\nhttp {{ access_log off; server_tokens "
        f"off; server {{ listen {ADDRESS}:8080; return 200 'hello'; }} }}\n"
    )
    start("nginx", "-p", tmp_path, "-c", tmp_path / "nginx.conf", port=8080)
    done = check(posture, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["verdict"], told["open"]) == (GO, "go", []), done.stdout
    assert told["looked_at"]["tcp_ports"] == 65_535
    assert not (tmp_path / "precheck").exists(), "no file was asked for"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--name", NAME, "--authorization", "MSA-made-up"), "no verified authorization MSA-made-up"),
        (("--name", "Other AG", "--authorization", REFERENCE), "is that of New GmbH, not of Other AG"),
        (("--name", NAME, "--authorization", REFERENCE, "--address", OTHER), f"does not cover {OTHER}"),
        (("--name", NAME, "--authorization", REFERENCE, "--domain", "new.example"), "does not cover new.example"),
        (("--name", NAME, "--authorization", "MSA-ended"), "holds from"),
        (("--name", NAME, "--authorization", "MSA-revoked"), "was revoked"),
    ],
    ids=["made up", "another's", "another address", "another domain", "ended", "revoked"],
)
def test_without_a_proof_nothing_is_sent(posture, contract, tmp_path, arguments, said):
    """Exit code 4, the reason, and how to get a proof; the log of contacts has none."""
    ended = datetime.now(UTC) - timedelta(days=1)
    keep_contract(tmp_path, "MSA-ended", "new-gmbh", NAME, ADDRESS, until=ended)
    keep_contract(tmp_path, "MSA-revoked", "new-gmbh", NAME, ADDRESS)
    with open_store(f"sqlite:///{tmp_path}/posture.db") as store:
        store.revoke(Revocation("new-gmbh", "MSA-revoked", ended, "Jane Doe", "a mistake"))
    done = posture("precheck", *arguments, "--json")
    assert (done.returncode, done.stdout) == (NOT_AUTHORIZED, ""), done.stderr
    assert said in done.stderr
    assert "posture authorize start" in done.stderr
    assert not [line for line in actions(posture) if ADDRESS in line["target"] or OTHER in line["target"]]


def test_a_check_without_root_works_and_says_what_that_costs(request, posture, start, contract, tmp_path):
    """User nobody gets the same verdict by whole connections."""
    if os.geteuid() != 0:
        pytest.skip("not root: cannot become another account")
    python = next((p for p in (sys.executable, "/usr/bin/python3") if runs_as_nobody(p)), None)
    if python is None:
        pytest.skip("this checkout or its virtual environment cannot be read by other accounts")
    folder = Path(tempfile.mkdtemp(prefix="posture-nobody-"))  # pytest's own folders are closed to others
    request.addfinalizer(lambda: shutil.rmtree(folder))
    for file in tmp_path.iterdir():
        if file.is_file():
            shutil.copy(file, folder / file.name)
            (folder / file.name).chmod(0o666)
    folder.chmod(0o777)
    redis(start)
    done = subprocess.run(
        [*AS_NOBODY, python, "-m", "posture.cli.main", "precheck", "--name", NAME, "--authorization", REFERENCE,
         "--json"],
        cwd=folder, env=os.environ | SEARCHED | {"HOME": str(folder)}, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip
    told = json.loads(done.stdout or "{}")
    assert (done.returncode, told.get("verdict")) == (NO_GO, "no-go"), done.stderr
    assert any("without raw sockets" in limit for limit in told["limits"])


AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
SEARCHED = {"PYTHONPATH": os.pathsep.join([*(p for p in sys.path if p), os.environ.get("PYTHONPATH", "")])}


def runs_as_nobody(python: str) -> bool:
    """Whether that Python, as the user nobody, can load the program."""
    try:
        done = subprocess.run(
            [*AS_NOBODY, python, "-c", "import posture.cli.main, sqlalchemy, pydantic_core"], check=False,
            env=os.environ | SEARCHED, capture_output=True,
        )  # fmt: skip
    except OSError:
        return False
    return done.returncode == 0
