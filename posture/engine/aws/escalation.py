"""Which principals of an account can get an administrator's rights, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from posture.engine.aws.conditions import Special, Value
from posture.engine.aws.documents import Condition
from posture.engine.aws.escalation_paths import Path, paths
from posture.engine.aws.principals import Account, Principal
from posture.engine.aws.rights import Grant, Rights
from posture.engine.aws.trust import Named, trusts, trusts_service
from posture.engine.aws.worlds import Factor, in_region_of, with_factor
from posture.facts.aws.powers import EscalationPath, PolicyRef

TARGETS = 3  # named for each way
BECOMES = frozenset({"user", "role", "assume", "pass", "existing"})  # ways to act as another principal
EMPOWERS = frozenset({"own-policy", "self-user", "self-role", "own-group"})  # ways to add rights to one
RESOURCES = {"ssm": "ec2", "ec2-instance-connect": "ec2"}  # services whose actions are about another's resources


@dataclass(frozen=True, slots=True)
class Way:
    """One way to one target that is open to a principal. `unclear` are conditions taken as met."""

    path: Path
    target: str
    policies: tuple[PolicyRef, ...]
    unclear: tuple[Condition, ...] = ()
    permissions: tuple[str, ...] = ()
    needs: str = ""


class Search:
    """The principals of an account in a world with or without a second factor.

    `admins` maps the ARNs of administrators to what makes them so, `ways` those of others to their ways up.
    """

    def __init__(self, account: Account, factor: Factor) -> None:
        self._account = account
        self._contexts = {one.arn: with_factor(one.context, factor) for one in account.principals}
        self.admins = {one.arn: grant for one in account.principals if (grant := self._admin(one, one.rights))}
        self.ways: dict[str, list[Way]] = {}
        self._limits: dict[str, bool] = {}
        self._served: dict[tuple[str, str], bool] = {}
        self._opened: dict[str, tuple[Path, ...]] = {}
        self._kinds: Mapping[str, Callable[[Principal, Path, Sequence[Principal]], Iterator[Way]]] = {
            "own-policy": self._own_policy, "self-user": self._self, "self-role": self._self,
            "own-group": self._own_group, "join-group": self._join_group, "boundary-user": self._boundary,
            "boundary-role": self._boundary, "boundary-policy": self._boundary, "user": self._user,
            "role": self._role, "assume": self._assume, "pass": self._pass, "existing": self._existing,
        }  # fmt: skip
        self._climb()

    def _climb(self) -> None:
        """Who reaches an administrator, then who reaches those, until nobody is added."""
        goals = [one for one in self._account.principals if one.arn in self.admins and not one.reserved]
        left = [one for one in self._account.principals if one.arn not in self.admins and not one.reserved]
        first = True
        while left and (goals or first):
            found = [(one, ways) for one in left if (ways := list(self._all(one, goals, first=first)))]
            self.ways |= {one.arn: ways for one, ways in found}
            goals = [one for one, _ in found]
            left = [one for one in left if one.arn not in self.ways]
            first = False

    def _all(self, one: Principal, goals: Sequence[Principal], *, first: bool) -> Iterator[Way]:
        found = False
        for path in self._open(one):
            if not first and path.kind not in BECOMES and path.kind != "join-group":
                continue
            for way in islice(self._kinds[path.kind](one, path, goals), TARGETS):
                found = True
                yield way
        if first and not found and any(path.kind in EMPOWERS for path in self._open(one)):
            yield from islice(self._empowered(one), TARGETS)

    def _trusts(self, role: Principal, service: str) -> bool:
        key = (role.arn, service)
        if key not in self._served:
            self._served[key] = trusts_service(role, service)
        return self._served[key]

    def _open(self, one: Principal) -> tuple[Path, ...]:
        """The ways for which it has all permissions over something; a role's trust may need none."""
        if one.arn not in self._opened:
            self._opened[one.arn] = tuple(
                path for path in paths() if path.kind == "assume" or all(map(one.rights.possible, path.permissions))
            )
        return self._opened[one.arn]

    # What a request is allowed.

    def _asks(
        self, one: Principal, action: str, resource: str, more: Mapping[str, Value] | None = None
    ) -> Grant | None:
        if not one.rights.might(action, resource):
            return None
        context = self._contexts[one.arn].plus({**in_region_of(action), **(more or {})})
        return one.rights.granted(action, resource, context)

    def _anywhere(self, one: Principal, action: str) -> Grant | None:
        """On some resource of the action's service in this account."""
        service = action.partition(":")[0]
        shape = f"arn:{one.partition}:{RESOURCES.get(service, service)}:*:{self._account.number}:*"
        return one.rights.somewhere(action, shape, self._contexts[one.arn].plus(in_region_of(action)))

    def _admin(self, one: Principal, rights: Rights) -> Grant | None:
        """Whether these rights are an administrator's: everything, identities and policies with it."""
        context = self._contexts[one.arn]
        everything = rights.granted(*_anything(one), context)
        if everything is None:
            return None
        prefix = f"arn:{one.partition}:iam::{self._account.number}:"
        for action, kind in _IDENTITIES:
            if grant := rights.granted(action, f"{prefix}{kind}/{_FRESH}", context.plus(_empowering(one, ""))):
                return Grant(_both(everything, grant), (*everything.unclear, *grant.unclear))
        return None

    def _unlimited(self, one: Principal) -> bool:
        """Whether policies added to the principal would make it an administrator: its boundary and denials leave it."""
        if one.arn not in self._limits:
            context, prefix = self._contexts[one.arn], f"arn:{one.partition}:iam::{self._account.number}:"
            self._limits[one.arn] = one.rights.within_boundary(*_anything(one), context) and any(
                one.rights.within_boundary(action, f"{prefix}{kind}/{_FRESH}", context) for action, kind in _IDENTITIES
            )
        return self._limits[one.arn]

    # The kinds of ways. Each yields one way for each target.

    def _over(self, one: Principal, path: Path, named: str, arn: str, more: Mapping[str, Value]) -> Iterator[Way]:
        grants = [self._asks(one, action, arn, more) for action in path.permissions]
        if all(grants):
            yield _way(path, named, [grant for grant in grants if grant])

    def _own_policy(self, one: Principal, path: Path, _: Sequence[Principal]) -> Iterator[Way]:
        yield from self._policies_of(one, path, one)

    def _policies_of(self, one: Principal, path: Path, whose: Principal) -> Iterator[Way]:
        if self._unlimited(whose):
            for arn in whose.policies:
                if arn.split(":")[4:5] == [self._account.number]:
                    yield from self._over(one, path, f"policy {arn.rpartition('/')[2]}", arn, {})

    def _self(self, one: Principal, path: Path, _: Sequence[Principal]) -> Iterator[Way]:
        yield from self._principal(one, path, one)

    def _principal(self, one: Principal, path: Path, whose: Principal) -> Iterator[Way]:
        if path.kind == f"self-{whose.kind}" and not whose.reserved and self._unlimited(whose):
            yield from self._over(one, path, _called(whose), whose.arn, _empowering(whose, whose.boundary))

    def _own_group(self, one: Principal, path: Path, _: Sequence[Principal]) -> Iterator[Way]:
        yield from self._groups_of(one, path, one)

    def _groups_of(self, one: Principal, path: Path, whose: Principal) -> Iterator[Way]:
        if self._unlimited(whose):
            for group in whose.groups:
                yield from self._over(one, path, f"group {group.name}", group.arn, _empowering(whose, ""))

    def _join_group(self, one: Principal, path: Path, goals: Sequence[Principal]) -> Iterator[Way]:
        """A group that makes the user an administrator, or one of whose members has such rights by it."""
        if one.kind != "user":
            return
        own = {group.name for group in one.groups}
        strong = {ref.holder for goal in goals for ref in self._made_by(goal) if ref.holder_kind == "group"}
        for name, group in self._account.groups.items():
            makes = name in strong or self._admin(one, self._account.with_group(one, name))
            if name not in own and makes and self._unlimited(one):
                yield from self._over(one, path, f"group {name}", group.arn, {})

    def _made_by(self, goal: Principal) -> Iterable[PolicyRef]:
        if goal.arn in self.admins:
            return self.admins[goal.arn].policies
        return (ref for way in self.ways[goal.arn] for ref in way.policies)

    def _boundary(self, one: Principal, path: Path, _: Sequence[Principal]) -> Iterator[Way]:
        if not one.boundary or path.kind not in (f"boundary-{one.kind}", "boundary-policy"):
            return
        freed = replace(one, rights=one.unbound)
        if self._admin(freed, one.unbound):
            over = one.boundary if path.kind == "boundary-policy" else one.arn
            if path.kind != "boundary-policy" or over.split(":")[4:5] == [self._account.number]:
                yield from self._over(one, path, f"boundary of {_called(one)}", over, _unbounding(one))

    def _user(self, one: Principal, path: Path, goals: Sequence[Principal]) -> Iterator[Way]:
        for goal in goals:
            if goal.kind == "user" and goal.arn != one.arn:
                yield from self._over(one, path, _called(goal), goal.arn, {})

    def _role(self, one: Principal, path: Path, goals: Sequence[Principal]) -> Iterator[Way]:
        for goal in goals:
            if goal.kind == "role" and goal.arn != one.arn:
                yield from self._over(one, path, _called(goal), goal.arn, {})

    def _assume(self, one: Principal, path: Path, goals: Sequence[Principal]) -> Iterator[Way]:
        """A role that lets anyone in is told for itself: it is no way of a principal without the permission."""
        yield from self._assumes(one, path, goals, free=(Named.ITSELF,))

    def _assumes(
        self, one: Principal, path: Path, goals: Sequence[Principal], free: tuple[Named, ...]
    ) -> Iterator[Way]:
        """Roles whose trust means the principal in one of the `free` ways, or by its account and its own permission."""
        context = self._contexts[one.arn].plus(in_region_of(path.permissions[0]))
        may = one.rights.possible(path.permissions[0])
        for goal in goals:
            if goal.kind != "role" or goal.arn == one.arn:
                continue
            named, unclear = trusts(goal, one, context)
            if named is Named.NO or not (may or named in free):
                continue
            grant = one.rights.granted(path.permissions[0], goal.arn, context)
            if grant is None and named in free and one.rights.within_boundary(path.permissions[0], goal.arn, context):
                grant = Grant(())
            if grant:
                yield replace(_way(path, _called(goal), [grant]), unclear=(*grant.unclear, *unclear))

    def _pass(self, one: Principal, path: Path, goals: Sequence[Principal]) -> Iterator[Way]:
        rest = self._rest(one, path.permissions[1:])
        if rest is None:
            return
        service: Mapping[str, Value] = {"iam:passedtoservice": (path.service,)}
        for goal in goals:
            if goal.kind == "role" and goal.arn != one.arn and self._trusts(goal, path.service):
                grant = self._asks(one, path.permissions[0], goal.arn, service)
                if grant:
                    profile = path.service.startswith("ec2.") and not goal.instance_profiles
                    needs = ", ".join(
                        part for part in (path.needs, "an instance profile with the role" if profile else "") if part
                    )
                    yield replace(_way(path, _called(goal), [grant, *rest]), needs=needs)

    def _existing(self, one: Principal, path: Path, goals: Sequence[Principal]) -> Iterator[Way]:
        """Where the things are known, one must have the role; else the role's trust says that some may."""
        able = [goal for goal in goals if goal.kind == "role" and goal.arn != one.arn]
        able = [goal for goal in able if self._trusts(goal, path.service)]
        for goal in able:
            if path.service not in self._account.things:
                if rest := self._rest(one, path.permissions):
                    yield _way(path, _called(goal), rest)
                continue
            for thing in self._having(goal, path.service):
                over = [self._asks(one, action, thing) for action in path.permissions] if path.over_thing else []
                rest = [grant for grant in over if grant] if all(over) else []
                if rest := rest if path.over_thing else self._rest(one, path.permissions) or []:
                    known = replace(path, needs="") if path.over_thing and path.id.startswith("lambda") else path
                    yield _way(known, f"{_called(goal)} by {thing.rpartition(':')[2]}", rest)
                    break

    def _having(self, role: Principal, service: str) -> Iterator[str]:
        """The things that have a role."""
        for thing, has in self._account.things[service]:
            if has and (has == role.arn or has in role.instance_profiles):
                yield thing

    def _rest(self, one: Principal, permissions: Iterable[str]) -> list[Grant] | None:
        grants = []
        for action in permissions:
            grant = self._anywhere(one, action)
            if grant is None:
                return None
            grants.append(grant)
        return grants

    def _empowered(self, one: Principal) -> Iterator[Way]:
        """Rights added to another principal that this one can become."""
        for other in self._account.principals:
            if other.arn == one.arn or other.reserved or other.arn in self.admins:
                continue
            added = next(self._adds(one, other), None)
            become = next(self._becomes(one, other), None) if added else None
            if added and become:
                yield Way(
                    added.path, added.target, tuple(dict.fromkeys((*added.policies, *become.policies))),
                    (*added.unclear, *become.unclear), (*added.permissions, *become.permissions),
                    ", ".join(filter(None, (f"then it {become.path.title} ({become.target})", become.needs))),
                )  # fmt: skip

    def _adds(self, one: Principal, other: Principal) -> Iterator[Way]:
        tell: Mapping[str, Callable[[Principal, Path, Principal], Iterator[Way]]] = {
            "own-policy": self._policies_of, "self-user": self._principal, "self-role": self._principal,
            "own-group": self._groups_of,
        }  # fmt: skip
        for path in self._open(one):
            if path.kind in EMPOWERS:
                yield from tell[path.kind](one, path, other)

    def _becomes(self, one: Principal, other: Principal) -> Iterator[Way]:
        for path in self._open(one):
            if path.kind == "assume":
                yield from self._assumes(one, path, (other,), free=(Named.ITSELF, Named.ANYONE))
            elif path.kind in BECOMES:
                yield from self._kinds[path.kind](one, path, (other,))


