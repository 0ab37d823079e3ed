"""What stands between a bad index and a host's verdict: shrinking, standing still, notices about something else."""

from datetime import timedelta

import pytest
from repository import Deb
from rpm_repository import Rpm
from small_alma import ALMA, GLIBC, host, mirror
from small_alma import NAME as ALMA9

from posture.advisories.errors import Refused
from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.build import Part, Plausible, build_index
from posture.advisories.indexes.file import open_index
from posture.advisories.indexes.name import IndexName, IndexPlace
from posture.advisories.indexes.offers import Mended, Notice, Offer
from posture.advisories.indexes.rpm.matching import compare
from posture.advisories.indexes.rpm.primary import evr_key

NAME = IndexName("debian", "bookworm", "amd64")


STREAM = Rpm("nodejs", "1:18.1-1.module_el9", module="nodejs:18")
OLD = Rpm("glibc", "2-1.el9")


def test_a_security_pocket_does_not_shrink_either(advisor, archive, now):
    """It only grows between point releases: emptied, it would hide every update."""
    archive.publish("bookworm-security", [Deb(f"p{n}", "1") for n in range(20)])
    advisor.refresh(NAME, now)
    archive.publish("bookworm-security", [], date=now)
    with pytest.raises(Refused, match="bookworm-security offers 0 packages"):
        advisor.refresh(NAME, now, timedelta(0))


@pytest.mark.parametrize(("days", "stale"), [(29, False), (31, True)])
def test_a_repository_that_stands_still_acquits_nothing(base, tmp_path, now, days, stale):
    """Signed long ago and confirmed today: nothing new came this way for a month."""
    base.publish(now - timedelta(days=days), [])
    known = IndexAdvisor(tmp_path, feeds=mirror(base))
    known.refresh(ALMA9, now)
    assert bool(known.pending(ALMA, host(now, GLIBC), now).stale) is stale


@pytest.mark.parametrize(
    ("installed", "version", "architecture", "module", "security"),
    [
        (STREAM, "1:18.19-1", "x86_64", "nodejs:16", False),
        (STREAM, "1:18.19-1", "x86_64", "nodejs:18", True),
        (OLD, "2-2", "i686", "", False),
        (OLD, "2-2", "x86_64", "", True),
    ],
)
def test_a_notice_about_another_stream_or_architecture_says_nothing(
    tmp_path, now, installed, version, architecture, module, security
):
    """The update waits all the same; whether it is one of security is told by notices about the same package."""
    notice = Notice("ALSA-1", security=True, cves=("CVE-2026-1000",))
    mended = Mended(installed.name, version, architecture, module, evr_key(version))
    offers = [
        Offer("nodejs", "x86_64", "1:18.20-2", "nodejs", evr_key("1:18.20-2"), "nodejs:18"),
        Offer("glibc", "x86_64", "2-2", "glibc", evr_key("2-2")),
        Offer("glibc", "i686", "2-2", "glibc", evr_key("2-2")),
    ]
    place = IndexPlace(tmp_path, ALMA9)
    part = Part(now, None, "k", "primary updateinfo", offers, [(notice, [mended])])
    build_index(place, {"BaseOS": part}, (), now, Plausible("BaseOS", ("BaseOS",)))
    with open_index(place) as index:
        (found,) = compare(host(now, installed), ALMA9, index).updates
    assert (found.security, bool(found.flaws)) == (security, security)
