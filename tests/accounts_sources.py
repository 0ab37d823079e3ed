"""Each source of accounts as its documentation has it, with the same people.

alice administers with a factor, bob administers without, carol is a person with one, dave one without, erin is
suspended.
"""

# ruff: noqa: E501  an answer reads best as it comes

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from accounts_server import AccountsServer, Asked, Reply
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

LOGIN = "2026-11-20T10:00:00Z"


@dataclass(frozen=True)
class Source:
    """`fill` gives the server its routes; `settings` are the inventory's, where URL stands for the server's address."""

    fill: Callable[[AccountsServer], None]
    settings: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ("alice", "bob", "carol", "dave", "erin")


def part(items: list[Any], first: int, size: int) -> list[Any]:
    return items[first : first + size]


def bearer(asked: Asked, word: str, data: Any) -> Reply:
    """401 without the login, as all of these do."""
    return Reply(data) if word in asked.headers.values() else Reply({"error": "HTTP 401 Unauthorized"}, 401)


def keycloak(server: AccountsServer) -> None:
    """https://www.keycloak.org/docs-api/latest/rest-api/index.html, and the flow `browser` of a new realm."""
    realm = "/admin/realms/staff"

    def user(name: str, *, enabled: bool = True, totp: bool = False, **more: Any) -> dict[str, Any]:
        return {
            "id": f"id-{name}", "username": name, "firstName": name.title(), "enabled": enabled, "totp": totp,
            "emailVerified": True, "createdTimestamp": 1764000000000, "disableableCredentialTypes": [],
            "requiredActions": [], "notBefore": 0, "access": {"manage": False}, **more,
        }  # fmt: skip

    users = [user("alice"), user("bob"), user("carol", totp=True), user("dave"), user("erin", enabled=False)]
    held = {"alice": ["password", "webauthn"], "bob": ["password"], "carol": ["password", "otp"], "dave": ["password"]}

    def page(asked: Asked) -> Any:
        assert asked.query["briefRepresentation"] == "false"
        return bearer(asked, "Bearer kc-token", part(users, int(asked.query["first"]), int(asked.query["max"])))

    def token(asked: Asked) -> Any:
        form = {name: value[0] for name, value in parse_qs(asked.body.decode()).items()}
        if (form["client_id"], form.get("client_secret"), form["grant_type"]) == (
            "posture",
            "open-sesame-s3",
            "client_credentials",
        ):
            return {"access_token": "kc-token", "expires_in": 60, "token_type": "Bearer", "scope": ""}
        return Reply({"error": "unauthorized_client", "error_description": "Invalid client"}, 401)

    def step(level: int, requirement: str, provider: str = "", flow: str = "") -> dict[str, Any]:
        named = {"authenticationFlow": True, "displayName": flow} if flow else {"providerId": provider}
        return {"id": f"x{level}{provider}{flow}", "requirement": requirement, "level": level, "index": 0, **named}

    server.routes |= {
        "/realms/staff/protocol/openid-connect/token": token,
        f"{realm}/users": page,
        f"{realm}/clients": [{"id": "rm-1", "clientId": "realm-management"}],
        realm: {"realm": "staff", "browserFlow": "browser", "enabled": True},
        f"{realm}/authentication/flows/browser/executions": [
            step(0, "ALTERNATIVE", "auth-cookie"),
            step(0, "DISABLED", "auth-spnego"),
            step(0, "ALTERNATIVE", "identity-provider-redirector"),
            step(0, "ALTERNATIVE", flow="forms"),
            step(1, "REQUIRED", "auth-username-password-form"),
            step(1, "CONDITIONAL", flow="Browser - Conditional 2FA"),
            step(2, "REQUIRED", "conditional-user-configured"),
            step(2, "REQUIRED", "conditional-credential"),
            step(2, "ALTERNATIVE", "auth-otp-form"),
            step(2, "ALTERNATIVE", "webauthn-authenticator"),
            step(2, "DISABLED", "auth-recovery-authn-code-form"),
        ],
    }
    for one in users:
        name = one["username"]
        server.routes[f"{realm}/users/id-{name}/credentials"] = [
            {"id": f"c-{name}-{kind}", "type": kind, "createdDate": 1764000000000, "credentialData": "{}"}
            for kind in held.get(name, [])
        ]
        ruling = [{"id": "r1", "name": "realm-admin", "composite": True, "clientRole": True, "containerId": "rm-1"}]
        path = f"{realm}/users/id-{name}/role-mappings/clients/rm-1/composite"
        server.routes[path] = ruling if name in {"alice", "bob"} else []


