"""Each configuration staged, tried and audited once."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from ssh_lab.ssh_lab_configurations import LAB
from ssh_lab.ssh_lab_keys import fingerprint, made_keys
from ssh_lab.ssh_lab_machine import NONCE
from ssh_lab.ssh_lab_rows import Login

from posture.advisories.weak_keys.judge import judged
from posture.collect.host.capture import Capture
from posture.collect.host.collect import facts
from posture.engine.fleet import fleet_keys
from posture.engine.judge import judge
from posture.engine.key_places import keys_in_place, unseen
from posture.engine.plugins import load
from posture.engine.sightings import keys_seen
from posture.facts.factset import Facts
from posture.facts.fleet import FleetKeys
from posture.facts.key_flaws import KeyFlaws
from posture.model.assessment import Assessment
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.resource import ALL_HOSTS, Resource, ResourceKind
from posture.model.sighting import FleetLook, KeyLook
from posture.report import remediation

HOST = Resource(ResourceKind.HOST, "lab", "198.51.100.2")


@dataclass(frozen=True)
class Result:
    """What sshd let in, and what the audit says; `prints` are the fingerprints of the keys by name."""

    opened: dict[Login, bool]
    assessments: tuple[Assessment, ...]
    prints: dict[str, str]


@cache
def _checks():
    loaded = load(remediation.load, [EntryPoint("posture", "checks", "posture.checks")])
    return tuple(plugin.check for plugin in loaded.plugins)


def _audited(output: bytes) -> tuple[Assessment, ...]:
    now = datetime.now(UTC)
    capture = Capture(NONCE)
    capture.add(output)
    known: Facts = facts(capture.sections(), now)
    flaws = judged(keys_in_place(known), (), now)
    known = {**known, KeyFlaws: replace(flaws, gaps=(*unseen(known), *flaws.gaps))}
    seen = keys_seen(HOST, known)
    assert seen is not None
    customer = Customer(
        "lab", "Lab", Authorization(AuthorizationMethod.CONTRACT, "lab", "lab", now, now), resources=(HOST,)
    )
    fleet = fleet_keys(customer, FleetLook((KeyLook("lab", current=True, seen=seen),)), now)
    return (*judge(_checks(), HOST, known), *judge(_checks(), ALL_HOSTS, {FleetKeys: fleet}))


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Result]:
    """Name of a configuration -> its result; skips where no machine can be staged."""
    missing = [name for name in ("sshd", "ssh", "ssh-keygen", "openssl", "ip", "ss") if not _found(name)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    if subprocess.run(["unshare", "-m", "-n", "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs root and namespaces")
    folder = tmp_path_factory.mktemp("ssh-lab")
    for one in (folder, *folder.parents[:-2]):
        one.chmod(one.stat().st_mode | 0o011)
    (folder / "keys").mkdir()
    keys = made_keys(folder / "keys")
    prints = {name: fingerprint(line) for name, line in keys.items()}

    @cache
    def result(name: str) -> Result:
        made, truth = LAB[name]
        root = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder))
        root.chmod(0o755)
        output, opened = made(root, keys).output(truth.logins, folder / "keys")
        return Result(opened, _audited(output), prints)

    return result


def _found(name: str) -> bool:
    return shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") is not None
