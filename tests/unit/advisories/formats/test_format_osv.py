"""OSV records as advisories: names, ranges, streams, channels, CVEs, severities."""

from datetime import UTC, datetime

import pytest

from posture.advisories.feeds.formats.rpm_modules import streams
from posture.advisories.feeds.records import Affected, Scheme, State
from posture.model.severity import Severity


def _one(found):
    records, refused = found
    assert not refused
    [advisory] = records
    return advisory


def test_an_advisory_of_almalinux_names_built_packages_and_their_fix(sample):
    """The CVEs stand in "related", the severity in the title."""
    advisory = _one(sample("osv", "osv/ALSA-2021_2363.json"))
    assert advisory.affected == (
        Affected("AlmaLinux:8", "gupnp", Scheme.RPM, State.FIXED, "1.0.6-2.el8_4", binary=True),
        Affected("AlmaLinux:8", "gupnp-devel", Scheme.RPM, State.FIXED, "1.0.6-2.el8_4", binary=True),
    )
    assert (advisory.id, advisory.cves, advisory.severity) == ("ALSA-2021:2363", ("CVE-2021-33516",), Severity.HIGH)
    assert advisory.published == datetime(2021, 6, 9, 12, 54, 8, tzinfo=UTC)
    assert advisory.url == "https://errata.almalinux.org/8/ALSA-2021-2363.html"


@pytest.mark.parametrize(
    ("file", "modules"),
    [
        ("ALSA-2026_6923", {"nginx:1.24"}),
        ("RLSA-2024_3671", {"ruby:3.3"}),
        ("ALSA-2020_1644", {"pki-core:10.6", "pki-deps:10.6"}),
        ("ALSA-2023_5989", {"?"}),
        ("ALSA-2021_2363", {""}),
    ],
)
def test_the_title_tells_the_stream_of_a_modular_package(sample, file, modules):
    """A line for each stream it names, an unknown one where it names none, none for what no module built."""
    advisory = _one(sample("osv", f"osv/{file}.json"))
    assert {line.module for line in advisory.affected} == modules


def test_rocky_lists_sources_and_an_epoch_of_zero_is_left_out(sample):
    """As rpm itself says versions."""
    advisory = _one(sample("osv", "osv/RLSA-2024_3671.json"))
    assert not any(line.binary for line in advisory.affected)
    assert not any(line.fixed.startswith("0:") for line in advisory.affected)
    assert "CVE-2024-27280" in advisory.cves


def test_a_notice_about_ordinary_faults_is_no_advisory(sample):
    """AlmaLinux publishes bug fixes beside its security advisories."""
    assert sample("osv", "osv/ALBA-2020_5502.json") == ([], [])


def test_ubuntu_pro_is_a_channel_and_its_priority_the_severity(sample):
    """A fix that only subscribers get is not told as one for all."""
    advisory = _one(sample("osv", "osv/UBUNTU-CVE-2014-9913.json"))
    assert [(line.ecosystem, line.fixed, line.channel) for line in advisory.affected] == [
        ("Ubuntu:Pro:14.04:LTS", "6.0-9ubuntu1.6", "Ubuntu Pro"),
        ("Ubuntu:16.04:LTS", "6.0-20ubuntu1.1", ""),
    ]
    assert (advisory.cves, advisory.severity, advisory.score) == (("CVE-2014-9913",), Severity.INFO, 4.0)


def test_a_withdrawn_record_says_so(sample):
    """Whoever keeps the index takes it out."""
    assert _one(sample("osv", "osv/UBUNTU-CVE-2014-2901.json")).withdrawn


def test_a_notice_of_ubuntu_is_rated_by_its_cves(sample):
    """The notice itself has no severity."""
    advisory = _one(sample("osv", "osv/USN-5614-1.json"))
    assert (advisory.cves, advisory.severity) == (("CVE-2021-3782",), Severity.MEDIUM)
    assert {line.scheme for line in advisory.affected} == {Scheme.DPKG}


