"""Which factors an SSH login to an account proves on each way that sshd leaves open to it.

AuthenticationMethods is an OR (spaces) of ANDs (commas); ``any`` or nothing lets each method that is switched on
suffice (sshd_config(5)). PAM is asked by ``password`` and ``keyboard-interactive`` only: what its stack wants counts
for a list that names one of these, and never for a key alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, islice, product
from typing import Final

from checks.keys.opens import Way, values, ways
from checks.mfa.pam_modules import PASSWORD, UNKNOWN, ways_through
from checks.mfa.pam_stack import Proofs
from checks.mfa.sshd import INTERACTIVE, Settings, barred, no_usable_password
from checks.mfa.sshd import PASSWORD as BY_PASSWORD
from checks.ssh_addresses import comes_from
from checks.ssh_admission import groups_unknown
from posture.sdk import (
    INTERNET,
    Account,
    Accounts,
    AuthorizedKey,
    AuthorizedKeys,
    PamStack,
    Password,
    SshAuthorities,
    SshdContext,
    SshServer,
    Unavailable,
)

KEY: Final = "a key"
PIN: Final = "the PIN or fingerprint of a security key"
HOST: Final = "the word of the client's machine"
TICKET: Final = "a Kerberos ticket"
NOTHING: Final = "nothing at all"

_ANY = ("publickey", BY_PASSWORD, INTERACTIVE, "hostbased", "gssapi-with-mic")
_MOST = 200  # combinations of a list that are looked at
_TICKETS = {"gssapi-with-mic", "gssapi-keyex"}


@dataclass(frozen=True, slots=True)
class Known:
    """The facts that decide."""

    server: SshServer
    accounts: Accounts
    keys: AuthorizedKeys
    authorities: SshAuthorities | Unavailable
    pam: PamStack | Unavailable


@dataclass(frozen=True, slots=True)
class Login:
    """One way to log in, and what it proves.

    `limited` are the addresses of ``from=``, empty where the key's line names none; `job` is whether the key only runs
    the command on its line; `doubt` says why it may not work, empty where it does. `asked` is whether PAM is.
    """

    proofs: Proofs
    limited: str = ""
    job: bool = False
    doubt: str = ""
    key: str = ""
    asked: bool = False

    @property
    def enough(self) -> bool:
        """Whether two different classes of factors are proven."""
        return len(self.proofs - {UNKNOWN}) > 1

    @property
    def words(self) -> str:
        """``a key``, ``a password and a one-time code or token``."""
        return " and ".join(sorted(self.proofs)) or NOTHING


@dataclass(frozen=True, slots=True)
class Found:
    """What is open on one way in. `bare` are logins with one factor, `unsure` says where that is not known.

    `safe` are the logins that prove two.
    """

    bare: tuple[Login, ...] = ()
    unsure: tuple[str, ...] = ()
    safe: tuple[Login, ...] = ()

    @property
    def nobody(self) -> bool:
        """Whether nobody can log in."""
        return not (self.bare or self.unsure or self.safe)


def logins(settings: Settings, known: Known) -> Found:
    """What an account's settings leave open, in every case that PAM's stack leaves open."""
    if barred(settings):
        return Found()
    keys, unseen = _by_key(settings, known)
    cases = [_judged(_Doors(settings, known, keys, case), unseen) for case in _by_pam(settings, known)]
    merged = cases[0] if len(cases) == 1 else _merged(cases)
    if merged.bare and groups_unknown(settings.context, settings.account):
        reason = f"{settings.account.name} may log in only as member of some groups, and its own are not known"
        return Found((), (*merged.unsure, reason), merged.safe)
    return merged


@dataclass(frozen=True, slots=True)
class _Case:
    """What PAM's dialogue proves in one case; `words` say what has to be known to tell it from others."""

    words: str
    logins: tuple[Login, ...]


@dataclass(frozen=True, slots=True)
class _Doors:
    """What the methods are judged by."""

    settings: Settings
    known: Known
    keys: tuple[Login, ...]
    pam: _Case


def _judged(doors: _Doors, unseen: tuple[str, ...]) -> Found:
    bare: dict[Login, None] = {}
    safe: dict[Login, None] = {}
    unsure: dict[str, None] = {}
    for needed in _alternatives(doors.settings.context):
        of_it = list(_combined(doors, needed))
        for login in of_it:
            if login.enough:
                safe[login] = None
            elif login.doubt:
                unsure[login.doubt] = None
            elif UNKNOWN in login.proofs:
                unsure[doors.pam.words or "what PAM asks for is not known"] = None
            else:
                bare[login] = None
        seen = any(not (login.enough or login.job or login.doubt) for login in of_it)
        if needed["publickey"] and unseen and not seen and _with_unseen_key(doors, needed):
            unsure |= dict.fromkeys(unseen)
    if doors.pam.words and bare:
        unsure[doors.pam.words] = None
    return Found(tuple(bare), tuple(unsure), tuple(safe))


