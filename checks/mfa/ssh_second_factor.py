from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from checks.mfa.pam_modules import exempt, optional_codes, places_of_codes
from checks.mfa.second_factor import Found, Known, Login, logins
from checks.mfa.sshd import Settings, no_server, unit_of, unknown_settings, unseen, ways_in, worst
from checks.mfa.sshd import evidence_of as told_by_sshd
from checks.wording import listed
from posture.sdk import (
    Account,
    Accounts,
    AuthorizedKeys,
    Evidence,
    Iterator,
    PamStack,
    Severity,
    SshAuthorities,
    SshServer,
    Unavailable,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

MOST_NAMED = 20  # accounts named in the text
_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")  # no pattern of sshd's


@dataclass(frozen=True, slots=True)
class _Open:
    """An account's settings that let it in with one factor, and how."""

    settings: Settings
    bare: tuple[Login, ...]

    @property
    def grave(self) -> bool:
        """Whether it has administrator rights and is open to everybody's addresses."""
        anywhere = not self.settings.limited_to and any(not login.limited for login in self.bare)
        return self.settings.account.admin and anywhere

    @property
    def by(self) -> tuple[str, ...]:
        """What alone is enough."""
        return tuple(dict.fromkeys(login.words for login in self.bare))


@check(
    "mfa.ssh-second-factor",
    title="One factor is enough to log in over SSH",
    clause="4.2",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:6.4", "cis@8.1:6.5",
        "iso27001@2022:A.8.2", "iso27001@2022:A.8.5",
        "nist-csf@2.0:PR.AA-03",
        "nist-800-53@5:IA-2(1)", "nist-800-53@5:IA-2(2)",
        "nis2@2022:21(2)(j)",
        "nis2-annex@2024:11.7.1",
        "pci-dss@4.0.1:8.4.1", "pci-dss@4.0.1:8.4.3",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:IDM-09",
        "bsi-grundschutz@2023:ORP.4.A21",
    ),
)  # fmt: skip
def ssh_second_factor(
    server: SshServer,
    accounts: Accounts,
    keys: AuthorizedKeys,
    authorities: SshAuthorities | Unavailable,
    pam: PamStack | Unavailable,
) -> Iterator[Verdict]:
    """A key alone, a password alone or a code alone lets somebody in over SSH: one verdict an account with a shell.

    Judged by the settings that sshd itself says hold for the account from the internet, on each port, and from the
    addresses that Match lines and AllowUsers name. AuthenticationMethods is an OR of ANDs: each of its lists has to ask
    for two different classes of factors. A key (a certificate, too) is one, ``publickey,publickey`` as well. A password
    is another, so that ``publickey,password`` passes where a password is set. So is a one-time code or token that PAM's
    dialogue demands. A security key (``sk-...``) is two where its line or PubkeyAuthOptions says ``verify-required``:
    it then asks for its PIN or a fingerprint. PAM is asked by ``keyboard-interactive`` and ``password`` only: a module
    for codes changes nothing for a key that suffices alone.

    PAM's stack for sshd is read with all that it includes, and counts by what every way through it demands: codes that
    are asked only of who is enrolled (nullok), behind ``sufficient``, or not of some groups count for whom they hold.
    What cannot be told is not assessed: modules that are not known, whom pam_access exempts, enrolments that only root
    sees. Duo counts as demanded, also where its ``failmode=safe`` lets in without it while its service is down.

    Medium for accounts with administrator rights that are open to the internet, low for all others and where only
    chosen addresses get in (Match, AllowUsers, ``from=``). An account that only keys with ``command=`` open is a job's,
    and passes: nobody is there to show a second factor. Accounts that nobody can log in to pass.

    It is wrong where something in front of SSH, such as a VPN or a bastion, asks for the second factor, or where a
    certificate's authority does: accept it then. A directory's own second factor behind pam_sss is not seen. A key's
    passphrase does not count: the server cannot demand one.
    """
    if verdict := no_server(server):
        yield verdict
        return
    known = Known(server, accounts, keys, authorities, pam)
    candidates = [account for account in accounts.accounts if account.can_login]
    judged = [_judged(account, known) for account in candidates]
    wide_open = tuple(one for one in judged if isinstance(one, _Open))
    for one in judged:
        yield _failure(one, wide_open, known) if isinstance(one, _Open) else one
    if gap := unseen(server, accounts):
        yield gap
    elif not candidates:
        yield not_applicable("No account has a login shell")


