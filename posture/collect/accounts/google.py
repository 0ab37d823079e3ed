"""Google Workspace: users of the Directory API, by a service account with domain-wide delegation.

https://developers.google.com/workspace/admin/directory/reference/rest/v1/users and
https://developers.google.com/identity/protocols/oauth2/service-account (RFC 7523).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from posture.collect.accounts.asked import Asked, SourceFault
from posture.collect.accounts.fields import Item, at, flag, moment, raw, text
from posture.collect.accounts.http import NoAnswer
from posture.collect.accounts.pages import Page, listed
from posture.facts.people import DirectoryAccount, DirectoryAccounts, MfaKind, MfaRequirement

_SCOPE: Final = "https://www.googleapis.com/auth/admin.directory.user.readonly"
_TOKEN: Final = "https://oauth2.googleapis.com"  # noqa: S105  the address that gives tokens
_API: Final = "https://admin.googleapis.com"
_PATH: Final = "/admin/directory/v1/users"
_KIND: Final = "Google does not tell in the directory of which kind a second factor is"


def read_google(asked: Asked) -> DirectoryAccounts:
    """The users of the customer.

    Raises:
        NoAnswer: they are not told.
        SourceFault: the key is none.
    """
    url = asked.setting("url")
    token = _token(asked, url or _TOKEN)
    api = asked.api(url or _API)
    api.login["Authorization"] = f"Bearer {token}"
    fixed = (("customer", "my_customer"), ("projection", "full"), ("maxResults", "500"))

    def page(cursor: str) -> Page:
        data = api.get(_PATH, (*fixed, ("pageToken", cursor)) if cursor else fixed).data
        return at(data, "users"), raw(data, "nextPageToken")

    listing = listed("the users of Google Workspace", page)
    accounts = tuple(_account(one) for one in listing.items)
    requirement = MfaRequirement(None, "enforcement is told by user (isEnforcedIn2Sv)")
    return DirectoryAccounts(
        "google-workspace", "Google Workspace", accounts, requirement, listing.gaps, (_KIND,), asked.clock()
    )


def _account(one: Item) -> DirectoryAccount:
    enrolled = flag(one, "isEnrolledIn2Sv")
    suspended, archived = flag(one, "suspended"), flag(one, "archived")
    roles = (flag(one, "isAdmin"), flag(one, "isDelegatedAdmin"))
    last = moment(one.get("lastLoginTime"))
    return DirectoryAccount(
        text(one, "primaryEmail"),
        display=text(one, "name", "fullName"),
        active=None if suspended is None else not (suspended or archived),
        admin=True if True in roles else None if None in roles else False,
        enrolled=enrolled,
        kinds=(MfaKind.UNKNOWN,) if enrolled else (),
        enforced=flag(one, "isEnforcedIn2Sv"),
        last_login=last if last and last.year > 1970 else None,  # 1970 is Google's word for never
    )


def _token(asked: Asked, url: str) -> str:
    """An access token for an hour, for the administrator in whose name the directory is read.

    Raises:
        NoAnswer: Google gives none.
        SourceFault: the key is none, or the inventory lacks something.
    """
    email, key = _key(asked.secret("key"))
    now = asked.clock()
    claims = {
        "iss": email,
        "sub": asked.setting("subject"),
        "scope": _SCOPE,
        "aud": f"{_TOKEN}/token",
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=30)).timestamp()),
    }
    signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
    signature = _base64(key.sign(signed.encode(), PKCS1v15(), SHA256()))
    fields = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": f"{signed}.{signature}"}
    try:
        token = raw(asked.api(url).post("/token", fields).data, "access_token")
    except NoAnswer as error:
        if error.code == "unauthorized_client":
            raise NoAnswer(
                f"{error}: allow the scope {_SCOPE} to the service account's client (domain-wide delegation)"
            ) from None
        raise
    if not token:
        raise NoAnswer("Google answered the login without a token")
    return token


def _key(text: str) -> tuple[str, RSAPrivateKey]:
    """The service account's address and private key, from the file that Google gives out.

    Raises:
        SourceFault: it is none; no part of it is named.
    """
    try:
        file: Any = json.loads(text)
        key = load_pem_private_key(raw(file, "private_key").encode(), None)
    except (ValueError, TypeError, RecursionError):
        key = None
    if not isinstance(key, RSAPrivateKey) or not raw(file, "client_email"):
        raise SourceFault("the field key must refer to the JSON file of a service account's key")
    return raw(file, "client_email"), key


def _part(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
