"""Each source tells the same people: what it says of them, and what it cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest
from accounts_server import Asked, Reply
from accounts_sources import SOURCES

from posture.facts.codec import from_json, to_json
from posture.facts.people import DirectoryAccounts, MfaKind
from posture.facts.unavailable import Unavailable

K = MfaKind
KINDS = {
    "keycloak": (K.SECURITY_KEY, K.TOTP),
    "github-org": (K.UNKNOWN, K.UNKNOWN),
    "gitlab": (K.UNKNOWN, K.UNKNOWN),
    "google-workspace": (K.UNKNOWN, K.UNKNOWN),
    "entra": (K.SECURITY_KEY, K.SMS),
    "okta": (K.PASSKEY, K.SMS),
    "scim": (K.UNKNOWN, K.UNKNOWN),
    "whm": (K.TOTP, K.TOTP),
    "proxmox": (K.SECURITY_KEY, K.TOTP),
    "keystone": (K.TOTP, K.TOTP),
}
REQUIRED = {"keycloak": False, "github-org": False, "gitlab": False, "entra": False}


def named(fact):
    assert isinstance(fact, DirectoryAccounts), fact
    return {one.name: one for one in fact.accounts}


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_tells_who_administers_and_who_has_a_factor(look, source):
    """All pages come; enrolment, rights and kinds are those of the people, and the list is whole."""
    fact = look(source)
    people = named(fact)
    alice, bob, carol, dave, erin = (people[name] for name in SOURCES[source].names)
    assert [one.admin for one in (alice, bob, carol, dave)] == [True, True, False, False]
    assert [one.enrolled for one in (alice, bob, carol, dave)] == [True, False, True, False]
    assert (alice.kinds, carol.kinds) == tuple((kind,) for kind in KINDS[source])
    assert fact.gaps == ()
    assert fact.requirement.required is REQUIRED.get(source)
    if source not in {"github-org", "entra"}:
        assert erin.active is False
    assert from_json(to_json({DirectoryAccounts: fact})) == {DirectoryAccounts: fact}


@pytest.mark.parametrize("source", SOURCES)
def test_no_secret_is_told(look, server, actions, source):
    """Neither a fact nor the log nor a refusal holds a secret; nothing but logins is posted."""
    told = [look(source)]
    server.faults = dict.fromkeys(server.routes, lambda _: Reply({"error": "denied"}, 403))
    told.append(look(source))
    whole = f"{told} {actions}"
    for secret in SOURCES[source].secrets.values():
        assert secret not in whole
    assert not [word for word in ("kc-token", "g-token", "e-token", "k-token") if word in whole]
    assert "PRIVATE KEY" not in whole
    assert {asked.path for asked in server.asked if asked.method != "GET"} <= {
        "/realms/staff/protocol/openid-connect/token", "/token", "/bakery/oauth2/v2.0/token", "/v3/auth/tokens"
    }  # fmt: skip


def test_whm_is_never_asked_for_seeds(look, server):
    """The functions that give out the seeds of codes are not asked, whatever is answered."""
    look("whm")
    server.faults = {"/json-api/uapi_cpanel": lambda _: Reply({"metadata": {"result": 0}})}
    look("whm")
    asked = [f"{one.path} {sorted(one.query.values())}" for one in server.asked]
    assert not [one for one in asked if "tfa_config" in one or "get_user_configs" in one or "generate" in one]
    assert {one.path for one in server.asked} == {
        f"/json-api/{name}" for name in ("listaccts", "listresellers", "twofactorauth_policy_status", "uapi_cpanel")
    }


def test_whm_without_its_policy_asks_nobody_for_codes(look, server):
    """While the security policy is off, accounts that have set up codes sign in without them."""
    look("whm")
    server.routes["/json-api/twofactorauth_policy_status"]["data"]["is_enabled"] = 0
    fact = look("whm")
    assert fact.requirement.required is False
    assert {one.enrolled for one in fact.accounts if one.active} == {False}


def test_roots_factor_of_whm_stays_unknown(look):
    """It is told with its seed only, so it never looks like one, nor like none."""
    root = named(look("whm"))["root"]
    assert (root.admin, root.enrolled) == (True, None)


def test_keycloak_reads_credentials_where_totp_is_false(look):
    """Who has a passkey only is `totp: false` there."""
    assert named(look("keycloak"))["alice"].enrolled is True


def test_keycloak_users_of_a_directory_may_enrol_elsewhere(look, server):
    """Without a factor in Keycloak, whether they have one is not known."""
    look("keycloak")
    whole = server.routes["/admin/realms/staff/users"]

    def federated(asked: Asked) -> Reply:
        reply = whole(asked)
        reply.data[3]["federationLink"] = "ldap-1"
        return reply

    server.routes["/admin/realms/staff/users"] = federated
    dave = named(look("keycloak"))["dave"]
    assert (dave.external, dave.enrolled, dave.password) == (True, None, None)


def test_keycloak_logs_in_again_when_its_token_ends(look, server):
    """Tokens last a minute; a long list is read all the same."""
    seen: list[str] = []

    def once(asked: Asked) -> Reply | None:
        seen.append(asked.path)
        return Reply({"error": "HTTP 401 Unauthorized"}, 401) if len(seen) == 1 else None

    look("keycloak")
    server.asked.clear()
    server.faults = {"/admin/realms/staff/users/id-carol/credentials": once}
    fact = look("keycloak")
    assert named(fact)["carol"].enrolled is True
    assert server.paths.count("/realms/staff/protocol/openid-connect/token") == 2


def test_keycloak_asks_no_more_for_what_is_forbidden(look, server):
    """Without the right to see credentials, the first refusal is enough, and nobody looks enrolled or not."""
    look("keycloak")
    server.asked.clear()
    server.faults = {
        path: lambda _: Reply({"error": "HTTP 403 Forbidden"}, 403)
        for path in server.routes
        if path.endswith("credentials")
    }
    fact = look("keycloak")
    assert sum(path.endswith("credentials") for path in server.paths) == 1
    assert {one.enrolled for one in fact.accounts if one.name != "carol"} == {None}
    assert any("403" in limit for limit in fact.limits)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/orgs/bakery/members", 422), ("/orgs/bakery/outside_collaborators", 403)],
)
def test_github_tells_factors_to_owners_only(look, server, path, status):
    """A refusal of the filter is no empty list."""
    look("github-org")
    denied = Reply({"message": "Only owners can use this filter."}, status)
    server.faults = {path: lambda asked: denied if "filter" in asked.query else None}
    fact = look("github-org")
    assert {one.enrolled for one in fact.accounts} == {None}
    assert any("owners" in limit for limit in fact.limits)


def test_github_without_an_owners_view_does_not_tell_enforcement(look, server):
    """null, or no such field, is unknown."""
    look("github-org")
    for value in ({"two_factor_requirement_enabled": None}, {}):
        server.routes["/orgs/bakery"] = {"login": "bakery", **value}
        assert look("github-org").requirement.required is None


def test_gitlab_members_without_a_told_factor_are_unknown(look, server):
    """Of a group, the factor of enterprise users only is told."""
    group = "/api/v4/groups/bakery%2Fshop"
    member = {"id": 1, "username": "alice", "name": "A", "state": "active", "access_level": 50}
    look("gitlab")
    server.routes |= {
        f"{group}/members/all": [
            member,
            {**member, "username": "bob", "access_level": 30},
            {**member, "username": "eve"},
        ],
        f"{group}/enterprise_users": lambda asked: [
            {"username": "alice" if asked.query["two_factor"] == "enabled" else "bob"}
        ],
        group: {"path": "shop", "require_two_factor_authentication": True},
    }
    fact = look("gitlab", group="bakery/shop")
    assert {one.name: (one.admin, one.enrolled) for one in fact.accounts} == {
        "alice": (True, True), "bob": (False, False), "eve": (True, None)
    }  # fmt: skip
    assert fact.requirement.required is True
    del server.routes[f"{group}/enterprise_users"]
    assert {one.enrolled for one in look("gitlab", group="bakery/shop").accounts} == {None}


def test_gitlab_as_no_administrator_tells_no_factors(look, server):
    """The fields are left out then, which is unknown."""
    look("gitlab")
    server.routes["/api/v4/users"] = [{"id": 1, "username": "alice", "name": "A", "state": "active"}]
    fact = look("gitlab")
    assert [(one.admin, one.enrolled) for one in fact.accounts] == [(None, None)]
    assert any("administrators of the instance" in limit for limit in fact.limits)


def test_entra_without_a_licence_says_so(look, server):
    """403 without Entra ID P1 names the licence and the permission."""
    look("entra")
    code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
    path = "/v1.0/reports/authenticationMethods/userRegistrationDetails"
    server.faults = {path: lambda _: Reply({"error": {"code": code, "message": "x"}}, 403)}
    fact = look("entra")
    assert isinstance(fact, Unavailable)
    assert code in fact.reason
    assert "P1" in fact.reason
    assert "AuditLog.Read.All" in fact.reason


ALL = {"clientAppTypes": ["all"], "applications": {"includeApplications": ["All"]}, "users": {"includeUsers": ["All"]}}
GRANT = {"operator": "OR", "builtInControls": ["mfa"]}


@pytest.mark.parametrize(
    ("policy", "required"),
    [
        ({}, True),
        ({"state": "enabledForReportingButNotEnforced"}, False),
        ({"grantControls": {"operator": "OR", "builtInControls": ["mfa", "compliantDevice"]}}, False),
        ({"grantControls": {"operator": "OR", "builtInControls": [], "authenticationStrength": {"id": "4"}}}, True),
        ({"conditions": {**ALL, "locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}}}, None),
        ({"conditions": {**ALL, "users": {"includeUsers": ["All"], "excludeGroups": ["g1"]}}}, None),
        ({"conditions": {**ALL, "users": {"includeUsers": ["All"], "excludeUsers": ["id-dave"]}}}, True),
        ({"conditions": {**ALL, "applications": {"includeApplications": ["Office365"]}}}, None),
    ],
)
def test_entra_demands_it_only_by_a_policy_for_all(look, server, policy, required):
    """What covers only some sign-ins is not concluded to the end; users left out are told one by one."""
    look("entra")
    whole = {"displayName": "MFA", "state": "enabled", "conditions": ALL, "grantControls": GRANT, **policy}
    server.routes["/v1.0/identity/conditionalAccess/policies"] = {"value": [whole]}
    fact = look("entra")
    assert fact.requirement.required is required
    left_out = "id-dave" in str(policy)
    assert named(fact)["dave"].enforced is (False if left_out else None)


def test_okta_rules_that_ask_everybody_are_enforcement(look, server):
    """Otherwise the apps' own policies decide, which is not known."""
    look("okta")
    rule = {"status": "ACTIVE", "actions": {"signon": {"access": "ALLOW", "requireFactor": True}}}
    server.routes["/api/v1/policies/p1/rules"] = [rule, {**rule, "status": "INACTIVE", "actions": {}}]
    assert look("okta").requirement.required is True
    server.routes["/api/v1/policies/p1/rules"] = "nonsense"
    assert look("okta").requirement.required is None