def _judged(account: Account, known: Known) -> Verdict | _Open:
    """The verdict on an account; else the gravest of the settings that let one factor suffice."""
    judged = [_judged_way(account, way, known) for way in ways_in(account, known.server)]
    open_ways = [found for found in judged if isinstance(found, _Open)]
    if open_ways:
        return next((found for found in open_ways if found.grave), open_ways[0])
    return worst(found for found in judged if isinstance(found, Verdict))


def _judged_way(account: Account, settings: Settings | str, known: Known) -> Verdict | _Open:
    if isinstance(settings, str):
        return unknown_settings(account, settings)
    found = logins(settings, known)
    people = tuple(login for login in found.bare if not login.job)
    if people:
        return _Open(settings, people)
    evidence = _evidence(settings, known)
    if found.unsure:
        return not_assessed(f"{account.name}: {'; '.join(found.unsure[:3])}", subject=account.name, evidence=evidence)
    return passed(f"{settings.way}: {_why_safe(found)}", subject=account.name, evidence=evidence)


def _why_safe(found: Found) -> str:
    if found.nobody:
        return "nobody can log in over SSH"
    if found.safe:
        return f"every login asks for {listed(dict.fromkeys(login.words for login in found.safe), 3)}"
    return "its keys only run the command they are tied to, so it is a job's"


def _failure(one: _Open, wide_open: tuple[_Open, ...], known: Known) -> Verdict:
    """One account's failure. The details are those of all: sshd is changed once for the whole host."""
    settings, account = one.settings, one.settings.account
    limited = settings.limited_to or next((login.limited for login in one.bare if login.limited), "")
    alike = tuple(other for other in wide_open if other.settings.limited_to == settings.limited_to)
    rights = ", which has administrator rights," if account.admin else ""
    origin = settings.way.removeprefix(account.name)
    if limited and not settings.limited_to and all(login.limited for login in one.bare):
        origin += f" from {limited}"
    why = "" if isinstance(known.pam, Unavailable) else "; ".join(exempt(known.pam, account)[:2])
    return fail(
        f"{account.name}{rights} can log in over SSH{origin} with {' or '.join(one.by[:4])} alone"
        + (f": {why}" if why and any(login.asked for login in one.bare) else ""),
        subject=account.name,
        severity=None if one.grave else Severity.LOW,
        evidence=_evidence(settings, known),
        accounts=_names(alike),
        more=max(0, len(alike) - MOST_NAMED),
        admins=tuple(other.settings.account.name for other in alike if other.settings.account.admin)[:MOST_NAMED],
        by=tuple(dict.fromkeys(words for other in alike for words in other.by))[:6],
        codes=() if isinstance(known.pam, Unavailable) else places_of_codes(known.pam)[:5],
        optional=() if isinstance(known.pam, Unavailable) else optional_codes(known.pam)[:5],
        users=",".join(name for name in _names(alike) if _PLAIN.fullmatch(name)) or "ACCOUNT",
        unit=unit_of(known.server),
        origin=settings.limited_to,
        sample=settings.sample,
    )


def _names(some: tuple[_Open, ...]) -> tuple[str, ...]:
    return tuple(one.settings.account.name for one in some[:MOST_NAMED])


def _evidence(settings: Settings, known: Known) -> tuple[Evidence, ...]:
    """What sshd said, the account's keys without the keys themselves, and PAM's stack."""
    name = settings.account.name
    own = [key for key in known.keys.keys if key.account == name and not key.dead]
    lines = [
        f"{key.path}:{key.line} {','.join(option for option, _ in key.options) or 'no options'} {key.type} "
        f"{key.fingerprint}"
        for key in own[:10]
    ]
    methods = [
        f"{option} {value}"
        for option, value in settings.context.options
        if option in {"pubkeyauthentication", "pubkeyauthoptions", "gssapiauthentication", "hostbasedauthentication"}
    ]
    told = told_by_sshd(settings, known.server, known.accounts)
    if methods:
        told = (*told, Evidence("sshd -T -C, further", "\n".join(methods), known.server.observed))
    if lines:
        told = (*told, Evidence("authorized keys", "\n".join(lines), known.keys.observed))
    if not isinstance(known.pam, Unavailable) and settings.enabled:
        stack = [
            f"{one.path}:{one.line} {' '.join(f'{k}={v}' for k, v in one.control)} {one.module} {' '.join(one.options)}"
            for one in known.pam.entries
            if one.module
        ]
        told = (*told, Evidence("PAM, auth of sshd", "\n".join(stack[:20]) or "nothing", known.pam.observed))
    return told
