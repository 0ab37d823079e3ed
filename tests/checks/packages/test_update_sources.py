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
        (replace(t.DNF, sources=(replace(t.BASEOS, name="SLE_15_SP5-Updates", location="https://x/SUSE/Updates/y"),)),
         replace(t.ALMA, id="sles", version_id="15.5")),
        (replace(t.DNF, sources=(replace(t.BASEOS, name="repo-sle-update", location=""),)),
         replace(t.ALMA, id="opensuse-leap", version_id="15.6")),
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
        (replace(t.DNF, sources=(replace(t.BASEOS, name="SLE_15_SP5-Pool", location="https://updates.suse.com/SUSE/Products/x"),)),
         replace(t.ALMA, id="sles", version_id="15.5")),
        (replace(t.DNF, sources=(replace(t.BASEOS, name="repo-backports-update", location="http://x/update/leap/15.6/backports/"),)),
         replace(t.ALMA, id="opensuse-leap", version_id="15.6")),
        (replace(t.DNF, sources=(replace(t.BASEOS, name="updates-archive", location=""),)),
         replace(t.ALMA, id="fedora", version_id="41")),
    ],
)  # fmt: skip
def test_security_updates_come_from_nowhere(sources, system) -> None:
    """Switched off, of another release, its sources only, or for testing: each leaves the host without updates."""
    assert of(sources, system) == {"security-source": (Outcome.FAIL, Severity.HIGH)}


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
    ],
)  # fmt: skip
def test_what_is_not_known_is_not_passed(sources, system) -> None:
    """A file that could not be read, a derivative, a release without a number, no lists at all."""
    assert of(sources, system) == {"": (Outcome.NOT_ASSESSED, None)}