def github(server: AccountsServer) -> None:
    """https://docs.github.com/en/rest/orgs/members, pages by Link header; a member has no e-mail there."""
    members = {
        "admin": ["alice", "bob"],
        "member": ["carol", "dave"],
        "2fa_disabled": ["bob", "dave"],
        "2fa_insecure": [],
    }
    outside = {"": ["erin"], "2fa_disabled": [], "2fa_insecure": ["erin"]}

    def listed(names: dict[str, list[str]]) -> Callable[[Asked], Any]:
        def page(asked: Asked) -> Any:
            if asked.headers["authorization"] != "Bearer gh-token":
                return Reply({"message": "Bad credentials", "status": "401"}, 401)
            found = names[asked.query.get("filter") or asked.query.get("role") or ""]
            number, size = int(asked.query.get("page", "1")), 1
            rows = [
                {"login": name, "id": 1, "type": "User", "site_admin": False}
                for name in part(found, (number - 1) * size, size)
            ]
            more = "&".join(f"{key}={value}" for key, value in {**asked.query, "page": str(number + 1)}.items())
            link = (("Link", f'<{server.url}{asked.path}?{more}>; rel="next", <{server.url}/x>; rel="last"'),)
            return Reply(rows, headers=link if number * size < len(found) else ())

        return page

    server.routes |= {
        "/orgs/bakery": {"login": "bakery", "two_factor_requirement_enabled": False},
        "/orgs/bakery/members": listed(members),
        "/orgs/bakery/outside_collaborators": listed(outside),
    }


def gitlab(server: AccountsServer) -> None:
    """https://docs.gitlab.com/api/users/ (for administrators) and https://docs.gitlab.com/api/settings/."""

    def user(name: str, *, admin: bool, factor: bool, state: str = "active", **more: Any) -> dict[str, Any]:
        return {
            "id": 1, "username": name, "name": name.title(), "state": state, "bot": False, "is_admin": admin,
            "two_factor_enabled": factor, "last_sign_in_at": LOGIN, "current_sign_in_at": None, **more,
        }  # fmt: skip

    server.routes |= {
        "/api/v4/users": [
            user("alice", admin=True, factor=True), user("bob", admin=True, factor=False),
            user("carol", admin=False, factor=True), user("dave", admin=False, factor=False),
            user("erin", admin=False, factor=False, state="blocked"),
            user("project_7_bot_x", admin=False, factor=False, bot=True),
        ],
        "/api/v4/application/settings": {"require_two_factor_authentication": False, "two_factor_grace_period": 48},
    }  # fmt: skip


def google(server: AccountsServer) -> None:
    """https://developers.google.com/workspace/admin/directory/reference/rest/v1/users/list, pages by token."""

    def user(name: str, *, admin: bool = False, factor: bool = False, **more: Any) -> dict[str, Any]:
        return {
            "kind": "admin#directory#user", "primaryEmail": name, "name": {"fullName": name.title()}, "isAdmin": admin,
            "isDelegatedAdmin": False, "suspended": False, "archived": False, "isEnrolledIn2Sv": factor,
            "isEnforcedIn2Sv": factor, "lastLoginTime": LOGIN, **more,
        }  # fmt: skip

    users = [
        user("alice", admin=True, factor=True), user("bob", isDelegatedAdmin=True), user("carol", factor=True),
        user("dave", lastLoginTime="1970-01-01T00:00:00.000Z"), user("erin", suspended=True),
    ]  # fmt: skip

    def page(asked: Asked) -> Any:
        first = int(asked.query.get("pageToken", "0"))
        more = {"nextPageToken": str(first + 2)} if first + 2 < len(users) else {}
        data = {"kind": "admin#directory#users", "users": part(users, first, 2), **more}
        return bearer(asked, "Bearer g-token", data)

    def token(asked: Asked) -> Any:
        form = {name: value[0] for name, value in parse_qs(asked.body.decode()).items()}
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        assert form["assertion"].count(".") == 2
        return {"access_token": "g-token", "expires_in": 3599, "token_type": "Bearer"}

    server.routes |= {"/token": token, "/admin/directory/v1/users": page}


