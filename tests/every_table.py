"""Rows for every table, through the store's own methods: for what has to carry over all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from posture.model.action import Action
from posture.model.challenge import Challenge
from posture.model.customer import AuthorizationMethod
from posture.model.delivery import DeliveryKey, DeliveryState
from posture.model.dispute import Dispute, DisputeState
from posture.model.enforcement import Measure, RecordState, StepKey, StepRecord
from posture.model.grant import Grant, Proof
from posture.model.hold import LegalHold
from posture.model.night import Gist, Night, NightRules, Turn, Turns
from posture.model.revocation import Revocation
from posture.model.sighting import KeyRole, KeySighting, KeysSeen
from posture.model.ssh_pin import SshPin

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
HARD = "Größe 測試 \N{GRINNING FACE} \\ ' \" % :x"
"""Text that a careless copy changes."""


def fill(store, make, *, again=False, hard=HARD):
    """Two runs, a night that ended and one that goes on; `again` adds to what is there; `hard` is what people say."""
    at = make.now + timedelta(microseconds=123_457) + (20 * DAY if again else timedelta())
    numbers = range(11, 13) if again else range(1, 3)
    customers = [make.customer("bakery", ["a", "b"]), make.customer("cafe", [HARD])]
    for number in numbers:
        make.audit(store, number, customers, *(["6379/tcp"] if number % 2 == 0 else ["6379/tcp", hard]))
    _nights(store, make, numbers[-1] + 1)
    _keys(store, make, numbers[-1] + 3)
    known = next(f for f in store.findings("bakery") if f.subject == "6379/tcp")
    _said(store, make, known, at, hard)
    _allowed(store, make, at, "2" if again else "1", hard)
    _sent(store, make.run(numbers[0]).id, at, hard)
    for number in range(3):
        store.record(Action(at, "run", "bakery", "MSA-7.1", "connect", "", f"198.51.100.{number}", hard))


def _nights(store, make, number):
    """The first one ends and leaves somebody out; of the second one nobody took a unit yet."""
    for n in (number, number + 1):
        run = make.run(n)
        night = Night(f"night-{n}", run.id, run.started, run.started + 8 * HOUR)
        work = [Turns(make.customer(name, ["a"]), (Turn("a", "198.51.100.0/24"),)) for name in ("bakery", "cafe")]
        assert store.begin_night(night, run, work, NightRules(per_network=2, policy="abc"), run.started)
        if n == number:
            unit = store.claim_shared("worker", make.lease, run.started)
            make.close(store, unit, "6379/tcp", now=run.started)
            assert store.wind_up(night.id, "the night ended before its turn", run.started + HOUR) == 1
            while unit := store.claim_shared("worker", make.lease, run.started + HOUR):
                make.close(store, unit, now=run.started)
            store.report_written(run.id, unit.customer if unit else "bakery", Gist(files=2), run.started)
            store.end_night(night.id, '{"looked": 1}', run.started + 2 * HOUR)
    while unit := store.claim_shared("worker", make.lease, make.run(number + 1).started):
        make.close(store, unit, "6379/tcp", now=make.run(number + 1).started)


def _keys(store, make, number):
    """Two hosts whose keys share a prime."""
    run, host = make.run(number), make.customer("bakery", ["a", "b"])
    store.start_run(run, "keys", [(host, ["a", "b"])], run.started)
    moduli = {"a": 15, "b": 21}
    while unit := store.claim(run.id, "worker", make.lease, run.started):
        if not unit.resource:
            store.finish(unit, make.nothing, run.started)
            continue
        modulus = f"{moduli[unit.resource]:02x}{number:02x}"
        key = KeySighting(
            KeyRole.HOST, f"SHA256:{number}{unit.resource}", "ssh-rsa", 3072, "", "/etc/ssh/key.pub", modulus=modulus
        )
        result = replace(make.result(unit.resource, at=run.started), keys=KeysSeen((key,), ()))
        store.commit(unit, result, make.nothing, run.started)
    store.judge_moduli(lambda new, known: {one: [other for other in new if other != one] for one in new})


def _said(store, make, known, at, hard):
    """What people said of a finding and did about it."""
    store.accept(replace(make.acceptance(known), reason=hard))
    store.raise_dispute(Dispute(known.id, "bakery", known.times_reopened, known.severity, hard, "Jo", at))
    store.decide_dispute(known.id, DisputeState.REJECTED, at + HOUR, "jane", "it is none")
    store.add_hold(LegalHold("bakery", known.id, "Jane Doe", "LG Berlin", at))
    key = StepKey("bakery", known.id, known.times_reopened, Measure.ISOLATE_PORT)
    store.propose([(key, '{"step":1}')], at, 9, at - HOUR)
    if handing := store.begin_handing(key, "firewall", at, HOUR):
        store.end_handing(handing, at, hard, taken=True)
        store.record_step(StepRecord("bakery", known.id, 0, key.measure, RecordState.DONE, at, "jane", hard))
    else:
        store.record_step(StepRecord("bakery", known.id, 0, key.measure, RecordState.LIFTED, at, "jane", ""))


def _allowed(store, make, at, number, hard):
    """Who may be looked at, by which proof; an end of it; a pinned host."""
    dns = AuthorizationMethod.DNS_TXT
    reference = f"bakery-{number}"
    told = Challenge(
        reference, "bakery", "Bakery", "bakery.example", dns, number * 43, at, "jane", at + DAY, at + DAY
    )  # fmt: skip
    store.add_challenges([told])
    proofs = (Proof("bakery.example", dns, at, hard),)
    store.save_grant(
        Grant(reference, "bakery", "Bakery", dns, "the DNS", at, at + 90 * DAY, proofs=proofs, recorded_by="jane")
    )
    store.revoke(Revocation("cafe", f"MSA-{number}", at, "jane", hard))
    store.add_pin(SshPin("bakery", "a", ("SHA256:" + number * 43,), "jane", at))


def _sent(store, run, at, hard):
    claimed = store.claim_delivery(DeliveryKey("bakery", run, "smtp", "it@bakery.example"), at)
    store.save_delivery(replace(claimed, state=DeliveryState.SENT, digest="ab", note=hard))
