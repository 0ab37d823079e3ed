"""A feed of many releases is watched a release at a time."""

from dataclasses import replace

import pytest
from feed_file import NOW

from posture.advisories.errors import Refused
from posture.advisories.feeds.build import _check_against_last
from posture.advisories.feeds.config import Feed
from posture.advisories.feeds.file import FeedHead


def test_one_release_does_not_vanish_behind_the_others() -> None:
    """A feed of many releases that has lost one is refused, however many rows the others have won."""
    last = FeedHead("osv", NOW, NOW, {"Debian:12": 500, "Debian:13": 500}, 0, 0, "", "", "")
    new = replace(last, rows={"Debian:13": 5000})
    with pytest.raises(Refused, match="0 rows of Debian:12"):
        _check_against_last(Feed(name="osv", format="osv", locations=("x",)), new, last, force=False)
