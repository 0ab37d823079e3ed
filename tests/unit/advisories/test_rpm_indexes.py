"""RPM repositories of our own, made by the distributions' tools: what is taken, refused, and said of hosts."""

import gzip
import hashlib
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from repository import open_folder
from rpm_repository import MISSING, NoticeOf, Rpm, RpmRepository

from posture.advisories.errors import NoSources, Refused, Unreachable
from posture.advisories.feeds.config import Feeds, Mirror
from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.name import IndexName
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, Package
from posture.facts.unavailable import Unavailable
from posture.model.run import SourceState
from posture.model.severity import Severity

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}: they make RPM repositories")

ALMA = OsRelease("almalinux", "9.4", "", "AlmaLinux 9.4", ("rhel", "centos", "fedora"))
NAME = IndexName("almalinux", "9", "x86_64")

GLIBC = Rpm("glibc", "2.34-100.el9_4.2")
BASE = [
    GLIBC,
    replace(GLIBC, architecture="i686"),
    Rpm("bash", "5.1.8-9.el9"),
    Rpm("grub2", "1:2.06-80.el9"),
    Rpm("tilde", "2.0~rc2-1.el9"),
    Rpm("caret", "1.0^git2-1.el9"),
    Rpm("tzdata", "2026b-1.el9", "noarch"),
    Rpm("became-noarch", "2.0-1.el9", "noarch"),
    Rpm("kernel-core", "5.14.0-427.el9"),
    Rpm("kernel-core", "5.14.0-503.el9"),
    Rpm("nodejs", "16.20-1.el9"),
    Rpm("nodejs", "1:18.20-2.module_el9", module="nodejs:18"),
    Rpm("nodejs", "1:20.10-3.module_el9", module="nodejs:20"),
    Rpm("npm", "1:10.1-3.module_el9", module="nodejs:20"),
    Rpm("npm", "11.0-1.el9"),
]
UPDATES = [Rpm("bash", "5.1.8-10.el9")]
NODE18, NODE20 = BASE[11], BASE[12]
NOTICES = [
    NoticeOf("ALSA-2026:1", (GLIBC, replace(GLIBC, architecture="i686")), cves=("CVE-2026-0010", "CVE-2026-0011")),
    NoticeOf("ALSA-2026:2", (NODE18,), severity="Critical", module="nodejs:18"),
    NoticeOf("ALSA-2026:3", (NODE20,), severity="Moderate", module="nodejs:20"),
    NoticeOf("ALBA-2026:4", (UPDATES[0],), kind="bugfix", severity="None", cves=()),
    NoticeOf("ALSA-2026:5", (Rpm("kernel-core", "5.14.0-503.el9"),), reboot=True),
    NoticeOf("ALSA-2026:6", (Rpm("grub2", "1:2.06-70.el9"),), severity="Low"),
]


def mirror(*repositories, **settings):
    places = {repository.folder.name: repository.folder.as_uri() for repository in repositories}
    keys = tuple(dict.fromkeys(repository.key.public for repository in repositories))
    return Feeds((), (Mirror("test", "almalinux", (), places, **{"keys": keys, **settings}),))


@pytest.fixture(scope="session")
def repositories(keys):
    """BaseOS and updates, made once; tests that change them get a copy."""
    with open_folder() as folder:
        yield [
            RpmRepository(folder / "BaseOS", keys()).add(*BASE),
            RpmRepository(folder / "updates", keys()).add(*UPDATES),
        ]


@pytest.fixture
def base(repositories, tmp_path, now):
    """A copy of BaseOS, signed an hour ago."""
    made = RpmRepository(tmp_path / "made", repositories[0].key)
    shutil.copytree(repositories[0].folder, made.folder, dirs_exist_ok=True)
    made.rpms = repositories[0].rpms
    made.publish(now - timedelta(hours=1), NOTICES)
    return made


@pytest.fixture
def advisor(base, tmp_path):
    return IndexAdvisor(tmp_path / "cache", feeds=mirror(base))


