"""What installs updates by itself, from what systemd and configuration files say; lists that are cut or hostile."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from posture.collect.host.automatic_updates import automatic_updates
from posture.collect.host.sections import Section
from posture.collect.host.update_sources import update_sources
from posture.facts.unavailable import Unavailable
from posture.facts.updates import AutomaticUpdates, Installs, UpdateSources

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def section(*lines: str, end: str = "complete\t\n") -> Section:
    return Section(("\n".join(lines) + "\n" + end).encode(), 0, truncated=False)


def unit(name: str, state: str = "enabled", active: str = "active") -> tuple[str, ...]:
    """What ``systemctl show`` prints of a unit."""
    load = "not-found" if not state else "masked" if state == "masked" else "loaded"
    fields = (f"Id={name}", f"LoadState={load}", f"ActiveState={active}", f"UnitFileState={state}", "")
    return tuple(f"unit\t{field}" for field in fields)


def automatic(*lines: str) -> AutomaticUpdates:
    found = automatic_updates(section(*lines), NOW)
    assert not isinstance(found, Unavailable)
    return found


DPKG = (
    "manager\tdpkg", "init\tsystemd", "os\tID=ubuntu", "os\tVERSION_CODENAME=noble", "tool\tunattended-upgrades",
    "apt-config\tread", 'apt\tAPT::Periodic::Update-Package-Lists "1";', 'apt\tAPT::Periodic::Unattended-Upgrade "1";',
)  # fmt: skip
ALLOWED = (
    'apt\tUnattended-Upgrade::Allowed-Origins:: "${distro_id}:${distro_codename}";',
    'apt\tUnattended-Upgrade::Allowed-Origins:: "${distro_id}:${distro_codename}-security";',
)


@pytest.mark.parametrize(
    ("allowed", "timers", "installs", "missing"),
    [
        (ALLOWED, unit("apt-daily.timer") + unit("apt-daily-upgrade.timer"), Installs.SECURITY, ""),
        (ALLOWED[:1], unit("apt-daily.timer") + unit("apt-daily-upgrade.timer"), Installs.NOTHING, "security archive"),
        ((), unit("apt-daily.timer") + unit("apt-daily-upgrade.timer"), Installs.NOTHING, "allows no origin"),
        (ALLOWED, unit("apt-daily.timer", "") + unit("apt-daily-upgrade.timer"), Installs.NOTHING, "not there"),
        (ALLOWED, unit("apt-daily.timer") + unit("apt-daily-upgrade.timer", active="inactive"), Installs.NOTHING,
         "enabled, but not started"),
        (ALLOWED, unit("apt-daily.timer") + unit("apt-daily-upgrade.timer", "masked", "inactive"), Installs.NOTHING,
         "is masked"),
    ],
)  # fmt: skip
def test_ubuntus_own_settings(allowed, timers, installs, missing):
    found = automatic(*DPKG, *allowed, *timers)
    assert found.installs is installs
    assert missing in found.missing
    assert bool(missing) is bool(found.missing)


@pytest.mark.parametrize(
    ("lines", "installs", "missing"),
    [
        (("tool\tapt-compat", "cron-runs\tyes"), Installs.SECURITY, ""),
        (("tool\tapt-compat",), Installs.NOTHING, "no cron daemon"),
        (("tool\tapt-compat", "cron-runs\tunknown"), Installs.UNKNOWN, "could not be seen"),
        ((), Installs.NOTHING, "apt-compat is not there"),
    ],
)
def test_without_systemd_cron_starts_it(lines, installs, missing):
    found = automatic(*(line for line in DPKG if line != "init\tsystemd"), *ALLOWED, *lines)
    assert (found.installs, missing in found.missing) == (installs, True)


def test_apt_that_does_not_tell_its_settings_is_unknown():
    assert automatic("manager\tdpkg", "tool\tunattended-upgrades").installs is Installs.UNKNOWN


CRON_CONF = ("file\t/etc/yum/yum-cron.conf", "line\t[commands]", "line\tapply_updates = yes")
ONLINE = ("tool\tonline-update", "file\t/etc/sysconfig/automatic_online_update")


@pytest.mark.parametrize(
    ("lines", "tool", "installs"),
    [
        (("tool\tyum-cron", *CRON_CONF, *unit("yum-cron.service")), "yum-cron", Installs.SECURITY),
        (("tool\tyum-cron", *CRON_CONF, *unit("yum-cron.service", "disabled", "failed")), "yum-cron",
         Installs.NOTHING),
        (("tool\tyum-cron", "tool\tyum-cron-service", *CRON_CONF), "yum-cron", Installs.SECURITY),
        ((*ONLINE, 'line\tAOU_ENABLE_CRONJOB="true"'), "zypper", Installs.SECURITY),
        ((*ONLINE, 'line\tAOU_ENABLE_CRONJOB="false"'), "zypper", Installs.NOTHING),
        (("tool\tostree", "file\t/etc/rpm-ostreed.conf", "line\tAutomaticUpdatePolicy=stage",
          *unit("rpm-ostreed-automatic.timer")), "rpm-ostree", Installs.SECURITY),
        (("tool\tostree", *unit("rpm-ostreed-automatic.timer")), "rpm-ostree", Installs.NOTHING),
        (("tool\tdnf5-automatic", "unreadable\t/etc/dnf/automatic.conf", *unit("dnf5-automatic.timer")),
         "dnf5-automatic", Installs.UNKNOWN),
        (unit("dnf-automatic-notifyonly.timer"), "dnf-automatic", Installs.DOWNLOADS),
        (("cron-runs\tyes", "cron\t/etc/cron.d/x\tyum -y update"), "cron", Installs.SECURITY),
        (("cron-runs\tyes", "cron\t/etc/cron.d/x\tzypper -n patch"), "cron", Installs.SECURITY),
        ((), "", Installs.NOTHING),
    ],
)  # fmt: skip
def test_tools_of_rpm_systems(lines, tool, installs):
    found = automatic("manager\trpm", "init\tsystemd", *lines)
    assert (found.tool, found.installs) == (tool, installs)


def test_what_could_not_be_read_is_among_the_settings():
    found = automatic("manager\tapk", "job-unreadable\t/etc/crontabs")
    assert found.settings == ("not readable: /etc/crontabs",)


@pytest.mark.parametrize("end", ["", "complete\n", "x\ty\n"])
def test_a_section_that_was_cut_is_none(end):
    """The source that is missing from the end may be the security archive."""
    lines = ("manager\tdpkg", "file\t/etc/apt/sources.list", "line\tdeb http://x/ y z")
    assert isinstance(update_sources(section(*lines, end=end), NOW), Unavailable)
    assert isinstance(automatic_updates(section(*lines, end=end), NOW), Unavailable)


def test_subscriptions_and_dates_that_are_none():
    """Ubuntu Pro by its client's status; a date of another form, or of no calendar, is no date."""
    heads = [f"head\t/var/lib/apt/lists/x_dists_y_InRelease:{field}: {date}" for field, date in (
        ("Date", "Sat, 31 Feb 2026 00:00:00 UTC"), ("Valid-Until", "Sat, 28 Nov 2026 00:53:02 GMT"))]  # fmt: skip
    found = update_sources(
        section("manager\tdpkg", "pro\tesm-infra\tenabled", "pro\tesm-apps\tdisabled", "file\t/etc/apt/sources.list",
                "line\tdeb http://x/ y z", *heads), NOW,
    )  # fmt: skip
    assert isinstance(found, UpdateSources)
    assert found.subscription == "Ubuntu Pro: esm-infra"
    assert found.sources[0].signed is None
    assert found.sources[0].valid_until == datetime(2026, 11, 28, 0, 53, 2, tzinfo=UTC)


