"""The real script where updates come from many places and nothing, or something, installs them; what must not leave."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime

import pytest
from staged_root import AS_NOBODY, Root, made, read

from posture.collect.host.repository_secrets import without_secrets
from posture.facts.unavailable import Unavailable
from posture.facts.updates import AutomaticUpdates, Installs, UpdateSources

DAY = datetime(2026, 11, 21, 0, 53, 2, tzinfo=UTC)
TOKEN = "0123456789abcdef0123456789abcdef"
LIST = """-----BEGIN PGP SIGNED MESSAGE-----
Origin: Debian
Label: Debian-Security
Suite: oldstable-security
Codename: bookworm-security
Date: Sat, 21 Nov 2026 00:53:02 UTC
Valid-Until: Sat, 28 Nov 2026 00:53:02 UTC
SHA256:
 0123 45 Origin: Evil
"""


@pytest.fixture
def debian(tmp_path) -> Root:
    root = made(tmp_path / "root")
    root.system(ID="debian", VERSION_ID="12", VERSION_CODENAME="bookworm", PRETTY_NAME="Debian 12")
    root.write("var/lib/dpkg/status", "Package: a\nStatus: install ok installed\n")
    root.write("var/lib/apt/lists/deb.example_debian-security_dists_bookworm-security_InRelease", LIST)
    return root


def test_every_form_of_apts_sources(debian):
    """One line and many, switched off, unverified, flat, with the list that was fetched; comments are none."""
    debian.write("etc/apt/sources.list", (
        "# deb http://old.example/debian bookworm main\n"
        "deb http://deb.example/debian-security/ bookworm-security main contrib # good\n"
        "deb-src http://deb.example/debian bookworm main\n"
        "deb [arch=amd64 trusted=yes] http://x.example/flat ./\n"
        "deb cdrom:[Debian 12 _Bookworm_]/ bookworm main\n"
    ))  # fmt: skip
    debian.write("etc/apt/sources.list.d/x.sources", (
        "Types: deb deb-src\nURIs: https://a.example/debian\n http://b.example/debian\n"
        "Suites: bookworm bookworm-updates\n"
        "Components: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBGBCDEFGHIJ\n\n"
        "Enabled: no\nTypes: deb\nURIs: https://c.example/debian\nSuites: sid\nComponents: main\n"
    ))  # fmt: skip
    debian.write("etc/apt/preferences.d/pin", "Explanation: why\nPackage: *\nPin: release n=sid\nPin-Priority: 50\n")
    debian.write("etc/apt/apt.conf.d/99x", 'Acquire::AllowInsecureRepositories "true";\n')
    output = debian.output()
    assert b"mQINBG" not in output
    found = read(output)[UpdateSources]
    assert [(s.name, s.location, s.enabled, s.verified) for s in found.sources] == [
        ("bookworm-security main contrib", "http://deb.example/debian-security/", True, True),
        ("./", "http://x.example/flat", True, False),
        ("bookworm main", "cdrom:[Debian 12 _Bookworm_]/", True, True),
        ("bookworm main", "https://a.example/debian", True, True),
        ("bookworm-updates main", "https://a.example/debian", True, True),
        ("bookworm main", "http://b.example/debian", True, True),
        ("bookworm-updates main", "http://b.example/debian", True, True),
        ("sid main", "https://c.example/debian", False, True),
    ]
    security = found.sources[0]
    assert (security.origin, security.suite, security.codename) == ("Debian", "oldstable-security", "bookworm-security")
    assert (security.signed, security.valid_until) == (DAY, DAY.replace(day=28))
    assert security.fetched == found.refreshed is not None
    assert found.pins == ("Package: *; Pin: release n=sid; Pin-Priority: 50",)
    assert found.weakened == ('Acquire::AllowInsecureRepositories "true"',)


def test_no_credential_leaves(debian):
    """User and password, tokens in the path or behind it; the list of such a source is found all the same."""
    debian.write("etc/apt/sources.list", (
        "deb https://bob:hunter2@a.example/debian bookworm main\ndeb https://bob:p@ss/hun@a.example/x bookworm main\n"
        f"deb https://a.example/{TOKEN}/{TOKEN[::-1]}/debian bookworm main\n"
        "deb https://a.example/x?Token=hunter2&b=c bookworm main\n"
    ))  # fmt: skip
    name = f"a.example_{TOKEN}_{TOKEN[::-1]}_debian_dists_bookworm_InRelease"
    debian.write(f"var/lib/apt/lists/{name}", LIST)
    output = debian.output()
    assert b"hunter2" not in output
    assert b"p@ss" not in output
    assert TOKEN.encode() not in output
    assert TOKEN[::-1].encode() not in output
    found = read(output)[UpdateSources]
    assert [source.location for source in found.sources] == [
        "https://***@a.example/debian", "https://***@a.example/x", "https://a.example/***/***/debian",
        "https://a.example/x?***",
    ]  # fmt: skip
    assert found.sources[2].signed == DAY


SECRETS = {
    "dl.example/a1B2c3D4e5F6g7H8/acme": "dl.example/***/acme",
    "p.example/123e4567-e89b-12d3-a456-426614174000/rpm": "p.example/***/rpm",
    "p.example/glpat-AbCd_ef-h/rpm": "p.example/***/rpm",
    "p.example/x?signature=abc&any=thing": "p.example/x?***",
    "p.example/q7w8e9r0t1y2u3i4o5p6/rpm": "p.example/***/rpm",
    "p.example/Ab1_cD2-eF3gH4iJ5kL6mN7/rpm": "p.example/***/rpm",
}
NAMES = (
    "p.example/almalinux/9/BaseOS/x86_64/os", "p.example/rhel-9-for-x86_64-baseos-rpms/el9_4",
    "p.example/2024.02.01-12345678", "p.example/openSUSE_Leap_15.6/SLE-Module-Basesystem/15-SP6",
    "p.example/Red_Hat_Enterprise_Linux_9",
)  # fmt: skip


def test_words_that_look_drawn_by_lot_stay_on_the_host_and_names_do_not(debian):
    """Also in the names of the lists; our own side masks by the same rule."""
    places = [*SECRETS, *NAMES]
    debian.write("etc/apt/sources.list", "".join(f"deb https://{place} ./\n" for place in places))
    debian.write("var/lib/apt/lists/dl.example_a1B2c3D4e5F6g7H8_acme_dists_x_InRelease", LIST)
    output = debian.output()
    assert b"a1B2c3D4e5F6g7H8" not in output
    told = [source.location for source in read(output)[UpdateSources].sources]
    assert told == [f"https://{place}" for place in (*SECRETS.values(), *NAMES)]
    assert not [place for place in SECRETS if place.encode() in output]
    assert [without_secrets(f"https://{place}") for place in places] == told


def test_a_source_that_cannot_be_read_is_told(debian):
    debian.write("etc/apt/sources.list.d/secret.list", "deb https://a.example/ ./\n", 0o600)
    found = debian.collect(*AS_NOBODY)[UpdateSources]
    assert found.unreadable == ("/etc/apt/sources.list.d/secret.list",)


UNATTENDED = (
    'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";\n'
    'Unattended-Upgrade::Origins-Pattern { "origin=Debian,codename=${distro_codename}-security,'
    'label=Debian-Security"; };\n'
)


NO_SECURITY = UNATTENDED.replace("Debian-Security", "Debian")
ALL_ORIGINS = UNATTENDED.replace("origin=Debian,codename=${distro_codename}-security,", "o=*,")


@pytest.mark.parametrize(
    ("settings", "timer", "installs", "missing"),
    [
        (UNATTENDED, "enabled", Installs.SECURITY, ""),
        (NO_SECURITY, "enabled", Installs.NOTHING, "leaves the security archive out"),
        (ALL_ORIGINS, "enabled", Installs.SECURITY, ""),
        ('APT::Periodic::Enable "0";\n' + UNATTENDED, "enabled", Installs.NOTHING, "Enable"),
        (UNATTENDED.replace('Upgrade "1"', 'Upgrade "0"'), "enabled", Installs.NOTHING, "Unattended-Upgrade is"),
        (UNATTENDED, "disabled", Installs.NOTHING, "apt-daily-upgrade.timer is disabled"),
        (UNATTENDED, "masked", Installs.NOTHING, "apt-daily-upgrade.timer is masked"),
        ("", "enabled", Installs.NOTHING, "Unattended-Upgrade is"),
    ],
)  # fmt: skip
def test_unattended_upgrades(debian, settings, timer, installs, missing):
    """It needs the tool, two settings, two timers and the security archive; what is missing is named."""
    debian.write("etc/apt/apt.conf.d/50x", settings)
    units = debian.path / "etc/systemd/system"
    (units / "timers.target.wants").mkdir(parents=True)
    (debian.path / "run/systemd/system").mkdir(parents=True)
    for name in ("apt-daily", "apt-daily-upgrade"):
        debian.write(f"lib/systemd/system/{name}.timer")
        if timer == "enabled" or name == "apt-daily":
            (units / f"timers.target.wants/{name}.timer").symlink_to(f"/lib/systemd/system/{name}.timer")
        elif timer == "masked":
            (units / f"{name}.timer").symlink_to("/dev/null")
    debian.write("var/lib/apt/periodic/unattended-upgrades-stamp")
    found = with_program(debian, "unattended-upgrade").collect()[AutomaticUpdates]
    assert (found.tool, found.installs) == ("unattended-upgrades", installs)
    assert missing in found.missing
    assert bool(found.missing) is bool(missing)
    assert found.last is not None


def with_program(root: Root, name: str) -> Root:
    """A program of this name beside the machine's own."""
    (root.path / "sbin").unlink()
    root.write(f"sbin/{name}", "#!/bin/sh\n", 0o755)
    return root


