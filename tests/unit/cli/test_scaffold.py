"""`posture checks new`: what an author is given works, and its own test notices what would spoil a report."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from posture.cli.checks import checks
from posture.cli.errors import Usage

SOURCE = Path(__file__).parents[3]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A folder with the check exposure.my-service in the package acme_checks."""
    arguments = ["new", "exposure.my-service", "--package", "acme_checks", "--dir", str(tmp_path)]
    CliRunner().invoke(checks, arguments, catch_exceptions=False)
    return tmp_path


def run_tests(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{folder}:{SOURCE}"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_misspelt_value_of_the_text_fails_the_written_test(written: Path) -> None:
    """An author learns of it before a customer's report shows a gap."""
    assert run_tests(written).returncode == 0
    text = written / "acme_checks/exposure/my_service.md"
    text.write_text(text.read_text().replace("{{ port | sh }}/tcp", "{{ prot | sh }}/tcp"))
    done = run_tests(written)
    assert done.returncode == 1
    assert "prot" in done.stdout


def test_the_sample_is_verified_at_the_services_address(written: Path) -> None:
    """The inventory's id is a name of the provider's; no resolver of the customer knows it."""
    text = (written / "acme_checks/exposure/my_service.md").read_text()
    assert "nc -vz -w 5 {{ address | sh }}" in text
    assert "resource" not in text


@pytest.mark.parametrize("package", ["checks", "posture", ""])
def test_posture_keeps_its_own_names(package: str, tmp_path: Path) -> None:
    """A foreign package called checks would overwrite posture's on installation."""
    arguments = ["new", "exposure.my-service", "--package", package, "--dir", str(tmp_path)]
    with pytest.raises(Usage) as caught:
        CliRunner().invoke(checks, arguments, catch_exceptions=False, standalone_mode=False)
    assert "acme_checks" in caught.value.step
    assert list(tmp_path.iterdir()) == []


def test_posture_own_source_takes_one(tmp_path: Path) -> None:
    """In posture's own source the check joins the others, and the next step sets up what its test needs."""
    (tmp_path / "posture").mkdir()
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks/__init__.py").touch()
    arguments = ["new", "exposure.my-service", "--package", "checks", "--dir", str(tmp_path)]
    done = CliRunner().invoke(checks, arguments, catch_exceptions=False)
    assert (tmp_path / "checks/exposure/my_service.md").exists()
    assert "make setup-dev" in done.output