def test_scim_without_a_mapped_attribute_is_unknown(look):
    """The core has none; who administers is unknown too where no group is named."""
    fact = look("scim", mfa_attribute="", admin_groups="")
    assert {(one.enrolled, one.admin) for one in fact.accounts} == {(None, None)}
    assert any("mfa_attribute" in limit for limit in fact.limits)


@pytest.mark.parametrize(
    ("value", "enrolled", "kinds"),
    [
        (True, True, (K.UNKNOWN,)), (False, False, ()), ("webauthn", True, (K.PASSKEY,)), ([], False, ()),
        (["totp", "sms"], True, (K.TOTP, K.SMS)), ("none", False, ()), ("maybe", None, ()), (7, None, ()),
        ({"a": 1}, None, ()), ([True], None, ()),
    ],
)  # fmt: skip
def test_scim_attributes_come_in_several_forms(look, server, value, enrolled, kinds):
    """True or false, a name, or a list of names; anything else is unknown."""
    one = {"userName": "alice", "active": True, "security": {"mfa": value}}
    server.routes["/scim/v2/Users"] = {"totalResults": 1, "Resources": [one]}
    alice = named(look("scim", mfa_attribute="security.mfa"))["alice"]
    assert (alice.enrolled, alice.kinds) == (enrolled, kinds)


