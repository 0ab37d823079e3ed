"""An AWS account of the inventory, as facts: every reader at the same time, each question once."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from posture.collect.aws.api import Api
from posture.collect.aws.asked import Asked
from posture.collect.aws.errors import Unanswered
from posture.collect.aws.readers import Reader, readers
from posture.collect.aws.regions import enabled, home_of
from posture.collect.aws.session import log_in
from posture.collect.aws.session_policy import session_policy
from posture.collect.leaks.detector import Detector
from posture.collect.scope import ScopeError, ScopeGate
from posture.collect.secrets import SecretError
from posture.facts.factset import COLLECTED, Facts, without
from posture.model.resource import Resource, ResourceKind
from posture.model.text import visible, visible_lines

_LOG = logging.getLogger(__name__)
_FRAMES = 10  # of the stack a defect is logged with, the innermost
PURPOSE = "AWS account read"


@dataclass(frozen=True, slots=True)
class Look:
    """How one look is bounded: the gate's leave, and the time."""

    gate: ScopeGate
    clock: Callable[[], datetime]
    deadline: datetime


def collect_account(resource: Resource, look: Look, earlier: Facts, detector: Detector) -> Facts:
    """What an account says of itself, or why that is not known."""
    types = COLLECTED[ResourceKind.AWS_ACCOUNT]
    try:
        api = log_in_to(resource, look)
    except ScopeError as refusal:
        return without(str(refusal), types)
    except SecretError as error:
        return without(f"the external id of the role is not available: {error}", types)
    except Unanswered as unanswered:
        return without(_reason(unanswered), types)
    try:
        every = _read(Asked(api, look.clock(), earlier, detector))
        return {**without("no reader of this version brings it", types), **every}
    finally:
        look.gate.record_calls(api.permit, f"{api.calls.total()} calls in {len(api.regions)} regions", "ended")


def log_in_to(resource: Resource, look: Look) -> Api:
    """The account's API under a permit of the gate, with the regions to read.

    Raises:
        ScopeError: the account may not be asked about now; nothing was sent.
        SecretError: the external id is not available.
        Unanswered: AWS refused the login, or did not tell the regions.
    """
    permit = look.gate.permit_service(resource.id, PURPOSE)
    settings = dict(resource.settings)
    home = home_of(settings.get("role_arn", ""))
    look.gate.record_calls(permit, "sts:AssumeRole", "begins")
    clients = log_in(resource, look.gate.run, session_policy(), home)
    api = Api(resource.id, (), home, clients, look.gate, permit, look.clock, look.deadline)
    named = tuple(filter(None, settings.get("regions", "").split(",")))
    return replace(api, regions=named or enabled(api))


def _read(asked: Asked) -> Facts:
    every = readers()
    with ThreadPoolExecutor(len(every) or 1, thread_name_prefix="aws-reader") as pool:
        futures = [(reader, pool.submit(asked.once, reader.read)) for reader in every]
    facts: dict[type, object] = {}
    for reader, future in futures:
        error = future.exception()
        facts |= future.result() if error is None else _without(reader, error)
    return facts


def _without(reader: Reader, error: BaseException) -> Facts:
    """A reader that could not go on takes its own facts with it, and no others."""
    if isinstance(error, Unanswered):
        return without(_reason(error), reader.types)
    where = "\n".join(visible_lines("".join(traceback.format_tb(error.__traceback__, -_FRAMES))))
    _LOG.error("reading an AWS account failed\n%s\n%s", where, visible(f"{type(error).__name__}: {error}"))
    what = f"a defect of this program ({type(error).__name__})"
    return without(f"reading it failed, which is {what}: the auditor's log says more", reader.types)


def _reason(unanswered: Unanswered) -> str:
    return f"{unanswered.gap} ({unanswered.gap.said})" if unanswered.gap.said else str(unanswered.gap)
