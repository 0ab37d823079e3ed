from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from posture.store import schema
from posture.store.database import EVERYONE


def counted(store, table, *where):
    with store.database.reading(EVERYONE) as connection:
        return connection.execute(select(func.count()).select_from(table).where(*where)).scalar()


@pytest.fixture
def three(store, make):
    """A run of one customer with three resources."""
    run = make.run()
    store.start_run(run, "plan", [(make.customer("bakery", ["a", "b", "c"]), ["a", "b", "c"])], make.now)
    return run


def test_each_unit_is_claimed_once(store, make, three):
    """While leases hold, nobody gets what somebody has, and the finish comes last."""
    units = [store.claim(three.id, "w", make.lease, make.now) for _ in range(4)]
    assert {u.resource for u in units[:3]} == {"a", "b", "c"}
    assert units[3] is None
    assert [(u.attempt, u.fence) for u in units[:3]] == [(1, 1)] * 3


def test_a_higher_priority_goes_first(store, make):
    """Within a run units go in an order of their own; all resources go before the first finish."""
    run = make.run()
    work = [(make.customer(name, ["x", "y"]), ["x", "y"]) for name in ("bakery", "cafe", "dairy")]
    store.start_run(run, "plan", work, make.now, priority=5)
    seen = []
    while unit := store.claim(run.id, "w", make.lease, make.now):
        seen.append((unit.customer, unit.resource))
        make.close(store, unit)
    assert len(seen) == 9
    assert all(resource for _, resource in seen[:6])
    assert sorted(seen[6:]) == [("bakery", ""), ("cafe", ""), ("dairy", "")]


def test_units_of_higher_priority_are_claimed_first(store, make):
    """A customer that cannot wait is looked at before the others."""
    run = make.run()
    store.start_run(run, "plan", [(make.customer("bakery", list("abcdef")), list("abcdef"))], make.now)
    with store.database.writing(EVERYONE) as connection:
        connection.execute(schema.scan_unit.update().where(schema.scan_unit.c.resource == "d").values(priority=100))
    assert store.claim(run.id, "w", make.lease, make.now).resource == "d"


def test_a_lapsed_lease_frees_the_unit_and_counts_the_attempt(store, make, three):
    """Each claim grows attempt and fence, so that a unit that kills its workers can be given up."""
    now = make.now
    first = {u.id: u for u in (store.claim(three.id, "w", make.lease, now) for _ in range(3))}
    assert store.claim(three.id, "v", make.lease, now + make.lease - timedelta(seconds=1)) is None
    for attempt in (2, 3, 4):
        now += make.lease
        again = [store.claim(three.id, "v", make.lease, now) for _ in range(3)]
        assert {u.id for u in again} == set(first)
        assert {(u.attempt, u.fence) for u in again} == {(attempt, attempt)}


def test_a_commit_after_the_unit_was_taken_over_writes_nothing(store, make, three):
    """The fence throws away what a worker that was too slow brings home."""
    slow = store.claim(three.id, "slow", make.lease, make.now)
    later = make.now + make.lease
    for _ in range(3):
        new = store.claim(three.id, "new", make.lease, later)
        if new.id == slow.id:
            break
    assert make.close(store, slow, "80/tcp") is False
    assert counted(store, schema.fact_set) == counted(store, schema.outcome) == counted(store, schema.finding) == 0
    assert make.close(store, new, "80/tcp") is True


def test_a_slow_worker_may_commit_while_nobody_has_taken_over(store, make, three):
    """A lease that ran out costs nothing unless somebody else claimed the unit."""
    unit = store.claim(three.id, "slow", make.lease, make.now)
    assert make.close(store, unit, now=make.now + 2 * make.lease) is True


def test_the_second_commit_of_the_same_unit_writes_nothing(store, make, three):
    """A message delivered twice changes nothing."""
    unit = store.claim(three.id, "w", make.lease, make.now)
    assert make.close(store, unit, "80/tcp") is True
    before = store.digest(three.id)
    assert store.commit(unit, make.result(text="other"), make.sees(unit, "81/tcp"), make.now) is False
    assert store.digest(three.id) == before


def test_a_unit_with_mixed_up_parts_is_refused(store, make, three):
    """A unit id of one customer with another's name closes nothing."""
    unit = store.claim(three.id, "w", make.lease, make.now)
    for wrong in (replace(unit, customer="cafe"), replace(unit, resource="zzz"), replace(unit, run="r0")):
        assert store.commit(wrong, make.result(), make.nothing, make.now) is False
    with pytest.raises(ValueError, match="closed by commit"):
        store.finish(unit, make.nothing, make.now)
    with pytest.raises(ValueError, match="closed by finish"):
        store.commit(replace(unit, resource=""), make.result(), make.nothing, make.now)


def test_an_advance_that_fails_leaves_the_unit_as_it_was(store, make, three):
    """All of a commit or nothing: the unit is still held, and can be committed."""
    unit = store.claim(three.id, "w", make.lease, make.now)

    def broken(_previous, _acceptances):
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        store.commit(unit, make.result(), broken, make.now)
    assert counted(store, schema.fact_set) == 0
    assert make.close(store, unit) is True