def test_several_ranges_of_bitnami_stay_several(sample):
    """Each line of upstream's releases has a range of its own; an end may be the last affected version."""
    advisory = _one(sample("osv", "osv/BIT-node-2025-23087.json"))
    assert all(line.last and not line.fixed and line.state is State.FIXED for line in advisory.affected)
    assert len(advisory.affected) > 2


def test_cvss_4_is_scored(sample):
    """Where a record gives nothing older."""
    advisory = _one(sample("osv", "osv/BIT-apisix-2026-39998.json"))
    assert advisory.score is not None
    assert advisory.severity is not None


@pytest.mark.parametrize(("file", "ecosystem"), [("DLA-0001-1", "Debian:6.0"), ("CVE-2023-46850", "Alpine:v3.18")])
def test_records_from_before_upstream_keep_their_cves(sample, file, ecosystem):
    """In "related", or as the id itself."""
    advisory = _one(sample("osv", f"osv/{file}.json"))
    assert advisory.cves in {("CVE-2014-3466",), ("CVE-2023-46850",)}
    assert {line.ecosystem for line in advisory.affected} == {ecosystem}


def test_what_is_not_judged_or_not_asked_for_yields_nothing(sample):
    """Neither Go, nor an ecosystem that is not among those to keep; and that is no refusal."""
    assert sample("osv", "osv/GO-2024-3228.json") == ([], [])
    assert sample("osv", "osv/ALSA-2021_2363.json", ecosystems=("Debian",)) == ([], [])
    assert len(sample("osv", "osv/ALSA-2021_2363.json", ecosystems=("AlmaLinux",))[0]) == 1


@pytest.mark.parametrize(
    ("events", "ranges"),
    [
        ([{"introduced": "0"}], [("", "", "", State.UNFIXED)]),
        ([{"introduced": "0"}, {"fixed": "0"}], [("", "", "", State.NOT_AFFECTED)]),
        ([{"introduced": "1.0.0"}, {"last_affected": "1.4.0"}], [("1.0.0", "", "1.4.0", State.FIXED)]),
        ([{"introduced": "1.0.0"}, {"limit": "2.0.0"}], [("1.0.0", "2.0.0", "", State.FIXED)]),
        ([{"introduced": "1.0.0"}, {"limit": "*"}], [("1.0.0", "", "", State.UNFIXED)]),
        (
            [{"fixed": "2.0.1"}, {"introduced": "0"}, {"fixed": "1.10.0"}, {"introduced": "2.0.0"}],
            [("", "1.10.0", "", State.FIXED), ("2.0.0", "2.0.1", "", State.FIXED)],
        ),
    ],
)
def test_events_become_intervals_in_any_order(osv, events, ranges):
    """As the schema's algorithm sorts them."""
    advisory = _one(osv(ranges=events))
    assert [(line.introduced, line.fixed, line.last, line.state) for line in advisory.affected] == ranges


def test_listed_versions_count_beside_the_ranges(osv):
    """As the schema says; a distribution's list only repeats its range."""
    found = osv("PyPI", "a", [{"introduced": "1.0"}, {"fixed": "2.0"}], versions=["0.9", "1.0", "1.5.0", "2.0", "odd"])
    assert [(line.introduced, line.fixed, line.last) for line in _one(found).affected] == [
        ("1.0", "2.0", ""),
        ("0.9", "", "0.9"),
        ("2.0", "", "2.0"),
    ]
    found = osv("Debian:12", "a", [{"introduced": "0"}, {"fixed": "2.0"}], versions=["3.0"])
    assert [line.fixed for line in _one(found).affected] == ["2.0"]


def test_a_range_that_ends_before_it_begins_is_told(osv):
    """Bitnami has a few; the other ranges of the record stay."""
    events = [{"introduced": "8.0.0"}, {"fixed": "8.19.15"}, {"introduced": "9.4.0"}, {"fixed": "9.3.4"}]
    [advisory], [refused] = osv(ranges=events)
    assert advisory.affected[0].fixed == "8.19.15"
    assert refused.why == "a range begins with 9.4.0 and ends with 9.3.4"