@pytest.fixture(scope="session")
def fetched(repositories, tmp_path_factory):
    """An advisor with an index of both repositories."""
    at = datetime.now(UTC).replace(microsecond=0)
    repositories[0].publish(at - timedelta(hours=1), NOTICES)
    repositories[1].publish(at - timedelta(hours=1), [NOTICES[3]], compress="xz")
    made = IndexAdvisor(tmp_path_factory.mktemp("rpm"), feeds=mirror(*repositories))
    made.refresh(NAME, at)
    return made


@pytest.fixture
def judge(fetched, now):
    def judged(*rpms: Rpm, held=()):
        return fetched.pending(ALMA, host(now, *rpms, held=held), now)

    return judged


def host(now, *rpms, held=()):
    packages = tuple(
        Package(
            rpm.name, rpm.architecture, rpm.version, rpm.name, rpm.version, rpm.name in held, rpm.module, rpm.vendor
        )
        for rpm in (Rpm("rpm", "4.16-1"), *rpms)
    )
    return InstalledPackages("rpm", packages, (), now)


def told(result):
    return {(u.package, u.architecture): (u.candidate, u.pocket, u.security) for u in result.updates}


@pytest.mark.parametrize(
    ("installed", "candidate", "pocket", "security"),
    [
        (Rpm("glibc", "2.34-60.el9"), "2.34-100.el9_4.2", "BaseOS", True),
        (Rpm("glibc", "2.34-60.el9", "i686"), "2.34-100.el9_4.2", "BaseOS", True),
        (Rpm("bash", "5.1.8-6.el9"), "5.1.8-10.el9", "updates", False),
        (Rpm("grub2", "1:2.06-75.el9"), "1:2.06-80.el9", "BaseOS", False),
        (Rpm("grub2", "1:2.06-61.el9"), "1:2.06-80.el9", "BaseOS", True),
        (Rpm("tilde", "2.0~rc1-1.el9"), "2.0~rc2-1.el9", "BaseOS", False),
        (Rpm("caret", "1.0-1.el9"), "1.0^git2-1.el9", "BaseOS", False),
        (Rpm("tzdata", "2026a-1.el9", "noarch"), "2026b-1.el9", "BaseOS", False),
        (Rpm("became-noarch", "1.0-1.el9"), "2.0-1.el9", "BaseOS", False),
        (Rpm("nodejs", "1:18.1-1.module_el9", module="nodejs:18"), "1:18.20-2.module_el9", "BaseOS", True),
        (Rpm("nodejs", "15.1-1.el9"), "16.20-1.el9", "BaseOS", False),
    ],
    ids=lambda value: value.nevra if isinstance(value, Rpm) else None,
)
def test_the_highest_version_of_the_same_kind_and_stream_is_pending(judge, installed, candidate, pocket, security):
    """Security only where a security advisory lies on the way to it."""
    result = judge(installed)
    assert told(result) == {(installed.name, installed.architecture): (candidate, pocket, security)}
    assert result.updates[0].module == installed.module


@pytest.mark.parametrize(
    "installed",
    [
        Rpm("grub2", "1:2.06-80.el9"),
        Rpm("nodejs", "1:18.20-2.module_el9", module="nodejs:18"),
        Rpm("bash", "5.1.8-10.el9"),
    ],
    ids=lambda rpm: rpm.nevra,
)
def test_a_patched_package_has_no_update_from_another_stream(judge, installed):
    result = judge(installed)
    assert (result.updates, result.foreign, result.compared) == ((), ("rpm",), 1)


def test_advisories_name_what_an_update_mends(judge):
    """Identifier, CVEs, the publisher's severity, day and version."""
    (update,) = judge(Rpm("glibc", "2.34-60.el9")).updates
    (flaw,) = update.flaws
    assert (flaw.id, flaw.cves, flaw.severity) == ("ALSA-2026:1", ("CVE-2026-0010", "CVE-2026-0011"), Severity.HIGH)
    assert (str(flaw.published), flaw.fixed, flaw.summary) == ("2026-03-02", "2.34-100.el9_4.2", "ALSA-2026:1 title")


