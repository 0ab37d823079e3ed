"""What holds for every test: how hypothesis searches, and that no test leaves a process behind."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from postgresql_server import Server, running

from posture.collect.dns import resolvers

# A loaded machine is no failure; a failure must come again the same way.
settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=50,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("dev", deadline=None, max_examples=100)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

LONGEST_NAME = 60  # characters of a parameter that names its test


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Long values do not name tests: two processes must collect the same names, and keys and archives differ."""
    return argname if isinstance(val, str | bytes) and len(val) > LONGEST_NAME else None


@pytest.fixture(scope="session", autouse=True)
def no_resolver_of_the_system() -> Iterator[None]:
    """Tests ask resolvers of their own making: the machine's would ask the internet."""

    def nobody() -> tuple[resolvers.ResolverAddress, ...]:
        raise resolvers.NoResolver("tests name the resolvers that they ask")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resolvers, "_of_the_system", nobody)
        yield


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A real PostgreSQL of this session's own; posture_0 is a database with the tables."""
    with running() as server:
        yield server


# Python's own, started once by multiprocessing and ended with this process.
PYTHONS_OWN = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")


def children() -> dict[int, str]:
    """Living children of this process by id, with their command lines; zombies have none and are left out."""
    found = {}
    for listing in Path("/proc/self/task").glob("*/children"):
        for pid in listing.read_text().split():
            try:
                command = (
                    Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                )
            except OSError:
                continue
            if command and not any(own in command for own in PYTHONS_OWN):
                found[int(pid)] = command
    return found


@pytest.fixture(scope="session", autouse=True)
def nothing_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the run (at its last test) when servers or scans outlive it: being first, it is torn down last."""
    before = set(children())
    yield
    if request.config.getoption("numprocesses", None) and not hasattr(request.config, "workerinput"):
        return  # the children are pytest-xdist's workers, each of which looks after its own
    patience = time.monotonic() + 5
    while (
        left := {pid: command for pid, command in children().items() if pid not in before}
    ) and time.monotonic() < patience:
        time.sleep(0.05)
    assert not left, f"still running after the last test: {left}"
