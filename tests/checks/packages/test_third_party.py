import pytest
from typical_updates import AT, DOCKER

from checks.packages.third_party import third_party
from posture.sdk import InstalledPackages, Outcome, Package, Severity


@pytest.fixture
def installed():
    """Installed packages of a manager."""
    return lambda *packages: InstalledPackages("dpkg", packages, (), AT)


def test_packages_of_others_are_told_by_builder(pending, installed, only) -> None:
    """For information, one finding a host, with who built them and in which version."""
    verdict = only(third_party, pending(foreign=("docker-ce", "homemade")), installed(DOCKER))
    assert (verdict.outcome, third_party.info.severity) == (Outcome.FAIL, Severity.INFO)
    assert verdict.summary == ("2 packages come from elsewhere than the distribution: Docker (1), builder not told (1)")
    assert verdict.evidence[0].observed.splitlines() == ["Docker: docker-ce 5:27.1-1", "builder not told: homemade"]
    assert dict(verdict.details)["packages"] == ("docker-ce", "homemade")


def test_a_package_of_another_architecture_is_found(pending, installed, only) -> None:
    """It is named with its architecture, as the comparison does."""
    skype = Package("skype", "i386", "4.3", "skype", "4.3", vendor="Skype")
    verdict = only(third_party, pending(foreign=("skype:i386",)), installed(skype))
    assert verdict.evidence[0].observed == "Skype: skype:i386 4.3"


def test_old_kernels_are_not_foreign(pending, installed, only) -> None:
    """The distribution takes a kernel from its index when it has the next; the host keeps it to boot from."""
    kernel = Package("linux-image-6.1.0-18-amd64", "amd64", "6.1.76-1", "linux-signed-amd64", "6.1.76+1")
    verdict = only(third_party, pending(foreign=(kernel.name,)), installed(kernel))
    assert verdict.outcome is Outcome.PASS
    assert "1 package of earlier kernels left out" in verdict.summary


def test_nothing_compared_never_passes(pending, installed, only) -> None:
    """Where no index was read nobody knows whose packages these are."""
    assert only(third_party, pending(compared=0), installed()).outcome is Outcome.NOT_ASSESSED
    assert only(third_party, pending(stale="by advisories alone"), installed()).outcome is Outcome.NOT_ASSESSED
    assert only(third_party, pending(), installed()).outcome is Outcome.PASS


def test_a_version_that_the_archive_does_not_have_may_be_anybodys(pending, installed, only) -> None:
    """nginx.org's nginx has the distribution's name: newer than the archive's, it is named and not passed."""
    nginx = Package("nginx", "amd64", "1.27.0-1", "nginx", "1.27.0-1", vendor="NGINX Packaging")
    verdict = only(third_party, pending(newer=("nginx",)), installed(nginx))
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "nginx (NGINX Packaging)" in verdict.summary
    assert verdict.evidence[0].observed == "NGINX Packaging: nginx 1.27.0-1"
    told = only(third_party, pending(newer=("nginx",), foreign=("homemade",)), installed(nginx))
    assert "newer than the archive's" in told.evidence[1].source
    assert told.evidence[1].observed == "NGINX Packaging: nginx 1.27.0-1"
    assert only(third_party, pending(not_comparable=("x",)), installed()).outcome is Outcome.NOT_ASSESSED