def test_a_stream_in_use_hides_packages_of_the_same_name_outside_of_modules(judge):
    """npm 11 is not for a host whose nodejs comes from the stream 20."""
    result = judge(Rpm("nodejs", "1:20.10-3.module_el9", module="nodejs:20"), Rpm("npm", "9.0-1.el9"))
    assert told(result) == {("npm", "x86_64"): ("1:10.1-3.module_el9", "BaseOS", False)}


def test_only_the_newest_kernel_counts(judge):
    """Old ones stay installed beside it, and say nothing."""
    old, new = Rpm("kernel-core", "5.14.0-300.el9"), Rpm("kernel-core", "5.14.0-503.el9")
    assert judge(old, new).updates == ()
    (update,) = judge(old, Rpm("kernel-core", "5.14.0-427.el9")).updates
    assert (update.installed, update.candidate, update.security) == ("5.14.0-427.el9", "5.14.0-503.el9", True)


@pytest.mark.parametrize(
    "installed",
    [
        Rpm("bash", "5.1.8-1.el9", vendor="Example Packager"),
        Rpm("bash", "5.1.8-1.el9.tuxcare.els1"),
        Rpm("epel-thing", "1-1"),
        Rpm("nodejs", "1:14.1-1.module_el9", module="nodejs:14"),
    ],
    ids=["another vendor", "extended support", "in no repository", "a stream that is gone"],
)
def test_packages_of_others_are_foreign(judge, installed):
    """The distribution's versions say nothing of them."""
    result = judge(installed)
    assert result.foreign == ("rpm", installed.name)
    assert result.updates == ()


def test_newer_held_and_odd_packages_are_told_apart(judge):
    result = judge(Rpm("bash", "6.0-1.el9"), Rpm("grub2", "1:2.06-61.el9"), held=("grub2",))
    assert result.newer == ("bash",)
    assert [update.held for update in result.updates] == [True]
    assert result.manager == "rpm"
    assert result.index == "almalinux 9: BaseOS updates"


@pytest.mark.parametrize(
    ("release", "says"),
    [
        (OsRelease("rhel", "9.4", "", "Red Hat Enterprise Linux 9.4"), "open to subscribers only"),
        (OsRelease("rocky", "9.4", "", "Rocky Linux 9.4", ("rhel", "fedora")), "no mirror of rocky 9 x86_64"),
        (OsRelease("eurolinux", "9.4", "", "EuroLinux 9.4", ("rhel", "fedora")), "not judged as their parent"),
        (OsRelease("almalinux", "../9", "", "AlmaLinux"), "is not a version of AlmaLinux"),
        (OsRelease("debian", "12", "bookworm", "Debian"), "which uses dpkg"),
    ],
    ids=lambda value: value.id if isinstance(value, OsRelease) else None,
)
def test_a_host_without_a_mirror_of_its_own_is_not_judged(fetched, now, release, says):
    """Neither by its relatives' repositories nor as up to date."""
    result = fetched.pending(release, host(now, Rpm("bash", "5.0-1")), now)
    assert isinstance(result, Unavailable)
    assert says in result.reason


def expect_refused(advisor, now, match, kind=Refused):
    """Nothing changes, and it says so."""
    with pytest.raises(kind, match=match):
        advisor.refresh(NAME, now, timedelta(0))
    pending = advisor.pending(ALMA, host(now, Rpm("glibc", "2.34-60.el9")), now)
    assert told(pending) == {("glibc", "x86_64"): ("2.34-100.el9_4.2", "made", True)}
    if kind is Refused:
        assert "a newer index was refused" in pending.stale
        (source,) = (each for each in advisor.sources(now) if each.name.endswith("almalinux 9 x86_64"))
        assert source.state is SourceState.STALE


