"""Where a repository of the inventory may be: names that git reads as they are written, tokens over https alone."""

import pytest
from pydantic import ValidationError

from posture.inventory.resource_entries import RepositoryEntry


def entry(url: str, **more: str) -> RepositoryEntry:
    return RepositoryEntry.model_validate({"kind": "repository", "id": "shop", "url": url, **more})


@pytest.mark.parametrize(
    ("host", "fix"),
    [
        ("b\u00fccher.example", "xn--"), ("repo\u3002example", "xn--"), ("re%70o.example", "without scheme"),
        ("0x7f.1", "without scheme"), ("code.example.", "delete the dot"), ("[fe80::1%25eth0]", "zone"),
        ("code.example:x", "port"),
    ],
)  # fmt: skip
def test_a_name_that_git_spells_otherwise_is_refused(host, fix):
    """It would be looked up under another spelling than the one that was permitted."""
    with pytest.raises(ValidationError) as raised:
        entry(f"https://{host}/shop.git")
    (error,) = raised.value.errors()
    assert fix in error["ctx"]["fix"] + error["ctx"]["what"]


@pytest.mark.parametrize(
    "url",
    [
        "https://xn--bcher-kva.example/shop.git", "https://[2001:db8::2]:8443/shop.git", "http://198.51.100.2/shop.git",
        "file:///srv/b\u00fccher.git", "ssh://git@code.example/shop.git", "git@code.example:shop.git",
    ],
)  # fmt: skip
def test_plain_names_and_addresses_are_taken(url):
    """Also what is refused later with the next step."""
    assert entry(url).url == url


def test_a_token_goes_over_https_alone():
    """Over http everybody on the way reads it."""
    with pytest.raises(ValidationError) as raised:
        entry("HTTP://code.example/shop.git", token="env:T")
    assert "without encryption" in str(raised.value.errors()[0]["ctx"])
    assert entry("https://code.example/shop.git", token="env:T").token
