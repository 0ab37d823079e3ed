from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from posture.model.secret import SecretRef


@dataclass(frozen=True, slots=True)
class Hook:
    """A system of the provider's that proposals are handed to: a web address, or a program of this machine.

    One of `url` and `command` is given. `secret` is the key that requests to `url` are signed with. `steps` are the
    names of the steps that it wants; `confirms` those of them that are carried out once it has taken them.
    `timeout` is for one attempt.
    """

    name: str
    steps: tuple[str, ...]
    url: str = ""
    command: tuple[str, ...] = ()
    secret: SecretRef | None = None
    confirms: tuple[str, ...] = ()
    timeout: timedelta = timedelta(seconds=10)
