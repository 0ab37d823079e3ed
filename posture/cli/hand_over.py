"""Proposals on their way to the policy's hooks: each to each once, with what came of it kept."""

from __future__ import annotations

import time
from dataclasses import dataclass

from posture.cli.options import now
from posture.collect.secrets import SecretError, resolve
from posture.deliver.hooks import Sent, hand_over, longest, shown
from posture.deliver.outcome import Refused, TryLater
from posture.deliver.proposal_json import body
from posture.engine.notice import statement
from posture.model.enforcement import RecordState, StepKey, StepRecord
from posture.model.hook import Hook
from posture.model.policy import Policy
from posture.model.proposal import Proposal
from posture.store.enforcement import Handing
from posture.store.store import Store


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What came of handing one proposal to one hook, or what would be handed to it, line by line."""

    key: StepKey
    hook: str
    said: str
    failed: bool = False
    shown: tuple[str, ...] = ()


def hand_all(store: Store, policy: Policy, proposal: Proposal) -> list[HandedOver]:
    """Hand a proposal to every hook that wants it and has not taken it."""
    found = (_handed(store, hook, proposal.key) for hook in _wanting(policy, proposal))
    return [one for one in found if one is not None]


def what_would_be_handed(store: Store, policy: Policy, proposal: Proposal) -> list[HandedOver]:
    """What `hand_all` would send or run, to the byte, but for the time of sending and what is signed with it."""
    kept, taken = store.standing(proposal.key)
    text = kept or body(proposal, statement(proposal, policy))
    return [
        HandedOver(proposal.key, hook.name, "would be handed over", shown=_lines(hook, proposal.key, text))
        for hook in _wanting(policy, proposal)
        if hook.name not in taken
    ]


def _wanting(policy: Policy, proposal: Proposal) -> list[Hook]:
    """No program is told to do what a person must decide, whatever a hook asks for."""
    if proposal.for_a_person:
        return []
    return [hook for hook in policy.enforcement.hooks if proposal.key.measure in hook.steps]


def _handed(store: Store, hook: Hook, key: StepKey) -> HandedOver | None:
    try:
        secret = resolve(hook.secret) if hook.secret else ""
    except SecretError as error:
        return HandedOver(key, hook.name, f"not handed over: {error}", failed=True)
    handing = store.begin_handing(key, hook.name, now(), longest(hook))
    if handing is None:
        return None
    try:
        taken = hand_over(hook, Sent(str(key), handing.body, secret), now, time.sleep)
    except (TryLater, Refused) as error:
        store.end_handing(handing, now(), str(error), taken=False)
        return HandedOver(key, hook.name, f"not taken: {error}", failed=True)
    store.end_handing(handing, now(), taken.said, taken=True, confirmed=_confirmed(hook, handing))
    return HandedOver(key, hook.name, f"taken: {taken.said}")


def _confirmed(hook: Hook, handing: Handing) -> StepRecord | None:
    key = handing.key
    if key.measure not in hook.confirms:
        return None
    state = RecordState.LIFTED if key.lift else RecordState.DONE
    said = f"taken by the hook, attempt {handing.attempt}"
    return StepRecord(key.customer, key.finding, key.episode, key.measure, state, now(), f"hook {hook.name}", said)


def _lines(hook: Hook, key: StepKey, text: str) -> tuple[str, ...]:
    if not hook.url:
        return (shown(hook), f"POSTURE_PROPOSAL={key}", f"standard input: {text}")
    return (
        shown(hook),
        "content-type: application/json",
        f"webhook-id: {key}",
        "webhook-timestamp: the time of sending",
        f"webhook-signature: HMAC-SHA256 with the key {hook.secret}",
        text,
    )
