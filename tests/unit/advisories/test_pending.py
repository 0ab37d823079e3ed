"""What is said of a host's packages, from an index fetched from a real archive."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from repository import Archive, Deb, open_folder

from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.apt.of_host import needed_indexes
from posture.advisories.indexes.name import IndexName
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, Package
from posture.facts.unavailable import Unavailable

BOOKWORM = OsRelease("debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)")
NAME = IndexName("debian", "bookworm", "amd64")

SIGNED = {"Source": "linux-signed-amd64 (6.1.128+1)"}
MAIN = [
    Deb("dpkg", "1.21"),
    Deb("hello", "1.0"),
    Deb("plain", "1.1"),
    Deb("epoch", "1:0.5"),
    Deb("tilde", "2.0"),
    Deb("rebuilt", "1.0-1+b2"),
    Deb("both", "1.0-2"),
    Deb("data", "1.0-2", "all"),
    Deb("split", "1.0-2", "amd64", {"Source": "split-source (7)"}),
    Deb("oddly", "1_0"),
    Deb("phased", "2.0", "amd64", {"Phased-Update-Percentage": "20"}),
    Deb("phased", "1.0"),
    *(Deb(f"linux-image-6.1.0-{flavour}", "6.1.119-1", "amd64", SIGNED) for flavour in ("20-amd64", "20-cloud-amd64")),
    Deb("linux-image-amd64", "6.1.119-1", "amd64", SIGNED),
    Deb("linux-image-6.1.0-20-amd64-dbg", "6.1.999-1", "amd64", SIGNED),
    Deb("linux-image-6.12.9-amd64", "6.12.9-1", "amd64", {"Source": "linux-signed-6.12"}),
]
KERNEL = Deb("linux-image-6.1.0-28-amd64", "6.1.128-1", "amd64", SIGNED)
UPDATES = [Deb("hello", "1.0+deb12u2"), Deb("tzdata", "2026b")]
SECURITY = [Deb("hello", "1.0+deb12u1"), Deb("both", "1.0-2"), KERNEL]


@pytest.fixture(scope="session")
def fetched(keys, tmp_path_factory):
    """An index of the packages above, made once."""
    cache = tmp_path_factory.mktemp("cache")
    with open_folder() as folder:
        archive = Archive(folder, keys(), "bookworm")
        for pocket, packages in (("", MAIN), ("-updates", UPDATES), ("-security", SECURITY)):
            archive.publish(f"bookworm{pocket}", packages)
        advisor = IndexAdvisor(cache, archive.sources(cache / "test.sources"))
        yield advisor


@pytest.fixture
def advisor(fetched, now):
    fetched.refresh(NAME, now)
    return fetched


@pytest.fixture
def pending(advisor, host, now):
    """Judges a host with these packages, beside dpkg itself."""

    def judge(*packages, held=(), **versions):
        return advisor.pending(BOOKWORM, host(*packages, held=held, **versions), now)

    return judge


def candidates(result):
    return {update.package: (update.candidate, update.pocket, update.security) for update in result.updates}


def test_what_is_up_to_date_is_compared_and_not_pending(pending):
    result = pending(hello="1.0+deb12u2", plain="1.1")
    assert result.updates == ()
    assert result.compared == 3
    assert result.foreign == result.not_comparable == ()


def test_a_fix_contained_in_a_later_update_is_a_security_update(pending):
    """The candidate comes from -updates; on the way to it lies a version from -security."""
    assert candidates(pending(hello="1.0")) == {"hello": ("1.0+deb12u2", "bookworm-updates", True)}


def test_after_the_fix_only_the_plain_update_is_left(pending):
    assert candidates(pending(hello="1.0+deb12u1")) == {"hello": ("1.0+deb12u2", "bookworm-updates", False)}


def test_a_fix_that_has_moved_into_the_release_is_still_a_security_update(pending):
    """After a point release the same version is in both pockets."""
    assert candidates(pending(both="1.0-1")) == {"both": ("1.0-2", "bookworm-security", True)}


@pytest.mark.parametrize(
    ("name", "installed", "pends"),
    [
        ("epoch", "99.0", True),
        ("epoch", "1:0.5", False),
        ("tilde", "2.0~rc1-1", True),
        ("tilde", "2.0~", True),
        ("rebuilt", "1.0-1", True),
        ("rebuilt", "1.0-1+b1", True),
        ("rebuilt", "1.0-1+b2", False),
        ("rebuilt", "1.0-1+b10", False),
        ("plain", "1.1-1~bpo12+1", False),
    ],
)
def test_versions_are_ordered_as_dpkg_orders_them(pending, name, installed, pends):
    """Epochs, tildes, binary rebuilds, backports."""
    assert bool(pending(**{name: installed}).updates) is pends


def test_a_held_package_is_named_as_held(pending):
    """The update is there; the admin keeps it back."""
    (update,) = pending(plain="1.0", held=("plain",)).updates
    assert update.held


def test_the_installed_source_is_kept(pending):
    (update,) = pending(Package("split", "amd64", "1.0-1", "split-source", "7~")).updates
    assert update.source == "split-source"


def test_a_package_in_no_official_index_is_foreign(pending):
    """It is not up to date: nobody here knows."""
    result = pending(vendor="1.0")
    assert result.foreign == ("vendor",)
    assert result.compared == 1


@pytest.mark.parametrize("packages", [{"plain": "not a version"}, {"oddly": "1.0"}])
def test_versions_that_do_not_parse_are_named(pending, packages):
    """Installed or on offer."""
    result = pending(**packages)
    assert result.not_comparable == tuple(packages)
    assert result.updates == ()
    assert result.compared == 1


def test_a_package_for_all_architectures_is_compared(pending):
    assert candidates(pending(Package("data", "all", "1.0-1", "data", "1.0-1")))["data"][0] == "1.0-2"


def test_a_foreign_architecture_without_an_index_is_not_called_up_to_date(pending, host):
    extra = Package("plain", "i386", "1.0", "plain", "1.0")
    assert pending(extra).not_comparable == ("plain:i386",)
    assert [name.architecture for name in needed_indexes(BOOKWORM, host(extra))] == ["amd64", "i386"]


def test_an_update_still_rolled_out_in_phases_is_not_pending(pending):
    """apt offers it to a part of the machines only."""
    assert pending(phased="1.0").updates == ()


def test_an_expired_index_still_names_updates_and_says_its_age(advisor, host, now):
    later = now + timedelta(days=8)
    result = advisor.pending(BOOKWORM, host(hello="1.0"), later)
    assert candidates(result)["hello"][0] == "1.0+deb12u2"
    assert "expired on" in result.stale


@pytest.mark.parametrize(
    ("release", "says"),
    [
        (OsRelease("linuxmint", "22", "wilma", "Linux Mint 22", ("ubuntu", "debian")), "not judged as their parent"),
        (OsRelease("plan9", "4", "", "Plan 9"), "is not known"),
        (OsRelease("debian", "12", "../../etc", "Debian"), "not the codename of a release of Debian"),
        (OsRelease("debian", "12", "evil", "Debian"), "not the codename of a release of Debian"),
        (OsRelease("debian", "24.04", "noble", "Debian"), "not the codename of a release of Debian"),
        (OsRelease("debian", "", "", "Debian"), "not the codename of a release of Debian"),
        (OsRelease("debian", "13", "trixie", "Debian"), "no index of debian trixie amd64"),
    ],
)
def test_other_releases_are_not_judged(advisor, host, now, release, says):
    """A derivative's packages are its own; a name from the host never becomes a path."""
    result = advisor.pending(release, host(hello="1.0"), now)
    assert isinstance(result, Unavailable)
    assert says in result.reason


