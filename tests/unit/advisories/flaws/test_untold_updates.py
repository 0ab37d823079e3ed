"""Some indexes do not say which update is one of security: without advisories nobody knows."""

from dataclasses import replace
from datetime import UTC, datetime

from checks.packages.security_updates import security_updates
from posture.advisories.flaws.book import AdvisoryBook
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, Package, PendingUpdate, PendingUpdates
from posture.model.verdict import Outcome

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALPINE = OsRelease("alpine", "3.20.3", "", "Alpine Linux v3.20")
BUSYBOX = Package("busybox", "x86_64", "1.36.1-r29", "busybox", "1.36.1-r29")
INSTALLED = InstalledPackages("apk", (BUSYBOX,), (), NOW)
UPDATE = PendingUpdate(
    "busybox", "x86_64", "busybox", "1.36.1-r29", "1.36.1-r30", "main", security=False, held=False
)  # fmt: skip


def pending(*updates):
    return PendingUpdates(
        updates, 1, (), (), "alpine v3.20: main community", NOW, NOW, "", NOW, manager="apk", untold=("main",)
    )


def judged(folder, found):
    named = AdvisoryBook(folder).named(ALPINE, INSTALLED, found, NOW)
    (verdict,) = security_updates.judge(named)
    return verdict


def test_a_waiting_update_of_unknown_kind_is_never_a_pass(tmp_path):
    verdict = judged(tmp_path, pending(UPDATE))
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "1 update is waiting" in verdict.summary
    assert "no advisories of Alpine" in verdict.summary


def test_a_system_without_any_waiting_update_passes_without_advisories(tmp_path):
    assert judged(tmp_path, pending()).outcome is Outcome.PASS


def test_where_the_index_tells_advisories_are_not_needed(tmp_path):
    verdict = judged(tmp_path, replace(pending(UPDATE), untold=("community",)))
    assert verdict.outcome is Outcome.PASS
