"""The resources of an inventory, a class a kind; `kind` says which."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from posture.inventory.addresses import DomainName, HostAddress, web_host
from posture.inventory.forms import (
    REFERENCES,
    AccountId,
    Fingerprint,
    GitUrl,
    Given,
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


class HostEntry(_Kind):
    """A machine; seen from outside, and from inside where `ssh` says how."""

    kind: Literal["host"] = Field(description=_KIND)
    id: ResourceId = Field(description="Name in the report, unique within the customer", examples=["web1"])
    address: HostAddress = Field(
        description="IP address inside networks, or a name that resolves to one", examples=["198.51.100.2"]
    )
    ssh: Given[SshEntry] = Field(default=None, description="How to log in; without it the inside is not assessed")

    def resource(self) -> Resource:
        """The entry as the model has it."""
        ssh = self.ssh.access() if self.ssh else None
        return Resource(kind=ResourceKind.HOST, id=self.id, address=self.address, ssh=ssh)


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


SOURCE_FIELDS: Final = {"csv": "path", "keycloak": "url", "github-org": "org", "scim": "url"}
"""Where people's accounts are listed, and the field that says where that is."""


class AccountsEntry(_Kind):
    """A list of people's accounts, to see who signs in without a second factor."""

    kind: Literal["accounts"] = Field(description=_KIND)
    id: ResourceId = Field(description="Name in the report, unique within the customer", examples=["staff"])
    source: Literal["csv", "keycloak", "github-org", "scim"] = Field(
        description="Where the list is kept", examples=["csv"]
    )
    path: Given[Words] = Field(default=None, description="For csv: the file", examples=["staff.csv"])
    url: Given[WebUrl] = Field(
        default=None, description="For keycloak and scim: its address", examples=["https://id.example/realms/staff"]
    )
    org: Given[ResourceId] = Field(default=None, description="For github-org: its name", examples=["example-bakery"])
    token: Given[Secret] = Field(
        default=None, description="Where the token is that may read the list", examples=["env:BAKERY_SCIM_TOKEN"]
    )

    @model_validator(mode="after")
    def _place_of_source(self) -> Self:
        needed = SOURCE_FIELDS[self.source]
        if getattr(self, needed) is None:
            example = (type(self).model_fields[needed].examples or [""])[0]
            raise refused(f"is missing, and source {self.source} needs it", f"add `{needed}: {example}`", needed)
        for other in sorted(set(SOURCE_FIELDS.values()) - {needed}):
            if getattr(self, other) is not None:
                raise refused(f"means nothing to source {self.source}", f"delete it; {needed} says where", other)
        return self


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