def test_a_malicious_package_with_a_list_of_versions_is_kept(osv):
    """Each version is a range of its own; it is as bad as can be, which the record does not say."""
    advisory = _one(osv(identity="MAL-2024-1", versions=["1.0.0", "1.0.1"]))
    assert [(line.introduced, line.last) for line in advisory.affected] == [("1.0.0", "1.0.0"), ("1.0.1", "1.0.1")]
    assert advisory.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("ecosystem", "package", "name", "scheme"),
    [
        ("PyPI", "Zope.Interface_x", "zope-interface-x", Scheme.PEP440),
        ("Packagist:https://example.test/8", "Drupal/Core", "drupal/core", Scheme.COMPOSER),
        ("RubyGems", "Ascii85", "Ascii85", Scheme.GEM),
        ("npm", "@scope/name", "@scope/name", Scheme.SEMVER),
    ],
)
def test_names_take_the_form_that_their_ecosystem_compares(osv, ecosystem, package, name, scheme):
    """PyPI and Composer fold them, npm and RubyGems do not."""
    [line] = _one(osv(ecosystem, package, [{"introduced": "0"}, {"fixed": "1.0"}])).affected
    assert (line.ecosystem, line.name, line.scheme) == (ecosystem.partition(":")[0], name, scheme)


@pytest.mark.parametrize(
    ("ecosystem", "identity", "specific", "channel"),
    [
        ("Debian:9", "ELA-1-1", {}, "ELTS"),
        ("Debian:12", "DSA-1-1", {}, ""),
        (
            "Ubuntu:22.04:LTS",
            "USN-1-1",
            {"availability": "Available with Ubuntu Pro: ..."},
            "Ubuntu Pro",
        ),
        ("Ubuntu:Pro:FIPS-updates:20.04:LTS", "USN-1-1", {}, "Ubuntu Pro FIPS-updates"),
        ("Red Hat:rhel_eus:9.2::baseos", "RHSA-2024:1", {}, "EUS"),
    ],
)
def test_a_fix_of_a_paid_programme_names_it(osv, ecosystem, identity, specific, channel):
    """So that nobody is told to install what they cannot get."""
    found = osv(ecosystem, "p", [{"introduced": "0"}, {"fixed": "1-1"}], identity=identity, specific=specific)
    assert _one(found).affected[0].channel == channel


def test_the_flaw_itself_is_told_from_a_related_one(osv):
    """A language's record names another flaw in "related"."""
    fields = {"aliases": ["CVE-2024-0001"], "upstream": ["UBUNTU-CVE-2024-0002"], "related": ["CVE-2024-0003"]}
    assert _one(osv(ranges=[{"introduced": "0"}], **fields)).cves == ("CVE-2024-0001", "CVE-2024-0002")
    assert _one(osv(ranges=[{"introduced": "0"}], related=["CVE-2024-0003"])).cves == ()


@pytest.mark.parametrize(
    ("fields", "severity", "score"),
    [
        ({"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]}, "CRITICAL", 9.8),
        ({"severity": [{"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:P/I:P/A:P"}]}, "HIGH", 7.5),
        ({"database_specific": {"severity": "MODERATE"}}, "MEDIUM", None),
        ({"database_specific": {"severity": "untriaged"}}, None, None),
        ({}, None, None),
    ],
)
def test_the_publishers_word_goes_before_the_score_and_nothing_is_guessed(osv, fields, severity, score):
    """Scores by CVSS; a word that says nothing is none."""
    advisory = _one(osv(ranges=[{"introduced": "0"}], **fields))
    assert (advisory.severity and advisory.severity.name, advisory.score) == (severity, score)


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("Important: nodejs:22 security update", ("nodejs:22",)),
        ("389-ds:1.4 security update", ("389-ds:1.4",)),
        ("Security fix of 12:30 (CVE:2020)", ("?",)),
    ],
)
def test_a_title_names_streams_and_nothing_that_looks_like_one(title: str, named: tuple[str, ...]) -> None:
    """A time of day or a CVE taken for a stream would match no package, in silence."""
    assert streams(title) == named
