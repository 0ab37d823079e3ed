"""A customer whose host lies about its system: what it says reaches nobody else's report, and orders nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import fleet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posture.advisories.advisor import LocalAdvisor
from posture.advisories.flaws.book import AdvisoryBook
from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.fresh import FreshIndexes
from posture.engine.unit import LEASE, Job, run_unit
from posture.execute.local import run_local
from posture.facts.factset import Facts
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, Package
from posture.model.customer import Customer
from posture.model.resource import Resource
from posture.model.run import Run
from posture.policy.load import default_policy
from posture.report.compose import compose
from posture.report.json_ import document
from posture.store import Store, open_store

MARK = "evilword"
TABLE = "release life cycles: distro-info-data"
VICTIM = ("debian", "bookworm", "amd64")


@dataclass(frozen=True)
class Systems:
    """Collects what the hosts of each customer say: distribution, codename, architectures. Fetches as an audit does."""

    prepare: Callable[[OsRelease, InstalledPackages, datetime], None]
    said: dict[str, tuple[str, ...]]

    def __call__(self, customer: Customer, resource: Resource, run: str, deadline: datetime, earlier: Facts) -> Facts:
        distribution, codename, *architectures = self.said[customer.id]
        release = OsRelease(distribution, "", codename, codename, observed=fleet.NOON)
        packages = InstalledPackages(
            "dpkg", tuple(Package(f"p-{a}", a, "1", "p", "1") for a in architectures), (), fleet.NOON
        )
        self.prepare(release, packages, deadline)
        return {**fleet.facts_of(resource), OsRelease: release, InstalledPackages: packages}


def job(store: Store, cache: Path, said: dict[str, tuple[str, ...]]) -> Job:
    """As one process of the auditor's puts it together; no archive is configured, so that nothing is contacted."""
    (nothing := cache / "no.list").parent.mkdir(exist_ok=True)
    nothing.touch()
    indexes = IndexAdvisor(cache, nothing)
    systems = Systems(FreshIndexes(indexes, lambda: fleet.NOON).prepare, said)
    plan = fleet.planned(fleet.customers(2, 2))
    return Job(
        plan, default_policy(), store, systems, LocalAdvisor(indexes, AdvisoryBook(cache / "feeds")), lambda: fleet.NOON
    )


def begin(store: Store, work: Job, run: str) -> None:
    plan = work.plan
    store.start_run(
        Run(run, fleet.NOON, "test", "test"), run, [(plan.customer[c], r) for c, r in plan.work], fleet.NOON
    )


def said_to(store: Store, customer: str, run: str) -> tuple[list[str], str]:
    """The names of the sources but the feeds, and all that the customer's report is made of."""
    view = store.customer_view(customer, default_policy(), run)
    assert view is not None
    names = [source.name for source in view.run.sources if not source.name.startswith("feed: ")]
    return names, repr(view) + repr(document(compose(view, {})))


hostile = st.tuples(
    st.sampled_from([MARK, "debian", "ubuntu"]),
    st.sampled_from([MARK, f"../{MARK}", "noble", "trixie"]),
    st.sampled_from([MARK, "riscv64"]),
    st.sampled_from([MARK, f"{MARK}\n{MARK}", "s390x"]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(system=hostile, number=st.integers(0, 10**9))
def test_what_one_customers_host_says_of_its_system_is_in_nobody_elses_report(
    tmp_path_factory: pytest.TempPathFactory, system: tuple[str, ...], number: int
) -> None:
    """Neither made-up names nor true ones: those would tell which systems other customers run."""
    folder = tmp_path_factory.mktemp("hostile")
    with open_store(f"sqlite:///{folder}/one.db") as store:
        work = job(store, folder / "cache", {"c0": system, "c1": VICTIM})
        begin(store, work, "run-1")
        run_local(work, store, "run-1", fleet.Silent(), 2)
        sources, report = said_to(store, "c1", "run-1")
        assert sources == [f"package index: {' '.join(VICTIM)}", TABLE]
        for word in (MARK, "noble", "trixie", "riscv64", "s390x", "ubuntu"):
            assert word not in report
        own, _ = said_to(store, "c0", "run-1")
        assert MARK not in " ".join(own)
        assert not [path.name for path in (folder / "cache").iterdir() if MARK in path.name]


def test_a_run_that_another_process_goes_on_with_lists_the_same_sources(tmp_path: Path) -> None:
    """Of every host, whichever process looked at it, and nothing of what that process's cache holds besides."""
    said = {"c0": ("ubuntu", "noble", "arm64"), "c1": VICTIM}
    with open_store(f"sqlite:///{tmp_path}/one.db") as store:
        alone, first, second = (job(store, tmp_path / name, said) for name in ("alone", "first", "second"))
        begin(store, alone, "run-1")
        run_local(alone, store, "run-1", fleet.Silent(), 1)
        begin(store, first, "run-2")
        for _ in range(2):
            unit = store.claim("run-2", "worker", LEASE, fleet.NOON)
            assert unit is not None
            assert run_unit(first, unit)
        (tmp_path / "second/debian-sid-i386.failed.json").write_text("{}")
        run_local(second, store, "run-2", fleet.Silent(), 1)
        for customer, system in said.items():
            names, _ = said_to(store, customer, "run-1")
            assert names == [f"package index: {' '.join(system)}", TABLE]
            assert said_to(store, customer, "run-2")[0] == names


def test_the_text_of_a_defect_is_logged_and_in_no_report(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It may name the auditor's own paths; a hostile host may have put terminal escapes into it."""

    def broken(*_: object) -> Facts:
        raise OSError("/var/lib/auditor/\x1b[2Jsecret-place is full")

    with open_store(f"sqlite:///{tmp_path}/one.db") as store, caplog.at_level(logging.ERROR):
        work = replace(job(store, tmp_path / "cache", {}), collect=broken)
        begin(store, work, "run-1")
        run_local(work, store, "run-1", fleet.Silent(), 1)
        _, report = said_to(store, "c0", "run-1")
    assert "OSError" in report
    assert "a defect of this program" in report
    assert "/var/lib" not in report
    assert "secret-place" not in report
    assert "/var/lib/auditor/" in caplog.text
    assert "c0/c0-h0" in caplog.text
    assert "in broken" in caplog.text
    assert "\x1b" not in caplog.text