def test_a_well_signed_repository_is_taken_and_left_alone_while_unchanged(advisor, base, now):
    assert advisor.refresh(NAME, now).changed == ("made",)
    assert advisor.refresh(NAME, now, timedelta(0)).changed == ()
    assert advisor.pending(ALMA, host(now, Rpm("bash", "5.1.8-9.el9")), now).stale == ""
    stands = advisor.pending(ALMA, host(now, Rpm("bash", "5.1.8-9.el9")), now + timedelta(days=40)).stale
    assert stands.startswith("no known update as of")


def test_another_key_is_refused(advisor, base, keys, now):
    advisor.refresh(NAME, now)
    base.publish(now, NOTICES, key=keys("theirs"))
    expect_refused(advisor, now, "not among those configured")


def test_a_changed_head_is_refused(advisor, base, now):
    advisor.refresh(NAME, now)
    base.head.write_bytes(base.head.read_bytes().replace(b"<repomd ", b"<repomd  "))
    expect_refused(advisor, now, "does not fit its content")


def test_an_unsigned_repository_is_refused_unless_configured_so(advisor, base, now, tmp_path):
    """And where it is configured so, every report says that it is not signed."""
    advisor.refresh(NAME, now)
    base.publish(now, NOTICES)
    base.head.with_name("repomd.xml.asc").unlink()
    expect_refused(advisor, now, "signed = false")
    trusting = IndexAdvisor(tmp_path / "other", feeds=mirror(base, signed=False))
    trusting.refresh(NAME, now)
    (source,) = (each for each in trusting.sources(now) if each.name.endswith("almalinux 9 x86_64"))
    assert "made: not signed" in source.note


def test_without_a_key_nothing_is_taken(base, now, tmp_path):
    lone = IndexAdvisor(tmp_path / "cache", feeds=Feeds((), (replace(mirror(base).mirrors[0], releases=("99",)),)))
    with pytest.raises(NoSources):
        lone.refresh(NAME, now)


def test_an_older_repository_is_refused(advisor, base, now):
    """Playing back what was signed before would hide updates."""
    advisor.refresh(NAME, now)
    base.publish(now - timedelta(days=2), NOTICES)
    expect_refused(advisor, now, "older than the one")


def test_a_repository_from_the_future_is_refused(advisor, base, now):
    """It would make every true one look older."""
    advisor.refresh(NAME, now)
    base.publish(now + timedelta(days=400), NOTICES)
    expect_refused(advisor, now, "dated in the future")


def primary_of(base):
    return next(base.folder.glob("repodata/*-primary.xml.gz"))


def test_a_forged_list_of_packages_is_refused(advisor, base, now):
    advisor.refresh(NAME, now)
    base.publish(now, NOTICES)
    path = primary_of(base)
    text = gzip.decompress(path.read_bytes()).replace(b"el9_4.2", b"el9_4.1")
    path.write_bytes(gzip.compress(text, mtime=0)[: path.stat().st_size])
    expect_refused(advisor, now, "its hash is another|larger than")


def test_a_truncated_list_of_packages_is_refused(advisor, base, now):
    advisor.refresh(NAME, now)
    base.publish(now, NOTICES)
    path = primary_of(base)
    path.write_bytes(path.read_bytes()[:-40])
    expect_refused(advisor, now, "its hash is another")


def swap_primary(base, content: bytes, open_size: int | None = None) -> None:
    """Put other content in place of the packages, with a head that fits it and is well signed."""
    path = primary_of(base)
    packed = gzip.compress(content)
    path.write_bytes(packed)
    head = base.head.read_text()
    block = re.search(r'<data type="primary">.*?</data>', head, re.DOTALL)[0]
    changed = re.sub(r"(<checksum[^>]*>)[0-9a-f]+", rf"\g<1>{hashlib.sha256(packed).hexdigest()}", block)
    changed = re.sub(r"<size>\d+", f"<size>{len(packed)}", changed)
    changed = re.sub(r"<open-size>\d+", f"<open-size>{open_size or len(content)}", changed)
    base.head.write_text(head.replace(block, changed))
    base.sign()


