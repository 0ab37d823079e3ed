"""How reports leave, as a TOML file says it: one table a channel; a secret is a reference, never the secret."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from posture.model.secret import SecretRef
from posture.model.text import visible

LIMIT = 65_536  # bytes of the file


class SettingsError(ValueError):
    """The file cannot be used; the message names it, the field, and what to write."""


def _reference(text: str) -> str:
    SecretRef.parse(text)
    return text


Reference = Annotated[str, AfterValidator(_reference)]
Address = Annotated[str, Field(pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$", max_length=254)]
Attached = Literal["pdf", "html", "json", "csv"]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MailSettings(_Table):
    """The message. `attach` are the report's formats; `at_least_every_days` is how long nothing new is not told."""

    sender: Address
    sender_name: str = Field(default="", max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")
    reply_to: Address | None = None
    attach: tuple[Attached, ...] = ("pdf",)
    at_least_every_days: int = Field(default=7, ge=0, le=366)


class SmtpSettings(_Table):
    """The provider's own mail server, which signs (DKIM) and sends on. `tls = "none"` is for loopback alone."""

    host: str = Field(min_length=1, max_length=253)
    port: int = Field(default=587, ge=1, le=65535)
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    user: str = ""
    password: Reference | None = None
    ca_file: Path | None = None


class SpoolSettings(_Table):
    """A folder that another program takes messages from."""

    folder: Path


class S3Settings(_Table):
    """A bucket: one object a file, under ``PREFIX/CUSTOMER/RUN/``. Credentials are those of the AWS SDK."""

    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    prefix: str = Field(default="", max_length=200, pattern=r"^[A-Za-z0-9._/-]*$")
    region: str | None = None
    endpoint_url: str | None = None
    formats: tuple[Attached, ...] = ("pdf", "json", "csv")


class DeliverySettings(_Table):
    """The whole file. Without any channel nothing leaves."""

    mail: MailSettings | None = None
    smtp: SmtpSettings | None = None
    spool: SpoolSettings | None = None
    s3: S3Settings | None = None


def load_settings(file: Path) -> DeliverySettings:
    """Read the file.

    Raises:
        SettingsError: it is not there, no TOML, or something in it is wrong.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(LIMIT + 1)
        found = tomllib.loads(content.decode()) if len(content) <= LIMIT else None
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not TOML: {visible(str(error), 200)}") from error
    if found is None:
        raise SettingsError(f"{file} has more than {LIMIT} bytes")
    return _checked(file, found)


def _checked(file: Path, found: dict[str, Any]) -> DeliverySettings:
    try:
        settings = DeliverySettings.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]  # what was written may be a secret
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{file}: {where}: {visible(first['msg'], 200)}") from error
    if (settings.smtp or settings.spool) and settings.mail is None:
        raise SettingsError(f'{file}: mail: is missing; write [mail] with sender = "security@provider.example"')
    if not (settings.smtp or settings.spool or settings.s3):
        raise SettingsError(f"{file}: names no channel; write [smtp], [spool] or [s3]")
    return settings
