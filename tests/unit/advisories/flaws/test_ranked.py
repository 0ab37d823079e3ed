"""Any CVE of an advisory ranks it, a paid fix is no update, and a refused feed acquits nobody."""

from datetime import date

from feed_file import NOW
from flawed_host import ALMA, DEBIAN, advisory, fixed_in, installed, offered, package, update

from posture.advisories.errors import Refused
from posture.advisories.failure_note import write_failure
from posture.advisories.feeds.file import FeedPlace
from posture.advisories.feeds.records import Exploited, Probability
from posture.facts.flaws import Flaw
from posture.model.severity import Severity

BOTH = ("CVE-2026-1000", "CVE-2026-2000")
KEV = [Exploited(BOTH[1], date(2026, 1, 2), date(2026, 1, 23))]
OLD = package("openssl", "1")


def flaws(known, old=OLD):
    return known.named(DEBIAN, installed(old), offered(update(old, "2")), NOW).updates[0].flaws


def test_any_cve_of_an_advisory_ranks_it(book) -> None:
    """Exploited where one of them is; the first day counts, and the highest probability."""
    kev = [Exploited(BOTH[0], date(2026, 3, 2), date(2026, 3, 23)), *KEV]
    known = book(
        lists=[advisory("A", fixed_in("2"), cves=BOTH)],
        kev=kev,
        epss=[Probability(BOTH[0], 0.1), Probability(BOTH[1], 0.9)],
    )
    (flaw,) = flaws(known)
    assert (flaw.exploited, flaw.due, flaw.probability) == (date(2026, 1, 2), date(2026, 1, 23), 0.9)


def test_a_later_cve_alone_makes_an_advisory_exploited(book) -> None:
    """Not only the first CVE of an advisory is looked up in the catalogue."""
    (flaw,) = flaws(book(lists=[advisory("A", fixed_in("2"), cves=BOTH)], kev=KEV))
    assert flaw.exploited == date(2026, 1, 2)


def test_the_indexs_own_notices_are_ranked(book) -> None:
    """A notice of the repository is as exploited and as probable as its CVEs, whatever the feeds know of it."""
    one = package("openssl", "1")
    own = update(one, "2", flaws=(Flaw("ALSA-1", BOTH),), security=True)
    known = book(lists=[advisory("A", fixed_in("2", "x", "AlmaLinux:8"))], kev=KEV, epss=[Probability(BOTH[0], 0.4)])
    (flaw,) = known.named(ALMA, installed(one, manager="rpm"), offered(own, manager="rpm"), NOW).updates[0].flaws
    assert (flaw.exploited, flaw.due, flaw.probability) == (date(2026, 1, 2), date(2026, 1, 23), 0.4)


def test_of_two_words_for_one_flaw_the_worse_counts(book) -> None:
    """The bulletin takes over what the record of its CVE says worse."""
    known = book(
        lists=[advisory("DSA-1-1", fixed_in("2"), cves=BOTH, severity=Severity.LOW, score=3.0)],
        osv=[advisory("DEBIAN-CVE", fixed_in("2"), cves=BOTH[:1], severity=Severity.CRITICAL, score=9.8)],
    )
    (flaw,) = flaws(known)
    assert (flaw.id, flaw.severity, flaw.score) == ("DSA-1-1", Severity.CRITICAL, 9.8)


def test_by_advisories_alone_a_paid_fix_is_no_update(book) -> None:
    """It is a flaw that nothing on offer mends, and names who is paid."""
    known = book(lists=[advisory("ELA-1-1", fixed_in("2", channel="ELTS"))]).pending(DEBIAN, installed(OLD), NOW)
    assert known.updates == ()
    assert known.unfixed[0].flaws[0].paid == "ELTS"


def test_a_paid_fix_does_not_make_the_mirror_late(book) -> None:
    """The public index never has it."""
    known = book(lists=[advisory("ELA-1-1", fixed_in("2", channel="ELTS"))])
    answer = known.named(DEBIAN, installed(OLD), offered(signed=NOW.replace(day=1)), NOW)
    assert answer.stale == ""
    assert "mirror may be behind" not in answer.named


def test_a_feed_whose_newer_state_was_refused_acquits_nothing(book, tmp_path) -> None:
    """Something is wrong with the feed or the way to it: the last good state is stale at once."""
    known = book(lists=[advisory("A", fixed_in("2"))])
    write_failure(FeedPlace(tmp_path / "feeds", "lists"), Refused("it has shrunk"), NOW)
    answer = known.named(DEBIAN, installed(package("openssl", "2")), offered(untold=("main",)), NOW)
    assert "was refused (it has shrunk)" in answer.named
    assert {s.name: s.state.value for s in known.sources(NOW)} == {"feed: lists": "stale"}
