"""A dry run names every place that accounts would be read at, and sends nothing."""

from __future__ import annotations

import pytest

from posture.cli.dry_run_accounts import accounts_contacts
from posture.inventory.resource_entries import SOURCES


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_is_described(source):
    """Where, and what would be asked for; of an export, that nothing is sent."""
    lines = list(accounts_contacts({"source": source, "path": "staff.csv", "url": "https://id.example:8443/realms/x"}))
    assert "no reader" not in "".join(lines)
    if source == "csv":
        assert lines == ["reads staff.csv on this machine; nothing is sent"]
    else:
        assert lines[0] == "https://id.example:8443/realms/x, port 8443/tcp"
        assert lines[-1].startswith("asked for: ")


def test_public_services_are_named_without_a_url():
    """The login and the API are two places."""
    lines = list(accounts_contacts({"source": "entra"}))
    assert lines[:2] == ["https://login.microsoftonline.com, port 443/tcp", "https://graph.microsoft.com, port 443/tcp"]


def test_whm_is_said_to_be_asked_for_no_seeds():
    """The one question for each account is named."""
    assert "TwoFactorAuth::get_user_configuration" in "".join(accounts_contacts({"source": "whm", "url": "https://x"}))