def _with_unseen_key(doors: _Doors, needed: Counter[str]) -> bool:
    """Whether a key that was not seen would open something with one factor alone."""
    some = tuple(Login(frozenset({KEY}), key=str(n)) for n in range(needed["publickey"]))
    return any(not login.enough for login in _combined(replace(doors, keys=some), needed))


def _merged(cases: list[Found]) -> Found:
    """What is so in every case; where one factor is enough in some only, what decides is told."""
    unsure = tuple(dict.fromkeys(reason for case in cases for reason in case.unsure))
    safe = tuple(dict.fromkeys(login for case in cases for login in case.safe))
    everywhere = [login for login in cases[0].bare if all(login in case.bare for case in cases)]
    if not everywhere and all(case.bare for case in cases):
        everywhere = list(cases[0].bare)
    return Found(tuple(everywhere), unsure, safe)


def _alternatives(context: SshdContext) -> Iterator[Counter[str]]:
    methods = context.get("authenticationmethods")
    lists = _ANY if methods in {"", "any"} else tuple(methods.split())
    for one in islice(dict.fromkeys(lists), 50):
        yield Counter(method.partition(":")[0] for method in one.split(","))


def _combined(doors: _Doors, needed: Counter[str]) -> Iterator[Login]:
    """The logins by one list of AuthenticationMethods: none where one of its methods opens nothing."""
    parts = [tuple(_by_method(method, times, doors)) for method, times in needed.items()]
    for some in islice(product(*parts), _MOST):
        yield _joined(some)


def _joined(some: tuple[Login, ...]) -> Login:
    return Login(
        proofs=frozenset().union(*(one.proofs for one in some)),
        limited=next((one.limited for one in some if one.limited), ""),
        job=any(one.job for one in some),
        doubt=next((one.doubt for one in some if one.doubt), ""),
        asked=any(one.asked for one in some),
    )


def _by_method(method: str, times: int, doors: _Doors) -> Iterator[Login]:
    settings, context = doors.settings, doors.settings.context
    named = context.get("authenticationmethods") not in {"", "any"}
    if method == "publickey":
        yield from (_joined(some) for some in islice(combinations(_few(doors.keys, times), times), _MOST))
    elif method in {BY_PASSWORD, INTERACTIVE} and method in settings.enabled:
        yield from doors.pam.logins
    elif method == "hostbased" and context.get("hostbasedauthentication") == "yes" and _root_may(settings):
        reason = "HostbasedAuthentication is on, and whether a machine is trusted was not read"
        yield Login(frozenset({HOST}), doubt="" if named else reason)
    elif method in _TICKETS and context.get("gssapiauthentication") == "yes" and _root_may(settings):
        keytab = None if isinstance(doors.known.pam, Unavailable) else doors.known.pam.keytab
        reason = "GSSAPIAuthentication is on, and whether a Kerberos ticket opens the account was not read"
        if keytab is not False:
            yield Login(frozenset({TICKET}), doubt="" if named and keytab else reason)


def _few(keys: tuple[Login, ...], times: int) -> tuple[Login, ...]:
    """Of keys that are alike no more than a list needs."""
    counted: Counter[Login] = Counter()
    kept = []
    for key in keys:
        alike = replace(key, key="")
        counted[alike] += 1
        if counted[alike] <= times:
            kept.append(key)
    return tuple(kept)


def _root_may(settings: Settings) -> bool:
    """Whether PermitRootLogin lets root in by a machine's word or a ticket (auth.c, auth_root_allowed)."""
    permit = settings.context.get("permitrootlogin")
    return settings.account.uid != 0 or permit in {"yes", "prohibit-password", "without-password"}


# Keys


def _by_key(settings: Settings, known: Known) -> tuple[tuple[Login, ...], tuple[str, ...]]:
    """The account's keys as logins, and why there may be more."""
    if settings.context.get("pubkeyauthentication") == "no":
        return (), ()
    name, keys = settings.account.name, known.keys
    found = [login for key in keys.keys if key.account == name and (login := _key_login(key, settings, known))]
    certificate, doubt = _certificate(settings, known)
    if certificate:
        found.append(certificate)
    unseen = [doubt] if doubt else []
    if name in keys.accounts_unread or name not in keys.accounts_read:
        unseen.append(f"the authorized_keys of {name} could not be read")
    home = settings.account.home
    if shut := [path for path in keys.unreadable if name in path or (home and home in path)]:
        unseen.append(f"{', '.join(shut[:3])} could not be read")
    if keys.command not in {"", "none"}:
        unseen.append("keys also come from a command that sshd runs (AuthorizedKeysCommand)")
    return tuple(found), tuple(unseen)