_FRESH = "posture-asks"  # a name that nothing has
_IDENTITIES = (
    ("iam:AttachUserPolicy", "user"), ("iam:AttachRolePolicy", "role"), ("iam:PutUserPolicy", "user"),
    ("iam:PutRolePolicy", "role"), ("iam:CreatePolicyVersion", "policy"), ("iam:CreateAccessKey", "user"),
)  # fmt: skip


def _anything(one: Principal) -> tuple[str, str]:
    """An action and a resource that only a policy for everything means."""
    return "posture-asks:Anything", f"arn:{one.partition}:posture-asks:us-east-1:000000000000:anything"


def _empowering(one: Principal, boundary: str) -> Mapping[str, Value]:
    """Of a request that gives a principal all rights."""
    return {
        "iam:policyarn": (f"arn:{one.partition}:iam::aws:policy/AdministratorAccess",),
        "iam:permissionsboundary": (boundary,) if boundary else Special.ABSENT,
    }


def _unbounding(one: Principal) -> Mapping[str, Value]:
    return {"iam:permissionsboundary": (one.boundary,)}


def _called(one: Principal) -> str:
    return f"{one.kind} {one.name}"


def _both(*grants: Grant) -> tuple[PolicyRef, ...]:
    """Policies that make it together; where one grants all, it alone is named."""
    shared = [ref for ref in grants[0].policies if all(ref in grant.policies for grant in grants)]
    return tuple(shared) or tuple(dict.fromkeys(ref for grant in grants for ref in grant.policies))


def _way(path: Path, target: str, grants: list[Grant]) -> Way:
    unclear = tuple(dict.fromkeys(one for grant in grants for one in grant.unclear))
    return Way(path, target, _both(*grants), unclear, path.permissions, path.needs)


def told(ways: Iterable[Way]) -> tuple[EscalationPath, ...]:
    """Ways as facts: one for each path, with all targets that were found."""
    found: dict[tuple[str, tuple[str, ...]], list[Way]] = {}
    for way in ways:
        found.setdefault((way.path.id, way.permissions), []).append(way)
    return tuple(
        EscalationPath(
            every[0].path.id, every[0].path.title, permissions,
            ", ".join(dict.fromkeys(way.target for way in every[:TARGETS])),
            tuple(dict.fromkeys(str(ref) for way in every for ref in way.policies)),
            "; ".join(dict.fromkeys(way.needs for way in every[:TARGETS] if way.needs)),
        )
        for (_, permissions), every in found.items()
    )  # fmt: skip
