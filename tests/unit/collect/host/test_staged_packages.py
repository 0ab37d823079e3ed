"""The real script on systems of dpkg, rpm and apk, with databases that the real managers made where there is one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from staged_root import AS_NOBODY, Root, made

from posture.facts.host import KernelState
from posture.facts.packages import InstalledPackages, Package
from posture.facts.unavailable import Unavailable

SPECS = {
    "openssl": """Epoch: 1
Version: 3.0.7
Vendor: AlmaLinux
%description
x
%package libs
Version: 9.9
Epoch: 0
Summary: x
%description libs
x
%files
%files libs
""",
    "nodejs": """Version: 18.20.4
Vendor: AlmaLinux
ModularityLabel: nodejs:18:8100020240807161023:489197e6
%description
x
%files
""",
    "glibc": "Version: 2.34\n%description\nx\n%files\n",
    "kernel-core": "Version: 5.14.0\n%description\nx\n%files\n",
}
HEAD = "Name: {name}\nSummary: x\nLicense: x\nBuildArch: noarch\nRelease: {release}\n"


@pytest.fixture(scope="module")
def rpms(tmp_path_factory) -> Path:
    """Packages that rpmbuild made."""
    if not shutil.which("rpmbuild"):
        pytest.skip("needs rpm")
    folder = tmp_path_factory.mktemp("rpms")
    for name, release in (("openssl", "27.el9"), ("nodejs", "1"), ("glibc", "60.el9"), ("glibc", "100.el9"),
                          ("kernel-core", "70.el9"), ("kernel-core", "427.el9")):  # fmt: skip
        spec = folder / f"{name}.spec"
        spec.write_text(HEAD.format(name=name, release=release) + SPECS[name])
        subprocess.run(["rpmbuild", "-bb", "--quiet", "--define", f"_topdir {folder}", spec], check=True)
    return folder / "RPMS/noarch"


@pytest.fixture
def enterprise(tmp_path, rpms) -> Root:
    """An AlmaLinux whose database rpm wrote, with two kernels."""
    root = made(tmp_path / "root")
    root.system(ID="almalinux", ID_LIKE="rhel centos fedora", VERSION_ID="9.4", PRETTY_NAME="AlmaLinux 9.4")
    root.write("etc/rpm/macros", "%_dbpath /var/lib/rpm\n")
    install(root, *(rpms / f"{name}.noarch.rpm" for name in (
        "openssl-3.0.7-27.el9", "openssl-libs-9.9-27.el9", "nodejs-18.20.4-1", "glibc-2.34-100.el9",
        "kernel-core-5.14.0-70.el9", "kernel-core-5.14.0-427.el9",
    )))  # fmt: skip
    return root


def install(root: Root, *packages: Path) -> None:
    command = ["rpm", "--root", root.path, "--dbpath", "/var/lib/rpm", "--nodeps", "--noscripts", "-i"]
    subprocess.run([*command, *packages], check=True, capture_output=True)


def test_an_rpm_database_is_listed_as_rpm_has_it(enterprise):
    """Epochs of package and source, module streams, vendors; both kernels; a core package newer than the boot."""
    found = enterprise.collect()
    packages = found[InstalledPackages]
    assert packages.manager == "rpm"
    assert sorted(packages.packages, key=lambda package: (package.name, package.version)) == [
        Package("glibc", "noarch", "2.34-100.el9", "glibc", "2.34-100.el9"),
        Package("kernel-core", "noarch", "5.14.0-427.el9", "kernel-core", "5.14.0-427.el9"),
        Package("kernel-core", "noarch", "5.14.0-70.el9", "kernel-core", "5.14.0-70.el9"),
        Package("nodejs", "noarch", "18.20.4-1", "nodejs", "18.20.4-1", module="nodejs:18", vendor="AlmaLinux"),
        Package("openssl", "noarch", "1:3.0.7-27.el9", "openssl", "1:3.0.7-27.el9", vendor="AlmaLinux"),
        Package("openssl-libs", "noarch", "9.9-27.el9", "openssl", "1:3.0.7-27.el9", vendor="AlmaLinux"),
    ]
    assert packages.broken == ()
    assert found[KernelState].updated == ("glibc",)


def test_an_account_without_rights_sees_the_same_packages(enterprise):
    assert enterprise.collect(*AS_NOBODY)[InstalledPackages] == enterprise.collect()[InstalledPackages]


def test_an_interrupted_update_of_rpm_leaves_two_versions(enterprise, rpms):
    """Kernels are installed beside each other by design, nothing else is."""
    command = [
        "rpm",
        "--root",
        enterprise.path,
        "--dbpath",
        "/var/lib/rpm",
        "--nodeps",
        "--oldpackage",
        "--force",
        "-i",
    ]
    subprocess.run([*command, rpms / "glibc-2.34-60.el9.noarch.rpm"], check=True, capture_output=True)
    assert enterprise.collect()[InstalledPackages].broken == ("glibc",)


def test_versionlock_and_exclude_hold(enterprise):
    enterprise.write("etc/dnf/plugins/versionlock.list", "# locked\nnodejs-0:18.20.4-1.*\n")
    enterprise.write("etc/dnf/dnf.conf", "[main]\ngpgcheck=1\nexclude=kernel* foo\n")
    held = {p.name for p in enterprise.collect()[InstalledPackages].packages if p.held}
    assert held == {"nodejs", "kernel-core"}


def test_a_damaged_rpm_database_is_not_a_short_list(enterprise):
    """rpm says so on standard error and lists what it still can, or nothing."""
    database = enterprise.path / "var/lib/rpm/rpmdb.sqlite"
    for journal in database.parent.glob("rpmdb.sqlite-*"):
        journal.unlink()
    whole = database.read_bytes()
    for broken in (whole[:8192] + b"\xff" * (len(whole) - 8192), b"no database" * 999):
        database.write_bytes(broken)
        found = enterprise.collect()[InstalledPackages]
        assert isinstance(found, Unavailable)
        assert "rpm" in found.reason


def test_rpm_beside_dpkg_is_not_the_systems_manager(enterprise):
    """On Debian rpm may be installed as a tool, with a database of its own."""
    enterprise.system(ID="debian", VERSION_ID="12", PRETTY_NAME="Debian 12")
    stanza = "Package: {0}\nStatus: install ok {1}\nArchitecture: all\nMaintainer: M <m@example>\nVersion: 1.0-1\n\n"
    enterprise.write("var/lib/dpkg/status", stanza.format("a", "installed") + stanza.format("b", "half-configured"))
    (enterprise.path / "var/lib/dpkg/info").mkdir()
    found = enterprise.collect()[InstalledPackages]
    assert (found.manager, [package.name for package in found.packages], found.broken) == ("dpkg", ["a"], ("b",))
    assert found.packages[0].vendor == "M <m@example>"


@pytest.fixture
def alpine(tmp_path) -> Root:
    root = made(tmp_path / "root", busybox=True)
    root.system(ID="alpine", VERSION_ID="3.20.3", PRETTY_NAME="Alpine Linux v3.20")
    entry = (
        "C:Q1x=\nP:{0}\nV:{1}\nA:x86_64\nS:1\nT:text: more\no:{2}\nm:Somebody <a@example>\nF:lib\nR:x\nZ:Q1y=\n{3}\n"
    )
    root.write("lib/apk/db/installed", "".join((
        entry.format("musl", "1.2.5-r0", "musl", ""), entry.format("libcrypto3", "3.3.2-r0", "openssl", "f:S\n"),
        entry.format("nginx", "1.26.2-r0", "nginx", "f:fs\n"), entry.format(".build", "20241122.1", "", ""),
    )))  # fmt: skip
    root.write("etc/apk/world", "musl=1.2.5-r0\nnginx\n")
    root.write("boot/vmlinuz-lts")
    root.write("lib/modules/6.6.58-0-lts/modules.builtin")
    root.write("lib/modules/6.6.99-0-lts/leftover")
    return root


def test_alpine_in_its_own_shell(alpine):
    """busybox and nothing else: packages with their origin, what is broken or pinned, kernels by their modules."""
    found = alpine.collect()
    packages = found[InstalledPackages]
    assert (packages.manager, packages.broken) == ("apk", ("nginx",))
    vendor = "Somebody <a@example>"
    assert packages.packages == (
        Package("musl", "x86_64", "1.2.5-r0", "musl", "1.2.5-r0", held=True, vendor=vendor),
        Package("libcrypto3", "x86_64", "3.3.2-r0", "openssl", "3.3.2-r0", vendor=vendor),
        Package("nginx", "x86_64", "1.26.2-r0", "nginx", "1.26.2-r0", vendor=vendor),
    )
    assert found[KernelState].newest_installed == "6.6.58-0-lts", "what an old kernel left is none"
    assert alpine.collect(*AS_NOBODY)[InstalledPackages] == packages
