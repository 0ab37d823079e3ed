"""Installed packages, release and kernels, from samples of what hosts print."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from posture.collect.host.installed_packages import installed_packages
from posture.collect.host.sections import Section
from posture.collect.host.system import kernel, newest, release
from posture.facts.unavailable import Unavailable

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def section(body: str, status: int = 0) -> Section:
    return Section(body.encode(), status, truncated=False)


DPKG = (
    "manager\tdpkg\nii \tlibc6\tamd64\t2.36-9\tglibc\t2.36-9\t\tGNU Libc <glibc@example>\n"
    "hi \tnginx\tamd64\t1\tnginx\t1\tnginx\tN\nrc \told\tall\t1\told\t1\t\t\niU \tbad\tall\t1\tbad\t1\t\t\n"
    "iHR\tworse\tall\t1\tworse\t1\t\t\niiR\tlost\tall\t1\tlost\t1\t\t\nit \tman-db\tamd64\t1\tman-db\t1\t\t\ncomplete\n"
)


def test_only_what_is_fully_installed_counts():
    """dpkg(1): R is a package that must be installed again, whatever its state."""
    found = installed_packages(section(DPKG), NOW)
    assert not isinstance(found, Unavailable)
    assert [(package.name, package.held, package.vendor) for package in found.packages] == [
        ("libc6", False, "GNU Libc <glibc@example>"), ("nginx", True, "nginx"), ("man-db", False, ""),
    ]  # fmt: skip
    assert found.packages[0].source == "glibc"
    assert found.broken == ("bad", "worse", "lost")


RPM = "p\tbash\t(none)\t5.1.8\t9.el9\tx86_64\tbash-5.1.8-9.el9.src.rpm\t(none)\tAlmaLinux\n"
APK = "manager\tapk\np\tmusl\t1.2.5-r0\tx86_64\tmusl\t\tA\n"


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("manager\tnone\n", 0, "no package manager"),
        (DPKG.replace("complete\n", ""), 1, "dpkg-query failed with status 1"),
        ("manager\trpm\n", 127, "program rpm"),
        (f"manager\trpm\n{RPM}", 0, "no status"),
        (f"manager\trpm\n{RPM}said\tstatus 1\n", 0, "status 1"),
        (f"manager\trpm\n{RPM}said\terror: rpmdbNextIterator: skipping\nsaid\tstatus 0\n", 0, "skipping"),
        (f"manager\trpm\n{RPM}said\tstatus 124\n", 0, "did not end in time"),
        (f"manager\trpm\n{RPM}p\tcut\nsaid\tstatus 0\n", 0, "status 0"),
        ("manager\trpm\nsaid\tstatus 0\n", 0, "no package"),
        ("manager\tdpkg\ncomplete\n", 0, "dpkg lists no package"),
        ("manager\tapk\nworld\tmusl\ncomplete\n", 0, "apk lists no package"),
        (APK, 1, "to its end"),
        (f"{APK}p\t\t1\tx86_64\tx\t\t\ncomplete\n", 0, "damaged"),
    ],
)
def test_a_list_that_is_not_whole_is_never_a_short_one(body, status, reason):
    found = installed_packages(section(body, status), NOW)
    assert isinstance(found, Unavailable)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("holds", "held"),
    [
        (("bash",), True), (("ba?h",), True), (("bash-0:5.1.8-9.el9.*",), True), (("0:bash-5.1.8-9.el9.*",), True),
        (("bash.x86_64",), True), (("!bash-0:5.1.8-9.el9.*",), False), (("ba",), False), (("bash-0:5.2-*",), False),
        ((), False),
    ],
)  # fmt: skip
def test_what_holds_a_package_of_rpm(holds, held):
    """versionlock of dnf and of yum, exclude= and zypper's locks write it in different ways."""
    body = "manager\trpm\n" + "".join(f"hold\t{hold}\n" for hold in holds) + RPM + "said\tstatus 0\n"
    found = installed_packages(section(body), NOW)
    assert not isinstance(found, Unavailable)
    assert [package.held for package in found.packages] == [held]


@pytest.mark.parametrize(
    ("line", "held"),
    [("musl", False), ("musl=1.2.5-r0", True), ("musl<2", True), ("musl~1.2", True), ("musl~=1.2", True),
     ("musl@edge", False), ("musl@edge=1.2.5-r0", True), ("musl>1", False), ("!musl", False), ("musl-dev=1", False),
     ("musl><Q1abc=", False)],
)  # fmt: skip
def test_what_holds_a_package_of_apk(line, held):
    found = installed_packages(section(f"{APK}world\t{line}\ncomplete\n"), NOW)
    assert not isinstance(found, Unavailable)
    assert [package.held for package in found.packages] == [held]