def google_key() -> str:
    pem = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return json.dumps({"type": "service_account", "client_email": "a@b.iam.gserviceaccount.com", "private_key": pem})


def entra(server: AccountsServer) -> None:
    """https://learn.microsoft.com/graph/api/authenticationmethodsroot-list-userregistrationdetails."""
    report = "/v1.0/reports/authenticationMethods/userRegistrationDetails"

    def user(name: str, *methods: str, admin: bool = False, kind: str = "member") -> dict[str, Any]:
        return {
            "id": f"id-{name}", "userPrincipalName": name, "userDisplayName": name.title(), "userType": kind,
            "isAdmin": admin, "isMfaRegistered": bool(methods), "isMfaCapable": bool(methods),
            "methodsRegistered": [*methods, "email"], "lastUpdatedDateTime": LOGIN,
        }  # fmt: skip

    users = [
        user("alice", "fido2SecurityKey", admin=True), user("bob", admin=True), user("carol", "mobilePhone"),
        user("dave"), user("erin", kind="guest"),
    ]  # fmt: skip

    def page(asked: Asked) -> Any:
        first = int(asked.query.get("$skiptoken", "0"))
        link = {"@odata.nextLink": f"{server.url}{report}?$skiptoken={first + 2}"} if first + 2 < len(users) else {}
        return bearer(asked, "Bearer e-token", {"value": part(users, first, 2), **link})

    server.routes |= {
        "/bakery/oauth2/v2.0/token": {"token_type": "Bearer", "expires_in": 3599, "access_token": "e-token"},
        report: page,
        "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy": {"id": "0", "isEnabled": False},
        "/v1.0/identity/conditionalAccess/policies": {"value": []},
    }


def okta(server: AccountsServer) -> None:
    """https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/ and /UserFactor/."""
    factors = {"alice": ["webauthn"], "carol": ["sms", "question"], "erin": []}

    def user(name: str, status: str = "ACTIVE") -> dict[str, Any]:
        return {
            "id": f"id-{name}", "status": status, "lastLogin": LOGIN, "profile": {"login": name, "firstName": name.title()},
            "credentials": {"provider": {"type": "OKTA", "name": "OKTA"}},
        }  # fmt: skip

    users = [user("alice"), user("bob"), user("carol"), user("dave"), user("erin", "SUSPENDED")]

    def page(asked: Asked) -> Any:
        if asked.headers["authorization"] != "SSWS o-token":
            return Reply({"errorCode": "E0000011", "errorSummary": "Invalid token provided"}, 401)
        first = int(asked.query.get("after", "0"))
        link = (("Link", f'<{server.url}/api/v1/users?after={first + 3}&limit=200>; rel="next"'),)
        return Reply(part(users, first, 3), headers=link if first + 3 < len(users) else ())

    server.routes |= {
        "/api/v1/users": page,
        "/api/v1/policies": [{"id": "p1", "status": "ACTIVE", "type": "OKTA_SIGN_ON"}],
        "/api/v1/policies/p1/rules": [
            {"status": "ACTIVE", "actions": {"signon": {"access": "ALLOW", "requireFactor": False}}},
        ],
    }
    for one in users:
        name = one["profile"]["login"]
        server.routes[f"/api/v1/users/id-{name}/factors"] = [
            {"id": "f", "factorType": kind, "provider": "OKTA", "status": "ACTIVE"} for kind in factors.get(name, [])
        ]
        role = {"id": "r", "type": "SUPER_ADMIN", "status": "ACTIVE", "assignmentType": "GROUP"}
        server.routes[f"/api/v1/users/id-{name}/roles"] = [role] if name in {"alice", "bob"} else []