def test_a_lease_is_renewed_only_by_its_holder(store, make, three):
    """A worker that was replaced learns it from the renewal."""
    units = [store.claim(three.id, "w", make.lease, make.now) for _ in range(3)]
    later = make.now + make.lease
    assert store.renew(units[0], make.lease, later) is True
    taken = [store.claim(three.id, "v", make.lease, later) for _ in range(3)]
    assert {u.id for u in taken if u} == {u.id for u in units[1:]}
    assert store.renew(units[1], make.lease, later) is False
    assert make.close(store, units[0])
    assert store.renew(units[0], make.lease, later) is False


def test_units_of_a_dead_worker_are_free_at_once(store, make, three):
    """A new process takes over what a killed one held, and only that; being interrupted counts as no attempt."""
    dead = [store.claim(three.id, "host/1", make.lease, make.now) for _ in range(2)]
    alive = store.claim(three.id, "host/2", make.lease, make.now)
    assert store.release_leases(three.id, lambda worker: worker == "host/1", make.now) == 2
    again = [store.claim(three.id, "host/3", make.lease, make.now) for _ in range(2)]
    assert {u.id for u in again} == {u.id for u in dead}
    assert {(u.attempt, u.fence) for u in again} == {(1, 2)}
    assert make.close(store, dead[0]) is False
    assert make.close(store, alive) is True
    assert store.release_leases(three.id, lambda _worker: False, make.now) == 0


def test_no_customer_is_finished_while_a_host_of_another_is_looked_at(store, make):
    """What customers have in common is counted when all hosts are known: never by who was first."""
    run = make.run()
    work = [(make.customer("bakery", []), []), (make.customer("cafe"), ["web1"])]
    store.start_run(run, "plan", work, make.now)
    last = store.claim(run.id, "w", make.lease, make.now)
    assert (last.customer, last.resource) == ("cafe", "web1")
    assert store.claim(run.id, "v", make.lease, make.now) is None
    make.close(store, last)
    assert {store.claim(run.id, "v", make.lease, make.now).customer for _ in range(2)} == {"bakery", "cafe"}


def test_the_finish_comes_when_all_resources_are_done_and_ends_the_run(store, make, three):
    """The last resource's commit adds the finish unit; the last finish ends the run."""
    units = [store.claim(three.id, "w", make.lease, make.now) for _ in range(3)]
    for unit in units[:2]:
        make.close(store, unit)
    assert store.claim(three.id, "w", make.lease, make.now) is None
    assert store.done_units(three.id) == 2
    make.close(store, units[2])
    finish = store.claim(three.id, "w", make.lease, make.now)
    assert (finish.resource, finish.customer) == ("", "bakery")
    assert store.run(three.id).ended is None
    assert store.finish(finish, make.nothing, make.now) is True
    assert store.finish(finish, make.nothing, make.now + timedelta(hours=1)) is False
    assert store.run(three.id).ended == make.now
    assert store.done_units(three.id) == 3, "the finish is no resource"


def test_a_customer_without_resources_is_finished_too(store, make):
    """Nothing to look at still ends in a report."""
    run = make.run()
    store.start_run(run, "plan", [(make.customer("bakery", []), [])], make.now)
    unit = store.claim(run.id, "w", make.lease, make.now)
    assert unit.resource == ""
    store.finish(unit, make.nothing, make.now)
    assert store.latest_run("bakery").ended == make.now


def test_a_run_without_customers_has_ended(store, make):
    """Nobody would end it later."""
    store.start_run(make.run(), "plan", [], make.now)
    assert store.run(make.run().id).ended == make.now


def test_eight_at_once_share_the_work_and_make_one_finish(store, make):
    """Eight workers at once: no unit done twice, one finish a customer, the run ended when all is done."""
    run, hosts = make.run(), [f"h{i}" for i in range(12)]
    customers = [make.customer(name, hosts) for name in ("bakery", "cafe", "dairy", "eatery")]
    store.start_run(run, "plan", [(c, hosts) for c in customers], make.now)

    def work(name):
        done = []
        while store.run(run.id).ended is None:
            unit = store.claim(run.id, name, make.lease, make.now)
            if unit:
                assert make.close(store, unit, "80/tcp")
                done.append((unit.customer, unit.resource))
        return done

    with ThreadPoolExecutor(8) as pool:
        done = [item for part in pool.map(work, [f"w{i}" for i in range(8)]) for item in part]
    assert sorted(done) == sorted((c.id, r) for c in customers for r in ["", *hosts])
    assert counted(store, schema.scan_unit, schema.scan_unit.c.resource == "") == 4


def test_eight_commits_of_the_last_eight_units_make_one_finish(store, make):
    """Who is last is decided by the database, however close the commits are."""
    hosts = [f"h{i}" for i in range(8)]
    for number in range(1, 6):
        run = make.run(number)
        store.start_run(run, "plan", [(make.customer("bakery", hosts), hosts)], make.now)
        units = [store.claim(run.id, "w", make.lease, make.now) for _ in hosts]
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(lambda unit: make.close(store, unit), units))
        finish = schema.scan_unit.c.resource == ""
        assert counted(store, schema.scan_unit, finish, schema.scan_unit.c.run == run.id) == 1


def test_eight_customers_finished_at_once_end_the_run(store, make):
    """The last two finishes do not each take the other for open."""
    for number in range(1, 6):
        run = make.run(number)
        store.start_run(run, "plan", [(make.customer(f"c{i}", []), []) for i in range(8)], make.now)
        units = [store.claim(run.id, "w", make.lease, make.now) for _ in range(8)]
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(lambda unit: make.close(store, unit), units))
        assert store.run(run.id).ended is not None
