from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from posture.model.text import visible

_USUAL: Final = {"https": 443, "http": 80}
_SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
    "github-org": ("https://api.github.com",),
    "gitlab": ("https://gitlab.com",),
    "google-workspace": ("https://oauth2.googleapis.com", "https://admin.googleapis.com"),
    "entra": ("https://login.microsoftonline.com", "https://graph.microsoft.com"),
}
"""Where a source is asked that the inventory gives no url for."""
_ASKED: Final[Mapping[str, str]] = {
    "keycloak": "a login at the realm; the realm, its users, of each the kinds of credentials and the roles, and the "
    "executions of the browser flow",
    "github-org": "the organization, its members and outside collaborators, those without a second factor and those "
    "with an insecure one",
    "gitlab": "the users and the settings of the instance, or the group, its members and its enterprise users",
    "google-workspace": "a login of the service account; the users of the directory",
    "entra": "a login of the application; userRegistrationDetails, the security defaults, the policies of "
    "Conditional Access",
    "okta": "the users, of each the factors and roles, and the global session policies with their rules",
    "scim": "Users, page by page",
    "whm": "listaccts, listresellers, twofactorauth_policy_status, and for each account UAPI "
    "TwoFactorAuth::get_user_configuration",
    "proxmox": "/access/users, /access/tfa, /access/domains, /access/acl",
    "keystone": "a login for a token; users, role assignments, domains",
}


def accounts_contacts(settings: Mapping[str, str]) -> Iterator[str]:
    """What reading the accounts of a source would ask, and where."""
    source, url = settings.get("source", ""), settings.get("url", "")
    if source == "csv":
        yield f"reads {visible(settings.get('path', ''), 120)} on this machine; nothing is sent"
        return
    places = (url,) if url else _SERVICES.get(source, ())
    for place in places:
        parts = urlsplit(place)
        port = parts.port or _USUAL.get(parts.scheme, 443)
        yield f"{visible(place, 120)}, port {port}/tcp"
    yield f"asked for: {_ASKED.get(source, 'nothing: no reader of this version knows the source')}; nothing is changed"