TIMERS = (*unit("apt-daily.timer"), *unit("apt-daily-upgrade.timer"))


def listed(path: str, **fields: str) -> tuple[str, ...]:
    """A list that was fetched, by its head."""
    return tuple(f"head\t/var/lib/apt/lists/{path}_InRelease:{field}: {value}" for field, value in fields.items())


ESM = listed("a_esm", Origin="UbuntuESM", Label="UbuntuESM", Suite="noble-infra-security", Codename="noble")
OLD = listed("b_old", Origin="Ubuntu", Label="Ubuntu", Suite="jammy-security", Codename="jammy")
OWN = listed("c_own", Origin="Ubuntu", Label="Ubuntu", Suite="noble-security", Codename="noble")
MIRROR = listed("d_mirror", Origin="Company", Label="Company", Suite="noble-security", Codename="noble")


@pytest.mark.parametrize(
    ("lists", "allowed", "installs"),
    [
        ((*ESM, *OLD, *OWN), "${distro_id}:${distro_codename}-security", Installs.SECURITY),
        ((*ESM, *OWN), "UbuntuESM:${distro_codename}-infra-security", Installs.NOTHING),
        (ESM, "UbuntuESM:${distro_codename}-infra-security", Installs.NOTHING),
        ((*ESM, *MIRROR), "Company:${distro_codename}-security", Installs.SECURITY),
        ((*OWN, *MIRROR), "Company:${distro_codename}-security", Installs.NOTHING),
    ],
)
def test_the_security_archive_is_the_releases_own(lists, allowed, installs) -> None:
    """Lists of the paid programme and of another release end alike, and stand first; a mirror may have its own name."""
    setting = f'apt\tUnattended-Upgrade::Allowed-Origins:: "{allowed}";'
    assert automatic(*DPKG, setting, *TIMERS, *lists).installs is installs


def test_a_blacklist_of_everything_installs_nothing() -> None:
    """One of a single package leaves the rest."""
    every = 'apt\tUnattended-Upgrade::Package-Blacklist:: ".*";'
    one = 'apt\tUnattended-Upgrade::Package-Blacklist:: "nginx";'
    assert automatic(*DPKG, *ALLOWED, *TIMERS, every).installs is Installs.NOTHING
    assert automatic(*DPKG, *ALLOWED, *TIMERS, one).installs is Installs.SECURITY
