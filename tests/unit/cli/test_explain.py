from __future__ import annotations

import pytest
from click.testing import CliRunner

from posture.cli.explain import _SENT, explain, plain
from posture.cli.plugins import loaded
from posture.facts.factset import INSIDE, known_for
from posture.model.resource import ResourceKind


def test_explain_shows_one_way_and_labels_what_breaks() -> None:
    """The usual case is shown, not the branch that an unknown value happens to take."""
    done = CliRunner().invoke(explain, ["exposure.redis-no-auth"], catch_exceptions=False)
    assert "May break: Redis restarts" in done.output
    assert "bind 127.0.0.1" in done.output
    assert "sudo systemctl restart redis-server.service" in done.output
    assert "an example, on Debian GNU/Linux 12" in done.output


def test_a_translation_is_explained_with_the_same_example() -> None:
    done = CliRunner().invoke(explain, ["exposure.redis-no-auth", "--language", "de"], catch_exceptions=False)
    assert "Redis auf Port 6379" in done.output


def test_no_check_that_needs_the_network_says_that_only_the_host_is_read() -> None:
    """What has no words of its own is read on the host itself, by one script."""
    needed = {fact for plugin in loaded().plugins for _, fact in plugin.check.needs}
    needed -= known_for(ResourceKind.AWS_ACCOUNT)  # which is asked by its API
    needed -= known_for(ResourceKind.DOMAIN)  # which is asked for in the DNS
    assert {fact for fact in needed if fact.__name__ not in _SENT} <= set(INSIDE)


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("open to all (&#48;644)", "open to all (0644)"),
        (r"\&#48; and \*", "&#48; and *"),
        ("`&#48;` and `\\*`", "`&#48;` and `\\*`"),
    ],
)
def test_what_neutralises_a_value_in_markdown_is_not_shown_at_the_terminal(markdown: str, shown: str) -> None:
    """A value that spells such a number itself, and code, stay as they are."""
    assert plain(markdown) == shown


@pytest.mark.parametrize("check", ["private-key-readable", "credential-file-readable", "authorized-keys-writable"])
def test_permissions_are_explained_as_chmod_writes_them(check: str) -> None:
    """In the JSON as well, which is Markdown and keeps what neutralises a value."""
    for options in ([], ["--json"]):
        done = CliRunner().invoke(explain, [f"keys.{check}", *options], catch_exceptions=False)
        assert "(permissions `0" in done.output
        assert "&#" not in done.output


def test_a_check_of_an_aws_account_says_that_its_api_is_asked() -> None:
    """Nobody who reads it fears a script on a host, or a scan of what runs in the account."""
    done = CliRunner().invoke(explain, ["exposure.aws-security-group-open"], catch_exceptions=False)
    assert "Sends: questions to the API of the AWS account" in done.output
    assert "shell script" not in done.output
