"""The files for systemd, cron and Kubernetes are ones that these take, and every command in them exists."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
from importlib.resources import files

import click
import pytest
import yaml
from click.testing import CliRunner

from posture.cli.main import cli
from posture.cli.services import SERVICES

PLACE = files("posture.services")


def text(name: str) -> str:
    return (PLACE / name).read_text(encoding="utf-8")


def test_every_file_is_listed_and_there():
    assert {one.name for one in PLACE.iterdir() if not one.name.startswith("__")} == set(SERVICES)


UNITS = [name for name in SERVICES if name.startswith("posture-")]
ANALYZE = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def with_secrets(unit: str) -> str:
    """The unit with the lines that its reader may switch on."""
    return re.sub(r"^#(?=LoadCredential=|Environment=)", "", unit, flags=re.MULTILINE)


@ANALYZE
@pytest.mark.parametrize("secrets", [False, True], ids=["as it is", "with secrets"])
@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_the_unit(tmp_path, name, secrets):
    for unit in UNITS:
        shown = with_secrets(text(unit)) if secrets else text(unit)
        (tmp_path / unit).write_text(shown.replace("/usr/local/bin/posture", "/bin/true"))
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / name], capture_output=True, text=True, check=False
    )
    ours = [line for line in (told.stdout + told.stderr).splitlines() if "posture-" in line]
    assert ours == []
    assert told.returncode == 0


@ANALYZE
@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_a_service_is_no_more_exposed_than_the_docs_say(name):
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=40", "--no-pager", str(PLACE / name)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "unrecognized option" in told.stderr:
        pytest.skip("this systemd-analyze does not look at files")
    assert told.returncode == 0, told.stdout[-300:]


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_a_stop_waits_longer_than_looks_under_way_may_take(name):
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read_string(text(name))
    grace = re.search(r"--grace (\d+)", unit["Service"]["ExecStart"])
    assert int(unit["Service"]["TimeoutStopSec"]) > int(grace[1] if grace else 60)
    assert unit["Service"]["User"] == "posture"
    assert unit["Service"]["NoNewPrivileges"] == "yes"


def test_no_file_holds_a_secret_but_says_where_one_is():
    """References alone: units, cron lines and manifests end up in repositories."""
    for name in SERVICES:
        for line in text(name).splitlines():
            assert not re.search(r"(?i)(password|_key|token)\s*[=:]\s*(?!file:)[^\s{]+", line), line


def test_the_metrics_lie_in_a_folder_that_the_service_has():
    unit = text("posture-nightly.service")
    assert "--metrics /var/lib/posture/metrics/" in unit
    assert "posture/metrics" in re.search(r"^StateDirectory=(.*)$", unit, re.MULTILINE)[1].split()


@ANALYZE
def test_systemd_knows_when_the_timer_is_due():
    when = re.search(r"^OnCalendar=(.*)$", text("posture-nightly.timer"), re.MULTILINE)[1]
    told = subprocess.run(["systemd-analyze", "calendar", when], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "Next elapse" in told.stdout


def commands() -> list[list[str]]:
    """Every call of the program in the files."""
    found = []
    for name in (name for name in SERVICES if name.endswith(".service")):
        found += [shlex.split(line)[1:] for line in re.findall(r"^ExecStart=(.*)$", text(name), re.MULTILINE)]
    found += [shlex.split(call)[1:] for call in re.findall(r"posture nightly .*$", text("posture.cron"), re.MULTILINE)]
    for document in yaml.safe_load_all(text("kubernetes.yaml")):
        spec = document["spec"]
        pod = spec.get("jobTemplate", {"spec": spec})["spec"]["template"]["spec"]
        found += [container["args"] for container in pod["containers"]]
    return found


@pytest.mark.parametrize("arguments", commands(), ids=" ".join)
def test_every_command_in_them_is_one_of_the_program(arguments):
    """An option that was renamed must not end a night at ten in the evening."""
    name, *options = arguments
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    command.make_context(name, options)


def test_cron_takes_the_line():
    croniter = pytest.importorskip("croniter")
    line = next(line for line in text("posture.cron").splitlines() if line and line[0] in "0123456789*")
    assert croniter.croniter.is_valid(" ".join(line.split()[:5]))
    assert line.split()[5] == "posture", "a user stands before the command in /etc/cron.d"


def test_kubernetes_objects_have_what_the_api_asks_for():
    """batch/v1 CronJob and apps/v1 Deployment, by the API reference: names, selectors and labels that fit."""
    cron, workers = yaml.safe_load_all(text("kubernetes.yaml"))
    assert (cron["apiVersion"], cron["kind"]) == ("batch/v1", "CronJob")
    assert cron["spec"]["concurrencyPolicy"] in {"Allow", "Forbid", "Replace"}
    job = cron["spec"]["jobTemplate"]["spec"]
    assert job["template"]["spec"]["restartPolicy"] == "Never", "podFailurePolicy asks for it"
    names = {container["name"] for container in job["template"]["spec"]["containers"]}
    assert {rule["onExitCodes"]["containerName"] for rule in job["podFailurePolicy"]["rules"]} <= names
    assert (workers["apiVersion"], workers["kind"]) == ("apps/v1", "Deployment")
    labels = workers["spec"]["template"]["metadata"]["labels"]
    assert workers["spec"]["selector"]["matchLabels"].items() <= labels.items()
    for pod in (job["template"]["spec"], workers["spec"]["template"]["spec"]):
        volumes = {volume["name"] for volume in pod["volumes"]}
        for container in pod["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
            named = {variable["name"] for variable in container["env"]}
            assert {"POSTURE_CACHE", "POSTURE_DATA"} <= named, "the root file system is read-only"
            grace = re.search(r"--grace (\d+)", " ".join(container["args"]))
            assert pod["terminationGracePeriodSeconds"] > int(grace[1] if grace else 60)


def manifests(raw: bool) -> list[dict]:
    """Pods of the leader and of the workers; `raw`: with the lines that give the workers raw sockets."""
    shown = text("kubernetes.yaml")
    if raw:
        shown, lines = re.subn(r"^( +)#(?=\S)", r"\1", shown, flags=re.MULTILINE)
        assert lines == 4, "as its comment says"
    cron, workers = yaml.safe_load_all(shown)
    return [cron["spec"]["jobTemplate"]["spec"]["template"]["spec"], workers["spec"]["template"]["spec"]]


def test_kubernetes_pods_are_admitted_where_pod_security_is_restricted():
    """By its page of standards; https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted."""
    for pod in (*manifests(raw=False), manifests(raw=True)[0]):
        whole = pod["securityContext"]
        assert whole["runAsNonRoot"]
        assert whole["runAsUser"] == whole["runAsGroup"] == 10001
        assert whole["seccompProfile"] == {"type": "RuntimeDefault"}
        assert {kind for volume in pod["volumes"] for kind in volume} <= {
            "name", "configMap", "secret", "emptyDir", "persistentVolumeClaim",
        }  # fmt: skip
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert "command" not in container


def test_kubernetes_workers_with_raw_sockets_get_nothing_more():
    """Root to begin with, which may become another user; files and privileges are as before."""
    (container,) = manifests(raw=True)[1]["containers"]
    assert container["securityContext"] == {
        "runAsUser": 0,
        "runAsNonRoot": False,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"], "add": ["NET_RAW", "SETUID", "SETGID"]},
    }
    assert container["command"][0] == "setpriv"
    assert container["command"][-1] == "posture"
    assert container["args"][0] == "worker"


def test_the_program_prints_each_as_it_is():
    """Who installed it by pip has no repository to copy from."""
    runner = CliRunner()
    for name in SERVICES:
        assert runner.invoke(cli, ["services", "show", name]).stdout == text(name)
    listed = json.loads(runner.invoke(cli, ["services", "list", "--json"]).stdout)
    assert [one["file"] for one in listed] == list(SERVICES)
