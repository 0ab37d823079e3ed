"""Microsoft Entra ID: registration of authentication methods, by an application with its own secret.

https://learn.microsoft.com/graph/api/authenticationmethodsroot-list-userregistrationdetails (AuditLog.Read.All, and a
licence of Entra ID P1); enforcement by https://learn.microsoft.com/graph/api/identitysecuritydefaultsenforcementpolicy-get
and https://learn.microsoft.com/graph/api/conditionalaccessroot-list-policies (Policy.Read.All).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from posture.collect.accounts.asked import Asked, SourceFault
from posture.collect.accounts.entra_policies import Enforcement, enforcement
from posture.collect.accounts.fields import Item, at, flag, raw, text, texts
from posture.collect.accounts.http import JsonApi, NoAnswer
from posture.collect.accounts.pages import Page, listed
from posture.facts.people import DirectoryAccount, DirectoryAccounts, MfaKind

_REPORT: Final = "/v1.0/reports/authenticationMethods/userRegistrationDetails"
_LOGINS: Final = {
    "https://graph.microsoft.com": "https://login.microsoftonline.com",
    "https://graph.microsoft.us": "https://login.microsoftonline.us",
    "https://microsoftgraph.chinacloudapi.cn": "https://login.partner.microsoftonline.cn",
}
_KINDS: Final[Mapping[str, MfaKind]] = {
    "fido2SecurityKey": MfaKind.SECURITY_KEY,
    "fido2": MfaKind.SECURITY_KEY,
    "passKeyDeviceBound": MfaKind.PASSKEY,
    "passKeyDeviceBoundAuthenticator": MfaKind.PASSKEY,
    "passKeyDeviceBoundWindowsHello": MfaKind.PASSKEY,
    "passKeySynced": MfaKind.PASSKEY,
    "windowsHelloForBusiness": MfaKind.PASSKEY,
    "macOsSecureEnclaveKey": MfaKind.PASSKEY,
    "softwareOneTimePasscode": MfaKind.TOTP,
    "hardwareOneTimePasscode": MfaKind.TOTP,
    "microsoftAuthenticatorPush": MfaKind.PUSH,
    "microsoftAuthenticatorPasswordless": MfaKind.PUSH,
    "mobilePhone": MfaKind.SMS,
    "alternateMobilePhone": MfaKind.SMS,
    "officePhone": MfaKind.SMS,
}
_NO_FACTOR: Final = frozenset({"email", "securityQuestion", "password", "none", "temporaryAccessPass", "appPassword"})
"""For the reset of passwords, or for once."""


def read_entra(asked: Asked) -> DirectoryAccounts:
    """The users of the tenant.

    Raises:
        NoAnswer: they are not told.
    """
    url = asked.setting("url", "https://graph.microsoft.com")
    token = _token(asked, _LOGINS.get(url, url))
    api = asked.api(url)
    api.login["Authorization"] = f"Bearer {token}"
    listing = listed("the users of the tenant", lambda cursor: _page(api, cursor))
    enforced = enforcement(api)
    accounts = tuple(_account(one, enforced) for one in listing.items)
    limits = ("whether an account is disabled is not in Microsoft's report: a disabled one is judged as it stands",)
    place = f"the tenant {asked.setting('tenant')}"
    return DirectoryAccounts("entra", place, accounts, enforced.requirement, listing.gaps, limits, asked.clock())


def _token(asked: Asked, url: str) -> str:
    tenant = asked.setting("tenant")
    if not tenant:
        raise SourceFault("the field tenant is missing in the inventory")
    fields = {
        "grant_type": "client_credentials",
        "client_id": asked.setting("client_id"),
        "client_secret": asked.secret("client_secret"),
        "scope": f"{asked.setting('url', 'https://graph.microsoft.com')}/.default",
    }
    token = raw(asked.api(url).post(f"/{quote(tenant, safe='')}/oauth2/v2.0/token", fields).data, "access_token")
    if not token:
        raise NoAnswer("Microsoft answered the login without a token")
    return token


def _page(api: JsonApi, cursor: str) -> Page:
    try:
        data: Any = api.get(cursor or _REPORT).data
    except NoAnswer as error:
        if error.status == 403:
            raise NoAnswer(
                f"{error}. It takes the permission AuditLog.Read.All and a licence of Entra ID P1 or P2",
                403,
                error.code,
            ) from None
        raise
    link = raw(data, "@odata.nextLink")
    return at(data, "value"), api.local(link) if link else ""


def _account(one: Item, enforced: Enforcement) -> DirectoryAccount:
    registered = [method for method in texts(one, "methodsRegistered") if method not in _NO_FACTOR]
    guest = raw(one, "userType") == "guest"
    enrolled = flag(one, "isMfaRegistered")
    return DirectoryAccount(
        text(one, "userPrincipalName"),
        display=text(one, "userDisplayName"),
        active=None,
        admin=flag(one, "isAdmin"),
        enrolled=None if guest and not enrolled else enrolled,
        kinds=tuple(dict.fromkeys(_KINDS.get(method, MfaKind.UNKNOWN) for method in registered)) if enrolled else (),
        enforced=False if raw(one, "id") in enforced.excluded else None,
        external=guest,
    )