@pytest.mark.parametrize(
    ("job", "installs"),
    [
        ("0 4 * * * root apt-get update && apt-get -y -o A::B=hunter2 dist-upgrade hunter2 #\n", Installs.SECURITY),
        ("0 4 * * * root apt-get update\n", Installs.NOTHING),
        ("# 0 4 * * * root apt-get -y upgrade\n", Installs.NOTHING),
        ("0 4 * * * root apt-get upgrade\n", Installs.NOTHING),
        ("0 4 * * * root apt-get -qqy -d upgrade\n", Installs.DOWNLOADS),
        ("0 4 * * * root apt-get update && apt-get -y upgrade && apt-get -y autoremove\n", Installs.SECURITY),
        ("0 4 * * * root cd /; apt-get -y upgrade | logger -t apt-get\n", Installs.SECURITY),
        ("@daily root DEBIAN_FRONTEND=noninteractive nice -n 19 sh -c 'apt-get -y upgrade; sync'\n", Installs.SECURITY),
        ("0 4 * * * root echo 'run apt-get update && apt-get -y upgrade' | mail root\n", Installs.NOTHING),
        ("0 4 * * * root logger apt-get -y upgrade\n", Installs.NOTHING),
        ("0 4 * * * root true # apt-get -y upgrade\n", Installs.NOTHING),
        ("JOB=apt-get -y upgrade\n", Installs.NOTHING),
    ],
)
def test_a_job_of_cron_that_installs_updates(debian, job, installs):
    """One that would ask installs nothing; of its line only the package manager's own words leave."""
    debian.write("etc/cron.d/update", job)
    output = debian.output()
    assert b"hunter2" not in output
    found = read(output)[AutomaticUpdates]
    assert found.installs is installs