SCIM_EXTENSION = "urn:example:scim:schemas:extension:security:2.0:User"


def scim(server: AccountsServer) -> None:
    """RFC 7644, 3.4.2: startIndex counts from 1, and a server may give fewer than were asked for."""

    def user(name: str, factor: bool, *groups: str, active: bool = True) -> dict[str, Any]:
        return {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", SCIM_EXTENSION], "id": name, "userName": name,
            "active": active, SCIM_EXTENSION: {"mfaEnrolled": factor},
            "groups": [{"value": "1", "display": group} for group in groups],
        }  # fmt: skip

    users = [
        user("alice", True, "admins"), user("bob", False, "admins"), user("carol", True, "staff"), user("dave", False),
        user("erin", False, active=False),
    ]  # fmt: skip

    def page(asked: Asked) -> Any:
        first = int(asked.query["startIndex"]) - 1
        found = part(users, first, 2)
        data = {"totalResults": len(users), "startIndex": first + 1, "itemsPerPage": len(found), "Resources": found}
        return bearer(asked, "Bearer scim-token", data)

    server.routes["/scim/v2/Users"] = page


def whm(server: AccountsServer) -> None:
    """https://api.docs.cpanel.net/specifications/whm.openapi/: numbers for truth, and UAPI's answer inside WHM's."""
    done = {"result": 1, "reason": "OK", "version": 1}
    suspended = {"erin": 1}

    def configured(asked: Asked) -> Any:
        assert (asked.query["cpanel.module"], asked.query["cpanel.function"]) == (
            "TwoFactorAuth",
            "get_user_configuration",
        )
        enabled = int(asked.query["cpanel.user"] in {"alice", "carol"})
        uapi = {"data": {"is_enabled": enabled, "issuer": "x"}, "errors": None, "messages": None, "status": 1}
        return {"data": {"uapi": uapi}, "metadata": {**done, "command": "uapi_cpanel"}}

    names = ("alice", "bob", "carol", "dave", "erin")
    server.routes |= {
        "/json-api/listaccts": {
            "data": {
                "acct": [
                    {"user": name, "domain": f"{name}.example", "suspended": suspended.get(name, 0)} for name in names
                ]
            },
            "metadata": done,
        },
        "/json-api/listresellers": {"data": {"reseller": ["alice", "bob"]}, "metadata": done},
        "/json-api/twofactorauth_policy_status": {"data": {"is_enabled": 1}, "metadata": done},
        "/json-api/uapi_cpanel": configured,
    }


def proxmox(server: AccountsServer) -> None:
    """https://pve.proxmox.com/pve-docs/api-viewer/: 0 and 1 for truth; who has no factor is not in the list of them."""

    def factor(kind: str) -> dict[str, Any]:
        return {"id": "e1", "type": kind, "description": "", "created": 1764000000}

    held = {"alice": "webauthn", "carol": "totp"}
    names = ("alice", "bob", "carol", "dave", "erin", "audit")
    base = "/api2/json/access"
    server.routes |= {
        f"{base}/users": {
            "data": [
                {"userid": f"{name}@pve", "enable": int(name != "erin"), "expire": 0, "realm-type": "pve", "groups": ""}
                for name in names
            ]
        },
        f"{base}/tfa": {
            "data": [{"userid": f"{name}@pve", "entries": [factor(kind)]} for name, kind in held.items()]
        },
        f"{base}/domains": {"data": [{"realm": "pve", "type": "pve"}, {"realm": "pam", "type": "pam"}]},
        f"{base}/acl": {
            "data": [
                {"path": "/", "type": "user", "ugid": f"{name}@pve", "roleid": "Administrator", "propagate": 1}
                for name in ("alice", "bob")
            ]
        },
    }  # fmt: skip
    for name in ("bob", "dave", "erin", "audit"):
        server.routes[f"{base}/tfa/{name}%40pve"] = {"data": []}


