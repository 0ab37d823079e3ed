"""Files that cannot be read, and texts that nobody would write."""

import os
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.inventory.load import load_inventory
from posture.inventory.problem import InventoryError


def refusal(path: Path, now) -> str:
    with pytest.raises(InventoryError) as caught:
        load_inventory(path, now)
    return str(caught.value)


def test_a_missing_file_is_named(tmp_path, now):
    """The first mistake everybody makes."""
    path = tmp_path / "missing.yaml"
    assert refusal(path, now) == f"{path}: there is no such file; name the file that lists your customers"


def test_a_folder_is_no_file(tmp_path, now):
    assert refusal(tmp_path, now) == f"{tmp_path}: is a folder; name the file in it that lists your customers"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_file_is_named(tmp_path, now):
    path = tmp_path / "customers.yaml"
    path.touch(mode=0)
    assert refusal(path, now).startswith(f"{path}: may not be read by this user; ")


def test_the_name_of_the_file_cannot_steer_the_terminal(tmp_path, now):
    """Names come from wherever the file came from."""
    assert "\x1b" not in refusal(tmp_path / "\x1b[2J.yaml", now)


CANARY = "Kx9!hunter2-canary"
KEYS = [
    *("customers", "id", "name", "contact", "contacts", "language", "timezone", "authorization", "networks", "exclude"),
    *("resources", "kind", "address", "ssh", "user", "port", "key", "host_key", "sends_mail", "dkim_selectors"),
    *("authority", "host_authority", "sshfp"),
    *("role_arn", "external_id", "source", "path", "url", "org", "token", "reference", "valid_until", "valid_from"),
    *("password", "api_key", "<<", "1", "", "a b"),
]
WORDS = [
    *("host", "domain", "aws-account", "accounts", "repository", "csv", "contract", "198.51.100.2", "10.0.0.0/8"),
    *("env:X", f"https://{CANARY}@x.example/", f"x:{CANARY}", f"{CANARY}.example", f"{CANARY}@", f"file:{CANARY}"),
    *("2027-01-01T00:00:00Z", "2027-01-01", CANARY, f"SHA256:{CANARY}", f"fe80::1%{CANARY}", f"10.0.0.0/{CANARY}"),
]
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
)


def written(value: object) -> str:
    """A value as YAML in one line, as loose as people write it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return "" if value is None else str(value)


def quoted(value: object) -> str:
    """A value as YAML in one line, all text in quotes, so that most of it parses."""
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {quoted(item)}' for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(quoted, value)) + "]"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else written(value)


def only_refused(text: bytes, folder: Path, now) -> None:
    path = folder / "customers.yaml"
    path.write_bytes(text)
    refused: InventoryError | None = None
    try:
        load_inventory(path, now)
    except InventoryError as error:
        refused = error
    if refused is not None:
        assert len(str(refused).split("\n")) == len(refused.problems) > 0
        assert "canary" not in "".join(traceback.format_exception(refused))
        assert "canary" not in repr(refused.problems)


@given(customers=st.lists(st.dictionaries(st.sampled_from(KEYS), values, max_size=8), max_size=3))
def test_whatever_stands_in_the_fields_is_loaded_or_refused(tmp_path_factory, now, customers):
    """Never another exception, never a word of a secret: not in the text, nor the traceback, nor the problems."""
    only_refused(quoted({"customers": customers}).encode(), tmp_path_factory.getbasetemp(), now)


@given(value=values)
def test_whatever_looks_like_yaml_is_loaded_or_refused(tmp_path_factory, now, value):
    """Also where it does not parse, and the parser would like to quote it."""
    only_refused(f"customers: {written(value)}".encode(), tmp_path_factory.getbasetemp(), now)


@given(
    text=st.binary(max_size=200)
    | st.text(alphabet=f"{CANARY}:-?[]{{}},&*!|>'\"%@`# \n\t0123", max_size=80).map(str.encode)
)
def test_whatever_bytes_are_loaded_or_refused(tmp_path_factory, now, text):
    only_refused(text, tmp_path_factory.getbasetemp(), now)


def test_a_secret_in_the_wrong_place_is_repeated_nowhere(tmp_path, now):
    """A token as a tag, an anchor, an alias, a key, a user name, an unclosed quote, a value of the wrong field."""
    for text in (
        f"customers: !{CANARY} x",
        f"customers: &{CANARY} x",
        f"customers: *{CANARY}",
        f"{CANARY}: x",
        f"customers: [{{password {CANARY}: }}]",
        f'customers: "{CANARY}',
        f"customers: [{{contact: {CANARY}, timezone: {CANARY}, networks: [{CANARY}], {CANARY}: {CANARY}}}]",
        f"customers: [{{resources: [{{kind: {CANARY}}}, {{kind: host, address: {CANARY}}}]}}]",
    ):
        only_refused(text.encode(), tmp_path, now)
