from posture.advisories.feeds.config import Feed
from posture.advisories.flaws.heads import NEXT_STEP, step_for

DEBIAN = Feed("osv-debian", "osv", ("x",), frozenset({"Debian"}))
LIST = Feed("dsa", "debian-list", ("x",))


def test_an_update_is_the_step_only_where_a_feed_would_bring_it() -> None:
    """Whoever fetches for ever what is not configured gives up."""
    assert step_for(("Debian:12",), (DEBIAN,)) == NEXT_STEP
    assert step_for(("Debian:12",), (LIST,)) == NEXT_STEP
    assert step_for(("PyPI",), (DEBIAN, LIST)) == "no feed of PyPI is configured, see docs/feeds.md"
    assert step_for(("PyPI",), (Feed("all", "osv", ("x",)),)) == NEXT_STEP
