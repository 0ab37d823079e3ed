"""Accounts in the inventory: each source says what it needs, and no secret is ever written there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from posture.inventory.resource_entries import SOURCES, AccountsEntry

REF = "env:X"
WHOLE = {
    "csv": {"path": "staff.csv"},
    "keycloak": {"url": "https://id.example/realms/staff", "client_id": "posture", "client_secret": REF},
    "github-org": {"org": "bakery", "token": REF},
    "gitlab": {"group": "bakery/shop", "token": REF},
    "google-workspace": {"subject": "it@bakery.example", "key": REF},
    "entra": {"tenant": "bakery.onmicrosoft.com", "client_id": "1b4e28ba-2fa1", "client_secret": REF},
    "okta": {"url": "https://bakery.okta.com", "token": REF},
    "scim": {"url": "https://id.example/scim/v2", "token": REF},
    "whm": {"url": "https://panel.example:2087", "token": REF},
    "proxmox": {"url": "https://pve.example:8006", "token": REF, "ca": "/etc/posture/pve.pem"},
    "keystone": {"url": "https://cloud.example:5000", "user": "auditor", "password": REF},
}  # fmt: skip


def entry(source: str, **changed: object) -> AccountsEntry:
    fields = {**WHOLE[source], **changed}
    given = {name: value for name, value in fields.items() if value is not None}
    return AccountsEntry.model_validate({"kind": "accounts", "id": "staff", "source": source, **given})


@pytest.mark.parametrize("source", SOURCES)
def test_what_a_source_needs_is_enough(source):
    """The fields become the collector's settings; each one that is needed is asked for where it is missing."""
    settings = dict(entry(source, break_glass=["emergency", "safe two"]).resource().settings)
    assert settings["source"] == source
    assert settings["break_glass"] == "emergency,safe two"
    assert {name: settings[name] for name in WHOLE[source]} == WHOLE[source]
    for name in SOURCES[source].needed:
        with pytest.raises(ValidationError) as error:
            entry(source, **{name: None})
        assert error.value.errors()[0]["ctx"]["field"] == name


@pytest.mark.parametrize(
    ("source", "changed", "field"),
    [
        ("csv", {"url": "https://id.example"}, "url"),
        ("keycloak", {"client_secret": None}, "client_secret"),
        ("keycloak", {"client_id": None, "client_secret": None}, "client_id"),
        ("keycloak", {"user": "auditor"}, "password"),
        ("keystone", {"password": None}, "password"),
        ("keystone", {"user": None, "password": None}, "client_id"),
        ("gitlab", {"group": None}, "group"),
        ("okta", {"url": "http://bakery.okta.com"}, "url"),
    ],
)
def test_what_cannot_work_is_refused(source, changed, field):
    """Half a login, a login in clear, a field of another source."""
    with pytest.raises(ValidationError) as error:
        entry(source, **changed)
    assert error.value.errors()[0]["ctx"]["field"] == field


@pytest.mark.parametrize("field", ["token", "password", "client_secret", "key"])
def test_a_literal_secret_is_refused(field):
    """Nor is it repeated."""
    with pytest.raises(ValidationError) as error:
        entry("keycloak", **{field: "hunter2"})
    assert "hunter2" not in str(error.value)


def test_a_public_client_of_keycloak_needs_no_secret():
    """The user logs in by it."""
    one = entry("keycloak", client_id="admin-cli", client_secret=None, user="auditor", password=REF)
    assert dict(one.resource().settings)["user"] == "auditor"


def test_a_tunnel_to_this_machine_may_be_in_clear():
    """Its other end is encrypted by what made it."""
    assert entry("okta", url="http://127.0.0.1:8443").url == "http://127.0.0.1:8443"


def test_a_name_with_a_comma_is_refused():
    """Lists are handed on with commas."""
    with pytest.raises(ValidationError):
        entry("csv", service_accounts=["a,b"])


def test_the_page_on_accounts_shows_every_source():
    """Each source has an example that the inventory takes as it stands."""
    page = (Path(__file__).parents[3] / "docs" / "accounts.md").read_text()
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    shown = [one for block in blocks for one in yaml.safe_load(block)]
    assert {AccountsEntry.model_validate(one).source for one in shown} == set(SOURCES)
