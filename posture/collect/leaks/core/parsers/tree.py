"""JSON: Docker, service accounts, Terraform state, editors' upload settings, .NET, cloud command lines."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from posture.collect.leaks.core.parsers.assignments import variable
from posture.collect.leaks.core.parsers.connections import connection
from posture.collect.leaks.core.parsers.found import LIMIT, told
from posture.collect.leaks.core.parsers.names import rule_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from posture.collect.leaks.core.leak import Leak

_NODES = 200_000
_COMMENT = re.compile(
    rb'("[^"\\\n]*(?:\\[^\n][^"\\\n]*)*(?:"|\\?(?=\n)|\\?\Z))|//[^\n]*|/\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/|\Z)'
)


class Scalar(NamedTuple):
    """A text of a JSON document with the names above it, and its line."""

    above: tuple[str, ...]
    name: str
    value: bytes
    line: int


class _Lines:
    """Finds the line of a text: the values are asked for in the order of the file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._line = 1

    def of(self, value: str) -> int:
        written = json.dumps(value).encode()
        at = self._data.find(written, self._at)
        if at < 0:
            written = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
            at = self._data.find(written[:64], self._at)
        if at < 0:
            return 0
        self._line += self._data.count(b"\n", self._at, at)
        self._at = at
        return self._line


def parsed(data: bytes) -> Any:
    """The document, comments left out; None where it is none."""
    plain = _COMMENT.sub(lambda match: match.group(1) or b"\n" * match.group().count(b"\n"), data[:LIMIT])
    try:
        return json.loads(plain.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def scalars(data: bytes) -> Iterator[Scalar]:
    """The texts of a document in its order, at most 32 deep."""
    lines = _Lines(data)
    stack: list[tuple[tuple[str, ...], str, Any]] = [((), "", parsed(data))]
    for _ in range(_NODES):
        if not stack:
            return
        above, name, value = stack.pop()
        if isinstance(value, str):
            yield Scalar(above, name, _bytes(value), lines.of(value) if rule_or_pass(name) else 0)
        elif isinstance(value, (dict, list)) and len(above) < 32:
            inside = value.items() if isinstance(value, dict) else ((name, item) for item in value)
            below = (*above, name.lower()) if isinstance(value, dict) else above
            stack.extend(reversed([(below, key, item) for key, item in inside]))


def _bytes(text: str) -> bytes:
    """A text of JSON, in which half of a surrogate pair can be written (RFC 8259, 8.2) that no encoding has."""
    return text.encode("utf-8", "replace")


def rule_or_pass(name: str) -> bool:
    """Whether a name is worth the search for its line."""
    return len(name) < 200 and bool(
        re.search(r"(?i)pass|secret|token|key|auth|pwd|connection|server|user|private", name)
    )


def general(data: bytes) -> Iterator[Leak]:
    """appsettings.json, config.json, parameters: names that tell, and connection strings."""
    for scalar in scalars(data):
        if "connectionstrings" in scalar.above or "connectionstring" in scalar.name.lower():
            yield from connection(scalar.value, scalar.line or _line(data, scalar.value))
        else:
            of_database = any(key in {"database", "databases", "db", "mysql", "connection"} for key in scalar.above)
            yield from variable(
                _bytes(scalar.name), scalar.value, scalar.line, "database-password" if of_database else ""
            )


def _line(data: bytes, value: bytes) -> int:
    at = data.find(value)
    return data.count(b"\n", 0, at) + 1 if at >= 0 else 0


def logins(data: bytes) -> Iterator[Leak]:
    """sftp.json, .ftpconfig, Composer's auth.json and npm's like: a stored login."""
    for scalar in scalars(data):
        if scalar.name in {"password", "passphrase", "pass"} or {"github-oauth", "gitlab-token", "bearer"} & set(
            scalar.above
        ):
            yield from told("stored-login", scalar.line or _line(data, scalar.value), scalar.value)


def docker(data: bytes) -> Iterator[Leak]:
    """Docker's config.json: ``auth`` is user and password in base64. A credsStore keeps them elsewhere."""
    for scalar in scalars(data):
        if (scalar.name == "auth" and "auths" in scalar.above) or (scalar.name == "auth" and len(scalar.above) <= 2):
            try:
                user, colon, _ = base64.b64decode(scalar.value, validate=True).partition(b":")
            except (binascii.Error, ValueError):
                continue
            if colon and user:
                where = scalar.above[-1][:100] if scalar.above else ""
                yield from told(
                    "docker-auth", scalar.line, scalar.value, "decodes to user and password", "logs in to " + where
                )
        elif scalar.name in {"identitytoken", "registrytoken"}:
            yield from told("docker-auth", scalar.line, scalar.value, "", "logs in to a registry")


def google(data: bytes) -> Iterator[Leak]:
    """gcloud: a service account's key, or a user's refresh token in application_default_credentials.json."""
    document = parsed(data)
    if not isinstance(document, dict):
        return
    key, refresh = document.get("private_key"), document.get("refresh_token")
    if document.get("type") == "service_account" and isinstance(key, str) and "PRIVATE KEY" in key:
        project = document.get("project_id")
        note = "project " + project[:100] if isinstance(project, str) else ""
        yield from told(
            "google-service-account", _Lines(data).of(key), _bytes(key), "a service account with its key", note
        )
    elif isinstance(refresh, str):
        yield from told(
            "google-oauth-secret",
            _Lines(data).of(refresh),
            _bytes(refresh),
            "",
            "renews a user's login to Google Cloud",
        )


def azure(data: bytes) -> Iterator[Leak]:
    """Azure's command line: refresh tokens and secrets of service principals."""
    for scalar in scalars(data):
        if scalar.name in {"refreshToken", "client_secret", "servicePrincipalKey"} or (
            scalar.name == "secret" and "refreshtoken" in scalar.above
        ):
            yield from told("entra-client-secret", scalar.line, scalar.value, "", "logs in to Azure")


def terraform(data: bytes) -> Iterator[Leak]:
    """A state: sensitive outputs, attributes named as secrets (the state keeps them in clear)."""
    document = parsed(data)
    if not isinstance(document, dict):
        return
    outputs = document.get("outputs")
    for name, output in sorted(outputs.items()) if isinstance(outputs, dict) else ():
        if isinstance(output, dict) and output.get("sensitive") is True and isinstance(output.get("value"), str):
            value = output["value"]
            yield from told(
                "terraform-state-secret",
                _line(data, json.dumps(value)[1:-1].encode()),
                _bytes(value),
                "an output marked sensitive",
                "output " + name[:100],
            )
    for scalar in scalars(data):
        if "attributes" in scalar.above and (
            rule_of(_bytes(scalar.name))
            or scalar.name
            in {
                "private_key_pem",
                "private_key_openssh",
                "result",
                "kube_config_raw",
                "secret_string",
                "primary_access_key",
            }
        ):
            if scalar.name == "result" and b" " in scalar.value:
                continue
            line = scalar.line or _line(data, json.dumps(scalar.value.decode("utf-8", "replace"))[1:-1].encode())
            yield from told("terraform-state-secret", line, scalar.value, "", "attribute " + scalar.name[:100])
