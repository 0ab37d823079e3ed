from dataclasses import replace
from datetime import timedelta

import pytest
import typical_sources as t

from checks.packages.update_sources import update_sources
from posture.sdk import Outcome, Severity


def of(sources, system) -> dict[str, tuple[Outcome, Severity | None]]:
    return {v.subject: (v.outcome, v.severity) for v in update_sources.judge(sources, system)}


@pytest.mark.parametrize(
    ("sources", "system"),
    [
        (t.APT, t.DEBIAN), (t.DNF, t.ALMA), (t.APK, t.ALPINE), (replace(t.APT, sources=(t.NOBLE,)), t.UBUNTU),
        (replace(t.DNF, refreshed=None), t.ALMA),
        (replace(t.DNF, sources=(replace(t.BASEOS, name="rhui-rhel-9-baseos-rhui-rpms"),
                                 replace(t.BASEOS, name="rhui-rhel-9-appstream-rhui-rpms", location=""))), t.ALMA),
        (replace(t.APK, sources=(t.BRANCH, replace(t.BRANCH, name="@edge x", codename="edge"))), t.ALPINE),
        (replace(t.APT, sources=(replace(t.SECURITY, name="oldstable-security main"),)), t.DEBIAN),
    ],
)  # fmt: skip
def test_sources_in_order(sources, system) -> None:
    """Verified, fresh, and with the release's own security updates, under any of the names that these have."""
    assert of(sources, system) == {"": (Outcome.PASS, None)}


@pytest.mark.parametrize(
    ("sources", "system"),
    [
        (replace(t.APT, sources=(t.MAIN, replace(t.SECURITY, enabled=False))), t.DEBIAN),
        (t.APT, replace(t.DEBIAN, version_id="13", codename="trixie")),
        (replace(t.APT, sources=(replace(t.SECURITY, name="stable-security main", codename="trixie-security"),)),
         t.DEBIAN),
        (t.APT, t.UBUNTU),
        (replace(t.DNF, sources=(t.BASEOS, replace(t.BASEOS, name="appstream-source"))), t.ALMA),
        (replace(t.DNF, sources=(replace(t.BASEOS, name="updates-testing", location=""),)),
         replace(t.ALMA, id="fedora", version_id="41")),
        (replace(t.APK, sources=(replace(t.BRANCH, components=("community",)),)), t.ALPINE),
        (replace(t.APT, sources=(t.MAIN, replace(t.SECURITY, components=("contrib",)))), t.DEBIAN),
    ],
)  # fmt: skip
def test_security_updates_come_from_nowhere(sources, system) -> None:
    """Switched off, of another release, its sources only, or for testing: each leaves the host without updates."""
    assert of(sources, system) == {"security-source": (Outcome.FAIL, Severity.HIGH)}


RHEL7, OL7 = ("rhel", "7.9"), ("ol", "7.9")
SLES, LEAP, FEDORA = ("sles", "15.5"), ("opensuse-leap", "15.6"), ("fedora", "41")


@pytest.mark.parametrize(
    ("system", "name", "path", "brings"),
    [
        (SLES, "Basesystem_x86_64:SLE-Module-Basesystem15-SP5-Updates", "", True),
        (SLES, "company:sle-module-basesystem15-sp5-updates-x86_64", "", True),
        (SLES, "own", "/SUSE/Updates/SLE-Module-Basesystem/15-SP5/x86_64/update", True),
        (SLES, "Basesystem_x86_64:SLE-Module-Basesystem15-SP5-Pool", "/SUSE/Products/x", False),
        (SLES, "Basesystem_x86_64:SLE-Module-Basesystem15-SP5-Debuginfo-Updates", "", False),
        (SLES, "Containers_x86_64:SLE-Module-Containers15-SP5-Updates", "", False),
        (SLES, "SLES15-SP5:SLE-Product-SLES15-SP5-Updates", "", False),
        (("sles", "12.5"), "SLES12-SP5:SLES12-SP5-Updates", "/SUSE/Updates/SLE-SERVER/12-SP5/x86_64/update", True),
        (LEAP, "repo-sle-update", "", True),
        (LEAP, "own", "/update/leap/$releasever/sle/", True),
        (LEAP, "repo-update", "/update/leap/15.6/oss", False),
        (LEAP, "repo-backports-update", "/update/leap/15.6/backports", False),
        (LEAP, "repo-sle-debug-update", "/debug/update/leap/15.6/sle", False),
        (("opensuse-leap", "15.2"), "repo-update", "", True),
        (FEDORA, "updates", "/linux/updates/41/Everything", True),
        (FEDORA, "updates-archive", "/fedora/41/x86_64", False),
        (FEDORA, "updates-testing", "/linux/updates/testing/41/Everything", False),
        (FEDORA, "fedora", "/linux/releases/41/Everything", False),
        (("centos", "7"), "updates", "/7.9.2009/updates/x86_64", True),
        (("centos", "7"), "base", "/7.9.2009/os/x86_64", False),
        (RHEL7, "rhel-7-server-rpms", "/content/dist/rhel/server/7/7Server/$basearch/os", True),
        (RHEL7, "rhel-7-server-els-rpms", "", True),
        (RHEL7, "rhui-rhel-7-server-rhui-rpms", "", True),
        (RHEL7, "rhui-REGION-rhel-server-releases", "", True),
        (RHEL7, "rhel-7-server-optional-rpms", "/content/dist/rhel/server/7/7Server/$basearch/optional/os", False),
        (OL7, "ol7_latest", "/repo/OracleLinux/OL7/latest/$basearch/", True),
        (OL7, "ol7_optional_latest", "/repo/OracleLinux/OL7/optional/latest/$basearch/", False),
    ],
)  # fmt: skip
def test_the_repository_that_brings_updates_is_told_from_those_beside_it(system, name, path, brings) -> None:
    """By name or path, whatever its host is called: pools, archives, backports and other modules are others."""
    source = replace(t.BASEOS, name=name, location=f"https://updates.example{path}")
    found = of(replace(t.DNF, sources=(source,)), replace(t.ALMA, id=system[0], version_id=system[1]))
    assert found == ({"": (Outcome.PASS, None)} if brings else {"security-source": (Outcome.FAIL, Severity.HIGH)})


