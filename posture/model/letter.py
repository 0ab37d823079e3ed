from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail beside a report says; `plain` and `html` say the same.

    `language` is a tag of RFC 5646. `moment` is that of the audit, not of the sending.
    """

    subject: str
    plain: str
    html: str
    language: str
    moment: datetime
