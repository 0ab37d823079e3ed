from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the auditor did to an address, for the append-only log: the answer to an abuse report against us.

    `what` names tool and purpose (``tcp connect: redis confirmation``), `source` is the address of ours that the
    contact came from, empty for a refusal; `target` holds address and ports. `authorization` is the customer's
    reference. No secret stands in any field.
    """

    at: datetime
    run: str
    customer: str
    authorization: str
    what: str
    source: str
    target: str
    result: str