def test_other_package_managers_are_not_judged(advisor, now):
    result = advisor.pending(BOOKWORM, InstalledPackages("rpm", (), (), now), now)
    assert isinstance(result, Unavailable)


def test_a_host_without_packages_is_not_up_to_date(advisor, now):
    """Nothing listed is nothing looked at."""
    result = advisor.pending(BOOKWORM, InstalledPackages("dpkg", (), (), now), now)
    assert isinstance(result, Unavailable)


def test_a_half_installed_package_is_never_called_up_to_date(advisor, host, now):
    """dpkg stopped in the middle of it: it is not compared, by name."""
    whole = host(hello="1.0+deb12u2")
    judged = advisor.pending(BOOKWORM, replace(whole, broken=("openssl",)), now)
    assert judged.not_comparable == ("openssl (half installed)",)


def kernel(name, version, source="linux-signed-amd64"):
    return Package(f"linux-image-{name}", "amd64", version, source, version.replace("-", "+"))


@pytest.mark.parametrize(
    "image",
    [kernel("6.1.0-18-amd64", "6.1.76-1"), kernel("6.1.0-20-amd64", "6.1.119-1")],
    ids=["left the index", "still in it, unchanged"],
)
def test_a_kernel_that_nothing_replaces_is_pending(pending, image):
    """Without a metapackage no update of its own name ever comes; the fix is an image of another name."""
    result = pending(image, kernel("5.10.0-8-amd64", "5.10.46-1"))
    (update,) = result.updates
    assert (update.package, update.replaced_by) == (image.name, "linux-image-6.1.0-28-amd64")
    assert (update.candidate, update.pocket, update.security) == ("6.1.128-1", "bookworm-security", True)
    assert image.name not in result.foreign