JOB = "#!/bin/sh\nif ! out=$(apt-get -qq update); then exit 1; fi\napt-get -y \\\n  -o x=hunter2 \\\n  upgrade\n"


@pytest.mark.parametrize(
    ("name", "mode", "as_nobody", "installs"),
    [
        ("cron.daily/update", 0o755, False, Installs.SECURITY),
        ("cron.daily/update", 0o744, True, Installs.SECURITY),
        ("cron.daily/update", 0o644, False, Installs.NOTHING),
        ("cron.daily/update.sh", 0o755, False, Installs.NOTHING),
        ("periodic/daily/update", 0o644, False, Installs.NOTHING),
        ("cron.d/up.date", 0o644, False, Installs.NOTHING),
    ],
)
def test_a_job_that_cron_leaves_out_installs_nothing(debian, name, mode, as_nobody, installs):
    """run-parts starts what may be executed, and neither it nor Debian's cron takes a name with a dot in it."""
    debian.write(f"etc/{name}", "0 4 * * * root apt-get -y upgrade\n" if "cron.d/" in name else JOB, mode)
    assert debian.collect(*(AS_NOBODY if as_nobody else ()))[AutomaticUpdates].installs is installs


def test_a_failing_apt_get_update_fetches_no_lists(debian):
    """It moves the folder of unfinished downloads and the stamp of the attempt all the same, and says all is well."""
    lists = debian.path / "var/lib/apt/lists"
    for path in lists.iterdir():
        path.unlink()
    (lists / "partial").mkdir()
    debian.write("var/lib/apt/periodic/update-stamp")
    assert debian.collect()[UpdateSources].refreshed is None
    debian.write("var/lib/apt/periodic/update-success-stamp")
    assert debian.collect()[UpdateSources].refreshed is not None


