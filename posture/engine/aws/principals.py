"""The users and roles of an account, each with all its policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from posture.engine.aws.documents import Document, Statement, parse
from posture.engine.aws.rights import Held, Rights, held
from posture.engine.aws.worlds import Own, of_principal
from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.iam import IamAuthorizations, IamGroup, IamRole, IamUser, PolicyText
from posture.facts.aws.powers import PolicyRef
from posture.model.text import visible

ACTION = "iam:GetAccountAuthorizationDetails"
RESERVED = ("/aws-service-role/", "/aws-reserved/")  # paths of roles that only AWS changes


Things = Mapping[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Principal:
    """A user or role. `policies` are the ARNs of managed policies it has, by groups too; `groups` of a user.

    `trust` is a role's, `unread` names policies of it that are not known. `unbound` are its rights without a boundary.
    """

    kind: str
    name: str
    arn: str
    rights: Rights
    unbound: Rights
    context: Own
    boundary: str = ""
    policies: tuple[str, ...] = ()
    groups: tuple[IamGroup, ...] = ()
    trust: Document = field(default_factory=lambda: Document(()))
    instance_profiles: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def partition(self) -> str:
        """The part of AWS that it is in, as ARNs have it: ``aws``, ``aws-us-gov``, ``aws-cn``."""
        return self.arn.split(":")[1] if self.arn.count(":") >= 5 else "aws"

    @property
    def reserved(self) -> bool:
        """A role that only AWS changes: service-linked ones, and those of Identity Center."""
        return self.kind == "role" and any(path in self.arn for path in RESERVED)


@dataclass(slots=True)
class Policies:
    """All policies of an account, each understood once."""

    managed: Mapping[str, PolicyText]
    problems: dict[str, str] = field(default_factory=dict)  # name -> problem
    _parsed: dict[str, Document] = field(default_factory=dict)

    def document(self, text: str, name: str) -> Document:
        """The statements of a policy's text."""
        if text not in self._parsed:
            self._parsed[text] = parse(text)
        if problem := self._parsed[text].problem:
            self.problems.setdefault(name, problem)
        return self._parsed[text]

    def statements(
        self, arns: Iterable[str], inline: Iterable[PolicyText], holder: tuple[str, str]
    ) -> tuple[list[tuple[PolicyRef, Statement]], list[str]]:
        """The statements of a holder (kind, name), and the policies that are not known."""
        found: list[tuple[PolicyRef, Statement]] = []
        unread = []
        refs = [(PolicyRef(_name(arn), arn, *holder), self.managed.get(arn)) for arn in arns]
        refs += [(PolicyRef(one.name, "", *holder), one) for one in inline]
        for ref, policy in refs:
            document = self.document(policy.document, str(ref)) if policy else Document((), "it was not told")
            found += [(ref, statement) for statement in document.statements]
            unread += [str(ref)] if document.problem else []
        return found, unread

    def gaps(self) -> tuple[Gap, ...]:
        """What was not understood."""
        return tuple(
            Gap(ACTION, Why.FAULT, about=visible(f"policy {name}", 200), said=problem)
            for name, problem in self.problems.items()
        )


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


class Account:
    """All principals of an account. `things` are those that have roles, by service, where all of a service are known.

    Of a thing its ARN is told, and the ARN of its role or its instance profile.
    """

    def __init__(self, said: IamAuthorizations, things: Things | None = None) -> None:
        self.number, self.observed, self.things = said.account, said.observed, things or {}
        self.policies = Policies({policy.arn: policy for policy in said.policies})
        self.groups = {group.name: group for group in said.groups}
        self._held_by_group = {
            group.name: self.policies.statements(group.policies, group.inline, ("group", group.name))
            for group in said.groups
        }
        self.principals = (*map(self._user, said.users), *map(self._role, said.roles))
        self._said = said

    @cached_property
    def mentions_factor(self) -> bool:
        """Whether any policy speaks of a second factor: otherwise nothing depends on one."""
        said = self._said
        texts = [policy.document for policy in said.policies]
        every = (*(user.inline for user in said.users), *(group.inline for group in said.groups))
        texts += [one.document for some in (*every, *(role.inline for role in said.roles)) for one in some]
        texts += [role.trust for role in said.roles]
        return any("multifactorauth" in text.lower() for text in texts)

    @cached_property
    def roles(self) -> tuple[Principal, ...]:
        """The roles among them."""
        return tuple(one for one in self.principals if one.kind == "role")

    @cached_property
    def users(self) -> tuple[Principal, ...]:
        """The users among them."""
        return tuple(one for one in self.principals if one.kind == "user")

    def with_group(self, user: Principal, group: str) -> Rights:
        """The rights of a user who joined a group."""
        more = tuple(held(ref, statement, user.context) for ref, statement in self._held_by_group[group][0])
        return Rights((*user.rights.statements, *more), user.rights.boundary)

    def _user(self, user: IamUser) -> Principal:
        found, unread = self.policies.statements(user.policies, user.inline, ("user", user.name))
        groups = tuple(self.groups[name] for name in user.groups if name in self.groups)
        for group in groups:
            more, not_read = self._held_by_group[group.name]
            found, unread = found + more, unread + not_read
        unread += [f"group {name}" for name in user.groups if name not in self.groups]
        context = of_principal("user", user.name, user.arn, user.tags, self.observed)
        rights, unbound, unknown = self._rights(found, user.boundary, context)
        arns = (*user.policies, *(arn for group in groups for arn in group.policies))
        return Principal(
            "user", user.name, user.arn, rights, unbound, context, user.boundary, tuple(dict.fromkeys(arns)), groups,
            unread=(*unread, *unknown),
        )  # fmt: skip

    def _role(self, role: IamRole) -> Principal:
        found, unread = self.policies.statements(role.policies, role.inline, ("role", role.name))
        context = of_principal("role", role.name, role.arn, role.tags, self.observed)
        rights, unbound, unknown = self._rights(found, role.boundary, context)
        trust = parse(role.trust) if role.trust else Document((), "it was not told")
        return Principal(
            "role", role.name, role.arn, rights, unbound, context, role.boundary, role.policies, trust=trust,
            instance_profiles=role.instance_profiles, unread=(*unread, *unknown),
        )  # fmt: skip

    def _rights(
        self, found: list[tuple[PolicyRef, Statement]], boundary: str, context: Own
    ) -> tuple[Rights, Rights, list[str]]:
        """With and without the boundary; a boundary that is not known is taken for none, and named."""
        own = tuple(held(ref, statement, context) for ref, statement in found)
        if not boundary:
            rights = Rights(own)
            return rights, rights, []
        limits, unread = self.policies.statements((boundary,), (), ("boundary", ""))
        bounds: tuple[Held, ...] | None = tuple(held(ref, statement, context) for ref, statement in limits)
        return Rights(own, None if unread else bounds), Rights(own), unread
