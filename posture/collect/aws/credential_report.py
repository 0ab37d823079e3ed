"""The credential report of an AWS account: every user's password, second factor and keys, in one answer.

Source: IAM User Guide, "Get credential reports". The columns are found by their names. A value that does not apply is
``N/A``, ``not_supported`` or ``no_information``.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from posture.collect.aws.api import Call
from posture.collect.aws.asked import Asked
from posture.collect.aws.errors import Unanswered
from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.logins import AwsAccessKey, AwsLogin, CredentialReport
from posture.model.text import visible

ROOT = "<root_account>"
MOST_BYTES = 64 * 1024 * 1024
MOST_ROWS = 100_000
PAUSE, MOST_PAUSE = 0.5, 5.0  # seconds until the report is asked for again, doubled each time
LONGEST_WAIT = 180.0  # seconds for AWS to write a report; of thousands of users it takes less than a minute
_GENERATE = Call("iam", "GenerateCredentialReport")
_GET = Call("iam", "GetCredentialReport", absent=("ReportNotPresent", "ReportInProgress", "ReportExpired"))
_COLUMNS = frozenset(
    {"user", "arn", "user_creation_time", "password_enabled", "mfa_active"}
    | {f"access_key_{place}_{what}" for place in (1, 2) for what in ("active", "last_rotated", "last_used_date")}
)

Row = Mapping[str, str | None]


def credential_report(asked: Asked) -> CredentialReport:
    """Have the report written, wait for it, and read it.

    Raises:
        Unanswered: AWS gave none, or something else.
    """
    asked.api.ask(_GENERATE)
    answer = _fetched(asked)
    content, generated = answer.get("Content"), answer.get("GeneratedTime")
    if not isinstance(content, bytes) or not isinstance(generated, datetime):
        raise Unanswered(_GET.gap(Why.FAULT, "the answer has no report"))
    if len(content) > MOST_BYTES:
        raise Unanswered(_GET.gap(Why.LIMIT, f"the report has {len(content)} bytes"))
    return _read(content.decode("utf-8", "replace"), generated.astimezone(UTC), asked.at)


def _fetched(asked: Asked) -> Mapping[str, object]:
    waited, pause = 0.0, PAUSE
    while not (answer := asked.api.ask(_GET)):
        if waited >= LONGEST_WAIT:
            raise Unanswered(_GET.gap(Why.TIME, f"AWS had not written the report after {waited:.0f} seconds"))
        time.sleep(pause)
        waited, pause = waited + pause, min(pause * 2, MOST_PAUSE)
    return answer


def _read(text: str, generated: datetime, at: datetime) -> CredentialReport:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    gaps: list[Gap] = []
    logins: list[AwsLogin] = []
    try:
        if missing := _COLUMNS - set(rows.fieldnames or ()):
            raise Unanswered(_GET.gap(Why.FAULT, f"the report lacks {', '.join(sorted(missing))}"))
        for number, row in enumerate(rows):
            if number >= MOST_ROWS:
                gaps.append(_GET.gap(Why.LIMIT))
                break
            login = _login(row)
            if _told(login) and _keys_told(row):
                logins.append(login)
            else:
                gaps.append(_GET.gap(Why.FAULT, f"the row of {login.name or 'a user'} is cut or garbled"))
    except csv.Error as error:
        gaps.append(_GET.gap(Why.FAULT, str(error)))
    root = next((login for login in logins if login.name == ROOT), None)
    users = tuple(login for login in logins if login.name != ROOT)
    return CredentialReport(root, users, generated, tuple(dict.fromkeys(gaps)), at)


def _told(login: AwsLogin) -> bool:
    """Whether a row says what is asked: for root AWS says of some things that they are not supported."""
    return bool(login.name) and (login.name == ROOT or None not in {login.console, login.mfa})


def _keys_told(row: Row) -> bool:
    """Whether it is known of both places for a key if there is one in use; AWS says true or false, of root too."""
    return all(_yes(row[f"access_key_{place}_active"]) is not None for place in (1, 2))


def _login(row: Row) -> AwsLogin:
    certificates = sum(_yes(row.get(f"cert_{place}_active")) is True for place in (1, 2))
    return AwsLogin(
        name=visible(row["user"] or "", 200),
        arn=visible(row["arn"] or "", 2048),
        created=_moment(row["user_creation_time"]),
        console=_yes(row["password_enabled"]),
        mfa=_yes(row["mfa_active"]),
        password_used=_moment(row.get("password_last_used")),
        password_changed=_moment(row.get("password_last_changed")),
        keys=tuple(_keys(row)),
        certificates=certificates,
    )


def _keys(row: Row) -> Iterator[AwsAccessKey]:
    for place in (1, 2):
        active, created = _yes(row[f"access_key_{place}_active"]), _moment(row[f"access_key_{place}_last_rotated"])
        if active or created:
            yield AwsAccessKey(
                place=place,
                active=bool(active),
                created=created,
                used=_moment(row[f"access_key_{place}_last_used_date"]),
                region=_word(row.get(f"access_key_{place}_last_used_region")),
                service=_word(row.get(f"access_key_{place}_last_used_service")),
            )


def _yes(text: str | None) -> bool | None:
    return {"true": True, "false": False}.get((text or "").strip().lower())


def _word(text: str | None) -> str:
    return "" if text in {None, "N/A", "not_supported", "no_information"} else visible(text or "", 60)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
