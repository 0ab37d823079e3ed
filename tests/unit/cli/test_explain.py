from __future__ import annotations

from click.testing import CliRunner

from posture.cli.explain import _SENT, explain
from posture.cli.plugins import loaded
from posture.facts.factset import INSIDE


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
    assert {fact for fact in needed if fact.__name__ not in _SENT} <= set(INSIDE)