def test_who_could_be_on_the_way_decides_how_bad_an_unverified_source_is() -> None:
    """Plain HTTP lets anybody on the line in, HTTPS the server; a folder of the host itself nobody."""
    loose = replace(t.SECURITY, name="x main", verified=False)
    for location, found in (
        ("http://x.example/", {"signatures": (Outcome.FAIL, Severity.HIGH)}),
        ("https://x.example/", {"signatures": (Outcome.FAIL, Severity.MEDIUM)}),
        ("file:/srv/packages", {"": (Outcome.PASS, None)}),
    ):
        source = replace(loose, location=location)
        assert of(replace(t.APT, sources=(*t.APT.sources, source)), t.DEBIAN) == found
        assert of(replace(t.APT, sources=(*t.APT.sources, replace(source, enabled=False))), t.DEBIAN)[""]


def test_old_lists_and_a_mirror_that_stands_still_are_told_apart() -> None:
    """Who did not ask for a week knows nothing newer; who asks and is given old lists has a bad mirror."""
    long_ago = t.AT - timedelta(days=40)
    assert of(replace(t.APT, refreshed=t.AT - timedelta(days=8)), t.DEBIAN) == {"lists": (Outcome.FAIL, Severity.LOW)}
    expired = replace(t.APT, sources=(t.MAIN, replace(t.SECURITY, valid_until=long_ago)))
    assert of(expired, t.DEBIAN) == {"mirror": (Outcome.FAIL, Severity.MEDIUM)}
    frozen = replace(t.APT, sources=(replace(t.NOBLE, signed=long_ago),))
    assert of(frozen, t.UBUNTU) == {"mirror": (Outcome.FAIL, Severity.MEDIUM)}
    assert "mirror" not in of(replace(frozen, subscription="Ubuntu Pro: esm-infra"), t.UBUNTU)


def test_settings_that_weaken_every_source() -> None:
    for settings, severity in (
        (('Acquire::Check-Valid-Until "false"',), Severity.LOW),
        (('Acquire::AllowInsecureRepositories "true"',), Severity.MEDIUM),
    ):
        assert of(replace(t.APT, weakened=settings), t.DEBIAN) == {"settings": (Outcome.FAIL, severity)}


def test_alpines_other_branch() -> None:
    other = replace(t.APK, sources=(t.BRANCH, replace(t.BRANCH, codename="edge")))
    assert of(other, t.ALPINE) == {"other-release": (Outcome.FAIL, Severity.MEDIUM)}


@pytest.mark.parametrize(
    ("sources", "system"),
    [
        (replace(t.APT, sources=(), unreadable=("/etc/apt/sources.list",)), t.DEBIAN),
        (t.APT, replace(t.DEBIAN, id="raspbian")), (t.APT, replace(t.DEBIAN, version_id="")),
        (replace(t.APT, refreshed=None), t.DEBIAN), (t.DNF, replace(t.LEAP, id="opensuse-tumbleweed")),
        (t.DNF, replace(t.LEAP, version_id="16.0")), (t.DNF, replace(t.ALMA, id="eurolinux", version_id="7.9")),
    ],
)  # fmt: skip
def test_what_is_not_known_is_not_passed(sources, system) -> None:
    """A file that could not be read, a derivative, a release without a number, no lists at all."""
    assert of(sources, system) == {"": (Outcome.NOT_ASSESSED, None)}
