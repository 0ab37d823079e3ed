"""The order of versions is dpkg's own."""

import shutil
import subprocess
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from posture.advisories.versions.dpkg import NotComparable, dpkg_key

# Ascending, each truly below the next: deb-version(7) and versions found in the archive.
ASCENDING = (
    "0~~",
    "0~~a",
    "0~",
    "0",
    "0-.5.1",
    "0.0.1~rc1-1",
    "0.0.1-1",
    "0.1",
    "1.0~beta1~svn1245-1",
    "1.0~beta1-1",
    "1.0-1~bpo12+1",
    "1.0-1",
    "1.0-1+b1",
    "1.0-1+b2",
    "1.0-1+deb12u1",
    "1.0-1+deb12u10",
    "1.0-1.1",
    "1.0-2",
    "1.0-10",
    "1.0a",
    "1.0b",
    "1.0+dfsg-1",
    "1.0.1-1",
    "1.09",
    "1.10",
    "1.10.0.0-0ubuntu0.1",
    "1:0.1-1",
    "1:1.2.13.dfsg-1",
    "2:0~git20221201",
    "10:0",
)
EQUAL = (("1.0", "0:1.0"), ("1.0", "1.0-0"), ("1.01", "1.1"), ("0", "00"), ("1.", "1.0"), ("0-00", "0"), ("a", "a0"))
BAD = (
    *("", " ", "1.0 ", "-1", "1-", "1:", ":1", "a:1", "1_0", "1.0-1_2", "1,0", "1\n", "\u0661.\u0660"),
    *("2147483648:1", "9" * 5000 + ":1"),
)

numbers = st.integers(0, 30).map(str) | st.sampled_from(["0", "00", "010", "18446744073709551616", "9" * 300])
runs = st.text("az.+~AZ", max_size=3)
parts = st.lists(st.tuples(runs, numbers), min_size=1, max_size=4).map(lambda pairs: "".join(map("".join, pairs)))
upstreams = st.one_of(parts, st.tuples(parts, parts).map("-".join))
versions = st.builds(
    lambda epoch, upstream, revision: epoch + upstream + revision,
    st.sampled_from(["", "0:", "1:", "10:", "2147483647:"]),
    upstreams,
    parts.map("-".__add__) | st.just(""),
)
suffixes = st.sampled_from(["~", ".0", "0", "+b1", "-0", "~1"])
neighbours = st.tuples(versions, suffixes).map(lambda pair: (pair[0], "".join(pair)))


def dpkg_says(left: str, relation: str, right: str) -> bool:
    done = subprocess.run(["dpkg", "--compare-versions", left, relation, right], check=False, stderr=subprocess.DEVNULL)
    return done.returncode == 0


needs_dpkg = pytest.mark.skipif(not shutil.which("dpkg"), reason="needs dpkg to ask for the order")


@needs_dpkg
@settings(max_examples=150)
@given(st.tuples(versions, versions) | neighbours)
@example(("0-.5", "0.1"))
@example(("1.0-~", "1.0"))
def test_keys_order_as_dpkg_orders(pair):
    """For any two versions the keys compare as dpkg --compare-versions compares the versions."""
    left, right = pair
    relation = "lt" if dpkg_key(left) < dpkg_key(right) else "eq" if dpkg_key(left) == dpkg_key(right) else "gt"
    assert dpkg_says(left, relation, right)


@needs_dpkg
def test_the_list_below_is_dpkgs_order_too():
    """The vectors of this file are not only our own opinion."""
    assert [pair for pair in pairwise(ASCENDING) if not dpkg_says(pair[0], "lt", pair[1])] == []
    assert [pair for pair in EQUAL if not dpkg_says(pair[0], "eq", pair[1])] == []


def test_known_versions_ascend():
    """Tilde, epoch, binary rebuilds, backports and security suffixes sort as the manual page says."""
    keys = [dpkg_key(version) for version in ASCENDING]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_versions_written_differently_are_equal(left, right):
    assert dpkg_key(left) == dpkg_key(right)


@pytest.mark.parametrize("version", BAD)
def test_what_is_no_version_is_refused(version):
    """It raises, so that nobody mistakes a version that was not understood for an old or a new one."""
    with pytest.raises(NotComparable):
        dpkg_key(version)


@given(st.text(max_size=20))
def test_any_text_gives_a_key_or_is_refused(text):
    """Hosts choose these strings."""
    with suppress(NotComparable):
        assert isinstance(dpkg_key(text), bytes)


def test_very_long_numbers_keep_their_order():
    """The length prefix does not overflow."""
    assert dpkg_key("9" * 254) < dpkg_key("1" + "0" * 254) < dpkg_key("1" + "0" * 70_000)
