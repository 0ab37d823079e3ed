"""dnf itself, on the same repositories and the same installed packages, is the truth for what we say of a host."""

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from repository import open_folder
from rpm_repository import MISSING, NoticeOf, Rpm, RpmRepository, built

from posture.advisories.feeds.config import Feeds, Mirror
from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.name import IndexName
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, Package

pytestmark = pytest.mark.skipif(
    bool(MISSING) or not shutil.which("dnf") or os.geteuid() != 0, reason="needs dnf, rpmbuild, createrepo_c and root"
)

OS_RELEASE = 'ID=almalinux\nVERSION_ID=9.4\nPLATFORM_ID="platform:el9"\n'
ALMA = OsRelease("almalinux", "9.4", "", "AlmaLinux 9.4")

NODE18 = Rpm("nodejs", "1:18.20-2.module_el9", module="nodejs:18")
NODE20 = Rpm("nodejs", "1:20.10-3.module_el9", module="nodejs:20")
BASE = [
    Rpm("glibc", "2.34-100.el9_4.2"),
    Rpm("glibc", "2.34-100.el9_4.2", "i686"),
    Rpm("bash", "5.1.8-9.el9"),
    Rpm("grub2", "1:2.06-80.el9"),
    Rpm("epoch", "1:0.5-1.el9"),
    Rpm("tilde", "2.0~rc2-1.el9"),
    Rpm("caret", "1.0^git2-1.el9"),
    Rpm("tzdata", "2026b-1.el9", "noarch"),
    Rpm("became-noarch", "2.0-1.el9", "noarch"),
    Rpm("left-noarch", "2.0-1.el9"),
    Rpm("only-x86", "2.0-1.el9"),
    Rpm("kernel-core", "5.14.0-427.el9"),
    Rpm("kernel-core", "5.14.0-503.el9"),
    Rpm("nodejs", "16.20-1.el9"),
    NODE18,
    NODE20,
    Rpm("npm", "1:10.1-3.module_el9", module="nodejs:20"),
    Rpm("npm", "11.0-1.el9"),
]
UPDATES = [Rpm("bash", "5.1.8-10.el9"), Rpm("glibc", "2.34-101.el9")]
NOTICES = [
    NoticeOf("ALSA-2026:1", (BASE[0], BASE[1])),
    NoticeOf("ALSA-2026:2", (NODE18,), severity="Critical", module="nodejs:18"),
    NoticeOf("ALSA-2026:3", (NODE20,), severity="Moderate", module="nodejs:20"),
    NoticeOf("ALBA-2026:4", (UPDATES[0],), kind="bugfix", severity="None", cves=()),
    NoticeOf("ALSA-2026:5", (Rpm("kernel-core", "5.14.0-503.el9"),), reboot=True),
    NoticeOf("ALSA-2026:6", (Rpm("grub2", "1:2.06-70.el9"),), severity="Low"),
]

PLAIN = [
    Rpm("rpm", "4.16-1.el9"),
    Rpm("glibc", "2.34-60.el9"),
    Rpm("glibc", "2.34-60.el9", "i686"),
    Rpm("bash", "5.1.8-6.el9"),
    Rpm("grub2", "1:2.06-75.el9"),
    Rpm("epoch", "99.0-1.el9"),
    Rpm("tilde", "2.0~rc1-1.el9"),
    Rpm("caret", "1.0-1.el9"),
    Rpm("tzdata", "2026a-1.el9", "noarch"),
    Rpm("became-noarch", "1.0-1.el9"),
    Rpm("left-noarch", "1.0-1.el9", "noarch"),
    Rpm("only-x86", "1.0-1.el9", "i686"),
    Rpm("nowhere", "1.0-1.el9"),
]
HOSTS = {
    "no module": [*PLAIN, Rpm("nodejs", "15.1-1.el9"), Rpm("npm", "9.0-1.el9")],
    "stream 18": [*PLAIN, Rpm("nodejs", "1:18.1-1.module_el9", module="nodejs:18"), Rpm("npm", "9.0-1.el9")],
    "stream 20": [Rpm("nodejs", "1:20.1-1.module_el9", module="nodejs:20"), Rpm("npm", "9.0-1.el9"), PLAIN[0]],
    "patched stream": [NODE18, UPDATES[0], BASE[3], PLAIN[0]],
    "kernels": [Rpm("kernel-core", "5.14.0-300.el9"), Rpm("kernel-core", "5.14.0-427.el9"), PLAIN[0]],
    "newest kernel": [Rpm("kernel-core", "5.14.0-300.el9"), Rpm("kernel-core", "5.14.0-503.el9"), PLAIN[0]],
    "fix left behind": [Rpm("grub2", "1:2.06-61.el9"), Rpm("glibc", "2.34-100.el9_4.2"), PLAIN[0]],
}


