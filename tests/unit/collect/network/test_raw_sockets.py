"""Who may sweep with packets of its own: held against the kernel, as another user, in a process of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.resources import files

import pytest
import yaml

from posture.collect.network.nmap_run import raw_sockets_allowed
from posture.collect.network.techniques import SYN

SAYS = "from posture.collect.network.nmap_run import raw_sockets_allowed as allowed; print(allowed())"
NOBODY = ("--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs")
AMBIENT = ("--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw", "--bounding-set=-all,+net_raw")
pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv") or not raw_sockets_allowed(), reason="needs root with CAP_NET_RAW"
)


def as_nobody(*words: str, may: tuple[str, ...]) -> str:
    done = subprocess.run(
        ["setpriv", *NOBODY, *may, *words], capture_output=True, text=True, check=False, cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    if "Permission denied" in done.stderr and words[0] == sys.executable:
        pytest.skip("another user cannot run this Python")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_user_with_the_ambient_capability_may_and_one_without_may_not():
    """As posture-nightly.service gives it; one that nmap would not inherit is none."""
    assert as_nobody(sys.executable, "-c", SAYS, may=AMBIENT) == "True"
    assert as_nobody(sys.executable, "-c", SAYS, may=("--inh-caps=-all,+net_raw",)) == "False"
    assert as_nobody(sys.executable, "-c", SAYS, may=()) == "False"


@pytest.mark.skipif(not shutil.which("nmap"), reason="nmap is not installed")
def test_nmap_sweeps_with_nothing_but_that_capability():
    told = as_nobody("nmap", "-n", "-Pn", *SYN, "-p", "9", "--reason", "127.0.0.1", may=AMBIENT)
    assert "reset" in told, "a RST came back, not a refused connect"


def in_a_pod(*words: str) -> str:
    """What comes of the workers' container with raw sockets, under what a kubelet gives its first process."""
    manifest = (files("posture.services") / "kubernetes.yaml").read_text(encoding="utf-8")
    _, workers = yaml.safe_load_all(re.sub(r"^( +)#(?=\S)", r"\1", manifest, flags=re.MULTILINE))
    (container,) = workers["spec"]["template"]["spec"]["containers"]
    may = container["securityContext"]
    assert may["runAsUser"] == 0
    assert not may["allowPrivilegeEscalation"]
    bounds = ",".join(["-all", *(f"+{name.lower()}" for name in may["capabilities"]["add"])])
    begin = ["setpriv", "--no-new-privs", "--inh-caps=-all", f"--bounding-set={bounds}"]
    done = subprocess.run(
        [*begin, *container["command"][:-1], *words], capture_output=True, text=True, check=False, cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    if "Permission denied" in done.stderr and words[0] == sys.executable:
        pytest.skip("another user cannot run this Python")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_in_a_pod_posture_is_no_root_and_has_that_capability_alone():
    """Kubernetes gives no ambient capabilities: who begins as root there hands it on."""
    status = dict(line.split(":\t", 1) for line in in_a_pod("cat", "/proc/self/status").splitlines())
    assert set(status["Uid"].split()) == set(status["Gid"].split()) == {"10001"}
    assert status["Groups"].strip() == ""
    assert {status[held] for held in ("CapPrm", "CapEff", "CapInh", "CapAmb")} == {f"{1 << 13:016x}"}
    assert status["NoNewPrivs"] == "1"


def test_in_a_pod_posture_sees_that_it_may():
    assert in_a_pod(sys.executable, "-c", SAYS).strip() == "True"


@pytest.mark.skipif(not shutil.which("nmap"), reason="nmap is not installed")
def test_in_a_pod_nmap_sweeps_with_it():
    assert "reset" in in_a_pod("nmap", "-n", "-Pn", *SYN, "-p", "9", "--reason", "127.0.0.1")