def test_a_release_with_quotes_and_escapes():
    found = release(
        b'hostname\tweb1\nos\tID=ubuntu\nos\tID_LIKE=debian\nos\tPRETTY_NAME="Ubuntu \x1b[31m24"\nos\tX=\'\n', NOW
    )
    assert not isinstance(found, Unavailable)
    assert (found.id, found.like, found.name, found.hostname) == ("ubuntu", ("debian",), "Ubuntu \\x1b[31m24", "web1")


@pytest.mark.parametrize(
    ("images", "running", "expected"),
    [
        (["6.1.0-9-amd64", "6.1.0-28-amd64"], "6.1.0-9-amd64", "6.1.0-28-amd64"),
        (["6.1.0-9-amd64", "6.1.0-28-cloud-amd64"], "6.1.0-9-amd64", "6.1.0-9-amd64"),
        (["6.8.0-40-generic", "6.8.0-100-generic", "0-rescue-ab"], "5.15.0-1-generic", "6.8.0-100-generic"),
        (["6.12.9+bpo-amd64"], "6.1.0-1-rt-amd64", "6.12.9+bpo-amd64"),
        ([], "6.1.0", ""),
    ],
)
def test_the_newest_kernel_is_of_the_running_ones_flavour(images, running, expected):
    assert newest(images, running) == expected


@pytest.mark.parametrize(
    ("older", "newer"),
    [("5.14.0-70.el9.x86_64", "5.14.0-70.2.1.el9_0.x86_64"), ("6.1.0-9-amd64", "6.1.0-10-amd64"),
     ("6.1.0-0.deb11.21-amd64", "6.1.0-0.deb11.22-amd64"), ("6.6.9-0-lts", "6.6.58-0-lts"),
     ("4.18.0-553.8.1.el8_10.x86_64", "4.18.0-553.16.1.el8_10.x86_64"),
     ("6.4.0-150600.23.7-default", "6.4.0-150600.23.25-default")],
)  # fmt: skip
def test_kernels_of_every_system_are_in_order(older, newer):
    assert newest([older, newer], older) == newest([newer, older], older) == newer


@pytest.mark.parametrize(
    ("running", "other"),
    [("5.14.0-427.el9.x86_64", "5.14.0-503.el9.x86_64+debug"), ("5.14.0-427.el9.x86_64", "5.14.0-503.el9.x86_64+rt"),
     ("5.14.0-427.el9.x86_64", "6.11.1-1.el9.elrepo.x86_64"), ("5.14.0-427.el9.x86_64", "5.15.0-300.1.el9uek.x86_64")],
)  # fmt: skip
def test_a_kernel_of_another_kind_waits_for_no_reboot(running, other):
    """A debugging, real-time or third-party kernel beside the usual one is there on purpose."""
    assert newest([running, other], running) == running


def test_where_boot_tells_no_version_modules_do():
    """Alpine's images are vmlinuz-lts; and an account that cannot read /boot can still see modules."""
    alpine = kernel(b"running\t6.6.9-0-lts\nimage\tlts\nmodules\t6.6.58-0-lts\n", NOW)
    assert not isinstance(alpine, Unavailable)
    assert (alpine.newest_installed, alpine.behind) == ("6.6.58-0-lts", True)
    unread = kernel(b"running\t6.1.0-9-amd64\nboot\tunreadable\nmodules\t6.1.0-9-amd64\n", NOW)
    assert not isinstance(unread, Unavailable)
    assert not unread.behind


def test_core_packages_newer_than_the_boot():
    body = b"running\t5\nbooted\t1700000000\ncore\t1700000001\tglibc\ncore\t1700000001\tglibc\ncore\t1600000000\tdbus\n"
    found = kernel(body + b"core\tx\tsystemd\n", NOW)
    assert not isinstance(found, Unavailable)
    assert found.updated == ("glibc",)
    unset = kernel(body.replace(b"1700000000", b"17"), NOW)
    assert not isinstance(unset, Unavailable)
    assert unset.updated == (), "a clock that was not set at boot says nothing"


def test_a_boot_folder_that_cannot_be_read_is_not_an_empty_one():
    assert isinstance(kernel(b"running\t6.1.0\ncontainer\t\nboot\tunreadable\n", NOW), Unavailable)


def test_a_name_that_is_an_option_is_not_believed():
    """Names end up in commands that people paste: apt-get reads -o as a setting, whatever quotes stand around it."""
    row = "ii \t-oDPkg::Pre-Invoke::=id\tamd64\t1\tx\t1\t\t"
    found = installed_packages(section(f"manager\tdpkg\n{row}\ncomplete\n"), NOW)
    assert isinstance(found, Unavailable)
    assert "no package manager allows" in found.reason
