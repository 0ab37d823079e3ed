"""What is said of RPM hosts, from repositories made by the distributions' own tools."""

from datetime import UTC, datetime, timedelta

import pytest
from rpm_repository import MISSING, Rpm
from small_alma import ALMA, NAME, NOTICES, host, mirror, told

from posture.advisories.indexes.advisor import IndexAdvisor
from posture.facts.host import OsRelease
from posture.facts.unavailable import Unavailable
from posture.model.severity import Severity

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}: they make RPM repositories")


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
    assert (result.updates, result.not_comparable, result.compared) == ((), ("rpm",), 1)


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
        Rpm("a-thing", "1-1", vendor=""),
    ],
    ids=["another vendor", "extended support", "nobody's"],
)
def test_packages_of_others_are_foreign(judge, installed):
    """The distribution's versions say nothing of them."""
    result = judge(installed)
    assert result.foreign == (installed.name,)
    assert result.updates == ()


@pytest.mark.parametrize(
    "installed",
    [Rpm("resource-agents", "1-1"), Rpm("nodejs", "1:14.1-1.module_el9", module="nodejs:14")],
    ids=["of a repository that is not configured", "a stream that is gone"],
)
def test_the_distributions_own_packages_that_the_index_lacks_are_not_passed(judge, installed):
    """An index that lacks a repository, or another one in its place, must not make its packages somebody else's."""
    result = judge(installed)
    assert (result.not_comparable, result.foreign) == (("rpm", installed.name), ())


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


def test_a_repository_without_advisories_is_named_as_one_that_does_not_tell(repositories, tmp_path, now):
    """Without updateinfo.xml nobody knows which update is one of security; with it, that is known."""
    at = datetime.now(UTC).replace(microsecond=0)
    repositories[0].publish(at - timedelta(minutes=30), NOTICES)
    repositories[1].publish(at - timedelta(minutes=30), [], compress="xz")
    made = IndexAdvisor(tmp_path, feeds=mirror(*repositories))
    made.refresh(NAME, at)
    found = made.pending(ALMA, host(now, Rpm("bash", "5.1.8-6.el9")), now)
    assert found.untold == ("updates",)
