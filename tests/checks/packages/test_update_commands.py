"""The commands of the fix block, for the systems that differ."""

from pathlib import Path

import pytest

from checks.packages.security_updates import security_updates
from posture.model.finding import System
from posture.report import markdown, remediation

FOLDER = Path(__file__).parents[3] / "checks/packages"
ALMA = System("almalinux", "9.4", "AlmaLinux 9.4", "systemd")
CENTOS7 = System("centos", "7", "CentOS Linux 7 (Core)", "systemd")
AMAZON = System("amzn", "2023", "Amazon Linux 2023", "systemd")
LEAP = System("opensuse-leap", "15.6", "openSUSE Leap 15.6", "systemd")
FEDORA = System("fedora", "41", "Fedora Linux 41", "systemd")
ALPINE = System("alpine", "3.20.3", "Alpine Linux v3.20", "")
DEBIAN = System("debian", "12", "Debian GNU/Linux 12 (bookworm)", "systemd")


def text_on(verdict, system, language="") -> remediation.Remediation:
    source = (FOLDER / f"security_updates{language}.md").read_text(encoding="utf-8")
    return remediation.render(
        remediation.load(source, "text"), details=verdict.details, system=system, subject="", resource="web1"
    )


@pytest.fixture
def commands(update, pending, only):
    """The commands that a host is given for some updates, Fix and Verify."""

    def shown(system, manager, *updates, **changes) -> str:
        verdict = only(security_updates, pending(updates=updates or (update(),), manager=manager, **changes))
        text = text_on(verdict, system)
        return "\n".join((*markdown.commands(text.fix_md), *markdown.commands(text.verify_md)))

    return shown


@pytest.mark.parametrize(
    ("system", "manager", "expected"),
    [
        (DEBIAN, "dpkg", ("sudo apt-get install --only-upgrade -- libssl3", "dpkg-query -W -- libssl3")),
        (ALMA, "rpm", ("sudo dnf upgrade libssl3", "dnf needs-restarting -r", "dnf-automatic.timer", "rpm -q --qf")),
        (CENTOS7, "rpm", ("sudo yum upgrade libssl3", "sudo needs-restarting -r", "yum-cron.service")),
        (AMAZON, "rpm", ("sudo dnf upgrade --releasever=latest libssl3", "/etc/dnf/vars/releasever")),
        (LEAP, "rpm", ("sudo zypper patch --category security", "sudo zypper ps -s", "/etc/cron.daily/")),
        (ALPINE, "apk", ("sudo apk upgrade libssl3", "/etc/periodic/daily/apk-upgrade", "apk info -ev libssl3")),
    ],
    ids=lambda value: value.id if isinstance(value, System) else None,
)
def test_each_system_gets_its_own_commands(system, manager, expected, commands) -> None:
    """Upgrade, restart, automatic updates and verification are in the words of that system's tools, and no other's."""
    shown = commands(system, manager)
    assert not [line for line in expected if line not in shown]
    tools = {"dpkg": "apt-get", "apk": "apk "}
    others = {"apt-get", "apk ", "dnf ", "zypper ", "yum "} - {tools.get(manager, "")}
    if manager == "rpm":
        others -= {"zypper "} if system is LEAP else {"yum "} if system is CENTOS7 else {"dnf "}
    assert not [tool for tool in others if tool in shown]


@pytest.mark.parametrize(
    ("system", "manager", "expected"),
    [
        (DEBIAN, "dpkg", "sudo apt-mark unhold -- libssl3"),
        (ALMA, "rpm", "sudo dnf versionlock delete libssl3"),
        (LEAP, "rpm", "sudo zypper removelock libssl3"),
        (ALPINE, "apk", "sudo apk add --upgrade libssl3"),
    ],
    ids=lambda value: value.id if isinstance(value, System) else None,
)
def test_a_held_package_is_let_go_first(system, manager, expected, update, commands) -> None:
    """The plain upgrade passes it by."""
    shown = commands(system, manager, update(held=True))
    assert expected in shown
    assert "--only-upgrade -- libssl3" not in shown.partition(expected)[0]


@pytest.mark.parametrize("package", ["kernel-core", "glibc", "libc6", "musl", "dbus", "linux-lts", "kernel-default"])
def test_what_only_a_reboot_renews_asks_for_one(package, update, commands) -> None:
    """A kernel, the C library and D-Bus: the block says reboot instead of listing every service."""
    assert "sudo reboot" in commands(ALMA, "rpm", update(package=package))
    assert "sudo reboot" not in commands(ALMA, "rpm", update())