def test_proxmox_that_shows_the_tokens_own_user_only_is_not_assessed(look, server):
    """Without Sys.Audit the list holds one user, which must not look like all there is."""
    look("proxmox")
    only = {"userid": "audit@pve", "enable": 1, "expire": 0}
    server.routes["/api2/json/access/users"] = {"data": [only]}
    fact = look("proxmox")
    assert isinstance(fact, Unavailable)
    assert "Sys.Audit" in fact.reason


def test_proxmox_users_whose_factors_may_not_be_seen_are_unknown(look, server):
    """The list of factors leaves them out; asked for one by one, they are refused."""
    look("proxmox")
    server.faults = {"/api2/json/access/tfa/bob%40pve": lambda _: Reply({"data": None}, 403)}
    people = named(look("proxmox"))
    assert people["bob@pve"].enrolled is None
    assert people["dave@pve"].enrolled is False


@pytest.mark.parametrize(
    ("options", "enrolled"),
    [
        ({}, False),
        ({"multi_factor_auth_enabled": True}, False),
        ({"multi_factor_auth_enabled": True, "multi_factor_auth_rules": [["password", "totp"]]}, True),
        ({"multi_factor_auth_enabled": True, "multi_factor_auth_rules": [["password", "totp"], ["password"]]}, False),
        ({"multi_factor_auth_enabled": True, "multi_factor_auth_rules": [["totp"]]}, False),
        ({"multi_factor_auth_enabled": False, "multi_factor_auth_rules": [["password", "totp"]]}, False),
        ({"multi_factor_auth_enabled": True, "multi_factor_auth_rules": [["password", "password"]]}, False),
        ({"multi_factor_auth_enabled": "yes", "multi_factor_auth_rules": [["password", "totp"]]}, None),
        ({"multi_factor_auth_enabled": True, "multi_factor_auth_rules": "password,totp"}, None),
        ({"multi_factor_auth_enabled": [True], "multi_factor_auth_rules": {}}, None),
    ],
)
def test_keystone_rules_are_alternatives(look, server, options, enrolled):
    """One rule of a single method defeats all others; what cannot be understood is unknown."""
    look("keystone")
    server.routes["/v3/users"] = {"users": [{"id": "1", "name": "alice", "enabled": True, "options": options}]}
    alice = named(look("keystone"))["alice"]
    assert (alice.enrolled, alice.enforced) == (enrolled, enrolled)


def test_keystones_list_of_credentials_is_never_asked_for(look, server):
    """It holds the seeds of codes."""
    look("keystone")
    assert not [path for path in server.paths if "credentials" in path]


def test_the_inventory_names_services_and_break_glass(look):
    """They are told apart by the names of the inventory; a wrong name is told."""
    fact = look("gitlab", service_accounts="DAVE", break_glass="bob,nobody")
    people = named(fact)
    assert people["dave"].service
    assert people["bob"].break_glass
    assert people["project_7_bot_x"].service
    assert fact.gaps == ("the inventory names nobody in break_glass, and there is no such account: correct it",)


def test_two_accounts_of_one_name_are_told(look, server):
    """Only one of them is judged, so the list is not whole."""
    look("gitlab")
    users = server.routes["/api/v4/users"]
    users.append({**users[0], "two_factor_enabled": False})
    assert any("more than one account" in gap for gap in look("gitlab").gaps)


def test_accounts_are_in_one_order(look, server):
    """The order of a source's answer changes no digest."""
    first = look("gitlab")
    server.routes["/api/v4/users"].reverse()
    assert replace(look("gitlab"), observed=first.observed) == first