def keystone(server: AccountsServer) -> None:
    """https://docs.openstack.org/api-ref/identity/v3/: a token in a header, pages by links.next."""

    def user(name: str, *rules: list[str], on: bool | None = None, enabled: bool = True) -> dict[str, Any]:
        options: dict[str, Any] = {"multi_factor_auth_rules": list(rules)} if rules else {}
        if on is not None:
            options["multi_factor_auth_enabled"] = on
        return {
            "id": f"id-{name}", "name": name, "domain_id": "default", "enabled": enabled, "options": options,
            "links": {"self": f"{server.url}/v3/users/id-{name}"}, "password_expires_at": None,
        }  # fmt: skip

    users = [
        user("alice", ["password", "totp"], on=True), user("bob", ["password"], ["password", "totp"], on=True),
        user("carol", ["password", "totp"], on=True), user("dave", ["password", "totp"], on=False),
        user("erin", enabled=False), user("nova"),
    ]  # fmt: skip

    def page(asked: Asked) -> Any:
        first = int(asked.query.get("marker", "0"))
        link = f"{server.url}/v3/users?marker={first + 4}" if first + 4 < len(users) else None
        return bearer(asked, "k-token", {"users": part(users, first, 4), "links": {"next": link, "previous": None}})

    def login(asked: Asked) -> Any:
        identity = json.loads(asked.body)["auth"]
        assert identity["scope"] == {"system": {"all": True}}
        user = identity["identity"]["password"]["user"]
        good = (user["name"], user["password"], user["domain"]) == ("auditor", "open-sesame-s3", {"name": "Default"})
        return (
            Reply({"token": {}}, 201, (("X-Subject-Token", "k-token"),))
            if good
            else Reply({"error": {"code": 401}}, 401)
        )

    held = {"alice": "admin", "bob": "admin", "carol": "member", "dave": "member", "nova": "service"}
    server.routes |= {
        "/v3/auth/tokens": login,
        "/v3/users": page,
        "/v3/role_assignments": {
            "role_assignments": [
                {
                    "role": {"id": "r", "name": role},
                    "user": {"id": f"id-{name}", "name": name},
                    "scope": {"system": {"all": True}},
                }
                for name, role in held.items()
            ],
            "links": {"next": None},
        },
        "/v3/domains": {"domains": [{"id": "default", "name": "Default"}], "links": {"next": None}},
    }


SOURCES = {
    "keycloak": Source(
        keycloak, {"url": "URL/realms/staff", "client_id": "posture", "client_secret": "SECRET"}, {"SECRET": "open-sesame-s3"}
    ),
    "github-org": Source(github, {"url": "URL", "org": "bakery", "token": "TOKEN"}, {"TOKEN": "gh-token"}),
    "gitlab": Source(gitlab, {"url": "URL", "token": "TOKEN"}, {"TOKEN": "glpat-like-7"}),
    "google-workspace": Source(google, {"url": "URL", "subject": "it@bakery.example", "key": "KEY"}),
    "entra": Source(
        entra, {"url": "URL", "tenant": "bakery", "client_id": "app", "client_secret": "SECRET"}, {"SECRET": "open-sesame-s3"}
    ),
    "okta": Source(okta, {"url": "URL", "token": "TOKEN"}, {"TOKEN": "o-token"}),
    "scim": Source(
        scim,
        {"url": "URL/scim/v2", "token": "TOKEN", "mfa_attribute": f"{SCIM_EXTENSION}:mfaEnrolled", "admin_groups": "admins"},
        {"TOKEN": "scim-token"},
    ),
    "whm": Source(whm, {"url": "URL", "token": "TOKEN"}, {"TOKEN": "whm-secret-4"}),
    "proxmox": Source(
        proxmox, {"url": "URL", "token": "TOKEN"}, {"TOKEN": "audit@pve!posture=11111111-2222-3333-4444-555555555555"},
        tuple(f"{name}@pve" for name in ("alice", "bob", "carol", "dave", "erin")),
    ),
    "keystone": Source(keystone, {"url": "URL", "user": "auditor", "password": "SECRET"}, {"SECRET": "open-sesame-s3"}),
}  # fmt: skip
