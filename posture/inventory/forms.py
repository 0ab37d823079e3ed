"""The forms that texts of an inventory may have. Every refusal says what is wrong and the fix, and never the value."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Annotated, Final, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from posture.model.secret import SecretRef

REFERENCES: Final = "a reference: env:NAME, file:/path, keyring:service/user or command:..."


def refused(what: str, fix: str, field: str = "") -> PydanticCustomError:
    """What a validator raises: `field` names a field inside the value, where that is the one to correct."""
    return PydanticCustomError("refused", "refused", {"what": what, "fix": fix, "field": field})


@dataclass(frozen=True, slots=True)
class Form:
    """A text that matches a pattern as a whole and is not too long; also in the published schema."""

    pattern: str
    longest: int
    what: str
    fix: str

    def check(self, text: str) -> str:
        """The text, if it has the form."""
        if len(text) > self.longest:
            raise refused(f"is longer than {self.longest} characters", "shorten it")
        if not re.fullmatch(self.pattern, text):
            raise refused(self.what, self.fix)
        return text

    def __get_pydantic_core_schema__(self, source: type[str], handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(core), "pattern": f"^({self.pattern})$", "maxLength": self.longest}


def _printable(text: str) -> str:
    if not text.strip():
        raise refused("is empty", "write a text")
    if any(unicodedata.category(character)[0] == "C" for character in text):
        raise refused("holds a character that cannot be seen", "write it with printable characters only")
    return text.strip()


def _not_empty(value: object) -> object:
    """`ssh:` with nothing behind it is a slip, and must not turn off the look inside."""
    if value is None:
        raise refused("is empty", "write a value or delete the line")
    return value


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = get_close_matches(text, available_timezones(), 1, 0.6)
        fix = f"did you mean {near[0]}?" if near else "write a name of the IANA list, such as Europe/Berlin or UTC"
        raise refused("is no time zone", fix) from None
    return text


def _moment(value: object) -> datetime:
    fix = "write it with the offset, like 2027-03-02T00:00:00+01:00"
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise refused("is no date and time", fix)
    if moment.tzinfo is None:
        raise refused("has no UTC offset, so nobody knows when it is", fix)
    if not 1970 <= moment.year <= 9000:
        raise refused("is out of range", "write a year from 1970 to 9000")
    return moment


def _day(value: object) -> date:
    text = value if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise refused("is no date", "write it like 2026-11-02") from None
    if not 1970 <= day.year <= 9000:
        raise refused("is out of range", "write a year from 1970 to 9000")
    return day


def _secret(value: object) -> SecretRef:
    try:
        return SecretRef.parse(value if isinstance(value, str) else "")
    except ValueError:
        # The cause is cut off: neither text nor traceback may lead to the value.
        raise refused("is not a reference to a secret", f"never write the secret itself, but {REFERENCES}") from None


def _without_login(text: str, schemes: tuple[str, ...]) -> str:
    """A URL of one of the schemes that carries no secret: tokens are often given as the user name."""
    try:
        url = urlsplit(text)
        login = (url.username is not None and url.scheme != "ssh") or url.password is not None
    except ValueError:
        raise refused("is no URL", "check it, brackets of IPv6 addresses included") from None
    if login:
        raise refused("holds a login", f"delete what stands before the @, and give `token` as {REFERENCES}")
    place = url.path if url.scheme == "file" else url.netloc
    if url.scheme not in schemes or not place or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise refused("is no URL that can be used here", f"write one that starts with {', '.join(schemes)}://")
    return text


def _web_url(text: str) -> str:
    return _without_login(text, ("https", "http"))


def _git_url(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^\s:@]+", text):  # git's short form of ssh://
        return text
    return _without_login(text, ("https", "http", "ssh", "file"))


T = TypeVar("T")
Given = Annotated[T | None, BeforeValidator(_not_empty)]
"""A field that may be left out, but not be left empty."""

CustomerId = Annotated[
    str,
    Form("[a-z0-9][a-z0-9-]*", 64, "is no customer id", "use small letters, digits and hyphens, like example-bakery"),
]
ResourceId = Annotated[
    str,
    Form("[A-Za-z0-9][A-Za-z0-9._-]*", 128, "is no resource id", "use letters, digits, dots, hyphens, like web1"),
]
AccountId = Annotated[
    str,
    Form("[0-9]{12}", 12, "is no AWS account id", 'write its twelve digits in quotes, like "111122223333"'),
]
RegionName = Annotated[
    str,
    Form("[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}", 32, "is no region of AWS", "write its code, like eu-central-1"),
]
RoleArn = Annotated[
    str,
    Form(
        r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+",
        2048,
        "is no ARN of a role",
        "copy it from IAM, like arn:aws:iam::111122223333:role/PostureAudit",
    ),
]
Fingerprint = Annotated[
    str,
    Form(
        "SHA256:[A-Za-z0-9+/]{43}",
        50,
        "is no SHA256 fingerprint of a host key",
        "copy what `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` prints on the host: SHA256: and 43 characters",
    ),
]
UserName = Annotated[
    str,
    Form("[A-Za-z0-9_][A-Za-z0-9._@-]*", 64, "is no user name", "write the account to log in with, like auditor"),
]
LoginName = Annotated[
    str,
    Form("[A-Za-z0-9_][A-Za-z0-9._@!-]*", 128, "is no name to log in with", "write the account's or client's name"),
]
AccountName = Annotated[
    str,
    Form(
        r"[^,\s\x00-\x1f\x7f]([^,\x00-\x1f\x7f]*[^,\s\x00-\x1f\x7f])?",
        254,
        "is no name of an account",
        "write it as the list has it, without a comma",
    ),
]
GroupPath = Annotated[
    str,
    Form("[A-Za-z0-9_][A-Za-z0-9._/-]*", 255, "is no path of a group", "write it as in its address, like bakery/shop"),
]
Contact = Annotated[
    str,
    Form(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+", 254, "is no e-mail address", "write it like it@bakery.example"),
]
Language = Annotated[
    str,
    Form(
        "[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}",
        35,
        "is no language tag",
        "write it like en, de or pt-BR (RFC 5646)",
    ),
]
Selector = Annotated[
    str,
    Form(
        r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)*",
        253,
        "is no DKIM selector",
        "write what stands before ._domainkey in the DNS",
    ),
]
Words = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Zone = Annotated[str, AfterValidator(_zone)]
Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"}, mode="validation")
]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"}, mode="validation")]
Secret = Annotated[
    SecretRef,
    PlainValidator(_secret),
    WithJsonSchema({"type": "string", "pattern": r"^(env|file|keyring|command):\s*\S"}, mode="validation"),
]
WebUrl = Annotated[str, AfterValidator(_web_url)]
GitUrl = Annotated[str, AfterValidator(_git_url)]

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Start of an authorization that names none: there is no finding from before."""
