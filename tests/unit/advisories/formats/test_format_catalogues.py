"""KEV, EPSS, endoflife.date and Alpine's secdb."""

from datetime import UTC, date, datetime

import pytest

from posture.advisories.feeds.records import Cycle, Dated, Exploited, Probability, State
from posture.facts.packages import Support


def test_the_catalogue_of_exploited_flaws_is_read_as_json_with_its_date(sample):
    """Dates and the use by ransomware; the catalogue says itself how old it is."""
    records, refused = sample("kev", "kev/known_exploited_vulnerabilities.json")
    assert not refused
    assert records == [
        Exploited("CVE-2026-8037", date(2026, 8, 7), date(2026, 8, 10)),
        Exploited("CVE-2026-15409", date(2026, 7, 14), date(2026, 7, 17), ransomware=True),
        Exploited("CVE-2020-29583", date(2021, 11, 3), date(2022, 5, 3)),
        Dated(datetime(2026, 8, 7, 16, 45, 47, 64800, UTC)),
    ]


def test_the_catalogue_of_exploited_flaws_is_read_as_csv(sample):
    """Quoted cells with commas and all."""
    records, refused = sample("kev", "kev/known_exploited_vulnerabilities.csv")
    assert not refused
    assert [each.cve for each in records] == ["CVE-2025-48384", "CVE-2024-8068"]


def test_a_catalogue_that_lost_entries_says_so(parsed):
    """It counts them itself."""
    entry = {"cveID": "CVE-2024-1111", "dateAdded": "2024-01-01"}
    records, [refused] = parsed("kev", {"count": 2, "vulnerabilities": [entry]})
    assert len(records) == 1
    assert "says that it has 2 entries and has 1" in refused.why


@pytest.mark.parametrize(
    ("day", "first", "dated"),
    [
        ("2021-04-14", Probability("CVE-2020-5902", 0.65117), None),
        ("2021-09-01", Probability("CVE-2020-5902", 0.65117, 0.9981063485700858), None),
        ("2022-02-04", Probability("CVE-2020-5902", 0.96817, 0.99999), Dated(datetime(2022, 2, 4, tzinfo=UTC))),
        ("2023-03-07", Probability("CVE-2020-5902", 0.97567, 0.99995), Dated(datetime(2023, 3, 7, tzinfo=UTC))),
    ],
)
def test_each_generation_of_epss_is_read(sample, day, first, dated):
    """With and without percentile, with and without the line that dates it."""
    records, refused = sample("epss", f"epss/epss_scores-{day}.csv")
    assert not refused
    assert first in records
    assert [each for each in records if isinstance(each, Dated)] == ([dated] if dated else [])


def test_a_probability_that_is_none_is_refused_by_its_line(parsed):
    """Neither "nan" nor 7."""
    content = b"cve,epss\nCVE-2024-1111,nan\nCVE-2024-2222,7\nCVE-2024-3333,0.5\nCVE-2024-4444\n"
    records, refused = parsed("epss", content, "scores.csv")
    assert records == [Probability("CVE-2024-3333", 0.5)]
    assert [each.what for each in refused] == ["scores.csv line 2", "scores.csv line 3", "scores.csv line 5"]


def test_cycles_of_a_product_have_phases(sample):
    """Debian's extension is free, Red Hat's is not; no end set is None."""
    records, refused = sample("endoflife", "endoflife/debian.md", "endoflife/rhel.md", "endoflife/nginx.md")
    assert not refused
    cycles = {(each.product, each.cycle, each.phase): each for each in records if isinstance(each, Cycle)}
    assert cycles["debian", "12", Support.REGULAR].until == date(2026, 7, 11)
    assert cycles["debian", "12", Support.LTS].until == date(2028, 6, 30)
    assert cycles["rhel", "9", Support.PAID].until == date(2036, 5, 31)
    assert cycles["nginx", "1.31", Support.REGULAR] == Cycle(
        "nginx", "1.31", Support.REGULAR, None, "1.31.4", date(2026, 5, 13)
    )
    assert max(each.at for each in records if isinstance(each, Dated)) == datetime(2026, 8, 19, tzinfo=UTC)


def test_the_api_says_the_same_in_its_own_words(sample, parsed):
    """Its second form with a date of its own, its first with the product in the name of the file."""
    records, refused = sample("endoflife", "endoflife/full.json")
    assert not refused
    assert Cycle("ubuntu", "24.04", Support.PAID, date(2036, 4, 25), "24.04.2", date(2024, 4, 25)) in records
    assert Dated(datetime(2025, 7, 2, 0, 53, 29, tzinfo=UTC)) in records
    rows = [{"cycle": "5.6", "releaseDate": "2014-08-28", "eol": True, "latest": "5.6.40", "support": True}]
    records, refused = parsed("endoflife", rows, "api/php.json")
    assert not refused
    assert records == [Cycle("php", "5.6", Support.ENDED, None, "5.6.40", date(2014, 8, 28))]


def test_products_that_no_host_has_are_passed_over(parsed):
    """Telephones, for one; a product of ours without an end is told."""
    assert parsed("endoflife", b"---\nreleases:\n---\n", "products/iphone.md") == ([], [])
    _, [refused] = parsed("endoflife", b"---\nreleases:\n- releaseCycle: '1'\n---\n", "products/php.md")
    assert refused.what == "php 1"


def test_secdb_is_one_advisory_a_flaw_over_all_branches(sample, parsed):
    """JSON and YAML alike."""
    records, refused = sample("alpine_secdb", "secdb/main.yaml", "secdb/edge-main.json")
    assert not refused
    advisories = {each.id: each for each in records}
    [line] = advisories["CVE-2022-37434"].affected
    assert (line.ecosystem, line.name, line.fixed) == ("Alpine:v3.15", "zlib", "1.2.12-r2")
    assert advisories["CVE-2021-30473"].affected[0].ecosystem == "Alpine:edge"


def test_secdb_tells_what_a_package_never_had(parsed):
    """A version of 0; further names in the same string belong to the same flaw; a flaw without a name is told."""
    secfixes = {"0": ["CVE-2020-0001"], "1.2-r0": ["XSA-201 CVE-2016-9815 CVE-2016-9816", "", "CVE-2020-0002 (+ fix)"]}
    package = {"pkg": {"name": "xen", "secfixes": secfixes}}
    records, [refused] = parsed("alpine_secdb", {"distroversion": "v3.20", "packages": [package]}, "main.json")
    assert [(each.id, each.cves, each.affected[0].state, each.affected[0].fixed) for each in records] == [
        ("CVE-2020-0001", ("CVE-2020-0001",), State.NOT_AFFECTED, ""),
        ("CVE-2016-9815", ("CVE-2016-9815", "CVE-2016-9816"), State.FIXED, "1.2-r0"),
        ("CVE-2020-0002", ("CVE-2020-0002",), State.FIXED, "1.2-r0"),
    ]
    assert refused.what == "Alpine:v3.20 xen 1.2-r0"