def test_when_it_last_ran_is_told_by_its_own_stamp(debian):
    """That of its timer moves though nothing is installed: it counts where there is no other."""
    debian.write("etc/apt/apt.conf.d/50x", UNATTENDED)
    timer = debian.write("var/lib/systemd/timers/stamp-apt-daily-upgrade.timer")
    os.utime(timer, (1795380000, 1795380000))
    with_program(debian, "unattended-upgrade")
    assert debian.collect()[AutomaticUpdates].last == datetime.fromtimestamp(1795380000, UTC)
    stamp = debian.write("var/lib/apt/periodic/unattended-upgrades-stamp")
    os.utime(stamp, (1790000000, 1790000000))
    assert debian.collect()[AutomaticUpdates].last == datetime.fromtimestamp(1790000000, UTC)


REPOSITORIES = """[baseos]
name=BaseOS
mirrorlist=https://m.example/mirrorlist/9/baseos?token=hunter2
gpgcheck=1
enabled=1
username=bob
password=hunter2
[vendor]
baseurl=http://bob:hunter2@v.example/el9/
        http://w.example/
gpgcheck = 0
[off]
metalink=https://x.example/
enabled = 0
[plain]
baseurl=http://p.example/
repo_gpgcheck=1
excludepkgs=nginx*
"""


@pytest.fixture
def enterprise(tmp_path) -> Root:
    root = made(tmp_path / "root")
    root.system(ID="almalinux", ID_LIKE="rhel centos fedora", VERSION_ID="9.4", PRETTY_NAME="AlmaLinux 9.4")
    root.write("var/lib/rpm/rpmdb.sqlite", "x")
    root.write("etc/yum.repos.d/all.repo", REPOSITORIES)
    return root


