"""The lab for all tests of this folder: one for the whole session, on one worker."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from lab import Lab  # noqa: E402 - found only now
from lab_requirements import missing  # noqa: E402


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.lab)
            if config.pluginmanager.hasplugin("xdist"):
                item.add_marker(pytest.mark.xdist_group("lab"))  # heard with --dist loadgroup


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """The lab behind a line as the internet is, up; skips where this machine cannot have one, and says why."""
    if reasons := missing():
        pytest.skip("no lab here: " + "; ".join(reasons))
    with Lab(delay_ms=20, loss_percent=0.5) as up:
        yield up