@pytest.mark.parametrize(
    ("content", "open_size", "match"),
    [
        (b"<metadata>" + b" " * 50_000_000, 5_000, "holds more than the 5000 bytes"),
        (b"<metadata><package>", None, "not well-formed XML, or cut short"),
        (b"<metadata>" * 500, None, "nested too deeply"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><metadata>&b;</metadata>', None, "document type or an entity"),
        (b"<html></html>", None, "document of another kind"),
        (b"<metadata></metadata>", None, "offers no package"),
        (b"<metadata><package>" + b"<a/>" * 300_000 + b"</package></metadata>", None, "elements"),
    ],
    ids=["bomb", "cut short", "deep", "entities", "another document", "empty", "endless record"],
)
def test_what_is_built_to_hurt_is_refused_though_it_is_signed(advisor, base, now, content, open_size, match):
    """A stolen key, or a publisher gone wrong: the last good index stays."""
    advisor.refresh(NAME, now)
    base.publish(now, NOTICES)
    swap_primary(base, content, open_size)
    expect_refused(advisor, now, match)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        (r'href="[^"]*primary', 'href="../../../etc/primary', "outside of the repository"),
        (r'href="[^"]*primary', 'href="https://evil.example/primary', "outside of the repository"),
        ('<checksum type="sha256">', '<checksum type="md5">', "no hash to trust"),
    ],
)
def test_a_head_that_points_elsewhere_or_protects_nothing_is_refused(advisor, base, now, old, new, match):
    advisor.refresh(NAME, now)
    base.publish(now, NOTICES)
    base.head.write_text(re.sub(old, new, base.head.read_text(), count=1))
    base.sign()
    expect_refused(advisor, now, match)


def test_hostile_strings_end_up_nowhere_but_in_a_comparison(base, now, tmp_path):
    """Names and titles are data; an alias in modules.yaml stands for an endless document."""
    (base.folder / "modules.yaml").write_text("a: &a [x]\nb: [*a, *a]\n")
    subprocess.run(
        ["modifyrepo_c", "--mdtype", "modules", base.folder / "modules.yaml", base.folder / "repodata"],
        check=True,
        capture_output=True,
    )
    base.sign()
    with pytest.raises(Refused, match="aliases"):
        IndexAdvisor(tmp_path / "cache", feeds=mirror(base)).refresh(NAME, now)


@pytest.mark.parametrize("kind", ["gz", "xz", "bz2", "zstd"])
def test_every_packing_is_read(base, now, tmp_path, kind):
    if kind == "zstd":
        if not shutil.which("zstd"):
            pytest.skip("needs zstd")
        path = primary_of(base)
        swap = path.with_name(path.name.replace(".gz", ".zst"))
        packed = subprocess.run(
            ["zstd", "-qc"], input=gzip.decompress(path.read_bytes()), capture_output=True, check=True
        )
        swap.write_bytes(packed.stdout)
        text = base.head.read_text().replace(path.name, swap.name)
        block = re.search(r'<data type="primary">.*?</data>', text, re.DOTALL)[0]
        fixed = re.sub(r"(<checksum[^>]*>)[0-9a-f]+", rf"\g<1>{hashlib.sha256(packed.stdout).hexdigest()}", block)
        base.head.write_text(text.replace(block, re.sub(r"<size>\d+", f"<size>{len(packed.stdout)}", fixed)))
        base.sign()
    else:
        base.publish(now - timedelta(hours=1), NOTICES, compress=kind)
    advisor = IndexAdvisor(tmp_path / "cache", feeds=mirror(base))
    advisor.refresh(NAME, now)
    assert advisor.pending(ALMA, host(now, Rpm("glibc", "2.34-60.el9")), now).updates[0].security


def test_a_mirror_that_is_gone_is_no_fraud(advisor, base, now):
    advisor.refresh(NAME, now)
    base.folder.rename(base.folder.with_name("gone"))
    expect_refused(advisor, now, "repomd.xml", kind=Unreachable)
