from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from posture.report.json_ import schema
from posture.report.renderers import USUAL, suffix

NOBODY = 65534
AUDIT = ("audit", "--local")


@pytest.fixture
def no_archive() -> dict[str, str]:
    """No package archive: the test needs no mirror, and pending updates must then be not assessed."""
    return {"POSTURE_APT_SOURCES": "/dev/null"}


@pytest.fixture
def open_key() -> Iterator[Path]:
    """A private key that everybody may read, where the audit looks for keys."""
    if os.geteuid() != 0:
        pytest.skip("not root: a key cannot be put where the audit looks for keys")
    place = Path("/srv") / f"posture-test-{os.getpid()}"
    place.mkdir(parents=True)
    try:
        key = place / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", key], check=True)
        key.chmod(0o644)
        yield key
    finally:
        shutil.rmtree(place)


def report(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "audit" / "this-machine.json").read_text())


def outcomes(folder: Path) -> dict[str, tuple[str, str]]:
    return {a["check"]: (a["outcome"], a["reason"]) for a in report(folder)["assessments"]}


def test_this_machine_is_audited_with_no_inventory(posture, tmp_path: Path, no_archive) -> None:
    """Three reports, a short summary, one outcome a check; what could not be fetched is not assessed, with exit 3."""
    done = posture(*AUDIT, **no_archive)
    assert done.returncode == 3, done.stderr
    assert len(done.stdout.splitlines()) <= 25
    assert "not assessed" in done.stdout
    found = outcomes(tmp_path)
    assert len(found) >= 12
    assert found["packages.security-updates"][0] == "not_assessed"
    assert all(reason for _, reason in found.values())
    assert (tmp_path / "audit" / "this-machine.pdf").read_bytes().startswith(b"%PDF-1.")
    assert "<script" not in (tmp_path / "audit" / "this-machine.html").read_text().lower()
    log = json.loads(posture("log", "--json").stdout)
    assert {row["authorization"] for row in log} == {"local audit"}
    assert all(row["target"].startswith("127.0.0.1") for row in log), "only loopback is contacted"


def test_the_report_can_be_written_again_and_is_the_same(posture, tmp_path: Path, no_archive) -> None:
    """From stored data alone, byte for byte; and stored facts judged again say the same."""
    posture(*AUDIT, **no_archive)
    for kind in USUAL:
        again = posture("report", "this-machine", "--format", kind, "--out", f"again.{kind}")
        assert again.returncode == 0, again.stderr
        assert (tmp_path / f"again.{kind}").read_bytes() == (tmp_path / "audit" / f"this-machine.{kind}").read_bytes()
    for kind in ("junit", "vex"):
        asked = posture("report", "this-machine", "--format", kind)
        assert asked.returncode == 0, asked.stderr
        assert (tmp_path / f"this-machine.{suffix(kind)}").stat().st_size
    assert json.loads(posture("report", "--schema").stdout) == schema()
    run = report(tmp_path)["run"]["id"]
    replayed = posture("replay", run, "--json", **no_archive)
    assert replayed.returncode == 0, replayed.stdout
    assert json.loads(replayed.stdout)["different"] == []


def test_a_finding_is_accepted_and_looked_at_again(posture, open_key: Path, no_archive) -> None:
    """The private key that lies open here is found, accepted, mended, and then resolved by a look at it alone."""
    posture("audit", "--local", "--check", "keys.private-key-readable", "--format", "json", **no_archive)
    listed = json.loads(posture("findings", "this-machine", "--json").stdout)
    jsonschema.validate(listed, schema())
    (mine,) = [f for f in listed["findings"] if f["subject"] == str(open_key)]
    assert (mine["status"], mine["severity"]) == ("new", "high")
    taken = posture("accept", mine["id"], "--until", "2099-01-01", "--reason", "a test key")
    assert taken.returncode == 0, taken.stderr
    assert mine["id"] in posture("findings", "--status", "accepted").stdout
    still = posture("recheck", mine["id"], **no_archive)
    assert still.returncode == 1, still.stdout + still.stderr
    open_key.chmod(0o600)
    gone = posture("recheck", mine["id"], **no_archive)
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert "resolved" in gone.stdout
    whole = posture("report", "this-machine", "--format", "json")
    assert whole.returncode == 2, "looks at some checks are no report of everything"
    assert "--check" in whole.stderr


