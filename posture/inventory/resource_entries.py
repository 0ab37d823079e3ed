"""The resources of an inventory, a class a kind; `kind` says which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from posture.inventory.addresses import DomainName, HostAddress, web_host
from posture.inventory.forms import (
    REFERENCES,
    AccountId,
    AccountName,
    Contact,
    Fingerprint,
    GitUrl,
    Given,
    GroupPath,
    LoginName,
    Moment,
    RegionName,
    ResourceId,
    RoleArn,
    Secret,
    Selector,
    UserName,
    WebUrl,
    Words,
    refused,
)
from posture.model.resource import Resource, ResourceKind, SshAccess


class Entry(BaseModel):
    """A part of the inventory: no unknown key, no guessing of types, and no input in any error text."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class SshEntry(Entry):
    """How to log in to a host to read its inside."""

    user: UserName = Field(description="Account to log in with; it needs no more than to read", examples=["auditor"])
    port: int = Field(default=22, ge=1, le=65535, description="TCP port of the SSH server", examples=[22])
    key: Given[Secret] = Field(
        default=None,
        description="Where the private key is: env:NAME, file:/path, keyring:service/user or command:...",
        examples=["file:/etc/posture/keys/bakery"],
    )
    authority: Given[Secret] = Field(
        default=None,
        description="Instead of key: where the private key of a user CA is, which signs a certificate for each login",
        examples=["file:/etc/posture/ca/bakery"],
    )
    host_key: Annotated[
        list[Fingerprint], BeforeValidator(_as_list, json_schema_input_type=str | list[Fingerprint])
    ] = Field(
        default=[],
        min_length=1,
        description="SHA256 fingerprint of the host's key, or a list of those that are accepted; without any, and "
        "without host_authority or sshfp, the key that somebody confirmed with `posture access pin`",
        examples=["SHA256:u7mGnp4qpuLOWg2NWJ5Q3rO1Y3l7Jt5cVZ1XcMZ8y3k"],
    )
    host_authority: Annotated[
        list[Fingerprint], BeforeValidator(_as_list, json_schema_input_type=str | list[Fingerprint])
    ] = Field(
        default=[],
        min_length=1,
        description="SHA256 fingerprint of a host CA, or a list: hosts are believed by its certificates",
        examples=["SHA256:u7mGnp4qpuLOWg2NWJ5Q3rO1Y3l7Jt5cVZ1XcMZ8y3k"],
    )
    sshfp: bool = Field(
        default=False,
        description="Believe SSHFP records of the host's name in a zone signed by DNSSEC",
        examples=[True],
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.key is None and self.authority is None:
            raise refused("is missing, and nobody can log in without it", f"add `key:` with {REFERENCES}", "key")
        if self.key is not None and self.authority is not None:
            raise refused("is given beside key, and a login is by one of them", "delete key or authority", "authority")
        return self

    def access(self) -> SshAccess:
        """The entry as the model has it."""
        return SshAccess(
            self.user,
            self.key,
            tuple(self.host_key),
            self.port,
            self.authority,
            tuple(self.host_authority),
            self.sshfp,
        )


_KIND: Final = "What it is; says which further fields there are"


class _Kind(Entry):
    def resource(self) -> Resource:
        """The entry as the model has it; what only its collector understands becomes `settings`."""
        return Resource(kind=ResourceKind(self._text("kind")), id=self._text("id"), settings=self._settings())

    def _settings(self) -> tuple[tuple[str, str], ...]:
        given = [name for name in type(self).model_fields if name in self.model_fields_set - {"kind", "id"}]
        return tuple((name, self._text(name)) for name in given)

    def _text(self, name: str) -> str:
        value = getattr(self, name)
        if isinstance(value, bool):
            return "true" if value else "false"
        return ",".join(map(str, value)) if isinstance(value, list) else str(value)


MOST_NAMES: Final = 8  # of one host: each of its web servers is looked at under each


class HostEntry(_Kind):
    """A machine; seen from outside, and from inside where `ssh` says how."""

    kind: Literal["host"] = Field(description=_KIND)
    id: ResourceId = Field(description="Name in the report, unique within the customer", examples=["web1"])
    address: HostAddress = Field(
        description="IP address inside networks, or a name that resolves to one", examples=["198.51.100.2"]
    )
    names: list[DomainName] = Field(
        default=[],
        min_length=1,
        max_length=MOST_NAMES,
        description="Names that its websites and certificates are for; each web server is asked for each of them",
        examples=[["www.bakery.example", "shop.bakery.example"]],
    )
    ssh: Given[SshEntry] = Field(default=None, description="How to log in; without it the inside is not assessed")

    def resource(self) -> Resource:
        """The entry as the model has it."""
        ssh = self.ssh.access() if self.ssh else None
        names = tuple(name for name in dict.fromkeys(self.names) if name != self.address)
        return Resource(kind=ResourceKind.HOST, id=self.id, address=self.address, ssh=ssh, names=names)


class DomainEntry(_Kind):
    """A domain name whose e-mail records are judged."""

    kind: Literal["domain"] = Field(description=_KIND)
    id: DomainName = Field(description="The domain", examples=["bakery.example"])
    sends_mail: Given[bool] = Field(
        default=None, description="Whether e-mail is sent from addresses of it; left out where unknown", examples=[True]
    )
    dkim_selectors: list[Selector] = Field(
        default=[], description="Selectors its e-mail is signed under (RFC 6376)", examples=[["s1"]]
    )


class AwsAccountEntry(_Kind):
    """An account at Amazon Web Services, read through a role."""

    kind: Literal["aws-account"] = Field(description=_KIND)
    id: AccountId = Field(description="Twelve digits, in quotes", examples=["111122223333"])
    role_arn: RoleArn = Field(
        description="Role in the account that may read what is audited",
        examples=["arn:aws:iam::111122223333:role/PostureAudit"],
    )
    external_id: Secret = Field(
        description="Where the external id of the role's trust policy is", examples=["env:BAKERY_EXTERNAL_ID"]
    )
    regions: list[RegionName] = Field(
        default=[],
        min_length=1,
        description="Regions to read; without it, all that are enabled",
        examples=[["eu-central-1"]],
    )

    @field_validator("role_arn")
    @classmethod
    def _same_account(cls, arn: str, info: ValidationInfo) -> str:
        account = info.data.get("id")
        if account is not None and arn.split(":")[4] != account:
            raise refused("is a role of another account", "give the role of the account in `id`, or correct the id")
        return arn


@dataclass(frozen=True, slots=True)
class Fields:
    """Which fields a source of accounts needs, and which it may have."""

    needed: tuple[str, ...]
    further: tuple[str, ...] = ()


SOURCES: Final = {
    "csv": Fields(("path",), ("exported_at",)),
    "keycloak": Fields(("url",), ("client_id", "client_secret", "user", "password", "ca")),
    "github-org": Fields(("org", "token"), ("url", "ca")),
    "gitlab": Fields(("token",), ("url", "group", "ca")),
    "google-workspace": Fields(("key", "subject"), ("url", "ca")),
    "entra": Fields(("tenant", "client_id", "client_secret"), ("url", "ca")),
    "okta": Fields(("url", "token"), ("ca",)),
    "scim": Fields(("url", "token"), ("mfa_attribute", "admin_groups", "ca")),
    "whm": Fields(("url", "token"), ("user", "ca")),
    "proxmox": Fields(("url", "token"), ("ca",)),
    "keystone": Fields(("url",), ("user", "password", "domain", "client_id", "client_secret", "ca")),
}
"""Where people's accounts are listed, and the fields that say where that is and how it is read."""


class AccountsEntry(_Kind):
    """A list of people's accounts, to see who signs in without a second factor."""

    kind: Literal["accounts"] = Field(description=_KIND)
    id: ResourceId = Field(description="Name in the report, unique within the customer", examples=["staff"])
    source: Literal[
        "csv", "keycloak", "github-org", "gitlab", "google-workspace", "entra", "okta", "scim", "whm", "proxmox",
        "keystone",
    ] = Field(description="Where the list is kept", examples=["csv"])  # fmt: skip
    path: Given[Words] = Field(default=None, description="For csv: the file", examples=["staff.csv"])
    exported_at: Given[Moment] = Field(
        default=None, description="For csv: when it was exported", examples=["2026-11-22T08:00:00+01:00"]
    )
    url: Given[WebUrl] = Field(
        default=None, description="Address of the server or realm", examples=["https://id.example/realms/staff"]
    )
    org: Given[ResourceId] = Field(default=None, description="For github-org: its name", examples=["example-bakery"])
    group: Given[GroupPath] = Field(
        default=None, description="For gitlab: the path of a group; needed at gitlab.com", examples=["example-bakery"]
    )
    tenant: Given[ResourceId] = Field(
        default=None, description="For entra: the tenant's id or domain", examples=["bakery.onmicrosoft.com"]
    )
    subject: Given[Contact] = Field(
        default=None,
        description="For google-workspace: the administrator in whose name the directory is read",
        examples=["auditor@bakery.example"],
    )
    user: Given[LoginName] = Field(default=None, description="Account that reads the list", examples=["auditor"])
    domain: Given[Words] = Field(default=None, description="For keystone: the domain of user", examples=["Default"])
    client_id: Given[LoginName] = Field(default=None, description="Client that reads the list", examples=["posture"])
    token: Given[Secret] = Field(
        default=None, description="Where the token is that may read the list", examples=["env:BAKERY_SCIM_TOKEN"]
    )
    password: Given[Secret] = Field(
        default=None, description="Where the password of user is", examples=["env:BAKERY_KEYCLOAK_PASSWORD"]
    )
    client_secret: Given[Secret] = Field(
        default=None, description="Where the secret of client_id is", examples=["env:BAKERY_KEYCLOAK_SECRET"]
    )
    key: Given[Secret] = Field(
        default=None,
        description="For google-workspace: where the JSON key of the service account is",
        examples=["file:/etc/posture/keys/bakery-google.json"],
    )
    ca: Given[Words] = Field(
        default=None,
        description="File with the certificate that the server's is verified by, where no public authority signed it",
        examples=["/etc/posture/pve-root-ca.pem"],
    )
    mfa_attribute: Given[Words] = Field(
        default=None,
        description="For scim: the provider's attribute that tells of the second factor",
        examples=["urn:example:scim:schemas:extension:security:2.0:User:mfaEnrolled"],
    )
    admin_groups: list[AccountName] = Field(
        default=[], min_length=1, description="For scim: groups or roles of administrators", examples=[["admins"]]
    )
    service_accounts: list[AccountName] = Field(
        default=[], min_length=1, description="Accounts that belong to programs", examples=[["backup@bakery.example"]]
    )
    break_glass: list[AccountName] = Field(
        default=[],
        min_length=1,
        description="Accounts for the day when nothing else works",
        examples=[["emergency@bakery.example"]],
    )

    @model_validator(mode="after")
    def _place_of_source(self) -> Self:
        fields = SOURCES[self.source]
        for needed in fields.needed:
            if getattr(self, needed) is None:
                example = (type(self).model_fields[needed].examples or [""])[0]
                raise refused(f"is missing, and source {self.source} needs it", f"add `{needed}: {example}`", needed)
        every = {name for one in SOURCES.values() for name in (*one.needed, *one.further)}
        for other in sorted(every - {*fields.needed, *fields.further}):
            if getattr(self, other):
                where = f"delete it; {fields.needed[0]} says where"
                raise refused(f"means nothing to source {self.source}", where, other)
        return self

    @model_validator(mode="after")
    def _login(self) -> Self:
        for name, secret in (("user", "password"), ("client_id", "client_secret")):
            if self.source in {"keycloak", "keystone"} and getattr(self, name) and getattr(self, secret) is None:
                if name == "client_id" and self.user and self.source == "keycloak":
                    continue  # a public client, which the user logs in by
                raise refused(f"is missing beside {name}", f"add `{secret}:` with {REFERENCES}", secret)
        if self.source in {"keycloak", "keystone"} and not self.user and not self.client_id:
            raise refused(
                "is missing, and nobody can log in without it", "add client_id and client_secret", "client_id"
            )
        if self.source == "gitlab" and self.url is None and self.group is None:
            raise refused("is missing, and all of gitlab.com cannot be read", "add `group: example-bakery`", "group")
        return self

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        url = (self.url or "").lower()
        if url.startswith("http://") and not url.startswith(_THIS_MACHINE):
            raise refused("would send the login without encryption", "write https://", "url")
        return self


_THIS_MACHINE: Final = ("http://127.0.0.1", "http://[::1]", "http://localhost")  # the end of a tunnel


class RepositoryEntry(_Kind):
    """A repository of source code, searched for secrets."""

    kind: Literal["repository"] = Field(description=_KIND)
    id: ResourceId = Field(description="Name in the report, unique within the customer", examples=["shop"])
    url: GitUrl = Field(description="Where git clones it from", examples=["file:///srv/git/shop.git"])
    token: Given[Secret] = Field(
        default=None, description="Where the token is that may read it", examples=["env:BAKERY_GIT_TOKEN"]
    )

    @field_validator("url")
    @classmethod
    def _plain_name(cls, url: str) -> str:
        return web_host(url)

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.token is not None and self.url.lower().startswith("http://"):
            raise refused("would send the token without encryption", "write https://", "url")
        return self


ResourceEntry = Annotated[
    HostEntry | DomainEntry | AwsAccountEntry | AccountsEntry | RepositoryEntry, Field(discriminator="kind")
]

KINDS: Final[dict[str, type[Entry]]] = {
    "host": HostEntry,
    "domain": DomainEntry,
    "aws-account": AwsAccountEntry,
    "accounts": AccountsEntry,
    "repository": RepositoryEntry,
}
