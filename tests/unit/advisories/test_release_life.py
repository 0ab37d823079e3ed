"""The phase of a release's life is the table's, at the time of the audit."""

from datetime import UTC, datetime
from importlib import resources

import pytest

from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.release_life import SHIPPED, support_of
from posture.facts.host import OsRelease
from posture.facts.packages import Support
from posture.facts.unavailable import Unavailable
from posture.model.run import SourceState


def day(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def phase(tmp_path):
    """Looks a release up in the shipped table: this machine's is out of the way."""

    def look(distribution, codename, at, version=""):
        return support_of(OsRelease(distribution, version, codename, ""), day(at), tmp_path)

    return look


@pytest.mark.parametrize(
    ("release", "at", "expected", "until"),
    [
        (("debian", "bookworm"), "2026-07-11T23:59", Support.REGULAR, "2026-07-11"),
        (("debian", "bookworm"), "2026-07-12", Support.LTS, "2028-06-30"),
        (("debian", "bookworm"), "2028-07-01", Support.PAID, "2033-06-30"),
        (("debian", "bookworm"), "2033-07-01", Support.ENDED, None),
        (("debian", "squeeze"), "2026-11-22", Support.ENDED, None),
        (("ubuntu", "noble"), "2026-11-22", Support.REGULAR, "2029-05-31"),
        (("ubuntu", "focal"), "2026-11-22", Support.PAID, None),
        (("ubuntu", "plucky"), "2026-11-22", Support.ENDED, None),
    ],
)
def test_every_phase_ends_on_its_day(phase, release, at, expected, until):
    """The last day still belongs to the phase."""
    found = phase(*release, at)
    assert found.phase is expected
    if until:
        assert found.until == day(until)


def test_free_updates_end_with_the_long_term_team(phase):
    found = phase("debian", "bookworm", "2029-01-01")
    assert (found.free_until, found.product) == (day("2028-06-30"), "Debian 12 (bookworm)")
    assert found.data_date == SHIPPED


@pytest.mark.parametrize(
    ("release", "at", "way"),
    [
        (("debian", "bookworm"), "2026-11-22", ()),
        (("debian", "buster"), "2024-07-15", ("bullseye",)),
        (("debian", "buster"), "2026-11-22", ("bullseye", "bookworm")),
        (("debian", "stretch"), "2028-07-01", ("buster", "bullseye", "bookworm", "trixie")),
        (("debian", "trixie"), "2036-01-01", ()),
        (("ubuntu", "bionic"), "2026-11-22", ("focal", "jammy")),
        (("ubuntu", "mantic"), "2026-11-22", ("noble",)),
        (("ubuntu", "oracular"), "2026-11-22", ("plucky", "questing", "resolute")),
    ],
)
def test_the_way_out_ends_at_the_first_release_with_free_updates(phase, release, at, way):
    """Release after release, as upgrades go; Ubuntu's long-term releases go from one to the next; none is guessed."""
    found = phase(*release, at)
    assert found.codename == release[1]
    assert tuple(step.codename for step in found.upgrades) == way


def test_a_step_of_the_way_is_named_in_full(phase):
    (step,) = phase("debian", "buster", "2024-07-15").upgrades
    assert step.product == "Debian 11 (bullseye)"
    assert phase("ubuntu", "bionic", "2026-11-22").upgrades[-1].product == "Ubuntu 22.04 LTS (jammy)"


def test_a_host_without_codename_is_found_by_its_version(phase):
    assert phase("ubuntu", "", "2026-11-22", "24.04").product == "Ubuntu 24.04 LTS (noble)"


@pytest.mark.parametrize(
    ("distribution", "codename", "says"),
    [
        ("debian", "forky", "not released yet"),
        ("debian", "nosuch", "not in the release table"),
        ("debian", "", "not in the release table"),
        ("alpine", "", "is not known"),
    ],
)
def test_what_the_table_does_not_tell_is_not_guessed(phase, distribution, codename, says):
    found = phase(distribution, codename, "2026-11-22")
    assert isinstance(found, Unavailable)
    assert says in found.reason


def test_a_derivative_is_not_judged_as_its_parent(tmp_path):
    mint = OsRelease("linuxmint", "22", "wilma", "Linux Mint 22", ("ubuntu", "debian"))
    assert "not judged as their parent" in support_of(mint, day("2026-11-22"), tmp_path).reason


def test_the_machines_table_counts_when_it_knows_more(tmp_path):
    """More releases make it newer, not the time of the file."""
    shipped = resources.files("posture.advisories").joinpath("data/debian.csv").read_text()
    (tmp_path / "debian.csv").write_text(shipped + "16,Extra,extra,2029-08-01,2031-08-01,2034-08-01\n")
    extra = OsRelease("debian", "16", "extra", "")
    assert support_of(extra, day("2032-01-01"), tmp_path).phase is Support.REGULAR
    (tmp_path / "debian.csv").write_text("version,codename,series,created,release,eol\n1.1,Buzz,buzz,1993-08-16\n")
    assert support_of(OsRelease("debian", "12", "bookworm", ""), day("2027-01-01"), tmp_path).phase is Support.LTS


def test_a_table_not_renewed_for_a_year_is_stale(tmp_path):
    advisor = IndexAdvisor(tmp_path, tables=tmp_path)
    (fresh,) = advisor.sources(day("2026-11-22"))
    (old,) = advisor.sources(day("2027-11-22"))
    assert (fresh.state, old.state) == (SourceState.CURRENT, SourceState.STALE)
    assert fresh.newest == SHIPPED