@pytest.fixture(scope="session")
def repositories(keys):
    now = datetime.now(UTC)
    with open_folder() as folder:
        made = [
            RpmRepository(folder / "BaseOS", keys()).add(*BASE),
            RpmRepository(folder / "updates", keys()).add(*UPDATES),
        ]
        made[0].publish(now - timedelta(hours=1), NOTICES)
        made[1].publish(now - timedelta(hours=1), [NOTICES[3]])
        yield made


@pytest.fixture(scope="session")
def advisor(repositories, tmp_path_factory):
    places = {repository.folder.name: repository.folder.as_uri() for repository in repositories}
    mirror = Mirror("test", "almalinux", (), places, (repositories[0].key.public,))
    made = IndexAdvisor(tmp_path_factory.mktemp("rpm"), feeds=Feeds((), (mirror,)))
    made.refresh(IndexName("almalinux", "9", "x86_64"), datetime.now(UTC))
    return made


class Machine:
    """A root with these packages in its rpm database, and dnf on it."""

    def __init__(self, folder: Path, rpms: list[Rpm], repositories: list[RpmRepository]) -> None:
        root = folder / "root"
        modules = root / "etc/dnf/modules.d"
        modules.mkdir(parents=True)
        (root / "etc/os-release").write_text(OS_RELEASE)
        for name, stream in {rpm.module.split(":")[0]: rpm.module.split(":")[1] for rpm in rpms if rpm.module}.items():
            state = f"[{name}]\nname={name}\nstream={stream}\nprofiles=\nstate=enabled\n"
            (modules / f"{name}.module").write_text(state)
        self.environment = {**os.environ, "HOME": "/root", "LC_ALL": "C"}
        add = ["rpm", "--root", str(root), "-i", "--justdb", "--nodeps", "--noscripts", "--ignorearch", "--force"]
        files = built(folder / "built", rpms)
        subprocess.run([*add, *files], check=True, capture_output=True, env=self.environment)
        options = {"cachedir": folder / "cache", "logdir": folder, "persistdir": "/persist", "gpgcheck": 0}
        self.command = [
            *("dnf", "-q", "-y", "--installroot", str(root), "--releasever=9", "--disableplugin=*"),
            *(f"--repofrompath={each.folder.name},{each.folder.as_uri()}" for each in repositories),
            *(f"--repo={each.folder.name}" for each in repositories),
            *(f"--setopt={name}={value}" for name, value in options.items()),
        ]

    def said(self, *words: str) -> list[list[str]]:
        done = subprocess.run(
            [*self.command, *words], capture_output=True, text=True, env=self.environment, check=False
        )
        assert done.returncode in {0, 100}, done.stderr
        return [line.split() for line in done.stdout.splitlines() if line.strip()]


@pytest.mark.parametrize("rpms", HOSTS.values(), ids=HOSTS.keys())
def test_our_answer_is_dnfs_answer(rpms, repositories, advisor, tmp_path, now):
    """Same packages, same versions, same repositories, same security advisories."""
    machine = Machine(tmp_path, rpms, repositories)
    updates = {tuple(words[0].rsplit(".", 1)): (words[1], words[2]) for words in machine.said("check-update")}
    notices = {(words[0], words[2]) for words in machine.said("updateinfo", "list", "--security")}

    packages = tuple(
        Package(rpm.name, rpm.architecture, rpm.version, rpm.name, rpm.version, module=rpm.module, vendor=rpm.vendor)
        for rpm in rpms
    )
    ours = advisor.pending(ALMA, InstalledPackages("rpm", packages, (), now), now).updates
    assert {(u.package, u.candidate, u.pocket) for u in ours} == {(n, *what) for (n, _), what in updates.items()}
    assert len(ours) == len(updates)
    named = {(flaw.id, f"{u.package}-{flaw.fixed}.{u.architecture}") for u in ours for flaw in u.flaws}
    assert named == notices
    assert {u.package for u in ours if u.security} == {n.rsplit("-", 2)[0] for _, n in notices}
