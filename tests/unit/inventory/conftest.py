"""Inventories as text, loaded at one fixed moment."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from posture.inventory.load import Inventory, load_inventory
from posture.inventory.problem import InventoryError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

Load = Callable[[str | bytes], Inventory]


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads a text as the file `customers.yaml`."""
    monkeypatch.chdir(tmp_path)

    def read(text: str | bytes) -> Inventory:
        path = Path("customers.yaml")
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return load_inventory(path, NOW)

    return read


@pytest.fixture
def complaints(load: Load) -> Callable[[str | bytes], list[str]]:
    """The lines with which a text is refused."""

    def refused(text: str | bytes) -> list[str]:
        with pytest.raises(InventoryError) as caught:
            load(text)
        return str(caught.value).splitlines()

    return refused


@pytest.fixture
def full() -> str:
    """An inventory with a resource of every kind and every field in use."""
    return (Path(__file__).parent / "full.yaml").read_text()