def test_without_root_it_works_and_says_what_it_could_not_see(request: pytest.FixtureRequest, no_archive) -> None:
    """Another account's keys and the shadow file are not assessed, with what would change that; never a pass."""
    if os.geteuid() != 0:
        pytest.skip("not root: cannot become another account; the other tests run without root then")
    tmp_path = Path(tempfile.mkdtemp(prefix="posture-nobody-"))  # pytest's own folders are closed to others
    request.addfinalizer(lambda: shutil.rmtree(tmp_path))
    tmp_path.chmod(0o777)
    readable = subprocess.run(
        ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", sys.executable, "-c", "import posture"],
        capture_output=True, check=False,
    )  # fmt: skip
    if readable.returncode:
        pytest.skip("this checkout or its virtual environment cannot be read by other accounts")
    done = subprocess.run(
        ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", sys.executable, "-m",
         "posture.cli.main", *AUDIT],
        cwd=tmp_path, env=os.environ | no_archive | {"POSTURE_CACHE": str(tmp_path / "cache"), "HOME": str(tmp_path)},
        capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    found = outcomes(tmp_path)
    assert found["mfa.empty-password"][0] == "not_assessed"
    assert "root" in found["mfa.empty-password"][1]
    assert found["keys.authorized-key-weak"][0] in {"not_assessed", "fail"}
    assert (tmp_path / "audit" / "this-machine.pdf").exists()


def belonging_to(folder: Path) -> dict[int, str]:
    """Names of the processes that were started there or that have it in their environment; none that has ended."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ours = str(folder).encode() in (process / "environ").read_bytes() or (process / "cwd").readlink() == folder
            status, name = (process / "stat").read_text().rpartition(")")[2].split()[0], (process / "comm").read_text()
        except OSError:
            continue
        if ours and status not in "ZX":
            found[int(process.name)] = name.strip()
    return found


@pytest.fixture
def slow_nmap(tmp_path: Path) -> Iterator[str]:
    """A folder for PATH: the real nmap in it sends so slowly, and into no pipe, that only being killed ends its sweep.

    PATH is also all of the environment that nmap is given, so that this folder tells whose it is.
    """
    folder, nmap = tmp_path / "slow", shutil.which("nmap")
    if nmap is None:
        pytest.skip("nmap is not installed")
    folder.mkdir()
    (folder / "nmap").write_text(f'#!/bin/sh\nexec {nmap} "$@" --min-rate 0.1 --max-rate 5 >{folder}/said 2>&1\n')
    (folder / "nmap").chmod(0o755)
    yield str(folder)
    for pid in belonging_to(tmp_path):
        os.kill(pid, signal.SIGKILL)


def eventually(happened: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it happened before nobody would wait for it any more."""
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:
        time.sleep(0.01)
    return happened()


def test_an_audit_that_was_killed_goes_on_and_leaves_no_scanner_behind(
    posture, tmp_path: Path, no_archive, slow_nmap: str
) -> None:
    """kill -9 in the middle: nmap and all else that it started end with it, and the same command finishes the run."""
    environment = os.environ | no_archive | {"POSTURE_CACHE": str(tmp_path / "cache")}
    environment["PATH"] = f"{slow_nmap}:{environment['PATH']}"
    command = [sys.executable, "-m", "posture.cli.main", *AUDIT]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as first:
        assert first.stderr is not None
        first.stderr.readline()  # a unit is under way
        assert eventually(lambda: "nmap" in belonging_to(tmp_path).values())
        os.kill(first.pid, signal.SIGKILL)
    assert eventually(lambda: not belonging_to(tmp_path)), belonging_to(tmp_path)
    assert not (tmp_path / "audit" / "this-machine.json").exists()
    done = posture(*AUDIT, **no_archive)
    assert done.returncode == 3, done.stderr
    assert "interrupted run" in done.stderr
    assert len(outcomes(tmp_path)) >= 12
    runs = {row["run"] for row in json.loads(posture("log", "--json").stdout)}
    assert runs == {report(tmp_path)["run"]["id"]}, "one run, not two"


def test_ctrl_c_keeps_what_was_done_and_says_how_to_go_on(tmp_path: Path, no_archive) -> None:
    """Exit code 130, at once."""
    environment = os.environ | no_archive | {"POSTURE_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "posture.cli.main", *AUDIT]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as audit:
        assert audit.stderr is not None
        audit.stderr.readline()
        audit.send_signal(signal.SIGINT)
        _, said = audit.communicate(timeout=20)
    assert audit.returncode == 130, said
    assert "interrupted" in said
    assert "Traceback" not in said


def test_fail_on_turns_findings_into_exit_code_one(posture, open_key: Path, no_archive) -> None:
    """Findings at or above the threshold win over what was not assessed; a higher threshold does not see them."""
    some = ("audit", "--local", "--check", "keys.private-key-readable", "--format", "json", "--fail-on")
    assert posture(*some, "high", **no_archive).returncode == 1
    assert posture(*some, "critical", **no_archive).returncode in {0, 3}


def test_nothing_of_a_private_key_is_in_any_file_the_audit_leaves(posture, tmp_path, open_key, no_archive) -> None:
    """Database, reports, streams: the key's own lines stand in none of them."""
    done = posture(*AUDIT, **no_archive)
    assert str(open_key) in (tmp_path / "audit" / "this-machine.json").read_text()
    secret = [line for line in open_key.read_text().splitlines() if not line.startswith("-----")]
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    whole = left + done.stdout.encode() + done.stderr.encode()
    assert not [line for line in secret if line.encode() in whole]
    assert not re.search(rb"BEGIN [A-Z ]*PRIVATE KEY", whole)
