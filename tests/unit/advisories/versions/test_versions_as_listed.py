"""Vectors of the schemes' own documents and tests, real versions, and what is no version."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.advisories.feeds.records import Scheme
from posture.advisories.versions.order import NotComparable, key

REAL = Path(__file__).resolve().parents[3] / "data" / "advisories" / "versions"

# Facts of apk-tools' own test (test/version.data), the lines that differ in kind.
APK = """
2.34 > 0.1.0_alpha; 0.1.0_alpha = 0.1.0_alpha; 0.1.0_alpha < 0.1.3_alpha; 0.1.0_alpha2 > 0.1.0_alpha; 1.0.4-r3 <
1.0.4-r4; 1.1 > 1.1_alpha1; 1.2.1 > 1.2; 1.3_alpha2 < 1.3_alpha3; 0.8_beta4 < 4.8-r1; 2.3.0b-r1 < 2.3.0b-r2; 0.12 <
0.13_beta1; 0.7-r1 < 1.0.0; 1.06-r6 < 006; 006 > 1.0.0; 1.2.2-r1 > 1.2.2; 3.1_p16 < 3.1_p17; 20050718-r1 <
20050718-r2; 1.39 > 1.00_beta2; 1.02 < 1.03-r1; 4.2.52_p2-r1 < 4.2.52_p4-r2; 1.02.07 < 1.02.10-r1; 1.0.5 < 8;
1.05-r18 < 1.05-r19; 2.20.3 < 2.31; 4 > 0.7.3-r2; 3.0.20060720 < 20060720; 2.5.1-r8 < 2.5.1a-r1; 1.3.5-r10 >
1.3.5-r8; 2.0.0_rc3-r1 > 1.5; 021109-r3 < 20060512; 3.9_pre20060124 > 0.01; 6b-r7 > 1.12-r7; 0.10.0 < 0.10.1_rc1;
0.15.1b-r2 > 0.15.1b; 02.08.01b < 4.77; 1.2.07.8 < 1.2.12.04; 1.2.12.04 < 1.2.12.05; 1.07-r1 < 1.07.5; 0.59s-r11 <
0.65; 110-r8 > 0.17-r2; 4.5_p1-r1 > 4.5_p1; 0.9.8c-r1 < 0.9.8d; 2.2.3-r2 < 013; 013 < 014-r1; 1.8.5 < 1.8.5_p2; 1.7
< 1.7b; 0.98 < 1.00; 2.9.11_pre20051101-r3 > 2.9.11_pre20051101; 1.6.8_p12-r1 > 1.6.8_p9-r2; 2.25b-r5 < 2.25b-r6;
0.9.28-r2 < 0.9.28.1; 087-r1 < 103; 104-r11 > 104-r9; 7.0.17 < 7.0.174; 1.3-r0 < 1.3.1-r0; 1.3_pre1-r1 < 1.3.2;
1.0_p10-r0 > 1.0_p9-r0; 0.1.0_alpha_pre2 < 0.1.0_alpha; 1.0.0_pre20191002222144-r0 < 1.0.0_pre20210530193627-r0
"""
ASCENDING = {
    # semver 2.0.0, section 11.4
    Scheme.SEMVER: "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 "
    "1.0.0 1.0.0.1",
    # PEP 440, "Summary of permitted suffixes and relative ordering"
    Scheme.PEP440: "1.dev0 1.0.dev456 1.0a1 1.0a2.dev456 1.0a12.dev456 1.0a12 1.0b1.dev456 1.0b2 1.0b2.post345.dev456 "
    "1.0b2.post345 1.0rc1.dev456 1.0rc1 1.0 1.0+abc.5 1.0+abc.7 1.0+5 1.0.post456.dev34 1.0.post456 1.0.15 "
    "1.1.dev1 1!0.1",
    # rpm's manual, version comparison: tilde, caret, epoch; a version alone comes before all its releases
    Scheme.RPM: "1.0~rc1 1.0~rc1-1 1.0 1.0-1 1.0-1.el9 1.0-1.el9_4 1.0^git1-1 1.0.1-1 1.0.1a-1 1.0.10-1 2147483647:0-1",
    Scheme.GEM: "1.0.a.2 1.0.b1 1.0.pre 1.0 1.0.1 1.9 1.10",
    Scheme.COMPOSER: "1.0-dev 1.0-alpha1 1.0-beta1 1.0-beta2 1.0-RC1 1.0 1.0-p1 1.0.1",
}
NONE = {
    Scheme.APK: "|1.0bc|23_foo|1.0-1|1.0_alpha-|a1|1..2|1.0-r|01.|1.0\n|1.0 ",
    Scheme.RPM: "a:1-1|1-|-1|2147483648:1-1|1 2-1|1\x00|\u0661-1",
    Scheme.PEP440: "|1.0-|x|1.0+|2013-01-01x|1.0..1",
    Scheme.SEMVER: "|x|1.0.0-|1.0.0-a..b|1.0.0+|1,0|1.0.0 beta",
    Scheme.GEM: "|x|1..2|1.|1_0|-1",
    Scheme.COMPOSER: "|dev-main|x|1.x-dev|1.0-foo|1,0",
}


def test_apk_orders_as_its_own_vectors_say():
    for line in APK.replace("\n", " ").split(";"):
        left, sign, right = line.split()
        one, other = key(Scheme.APK, left), key(Scheme.APK, right)
        assert {"<": one < other, "=": one == other, ">": one > other}[sign], line


@pytest.mark.parametrize("scheme", ASCENDING, ids=str)
def test_the_order_that_the_documents_give(scheme):
    versions = ASCENDING[scheme].split()
    assert [pair for pair in pairwise(versions) if not key(scheme, pair[0]) < key(scheme, pair[1])] == []


@pytest.mark.parametrize("scheme", NONE, ids=str)
def test_what_is_no_version_has_no_place_in_the_order(scheme):
    """Neither has one that is too long: a host's text must cost nothing."""
    for text in (*NONE[scheme].split("|"), "1" * 300, "1." * 100_000, "1\x1b[2J"):
        with pytest.raises(NotComparable) as caught:
            key(scheme, text)
        assert len(str(caught.value)) < 400


@pytest.mark.parametrize("name", ["apk", "rpm", "gem", "composer", "semver"])
def test_real_versions_are_understood(name):
    """All but those that publishers wrote against their own rules."""
    versions = (REAL / f"{name}.txt").read_text().split()
    understood = 0
    for version in versions:
        with suppress(NotComparable):
            understood += bool(key(Scheme(name), version))
    assert understood >= (len(versions) if name in {"apk", "rpm"} else 0.95 * len(versions))


@pytest.mark.parametrize("scheme", Scheme, ids=str)
@given(text=st.text(max_size=30))
def test_any_text_has_a_key_or_is_refused(scheme, text):
    with suppress(NotComparable):
        assert isinstance(key(scheme, text), bytes)
