"""Who is in an AWS account and what its policies say: one question, all four lists from each of its pages.

Source: IAM API Reference, GetAccountAuthorizationDetails. Without a filter it gives the users, groups, roles, the
customer's managed policies and those of AWS that are attached; botocore decodes the documents from their URL form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from posture.collect.aws.api import MOST_ITEMS, MOST_PAGES, Call, document
from posture.collect.aws.asked import Asked
from posture.collect.aws.errors import Unanswered
from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.iam import IamAuthorizations, IamGroup, IamRole, IamUser, PolicyText
from posture.facts.factset import Facts
from posture.model.text import visible

Item = Mapping[str, Any]
LONGEST_POLICY = 65_536  # characters; AWS takes at most 10,240 for all inline policies of a role
_NAME = 200  # characters shown of a name; AWS takes at most 128
_ARN = 2_048
_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_DETAILS = Call("iam", "GetAccountAuthorizationDetails")


def read_iam(asked: Asked) -> Facts:
    """`IamAuthorizations`.

    Raises:
        Unanswered: not even the first page came.
    """
    told = _Told()
    for page in _pages(asked, told.gaps):
        for name in _LISTS:
            told.lists[name].extend(page.get(name) or ())
    return {IamAuthorizations: told.authorizations(asked.api.account, asked.at)}


def _pages(asked: Asked, gaps: list[Gap]) -> Iterator[Item]:
    """The pages that came; why the last is not the end, among `gaps`."""
    marker, items = "", 0
    for number in range(MOST_PAGES):
        parameters = {"MaxItems": 1000, **({"Marker": marker} if marker else {})}
        try:
            page = asked.api.ask(Call(_DETAILS.service, _DETAILS.operation, parameters))
        except Unanswered as unanswered:
            if number == 0:
                raise
            gaps.append(unanswered.gap)
            return
        if not any(name in page for name in _LISTS):
            gaps.append(_DETAILS.gap(Why.FAULT, "an answer without users, groups, roles and policies"))
        yield page
        items += sum(len(page.get(name) or ()) for name in _LISTS)
        if not page.get("IsTruncated"):
            return
        if page.get("Marker") in {None, "", marker}:
            gaps.append(_DETAILS.gap(Why.FAULT, "there are more pages, and no word where the next begins"))
            return
        marker = str(page["Marker"])
        if items > MOST_ITEMS:
            break
    gaps.append(_DETAILS.gap(Why.LIMIT))


@dataclass(slots=True)
class _Told:
    """What the pages said, made into facts; what cannot be is a gap."""

    lists: dict[str, list[Item]] = field(default_factory=lambda: {name: [] for name in _LISTS})
    gaps: list[Gap] = field(default_factory=list)

    def authorizations(self, account: str, at: datetime) -> IamAuthorizations:
        users = tuple(self._user(one) for one in self._named("UserDetailList", "UserName"))
        groups = tuple(self._group(one) for one in self._named("GroupDetailList", "GroupName"))
        roles = tuple(self._role(one) for one in self._named("RoleDetailList", "RoleName"))
        owners: tuple[IamUser | IamGroup | IamRole, ...] = (*users, *groups, *roles)
        used = {arn for one in owners for arn in one.policies}
        used |= {one.boundary for one in owners if not isinstance(one, IamGroup) and one.boundary}
        policies = tuple(self._managed(used))
        for arn in sorted(used - {policy.arn for policy in policies}):
            self.gaps.append(_fault(arn, "the policy is attached, and its text is not in the answer"))
        return IamAuthorizations(account, users, groups, roles, policies, tuple(dict.fromkeys(self.gaps)), at)

    def _named(self, name: str, key: str) -> Iterator[Item]:
        for one in self.lists[name]:
            if one.get(key) and one.get("Arn"):
                yield one
            else:
                self.gaps.append(_fault("", f"one of {name} has no name"))

    def _user(self, one: Item) -> IamUser:
        return IamUser(
            name=_name(one, "UserName"),
            arn=_arn(one.get("Arn")),
            created=_time(one.get("CreateDate")) or _UNKNOWN,
            groups=tuple(visible(str(name), _NAME) for name in one.get("GroupList") or ()),
            policies=_attached(one),
            inline=self._inline(one, "UserPolicyList"),
            boundary=_boundary(one),
            tags=_tags(one),
        )

    def _group(self, one: Item) -> IamGroup:
        inline = self._inline(one, "GroupPolicyList")
        return IamGroup(_name(one, "GroupName"), _arn(one.get("Arn")), _attached(one), inline)

    def _role(self, one: Item) -> IamRole:
        profiles = one.get("InstanceProfileList") or ()
        return IamRole(
            name=_name(one, "RoleName"),
            arn=_arn(one.get("Arn")),
            created=_time(one.get("CreateDate")) or _UNKNOWN,
            trust=self._text(one.get("AssumeRolePolicyDocument"), _arn(one.get("Arn"))) or "",
            policies=_attached(one),
            inline=self._inline(one, "RolePolicyList"),
            boundary=_boundary(one),
            last_used=_time((one.get("RoleLastUsed") or {}).get("LastUsedDate")),
            instance_profiles=tuple(_arn(profile.get("Arn")) for profile in profiles),
            tags=_tags(one),
        )

    def _inline(self, one: Item, key: str) -> tuple[PolicyText, ...]:
        owner = _arn(one.get("Arn"))
        found = []
        for policy in one.get(key) or ():
            name = _name(policy, "PolicyName")
            text = self._text(policy.get("PolicyDocument"), f"{owner} {name}")
            if text is not None:
                found.append(PolicyText(name, "", text))
        return tuple(found)

    def _managed(self, used: set[str]) -> Iterator[PolicyText]:
        """The default versions of those that somebody has, each once."""
        seen: set[str] = set()
        for policy in self.lists["Policies"]:
            arn = _arn(policy.get("Arn"))
            if arn not in used or arn in seen:
                continue
            versions = policy.get("PolicyVersionList") or ()
            default: Item = next((version for version in versions if version.get("IsDefaultVersion")), {})
            text = self._text(default.get("Document"), arn)
            if text is not None:
                seen.add(arn)
                yield PolicyText(_name(policy, "PolicyName") or arn.rsplit("/", 1)[-1], arn, text)

    def _text(self, policy: object, about: str) -> str | None:
        """A document as JSON; None, and a gap, where it is missing, no JSON object, or longer than any of AWS."""
        if not isinstance(policy, Mapping):
            self.gaps.append(_fault(about, "the policy's text is missing, or is not JSON"))
            return None
        text = document(policy)
        if len(text) > LONGEST_POLICY:
            self.gaps.append(_DETAILS.gap(Why.LIMIT, f"the policy of {about} has {len(text)} characters"))
            return None
        return text


_UNKNOWN = datetime.fromtimestamp(0, UTC)  # older than any account: what has no date is taken for old


def _fault(about: str, said: str) -> Gap:
    return Call(_DETAILS.service, _DETAILS.operation, about=about).gap(Why.FAULT, said)


def _name(one: Item, key: str) -> str:
    return visible(str(one.get(key) or ""), _NAME)


def _arn(text: object) -> str:
    return visible(str(text or ""), _ARN)


def _time(moment: object) -> datetime | None:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else None


def _attached(one: Item) -> tuple[str, ...]:
    attached: Iterable[Item] = one.get("AttachedManagedPolicies") or ()
    return tuple(_arn(policy.get("PolicyArn")) for policy in attached if policy.get("PolicyArn"))


def _boundary(one: Item) -> str:
    return _arn((one.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"))


def _tags(one: Item) -> tuple[tuple[str, str], ...]:
    pairs = ((str(tag.get("Key", "")), str(tag.get("Value", ""))) for tag in one.get("Tags") or ())
    return tuple((visible(key, _NAME), visible(value)) for key, value in pairs)
