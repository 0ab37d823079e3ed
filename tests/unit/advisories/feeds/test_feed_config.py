from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from posture.advisories.feeds.config import ConfigError, load_feeds


def written(tmp_path, text: str):
    file = tmp_path / "feeds.toml"
    file.write_text(text, encoding="utf-8")
    return file


def feed_of(file, name: str):
    return next(feed for feed in load_feeds(file).feeds if feed.name == name)


def test_what_comes_with_posture_is_fetched_over_https():
    """Every shipped address is https, as nothing else protects a feed that is not signed; apt verifies its archives."""
    known = load_feeds()
    addresses = [place for feed in known.feeds for place in feed.locations]
    others = [mirror for mirror in known.mirrors if mirror.distribution != "ubuntu"]
    addresses += [template for mirror in others for template in mirror.repositories.values()]
    assert {urlsplit(address).scheme for address in addresses} == {"https", "apt"}
    assert {"kev", "epss", "osv-debian", "debian-dsa", "endoflife"} <= {feed.name for feed in known.feeds}


def test_an_entry_of_a_known_name_changes_only_what_it_gives(tmp_path):
    """The rest stays as shipped; another name is added; one can be switched off."""
    own = '[feed.kev]\nlocation = "mine/kev.json"\n[feed.npm2]\nformat = "osv"\nlocation = "/srv/npm"\n'
    file = written(tmp_path, own + "[feed.epss]\nenabled = false\nmax_age = 3\n")
    kev = feed_of(file, "kev")
    assert kev.format == "kev"
    assert kev.locations == (str(tmp_path / "mine/kev.json"),)
    assert kev.max_silence == timedelta(days=30)
    assert feed_of(file, "npm2").locations == ("/srv/npm",)
    assert feed_of(file, "npm2").max_silence == timedelta(days=30), "a feed of one's own is not current for ever"
    assert not feed_of(file, "epss").enabled
    assert feed_of(file, "epss").max_age == timedelta(days=3)


def test_mirrors_by_distribution_and_release(tmp_path):
    """A mirror that names the release wins; the last one of the files does."""
    own = '[mirror.mine]\ndistribution = "alpine"\nsigned = false\nrepositories = {main = "https://a.example/{branch}/{arch}"}'
    known = load_feeds(written(tmp_path, own))
    assert known.mirror("almalinux", "8").name == "almalinux-8"
    assert known.mirror("almalinux", "9").name == "almalinux"
    mine = known.mirror("alpine", "3.20")
    assert not mine.signed
    assert mine.addresses(release="3.20", arch="x86_64", branch="v3.20") == {"main": "https://a.example/v3.20/x86_64"}
    assert known.mirror("gentoo", "1") is None
    assert [known.mirror("ubuntu", "24.04", each).name for each in ("amd64", "arm64")] == ["ubuntu", "ubuntu-ports"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[feed.kev", "no TOML"),
        ("[feed.npm]\nenabled = false", "no feed of this name comes with posture (see `posture feeds list`)"),
        ("[fed.kev]", "feed, mirror"),
        ("[feed.kev]\nenabled = 1", "line 2, [feed.kev] enabled: give true or false"),
        ("\n[feed.kev]\n\nmax_agee = 1", "line 4, [feed.kev] max_agee: means nothing here; known are ecosystems"),
        ("[feed.kev]\nmax_age = 0", "line 2, [feed.kev] max_age: give a whole number from 1"),
        ("[feed.kev]\nformat = 'kevv'", "give one of alpine-secdb"),
        ("[feed.x]\nformat = 'kev'", "[feed.x] locations: name where it comes from"),
        ("[feed.x]\nformat = 'kev'\nlocation = 'gopher://a'", "line 3, [feed.x] location: an address begins with"),
        ("[feed.kev]\nsha256 = '12'", "64 hexadecimal digits"),
        ("[feed.kev]\nsignature = 'kev.sig'", "name the keys"),
        ("[feed.kev]\nkeys = ['none.asc']", "line 2, [feed.kev] keys: there is no file"),
        ("[feed.'A b']\nformat = 'kev'", "lower-case letters"),
        ("[feed.kev]\nlocations = 'x'", "give a list of texts"),
        ("[feed]\nkev = 1", "entries are tables"),
        (
            "[mirror.x]\ndistribution = 'x'\nrepositories = {a = 'https://h/{arhc}'}",
            "line 3, [mirror.x] repositories: a: ",
        ),
        ("[mirror.x]\ndistribution = 'x'", "name at least one"),
        ("[mirror.x]\ndistribution = 'debian'\nrepositories = {main = 'https://h/'}", "name release, updates and"),
        ("[mirror.ubuntu]\nsigned = false", "line 2, [mirror.ubuntu] signed: apt takes no archive without"),
        ("[feed.kev]\nlocation = 'apt:bookworm'", "an address begins with"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_fix(tmp_path, text: str, said: str):
    """The message names file, line and key, and what to write instead."""
    with pytest.raises(ConfigError) as caught:
        load_feeds(written(tmp_path, text))
    assert said in str(caught.value)
    assert "feeds.toml" in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    """A wrong path is no reason to go on with the defaults."""
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_feeds(tmp_path / "none.toml")


@pytest.mark.parametrize("password", ["se/cret", "se?cret", "se#cret"])
@pytest.mark.parametrize(
    "text",
    [
        '[feed.kev]\nlocation = "ADDRESS"\n',
        '[feed.debian-dsa]\nlocation = "https://a.example/"\nsignature = "ADDRESS"\n',
        '[mirror.own]\ndistribution = "rocky"\nrepositories = {BaseOS = "ADDRESS"}\n',
    ],
)
def test_a_password_that_is_not_encoded_is_refused_and_not_repeated(text, password, tmp_path):
    """It would be read as a path, and shown as one."""
    with pytest.raises(ConfigError, match="%2F") as told:
        load_feeds(written(tmp_path, text.replace("ADDRESS", f"https://bot:{password}@mirror.example/x")))
    assert "cret" not in str(told.value)
