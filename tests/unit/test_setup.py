"""The set-up: what the lock files promise, and what a machine that lacks something is told."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(name: str) -> dict[str, list[Version]]:
    """The versions of each package in a lock file; more than one where they differ by platform."""
    versions: dict[str, list[Version]] = {}
    for line in requirement_lines(name):
        requirement = Requirement(line.split("--hash", 1)[0])
        (pin,) = requirement.specifier
        assert pin.operator == "==", line
        versions.setdefault(canonicalize_name(requirement.name), []).append(Version(pin.version))
    return versions


def requirement_lines(name: str) -> list[str]:
    text = (ROOT / name).read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


@pytest.fixture
def run_script(tmp_path):
    """Runs a script of .ci on a machine that has only the programs named: real ones, or scripts given by their text."""

    def run(script: str, *arguments: str, programs: dict[str, str | None]) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / "bin"
        folder.mkdir()
        for name, text in programs.items():
            if text is None:
                (folder / name).symlink_to(shutil.which(name) or pytest.skip(f"this machine has no {name}"))
            else:
                (folder / name).write_text(f"#!/bin/sh\n{text}\n")
                (folder / name).chmod(0o755)
        environment = {"PATH": str(folder)}
        command = ["/bin/sh", str(ROOT / ".ci" / script), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    return run


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash(lock):
    """pip can refuse what is not byte for byte what was chosen."""
    lines = requirement_lines(lock)
    assert lines
    assert [line for line in lines if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_place_on_a_machine(lock):
    """A lock made on one machine serves every other, whatever index or mirror it uses."""
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(r"--(index|extra-index|find-links|trusted-host|no-index)", text)
    assert not re.search(r"(^|\s|@)(/|\./|\.\./|~/|file:)", text)


def test_every_dependency_is_locked_at_a_version_it_allows():
    """A dependency added without `make lock` is noticed before a user's set-up fails."""
    versions = locked("requirements.txt")
    wanted = [Requirement(text) for text in PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]]
    wrong = [
        str(requirement)
        for requirement in wanted
        if not all(
            requirement.specifier.contains(version)
            for version in versions.get(canonicalize_name(requirement.name), [Version("0")])
        )
    ]
    assert wrong == []


def test_every_tool_of_the_developers_is_locked():
    """The same for the tools and the extras."""
    extras = [text for texts in PROJECT["project"]["optional-dependencies"].values() for text in texts]
    wanted = {canonicalize_name(Requirement(text).name) for text in PROJECT["dependency-groups"]["dev"] + extras}
    assert wanted - set(locked("requirements-dev.txt")) == set()


def test_tests_run_against_what_users_get():
    """The developers' lock holds all of the users', in the same versions."""
    tested = locked("requirements-dev.txt")
    assert {
        name: versions for name, versions in locked("requirements.txt").items() if tested.get(name) != versions
    } == {}


def test_an_old_python_is_refused_with_what_to_install(run_script):
    """A machine with Python 3.9 only is told its version and the next step."""
    old = 'case "$1" in --version) echo Python 3.9.2 ;; *) exit 1 ;; esac'
    told = run_script("find-python", programs={"python3": old, "cat": None})
    assert told.returncode == 1
    assert "found: Python 3.9.2" in told.stderr
    assert "apt-get install python3 python3-venv" in told.stderr


def test_a_newer_python_beside_an_old_one_is_found(run_script):
    """The default python3 may be too old, or a shim that leads nowhere."""
    modern = f'exec {sys.executable} "$@"'
    found = run_script("find-python", programs={"python3": "exit 127", "python3.12": modern})
    assert found.returncode == 0
    assert Path(found.stdout.strip()).name == "python3.12"


def test_missing_packages_without_root_name_the_command_and_stop_nothing(run_script):
    """Who may not install is told which command to hand to who may, and goes on."""
    programs = {"dpkg-query": "exit 1", "apt-get": "exit 99", "apt-cache": "echo Candidate: 1.0", "id": "echo 1000"}
    programs |= dict.fromkeys(("tr", "sed", "find", "grep"))
    told = run_script("system-packages", "nmap", "nginx-light|nginx", programs=programs)
    assert told.returncode == 0
    assert "apt-get install --no-install-recommends nmap nginx-light\n" in told.stderr


def test_a_package_the_release_lacks_is_named_and_stops_nothing(run_script):
    """A server this release never had only skips its tests; it costs no call of the package manager each time."""
    if not list(Path("/var/lib/apt/lists").glob("*_Packages*")):
        pytest.skip("this machine has no package lists: nothing tells what its release has")
    programs = {"dpkg-query": "exit 1", "apt-get": "exit 99", "apt-cache": "echo 'Candidate: (none)'"}
    programs |= dict.fromkeys(("tr", "find", "grep"))
    told = run_script("system-packages", "xinetd", programs=programs)
    assert told.returncode == 0
    assert "no package xinetd" in told.stderr


def test_installed_packages_call_no_package_manager(run_script):
    """Nothing to be done is quick: no apt, no sudo."""
    programs = {"dpkg-query": "printf installed", "apt-get": "exit 99", "tr": None}
    done = run_script("system-packages", "nmap", "nginx-light|nginx", programs=programs)
    assert (done.returncode, done.stderr) == (0, "")


def test_scripts_are_executable():
    """A clone runs them as they are."""
    assert [
        name
        for name in ("run", "setup", "find-python", "system-packages")
        if not os.access(ROOT / ".ci" / name, os.X_OK)
    ] == []