@pytest.mark.parametrize(("main", "default"), [("gpgcheck=1\n", True), ("best=1\ngpgcheck=0\n", False)])
def test_repositories_of_dnf(enterprise, main, default):
    """What a repository leaves open the main configuration says; the cache tells when it was fetched and made."""
    enterprise.write("etc/dnf/dnf.conf", f"[main]\n{main}exclude=kernel*\n  bash\nproxy_password=hunter2\n")
    enterprise.write("etc/yum.repos.d/more.repo", "[open]\nbaseurl=https://o.example/\n")
    cached = enterprise.write(
        "var/cache/dnf/baseos-0123456789abcdef/repodata/repomd.xml", "<repomd>\n  <revision>1795364778</revision>\n"
    )
    os.utime(cached, (1795380000, 1795380000))
    output = enterprise.output()
    assert b"hunter2" not in output
    found = read(output)[UpdateSources]
    assert {s.name: (s.location, s.enabled, s.verified) for s in found.sources} == {
        "baseos": ("https://m.example/mirrorlist/9/baseos", True, True),
        "vendor": ("http://***@v.example/el9/", True, False),
        "off": ("", False, default),
        "plain": ("http://p.example/", True, True),
        "open": ("https://o.example/", True, default),
    }
    baseos = next(source for source in found.sources if source.name == "baseos")
    assert (baseos.fetched, baseos.signed) == tuple(datetime.fromtimestamp(at, UTC) for at in (1795380000, 1795364778))
    assert found.refreshed == baseos.fetched
    assert found.pins == (
        "[main] exclude=kernel* bash (/etc/dnf/dnf.conf)", "[plain] excludepkgs=nginx* (/etc/yum.repos.d/all.repo)",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("apply", "timers", "tool", "installs", "missing"),
    [
        ("yes", ("dnf-automatic",), "dnf-automatic", Installs.SECURITY, ""),
        ("no", ("dnf-automatic",), "dnf-automatic", Installs.DOWNLOADS, "apply_updates"),
        ("no", ("dnf-automatic-install",), "dnf-automatic", Installs.SECURITY, ""),
        ("yes", (), "dnf-automatic", Installs.NOTHING, "dnf-automatic.timer is disabled"),
        ("no", ("transactional-update",), "transactional-update", Installs.SECURITY, ""),
    ],
)
def test_dnf_automatic(enterprise, apply, timers, tool, installs, missing):
    enterprise.write("etc/dnf/automatic.conf", f"[commands]\nupgrade_type = security\napply_updates = {apply}\n")
    wants = enterprise.path / "etc/systemd/system/timers.target.wants"
    wants.mkdir(parents=True)
    for name in {"dnf-automatic", *timers}:
        enterprise.write(f"lib/systemd/system/{name}.timer")
    for name in timers:
        (wants / f"{name}.timer").symlink_to(f"/lib/systemd/system/{name}.timer")
    found = with_program(enterprise, "dnf-automatic").collect()[AutomaticUpdates]
    assert (found.tool, found.installs) == (tool, installs)
    assert missing in found.missing


@pytest.mark.parametrize(
    ("name", "mode", "installs"),
    [("update.cron", 0o755, Installs.SECURITY), ("update.cron", 0o644, Installs.NOTHING),
     ("update.rpmsave", 0o755, Installs.NOTHING)],
)  # fmt: skip
def test_jobs_of_cron_on_systems_of_rpm(enterprise, name, mode, installs):
    """Names with dots are taken there; leftovers of packages and files that may not be executed are not."""
    enterprise.write(f"etc/cron.daily/{name}", "#!/bin/sh\nyum -y update; yum clean all\n", mode)
    assert enterprise.collect()[AutomaticUpdates].installs is installs


def test_alpines_repositories_and_job(tmp_path):
    """In busybox alone: branches, tags, the index in the cache by the hash of its address, a daily upgrade."""
    root = made(tmp_path / "root", busybox=True)
    root.system(ID="alpine", VERSION_ID="3.20.3", PRETTY_NAME="Alpine Linux v3.20")
    root.write("lib/apk/db/installed", "P:musl\nV:1\nA:x86_64\n\n")
    main = "http://alpine.example/v3.20/main"
    root.write(
        "etc/apk/repositories", f"#http://x.example/v3.19/main\n{main}\n@edge https://bob:hunter2@e.example/edge/main\n"
    )
    name = hashlib.sha1(main.encode(), usedforsecurity=False).hexdigest()[:8]
    root.write(f"var/cache/apk/APKINDEX.{name}.tar.gz")
    root.write("etc/periodic/daily/upgrade", "#!/bin/sh\nexec apk -U upgrade\n", 0o755)
    root.write("etc/runlevels/default/crond")
    output = root.output()
    assert b"hunter2" not in output
    found = read(output)
    sources = found[UpdateSources]
    assert [(s.name, s.codename, s.components, s.fetched is None) for s in sources.sources] == [
        (main, "v3.20", ("main",), False), ("@edge https://***@e.example/edge/main", "edge", ("main",), True),
    ]  # fmt: skip
    assert sources.refreshed
    automatic = found[AutomaticUpdates]
    assert (automatic.tool, automatic.installs, automatic.missing) == ("cron", Installs.SECURITY, "")


def test_a_system_of_no_known_manager_has_no_sources(tmp_path):
    root = made(tmp_path / "root")
    root.system(ID="arch", PRETTY_NAME="Arch Linux")
    found = root.collect()
    assert isinstance(found[UpdateSources], Unavailable)
    assert isinstance(found[AutomaticUpdates], Unavailable)