@pytest.mark.parametrize(
    "images",
    [
        (kernel("6.1.0-28-amd64", "6.1.128-1"),),
        (kernel("6.1.0-18-amd64", "6.1.76-1"), kernel("6.1.0-28-amd64", "6.1.128-1"), kernel("amd64", "6.1.119-1")),
        (kernel("6.1.0-20-cloud-amd64", "6.1.119-1"),),
        (kernel("6.1.0-18-amd64", "6.1.76-1"), kernel("6.9.7+bpo-amd64", "6.9.7-1~bpo12+1")),
        (kernel("6.1.0-18-amd64", "6.1.76-1"), kernel("6.12.5-custom", "6.12.5-2", "linux-upstream")),
    ],
    ids=["newest", "old ones kept beside it", "newest of its flavour", "backports boots", "own build boots"],
)
def test_a_kernel_is_not_pending_for_what_is_not_its_successor(pending, images):
    """Only the image that boots counts, against its own source and flavour."""
    assert pending(*images).updates == ()


def test_a_pending_metapackage_brings_its_kernel(pending):
    """One update, not two."""
    (update,) = pending(kernel("6.1.0-18-amd64", "6.1.76-1"), kernel("amd64", "6.1.76-1")).updates
    assert (update.package, update.replaced_by) == ("linux-image-amd64", "")


def test_a_package_newer_than_the_archives_is_not_called_compared(pending):
    """From backports, or from anywhere: what fixes it is not in this index."""
    result = pending(plain="1.2-1~bpo12+1", hello="1.0+deb12u2")
    assert result.newer == ("plain",)
    assert result.compared == 2
    assert result.updates == result.foreign == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="not root: cannot become another account")
def test_a_cache_folder_that_is_closed_is_a_reason_and_no_defect(tmp_path):
    """Another account's cache: nothing is compared, and what was collected is not lost for it."""
    closed = tmp_path / "cache"
    closed.mkdir(mode=0o700)
    program = (
        "import sys; from pathlib import Path; from datetime import UTC, datetime;"
        "from posture.advisories.indexes.advisor import IndexAdvisor;"
        "from posture.advisories.indexes.name import IndexName;"
        "from posture.facts.host import OsRelease; from posture.facts.packages import InstalledPackages, Package;"
        "now = datetime.now(UTC); advisor = IndexAdvisor(Path(sys.argv[1]));"
        "package = Package('hello', 'amd64', '1.0', 'hello', '1.0');"
        "release = OsRelease('debian', '12', 'bookworm', 'Debian');"
        "print(advisor.keeps(IndexName('debian', 'bookworm', 'amd64')));"
        "print(advisor.pending(release, InstalledPackages('dpkg', (package,), (), now), now).reason)"
    )
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    readable = subprocess.run([*nobody, sys.executable, "-c", "import posture"], capture_output=True, check=False)
    if readable.returncode:
        pytest.skip("this checkout or its virtual environment cannot be read by other accounts")
    done = subprocess.run([*nobody, sys.executable, "-c", program, closed], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kept, reason = done.stdout.splitlines()
    assert kept == "False"
    assert "cannot be read" in reason
