"""What the name of a setting says of its value: which secret it is, or none."""

from __future__ import annotations

import re

from posture.collect.leaks.core.parsers.provider_names import HOSTING_VARIABLES

_JOINTS = re.compile(rb"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
_WHERE_NO_NAME_ENDS = frozenset(
    b"prod production live dev development staging stage test testing old new current root admin main master default "
    b"primary secondary backup value plain text string encoded base64".split()
)
_PASSWORDS = frozenset(
    b"password passwd pass pwd passphrase pw dbpass dbpassword smtppass userpassword secret token apikey apitoken "
    b"accesstoken authtoken secretkey privatekey passwort apisecret".split()
)
_KEYS = frozenset(
    b"api secret private auth encryption encrypt crypt signing app application master session cookie storage "
    b"account shared consumer client service jwt security hash admin".split()
)
_NO_SECRET = frozenset(b"public publishable csrf xsrf reset remember forgot".split())
_VARIABLES: dict[bytes, str] = {
    b"AWS_SECRET_ACCESS_KEY": "aws-secret-access-key",
    b"AWS_SECRET_KEY": "aws-secret-access-key",
    b"HCLOUD_TOKEN": "hetzner-token",
    b"HETZNER_API_TOKEN": "hetzner-token",
    b"HETZNER_API_KEY": "hetzner-token",
    b"OVH_APPLICATION_SECRET": "ovh-key",
    b"OVH_CONSUMER_KEY": "ovh-key",
    b"LINODE_TOKEN": "linode-token",
    b"LINODE_CLI_TOKEN": "linode-token",
    b"VULTR_API_KEY": "vultr-key",
    b"SCW_SECRET_KEY": "scaleway-key",
    b"SCALEWAY_API_TOKEN": "scaleway-key",
    b"UPCLOUD_PASSWORD": "upcloud-token",
    b"UPCLOUD_TOKEN": "upcloud-token",
    b"IONOS_API_KEY": "ionos-key",
    b"DO_AUTH_TOKEN": "digitalocean-token",
    b"DIGITALOCEAN_TOKEN": "digitalocean-token",
    b"DIGITALOCEAN_ACCESS_TOKEN": "digitalocean-token",
    b"CF_TOKEN": "cloudflare-token",
    b"CF_API_TOKEN": "cloudflare-token",
    b"CF_DNS_API_TOKEN": "cloudflare-token",
    b"CF_ZONE_API_TOKEN": "cloudflare-token",
    b"CLOUDFLARE_API_TOKEN": "cloudflare-token",
    b"CLOUDFLARE_DNS_API_TOKEN": "cloudflare-token",
    b"CLOUDFLARE_ZONE_API_TOKEN": "cloudflare-token",
    b"DNS_CLOUDFLARE_API_TOKEN": "cloudflare-token",
    b"CF_KEY": "cloudflare-global-key",
    b"CF_API_KEY": "cloudflare-global-key",
    b"CLOUDFLARE_API_KEY": "cloudflare-global-key",
    b"DNS_CLOUDFLARE_API_KEY": "cloudflare-global-key",
    b"APP_KEY": "application-key",
    b"APP_SECRET": "application-key",
    b"SECRET_KEY": "application-key",
    b"DJANGO_SECRET_KEY": "application-key",
    b"SECRET_KEY_BASE": "application-key",
    b"RAILS_MASTER_KEY": "application-key",
    b"DNS_DIGITALOCEAN_TOKEN": "digitalocean-token",
    b"DNS_HETZNER_API_TOKEN": "hetzner-token",
    b"DNS_LINODE_KEY": "linode-token",
    b"DNS_OVH_APPLICATION_SECRET": "ovh-key",
    b"DNS_OVH_CONSUMER_KEY": "ovh-key",
}
_DATABASE = frozenset(
    b"db database mysql mariadb pg postgres postgresql sql jdbc datasource mongo mongodb mssql pdo".split()
)


def words(name: bytes) -> list[bytes]:
    """``dbPassword``, ``DB_PASSWORD`` and ``db.password`` are all ``db password``."""
    return [word.lower() for word in _JOINTS.sub(b" ", name[:200]).split()]


def rule_of(name: bytes) -> str:
    """The rule id of a variable of this name: ``environment-secret`` where none is better, empty: no secret."""
    upper = re.sub(rb"[^A-Z0-9]+", b"_", name.upper()).strip(b"_")
    for prefix in (b"", b"SAVED_", b"EXPORT_"):
        plain = upper[len(prefix) :] if upper.startswith(prefix) else upper  # noqa: FURB188  newer than 3.6
        if plain in _VARIABLES:
            return _VARIABLES[plain]
        if plain in HOSTING_VARIABLES:
            return "hosting-api-token"
    return _by_words(words(name))


def _by_words(said: list[bytes]) -> str:
    while len(said) > 1 and (said[-1] in _WHERE_NO_NAME_ENDS or said[-1].isdigit()):
        said = said[:-1]
    if not said or said in ([b"pwd"], [b"oldpwd"]) or _NO_SECRET.intersection(said):
        return ""
    last = said[-1]
    if last in {b"password", b"passwd", b"pass", b"pwd", b"passwort", b"pw", b"dbpass", b"dbpassword", b"pgpassword"}:
        return "database-password" if _of_database(said) else "environment-secret"
    if last in _PASSWORDS:
        return "environment-secret"
    return "environment-secret" if last == b"key" and len(said) > 1 and said[-2] in _KEYS else ""


def _of_database(said: list[bytes]) -> bool:
    return bool(_DATABASE.intersection(said)) or said[-1] in {b"dbpass", b"dbpassword", b"pgpassword"}
