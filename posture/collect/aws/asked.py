"""What every reader of an AWS account is given."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from posture.collect.aws.api import Api
from posture.collect.leaks.detector import Detector
from posture.facts.factset import Facts


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader is given: the account, what was known of it before, and who knows secrets when it sees them.

    `at` is when the look began; facts are observed at it.
    """

    api: Api
    at: datetime
    earlier: Facts = field(repr=False)
    detector: Detector
    _begun: dict[Callable[[Asked], Facts], Future[Facts]] = field(default_factory=dict, repr=False)
    _beginning: Lock = field(default_factory=Lock, repr=False)

    def once(self, read: Callable[[Asked], Facts]) -> Facts:
        """What a reader brings, read at the first call of a look; whoever asks meanwhile waits for it.

        So a reader may build on another's facts and nothing is sent twice; none may build on itself.

        Raises:
            Unanswered: as the reader did.
        """
        with self._beginning:
            if read not in self._begun:
                alone = ThreadPoolExecutor(1, thread_name_prefix="aws-once")
                self._begun[read] = alone.submit(read, self)
                alone.shutdown(wait=False)
            begun = self._begun[read]
        return begun.result()
