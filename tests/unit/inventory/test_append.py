"""A customer more in an inventory that people write by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.cli.errors import Usage
from posture.cli.precheck_accept import write_entry
from posture.inventory.append import NoPlace, appended
from posture.inventory.load import load_inventory
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.resource import Resource, ResourceKind

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NEW = Customer(
    "new-gmbh",
    'New "GmbH" & Söhne: #1',
    Authorization(AuthorizationMethod.OWN_ALLOCATION, "MSA-1", "Jane Doe", NOON, datetime(2099, 1, 1, tzinfo=UTC)),
    (ip_network("203.0.113.7"), ip_network("2001:db8::/64")),
    resources=(
        Resource(ResourceKind.HOST, "203.0.113.7", "203.0.113.7", names=("new.example", "www.new.example")),
        Resource(ResourceKind.HOST, "ipv6-2001-db8--7", "2001:db8::7"),
        Resource(ResourceKind.DOMAIN, "new.example"),
    ),
    contact="it@new.example",
)
GRANT = "{reference: A, granted_by: J, valid_until: 2098-03-02T00:00:00Z}"
HOST = "{kind: host, id: web1, address: 198.51.100.2}"
ONE_LINE = f"{{id: bakery, name: B, authorization: {GRANT}, networks: [198.51.100.0/28], resources: [{HOST}]}}"


def entry(indent: int, name: str = "bakery") -> str:
    lines = (f"id: {name}", "name: Bakery", f"authorization: {GRANT}", "networks: [198.51.100.0/28]",
             f"resources: [{HOST}]")  # fmt: skip
    return "".join(f"{' ' * indent}{'- ' if n == 0 else '  '}{line}\n" for n, line in enumerate(lines))


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"# ours\ncustomers: # all\n{entry(2)}# the end",
        f"customers:\n{entry(0)}",
        f"customers:\n\n{entry(4)}    # more to come\n\n",
        f"---\ncustomers:\n{entry(2)}",
    ],
    ids=["no file", "comments", "no indent", "four", "document"],
)
def test_the_entry_is_read_as_what_the_prospect_was(tmp_path: Path, text: str):
    """Whatever way the list is written, and every line that was there still is."""
    file = tmp_path / "customers.yaml"
    if text:
        file.write_text(text)
        file.chmod(0o604)
    write_entry(file, NEW)
    found = load_inventory(file, NOON).customers
    assert found[-1] == NEW
    assert len(found) == 1 + text.count("bakery")
    assert all(line in file.read_text() for line in text.splitlines())
    assert not text or file.stat().st_mode & 0o777 == 0o604
    assert [path.name for path in tmp_path.iterdir()] == ["customers.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        f"customers: [{ONE_LINE}]\n",
        f"customers:\n{entry(2)}{entry(2, 'new-gmbh')}",
        "customers:\n  - nonsense\n",
    ],
    ids=["one line", "id is there", "not valid"],
)  # fmt: skip
def test_a_file_that_cannot_take_it_stays_as_it_is(tmp_path: Path, text: str):
    """The reason, and that the entry can be printed."""
    file = tmp_path / "customers.yaml"
    file.write_text(text)
    with pytest.raises(Usage) as refused:
        write_entry(file, NEW)
    assert file.read_text() == text
    assert "--print" in refused.value.step or "mend" in refused.value.step
    assert [path.name for path in tmp_path.iterdir()] == ["customers.yaml"]


def test_a_text_without_a_list_has_no_place():
    """Another key, or none."""
    with pytest.raises(NoPlace):
        appended("clients:\n  - id: x\n", NEW)


@given(name=st.text(min_size=1, max_size=40).filter(lambda text: text.isprintable() and text.strip() == text))
def test_every_name_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, name: str):
    """Quotes, backslashes, hashes, colons, letters of any script."""
    file = tmp_path_factory.mktemp("names") / "customers.yaml"
    write_entry(file, replace(NEW, name=name))
    assert load_inventory(file, NOON).customers[0].name == name