def test_no_command_leaves_a_module_stream(update, pending, only) -> None:
    """The next stream of Node.js is another major version; the text says to stay."""
    waiting = update(package="nodejs", module="nodejs:18")
    verdict = only(security_updates, pending(updates=(waiting,), manager="rpm"))
    text = text_on(verdict, ALMA)
    assert "nodejs\\:18" in text.fix_md
    assert not [line for line in markdown.commands(text.fix_md) if "module" in line]


def test_centos_marks_no_security_updates(commands) -> None:
    """An automatic update restricted to security would install nothing there, for ever."""
    assert "upgrade_type = security" in commands(ALMA, "rpm")
    for version in ("7", "9"):
        shown = commands(System("centos", version, "CentOS", "systemd"), "rpm")
        assert "= security" not in shown
        assert "apply_updates = yes" in shown


@pytest.mark.parametrize("system", [ALMA, LEAP, ALPINE, DEBIAN, CENTOS7], ids=lambda system: system.id)
def test_both_languages_give_the_same_commands(system, update, pending, only) -> None:
    """A translation changes words, never what is run."""
    manager = {"alpine": "apk", "debian": "dpkg"}.get(system.id, "rpm")
    for updates in ((update(),), (update(held=True), update(package="kernel")), tuple(
        update(package=f"p{n}") for n in range(40)
    )):  # fmt: skip
        verdict = only(security_updates, pending(updates=updates, manager=manager))
        english, german = text_on(verdict, system), text_on(verdict, system, ".de")
        assert markdown.commands(english.fix_md) == markdown.commands(german.fix_md)
        assert markdown.commands(english.verify_md) == markdown.commands(german.verify_md)


def test_versions_to_find_afterwards_are_named(update, pending, only) -> None:
    """Whoever verifies sees which version is enough."""
    verdict = only(security_updates, pending(updates=(update(candidate="3.0.15-1~deb12u1"),)))
    assert "- libssl3 3.0.15-1\\~deb12u1" in text_on(verdict, DEBIAN).verify_md


def test_an_unknown_manager_gets_no_commands(update, pending, only) -> None:
    """Words are better than commands of another system."""
    verdict = only(security_updates, pending(updates=(update(),), manager="pacman"))
    text = text_on(verdict, System("arch", "", "Arch Linux", "systemd"))
    assert markdown.commands(text.fix_md) == ()
    assert "libssl3" in text.fix_md


@pytest.mark.parametrize("language", ["", ".de"])
@pytest.mark.parametrize(("image", "command"), [("docker", "docker build --pull"), ("podman", "podman build --pull")])
def test_an_image_is_rebuilt_not_updated_in_place(language, image, command, update, pending, only) -> None:
    """What is installed into a running container is gone with it; nothing there installs updates by itself."""
    verdict = only(security_updates, pending(updates=(update(),), container=image))
    text = text_on(verdict, DEBIAN, language)
    shown = markdown.commands(text.fix_md)
    assert [line for line in shown if command in line]
    assert not [line for line in (*shown, *markdown.commands(text.verify_md)) if "sudo" in line or "unattended" in line]
    assert "dpkg-query -W -- libssl3" in markdown.commands(text.verify_md)[0]


def test_a_container_that_is_kept_is_updated_like_a_host(update, pending, only) -> None:
    """LXC holds a whole system: nobody rebuilds it."""
    verdict = only(security_updates, pending(updates=(update(),), container="lxc"))
    assert "apt-get install --only-upgrade" in text_on(verdict, DEBIAN).fix_md


@pytest.mark.parametrize("system", [DEBIAN, ALMA, CENTOS7, AMAZON, LEAP, ALPINE, FEDORA], ids=lambda system: system.id)
def test_one_recipe_for_automatic_updates_in_a_report(system, update, pending, only) -> None:
    """Two findings of a host that say it differently leave its owner with two jobs that do the same."""
    manager = {"alpine": "apk", "debian": "dpkg"}.get(system.id, "rpm")
    verdict = only(security_updates, pending(updates=(update(),), manager=manager))
    brief = markdown.commands(text_on(verdict, system).fix_md.partition("**From now on**")[2])
    source = remediation.load((FOLDER / "automatic_updates.md").read_text(encoding="utf-8"), "text")
    details = {"manager": manager, "tool": "", "broken": "", "fetched": False}
    whole = remediation.render(source, details=details, system=system, subject="", resource="web1")
    lines = {line for block in markdown.commands(whole.fix_md) for line in block.splitlines()}
    assert brief
    assert not {line for block in brief for line in block.splitlines()} - lines
