"""What each module of a PAM stack may say when somebody logs in over SSH to one account, and what that proves."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import product
from typing import Final

from checks.mfa.pam_stack import Answer, Proofs, successes
from posture.sdk import Account, PamEntry, PamStack

PASSWORD: Final = "a password"  # noqa: S105  a factor's name
CODE: Final = "a one-time code or token"
UNKNOWN: Final = "what an unknown module asks for"

_MOST_CASES = 81  # combinations of answers that nobody can foresee
_NONE: Final[Proofs] = frozenset()
_SUCCESS: Final[Answer] = ("success", _NONE)
_IGNORE: Final[Answer] = ("ignore", _NONE)
_FAILURE: Final[Answer] = ("auth_err", _NONE)

_PASSWORDS = frozenset({
    "pam_unix", "pam_unix2", "pam_tcb", "pam_pwdb", "pam_sss", "pam_ldap", "pam_krb5", "pam_winbind", "pam_userdb",
    "pam_systemd_home",
})  # fmt: skip
_ELSEWHERE = frozenset({"pam_sss", "pam_ldap", "pam_krb5", "pam_winbind", "pam_userdb", "pam_systemd_home"})
_CODES = frozenset({
    "pam_google_authenticator", "pam_oath", "pam_duo", "pam_u2f", "pam_yubico", "pam_fido2", "pam_otpw",
})  # fmt: skip
_FAULTS = ("service_err", "authinfo_unavail")
_PLACES = {"pam_google_authenticator": "secret", "pam_oath": "usersfile", "pam_u2f": "authfile", "pam_duo": "conf"}

# What modules say that ask for nothing, by their manual pages and sources. sshd runs as root: pam_rootok lets all in.
_FIXED: dict[str, tuple[Answer, ...]] = {
    "pam_permit": (_SUCCESS,),
    "pam_rootok": (_SUCCESS,),
    "pam_deny": (_FAILURE,),
    "pam_shells": (_SUCCESS,),
    "pam_localuser": (_SUCCESS,),
    "pam_cap": (_SUCCESS, _IGNORE),
    "pam_mount": (_SUCCESS, _IGNORE),
    "pam_gnome_keyring": (_SUCCESS, _IGNORE),
    "pam_kwallet5": (_SUCCESS, _IGNORE),
    "pam_ecryptfs": (_SUCCESS, _IGNORE),
    "pam_tally2": (_SUCCESS, _IGNORE, _FAILURE),
    "pam_nologin": (_SUCCESS, _IGNORE),
    **dict.fromkeys(
        ("pam_env", "pam_group", "pam_faildelay", "pam_warn", "pam_echo", "pam_issue", "pam_keyinit", "pam_selinux",
         "pam_motd", "pam_lastlog", "pam_loginuid", "pam_limits", "pam_systemd"),
        (_IGNORE,),
    ),
}  # fmt: skip
_LOCKS = {"authfail": (_FAILURE,), "authsucc": (_SUCCESS, _FAILURE)}


def ways_through(stack: PamStack, account: Account) -> tuple[tuple[str, tuple[Proofs, ...]], ...] | str:
    """What has to be proven to get through the stack, a value for each case that nobody can foresee.

    A case is the words for what has to be known to tell it from others (empty where it is the only one), and the least
    that is proven on the ways that end well. It is in words why all this is not known.
    """
    if stack.gaps:
        return f"PAM's configuration is not known whole: {stack.gaps[0]}"
    open_ends = [entry for entry in stack.entries if entry.module and len(_cases(entry, stack, account)) > 1]
    choices = [_cases(entry, stack, account) for entry in open_ends]
    number = 1
    for some in choices:
        number *= len(some)
    if number > _MOST_CASES:
        return f"too many modules decide by what was not read: {', '.join(_at(one) for one in open_ends[:3])}"
    found = []
    for chosen in product(*choices):
        said = dict(zip(((one.path, one.line, one.module) for one in open_ends), chosen, strict=True))
        ways = successes(stack.entries, lambda entry, said=said: _said(entry, said, stack, account))  # type: ignore[misc]
        if ways is None:
            return "PAM's configuration has more ways through it than are looked at"
        found.append(("; ".join(dict.fromkeys(words for words, _ in chosen if words)), ways))
    return tuple(found)


def exempt(stack: PamStack, account: Account) -> tuple[str, ...]:
    """Why the account is not asked for the code that the stack asks others for, as far as that is known."""
    return tuple(_exemptions(stack, account))


def asks_for_codes(stack: PamStack) -> bool:
    """Whether some line of the stack asks for a one-time code or token."""
    return any(entry.module in _CODES for entry in stack.entries)


def places_of_codes(stack: PamStack) -> tuple[str, ...]:
    """The lines that ask for a code, as ``module (file:line)``."""
    return tuple(_at(entry) for entry in stack.entries if entry.module in _CODES)


def optional_codes(stack: PamStack) -> tuple[str, ...]:
    """Those of them that let in who is not enrolled."""
    return tuple(_at(entry) for entry in stack.entries if entry.module in _CODES and _lenient(entry))


def _exemptions(stack: PamStack, account: Account) -> Iterator[str]:
    for entry in stack.entries:
        if entry.module in _CODES and _lenient(entry) and _enrolled(entry, stack, account) is False:
            yield f"{account.name} is not enrolled, and {_at(entry)} lets such accounts in without a code"
        elif entry.module == "pam_rootok":
            yield f"{_at(entry)} lets everybody in, because sshd runs as root"
        elif entry.module == "pam_succeed_if" and (met := _condition(entry, account)) is not None:
            words = " ".join(entry.options)
            yield f"{'' if met else 'not '}({words}), by which {_at(entry)} decides"


def _at(entry: PamEntry) -> str:
    return f"{entry.module} ({entry.path}:{entry.line})"


Case = tuple[str, tuple[Answer, ...]]


def _said(
    entry: PamEntry, said: dict[tuple[str, int, str], Case], stack: PamStack, account: Account
) -> tuple[Answer, ...]:
    chosen = said.get((entry.path, entry.line, entry.module))
    return chosen[1] if chosen else _cases(entry, stack, account)[0][1]


def _cases(entry: PamEntry, stack: PamStack, account: Account) -> tuple[Case, ...]:
    """What a module may say: one case where that is known, else several, each with the words for what is so in it."""
    module = entry.module
    if module in _PASSWORDS:
        return (("", _password(entry)),)
    if module in _CODES:
        return _code(entry, stack, account)
    if module in _FIXED:
        return (("", _FIXED[module]),)
    if module == "pam_faillock":
        return (("", next((_LOCKS[one] for one in entry.options if one in _LOCKS), (_SUCCESS, _IGNORE, _FAILURE))),)
    if module == "pam_usertype":
        wanted = account.uid >= 1000 if "isregular" in entry.options else account.uid < 1000
        return (("", (_SUCCESS if wanted else ("perm_denied", _NONE),)),)
    if module == "pam_succeed_if":
        met = _condition(entry, account)
        if met is not None:
            return (("", (_SUCCESS if met else _FAILURE,)),)
    if module in {"pam_succeed_if", "pam_access", "pam_listfile", "pam_wheel", "pam_securetty", "pam_time"}:
        what = f"whom {_at(entry)} lets through was not read"
        return ((what, (_SUCCESS,)), (what, (_FAILURE, ("perm_denied", _NONE))))
    what = f"what {_at(entry)} asks for is not known"
    return (
        (what, (("success", frozenset({UNKNOWN})), _FAILURE)),
        (what, (_FAILURE,)),
        (what, (_IGNORE, _FAILURE)),
    )


def _password(entry: PamEntry) -> tuple[Answer, ...]:
    known = (("success", frozenset({PASSWORD})), _FAILURE)
    return (*known, ("user_unknown", _NONE), ("authinfo_unavail", _NONE)) if entry.module in _ELSEWHERE else known


def _code(entry: PamEntry, stack: PamStack, account: Account) -> tuple[Case, ...]:
    asks: tuple[Answer, ...] = (("success", frozenset({CODE})), _FAILURE)
    enrolled = _enrolled(entry, stack, account)
    matters = _lenient(entry) or _differs(entry, "user_unknown") or entry.module == "pam_duo"
    cases: list[tuple[Answer, ...]] = []
    if enrolled is not False:
        cases.append(asks)
    if enrolled is False or (enrolled is None and matters):
        cases.append(_not_enrolled(entry))
    words = f"whether {account.name} is enrolled with {_at(entry)} was not seen" if len(cases) > 1 else ""
    if any(_differs(entry, fault) for fault in _FAULTS):
        words = "; ".join(filter(None, (words, f"{_at(entry)} is passed over where it fails by a fault of its own")))
        cases.append((*asks, *((fault, _NONE) for fault in _FAULTS)))
    return tuple((words, case) for case in cases)


def _not_enrolled(entry: PamEntry) -> tuple[Answer, ...]:
    """pam_oath says user_unknown; with nullok or nouserok modules say ignore, some versions success.

    pam_duo lets in who is in none of the groups that its file names.
    """
    if not _lenient(entry) and entry.module != "pam_duo":
        return (_FAILURE, ("user_unknown", _NONE))
    return (_IGNORE,) if entry.module == "pam_google_authenticator" else (_IGNORE, _SUCCESS)


def _lenient(entry: PamEntry) -> bool:
    return "nullok" in entry.options or "nouserok" in entry.options


def _differs(entry: PamEntry, code: str) -> bool:
    """Whether the line treats this return value as harmless, and a wrong code not."""
    control = dict(entry.control)
    default = control.get("default", "bad")
    refused = {"bad", "die"}
    return control.get("auth_err", default) in refused and control.get(code, default) not in refused


def _enrolled(entry: PamEntry, stack: PamStack, account: Account) -> bool | None:
    option = _PLACES.get(entry.module, "authfile")
    if entry.module == "pam_yubico" and "mode=challenge-response" in entry.options:
        option = "chalresp_path"
    known = stack.enrolled(account.name, entry.module, entry.option(option))
    if entry.module == "pam_duo":
        # Duo's service knows who is enrolled; `groups` in its file exempts all others.
        return None if {"pam_duo.groups", "pam_duo.unread"} & dict(stack.settings).keys() else True
    return known


_FLAGS = frozenset({"debug", "quiet", "quiet_fail", "quiet_success", "audit"})


def _condition(entry: PamEntry, account: Account) -> bool | None:
    """Whether the conditions of pam_succeed_if hold for the account, None where that is not known."""
    words = [word for word in entry.options if word not in _FLAGS]
    if not words or "use_uid" in words or len(words) % 3:
        return None
    held = [_holds(words[n], words[n + 1], words[n + 2], account) for n in range(0, len(words), 3)]
    if False in held:
        return False
    return None if None in held else True


def _holds(left: str, how: str, right: str, account: Account) -> bool | None:
    if left == "user" and how in {"ingroup", "notingroup"}:
        if not account.groups:
            return None
        member = any(group in account.groups for group in right.split(":"))
        return member == (how == "ingroup")
    known = {"user": account.name, "uid": str(account.uid), "shell": account.shell, "home": account.home}
    value = {**known, "service": "sshd"}.get(left)
    if value is None:
        return None
    if how in {"in", "notin"}:
        return (value in right.split(":")) == (how == "in")
    if how in {"=", "!="}:
        return (value == right) == (how == "=")
    if how in {"=~", "!~"}:
        return fnmatchcase(value, right) == (how == "=~")
    return _compared(value, how, right)


def _compared(value: str, how: str, right: str) -> bool | None:
    if not all(word.isascii() and word.isdecimal() and len(word) < 11 for word in (value, right)):
        return None
    one, other = int(value), int(right)
    orders = {
        "eq": one == other, "ne": one != other, "lt": one < other, "<": one < other, "le": one <= other,
        "<=": one <= other, "gt": one > other, ">": one > other, "ge": one >= other, ">=": one >= other,
    }  # fmt: skip
    return orders.get(how)
