"""Files of sections and settings: MySQL, AWS, pip, PyPI, rclone, S3, providers' command lines, WireGuard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from posture.collect.leaks.core.parsers.assignments import variable
from posture.collect.leaks.core.parsers.found import lines, of_known_form, told, unquoted
from posture.collect.leaks.core.parsers.names import rule_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from posture.collect.leaks.core.leak import Leak

_SETTING = re.compile(rb"\s*([A-Za-z_][\w .-]{0,99}?)\s*[=:]\s*(.*)")


class Setting(NamedTuple):
    """A setting: its section and name in lower case, its value, its line."""

    section: bytes
    name: bytes
    value: bytes
    line: int


def settings(data: bytes) -> Iterator[Setting]:
    """The settings of a file, comments left out."""
    section = b""
    for number, line in lines(data):
        text = line.strip()
        if text.startswith(b"[") and b"]" in text:
            section = text[1 : text.index(b"]")].strip().lower()
        elif text and text[:1] not in {b"#", b";"}:
            match = _SETTING.match(text)
            if match:
                yield Setting(section, match.group(1).lower(), match.group(2).strip(), number)


def mysql(data: bytes) -> Iterator[Leak]:
    """my.cnf, .my.cnf, debian.cnf: ``password`` of the client's groups."""
    for setting in settings(data):
        if setting.name in {b"password", b"loose-password", b"wsrep_sst_auth"}:
            value = unquoted(setting.value)
            value = value.partition(b":")[2] if setting.name == b"wsrep_sst_auth" else value
            yield from told("database-password", setting.line, value)


def passwords(data: bytes) -> Iterator[Leak]:
    """pg_service.conf, odbc.ini, Postfix' and Dovecot's database maps: a password of a database."""
    for setting in settings(data):
        if setting.name in {b"password", b"pwd", b"bindpw", b"dnpass", b"hosts_password"}:
            yield from told("database-password", setting.line, unquoted(setting.value))
        elif setting.name == b"connect":
            match = re.search(rb"\bpassword=(\"[^\"]*\"|'[^']*'|\S+)", setting.value)
            yield from told("database-password", setting.line, unquoted(match.group(1)) if match else b"")


def logins(data: bytes) -> Iterator[Leak]:
    """Smb credentials, ssmtp, .pypirc, .s3cfg, .boto, rclone and the like: a stored login."""
    for setting in settings(data):
        value = unquoted(setting.value)
        if setting.name in _LOGIN_SETTINGS and not of_known_form(value):
            yield from told("stored-login", setting.line, value)


_LOGIN_SETTINGS = frozenset(
    b"password passwd pass authpass secret_key gs_oauth2_refresh_token gs_secret_access_key gpg_passphrase "
    b"aws_secret_access_key smtp_password auth_password".split()
)


def aws(data: bytes) -> Iterator[Leak]:
    """AWS credentials and config, .s3cfg, .boto: the secret half of an access key, and session tokens' like."""
    for setting in settings(data):
        value = unquoted(setting.value)
        if setting.name in {b"aws_secret_access_key", b"secret_key"} and re.fullmatch(rb"[A-Za-z0-9/+=]{40}", value):
            yield from told("aws-secret-access-key", setting.line, value, "40 characters, as AWS makes them")
        elif setting.name in _LOGIN_SETTINGS:
            yield from told("stored-login", setting.line, value)


def rclone(data: bytes) -> Iterator[Leak]:
    """rclone.conf: passwords are obscured with a key that everybody has, not encrypted (`rclone reveal` shows them)."""
    if b"RCLONE_ENCRYPT_V" in data[:4096]:
        return
    for setting in settings(data):
        value = unquoted(setting.value)
        if setting.name in {b"pass", b"password", b"password2", b"key_file_pass", b"service_account_credentials"}:
            yield from told("stored-login", setting.line, value, "obscured, which rclone reveals", "a remote of rclone")
        elif setting.name == b"secret_access_key":
            yield from told("aws-secret-access-key", setting.line, value, "", "an S3 remote of rclone")
        elif setting.name in {b"token", b"client_secret", b"bearer_token", b"key", b"account_key"}:
            match = re.search(rb'"refresh_token"\s*:\s*"([^"]+)"', value)
            value = match.group(1) if match else value
            if not of_known_form(value):
                yield from told("stored-login", setting.line, value, "", "a remote of rclone")


def wireguard(data: bytes) -> Iterator[Leak]:
    """wg-quick's PrivateKey and PresharedKey: 32 bytes in base64 (wg(8))."""
    for setting in settings(data):
        if setting.name in {b"privatekey", b"presharedkey"} and re.fullmatch(rb"[A-Za-z0-9+/]{43}=", setting.value):
            yield from told("wireguard-private-key", setting.line, setting.value, "32 bytes in base64")


def provider(data: bytes) -> Iterator[Leak]:
    """Command lines of providers and certbot's DNS plug-ins: OVH, Linode, Hetzner, Cloudflare..."""
    rules = {
        b"application_secret": "ovh-key", b"consumer_key": "ovh-key",
        b"dns_ovh_application_secret": "ovh-key", b"dns_ovh_consumer_key": "ovh-key",
    }  # fmt: skip
    for setting in settings(data):
        yield from _of_provider(setting, rules.get(setting.name, ""))


def linode(data: bytes) -> Iterator[Leak]:
    """linode-cli: one token a user."""
    for setting in settings(data):
        if setting.name == b"token":
            yield from told("linode-token", setting.line, unquoted(setting.value))


def hetzner(data: bytes) -> Iterator[Leak]:
    """Hcloud's cli.toml: a token a context, 64 letters and digits."""
    for setting in settings(data):
        value = unquoted(setting.value)
        if setting.name == b"token" and re.fullmatch(rb"[A-Za-z0-9]{64}", value):
            yield from told("hetzner-token", setting.line, value, "64 letters and digits")


def _of_provider(setting: Setting, rule: str) -> Iterator[Leak]:
    value = unquoted(setting.value)
    if of_known_form(value):
        return
    if not rule:
        rule = rule_of(setting.name)
        if rule == "environment-secret" or (
            not rule and re.search(rb"_(?:key|credentials)$", setting.name) and not setting.name.endswith(b"access_key")
        ):
            rule = "hosting-api-token"
    yield from told(rule, setting.line, value) if rule else ()


def general(data: bytes) -> Iterator[Leak]:
    """Any other file of settings: what their names say."""
    for setting in settings(data):
        yield from variable(setting.name, unquoted(setting.value), setting.line)


def pypirc(data: bytes) -> Iterator[Leak]:
    """.pypirc: a password; where it is a token of PyPI the rule of those tells it."""
    yield from logins(data)