def _key_login(key: AuthorizedKey, settings: Settings, known: Known) -> Login | None:
    if key.dead:
        return None
    way = _way(key, settings, known)
    if way is None or way.closed:
        return None
    context = settings.context
    verified = key.has("verify-required") or "verify-required" in context.get("pubkeyauthoptions").split()
    strong = key.type.startswith("sk-") and verified and not key.has("cert-authority")
    sources = next((value for name, value in key.options if name == "from"), "")
    if context.origin != INTERNET and sources and not comes_from(context.address, sources):
        return None
    return Login(
        proofs=frozenset({KEY, PIN} if strong else {KEY}),
        limited=sources,
        job=key.has("command"),
        doubt=way.unclear,
        key=f"{key.fingerprint}{key.path}:{key.line}",
    )


def _way(key: AuthorizedKey, settings: Settings, known: Known) -> Way | None:
    """What a key opens here, were it not for AuthenticationMethods."""
    found = ways(key, known.keys, known.accounts, replace(known.server, contexts=tuple(_freed(known.server, key))))
    here = settings.context
    place = (here.origin, here.address, here.port, here.local)
    if isinstance(found, str):
        return None
    return next((way for way in found if _place(way.context) == place), None)


def _freed(server: SshServer, key: AuthorizedKey) -> Iterator[SshdContext]:
    for context in server.of(key.account):
        yield replace(context, options=tuple(pair for pair in context.options if pair[0] != "authenticationmethods"))


def _place(context: SshdContext) -> tuple[str, str, int, str]:
    return (context.origin, context.address, context.port, context.local)


def _certificate(settings: Settings, known: Known) -> tuple[Login | None, str]:
    """A certificate as a login (it is a key), and why there may be one."""
    context, account = settings.context, settings.account
    if not values(context, "trustedusercakeys"):
        return None, ""
    stand_in = AuthorizedKey(account.name, account.uid, "", 0, "", 0, "", "")
    way = _way(stand_in, settings, known)
    if way is None or way.closed:
        return None, ""
    doubt = "a program says which certificates open the account (AuthorizedPrincipalsCommand)"
    if values(context, "authorizedprincipalscommand"):
        return None, doubt
    if values(context, "authorizedprincipalsfile"):
        if isinstance(known.authorities, Unavailable):
            return None, f"which certificates open the account is not known: {known.authorities.reason}"
        if not any(one.account == account.name and one.path and one.names for one in known.authorities.principals):
            return None, ""
    return Login(frozenset({KEY}), doubt=way.unclear, key="certificate"), ""


# Passwords and PAM's dialogue


def _by_pam(settings: Settings, known: Known) -> tuple[_Case, ...]:
    """What the methods password and keyboard-interactive prove, in each case that nobody can foresee."""
    if not settings.enabled:
        return (_Case("", ()),)
    if settings.context.get("usepam") != "yes":
        return (_Case("", tuple(_usable(frozenset({PASSWORD}), settings))),)
    through = stack_of(settings.context, known.pam, settings.account)
    if isinstance(through, str):
        return (_Case(through, tuple(_usable(frozenset({UNKNOWN}), settings))),)
    return tuple(
        _Case(words, tuple(replace(login, asked=True) for one in found for login in _usable(one, settings)))
        for words, found in through
    )


def stack_of(
    context: SshdContext, pam: PamStack | Unavailable, account: Account
) -> tuple[tuple[str, tuple[Proofs, ...]], ...] | str:
    """What PAM asks the account for, as of `ways_through`; or in words why it is not known."""
    service = context.get("pamservicename")
    if service not in {"", "sshd"}:
        return f"sshd asks PAM's service {service}, whose configuration was not read"
    if isinstance(pam, Unavailable):
        return f"PAM's configuration is not known: {pam.reason}"
    return ways_through(pam, account)


def _usable(proofs: Proofs, settings: Settings) -> Iterator[Login]:
    """The login, where the account's password is of use to it."""
    if PASSWORD not in proofs and UNKNOWN not in proofs:
        yield Login(proofs)
        return
    if PASSWORD in proofs and no_usable_password(settings):
        return
    account = settings.account
    doubt = ""
    if account.password is Password.EMPTY:
        allowed = settings.context.get("permitemptypasswords")
        doubt = "" if allowed else "its password is empty, and sshd did not say whether it accepts empty passwords"
        proofs -= {PASSWORD}
    elif account.password is Password.UNKNOWN:
        doubt = "whether a password is set stands in /etc/shadow, which opens to root only"
    yield Login(proofs, doubt=doubt)
