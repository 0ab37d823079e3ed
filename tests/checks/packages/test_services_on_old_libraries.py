from dataclasses import replace

from typical_software import NGINX, processes

from checks.packages.services_on_old_libraries import services_on_old_libraries
from posture.sdk import Outcome, Severity

WORKER = replace(NGINX, pid=813)


def test_units_are_restarted_in_one_command_and_each_once(only) -> None:
    """A master and its workers are one service; the package is named."""
    verdict = only(services_on_old_libraries, processes(NGINX, WORKER, replace(NGINX, pid=9, unit="cron.service")))
    assert (verdict.outcome, verdict.severity, verdict.subject) == (Outcome.FAIL, None, "")
    assert services_on_old_libraries.info.severity is Severity.MEDIUM
    assert dict(verdict.details)["units"] == ("cron.service", "nginx.service")
    assert "3 processes still run code that was replaced on disk (of libssl3)" in verdict.summary
    assert "812 nginx www-data nginx.service: /usr/lib/x86_64-linux-gnu/libssl.so.3" in verdict.evidence[0].observed


def test_what_holds_the_system_together_needs_a_reboot(only) -> None:
    """The first process, D-Bus and the logins are not in the command, nor programs of no service."""
    stale = (
        replace(NGINX, pid=1, name="systemd", unit=""), replace(NGINX, pid=2, unit="dbus.service"),
        replace(NGINX, pid=3, unit="systemd-logind.service"), replace(NGINX, pid=4, unit="", name="tmux", user="kim"),
    )  # fmt: skip
    details = dict(only(services_on_old_libraries, processes(*stale)).details)
    assert details["units"] == ()
    assert details["reboot"] == ("dbus.service", "systemd", "systemd-logind.service")
    assert details["others"] == ("tmux of kim (process 4)",)


def test_what_a_reboot_renews_is_told_by_the_check_that_asks_for_it(only) -> None:
    """One reboot is one finding; with a service that can be restarted, or no reboot asked for, it is told here."""
    waiting = (replace(NGINX, pid=1, name="systemd", unit="init.scope"), replace(NGINX, pid=2, unit="dbus.service"))
    verdict = only(services_on_old_libraries, processes(*waiting, reboot_due=True))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "init.scope, dbus.service" in verdict.summary
    for seen in (processes(*waiting), processes(*waiting, NGINX, reboot_due=True)):
        assert only(services_on_old_libraries, seen).outcome is Outcome.FAIL
    part = only(services_on_old_libraries, processes(*waiting, reboot_due=True, readable=66))
    assert part.outcome is Outcome.NOT_ASSESSED


def test_it_passes_only_when_every_process_was_read(only) -> None:
    """What was not looked at is no pass, and a finding says it, too."""
    assert only(services_on_old_libraries, processes()).outcome is Outcome.PASS
    part = only(services_on_old_libraries, processes(readable=66, total=209, unread=("sshd (7)",)))
    assert part.outcome is Outcome.NOT_ASSESSED
    assert "66 of 209 processes could be read, not sshd (7)" in part.summary
    assert "root" in part.summary
    assert only(services_on_old_libraries, processes(gap="hidden")).outcome is Outcome.NOT_ASSESSED
    assert only(services_on_old_libraries, processes(readable=0, total=0)).outcome is Outcome.NOT_ASSESSED
    assert "66 of 120" in only(services_on_old_libraries, processes(NGINX, readable=66)).summary


def test_what_somebody_builds_at_home_is_no_update(only) -> None:
    """A program compiled anew while it runs is told, not judged; so are containers left out."""
    own = replace(NGINX, name="app", files=("/home/kim/app/target/debug/app",))
    verdict = only(services_on_old_libraries, processes(own, elsewhere=3))
    assert verdict.outcome is Outcome.PASS
    assert "1 process with deleted files of their own not judged, as app (812)" in verdict.summary
    assert "3 processes of containers left out" in verdict.summary
