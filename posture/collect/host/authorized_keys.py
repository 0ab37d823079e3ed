"""Who may log in by key: the lines of the files where sshd really looks (sshd(8), AUTHORIZED_KEYS FILE FORMAT)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from posture.collect.host.key_options import Options, UnusableLine, end_of_options, expiry, harmless, parse
from posture.collect.host.path_rights import loose_paths, whole
from posture.collect.host.public_key import NotAKey, PublicKey, decode
from posture.collect.host.ssh_section import AccountSsh, SshSection
from posture.facts.accounts import Account
from posture.facts.authorized_keys import AuthorizedKey, AuthorizedKeys, LoosePath
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

MOST = 20_000  # keys of a host
LONGEST = 65_536  # characters of a line that leave the host; sshd itself knows no limit (auth2-pubkeyfile.c, getline)

_TYPE = re.compile(r"[a-z][a-z0-9@.-]{2,80}")
_KNOWN = re.compile(r"(sk-)?(ssh|ecdsa)-[a-z0-9@.-]+")
_ANYWHERE = re.compile(r"(?:^|[ \t])((?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+[ \t]+AAAA\S+(?:[ \t][^\n]*)?)")


def authorized_keys(
    section: SshSection, accounts: Sequence[Account], zone: tzinfo, observed: datetime
) -> AuthorizedKeys | Unavailable:
    """All keys of all accounts that sshd lets in, those whose shell starts no session included.

    Args:
        section: the lines, by account.
        accounts: of the host; those of them that were not reached are `accounts_unread`.
        zone: the host's, for expiry times without one.
        observed: now; keys that expired before are dead.
    """
    if section.header.get("binary", "") not in {"found", "missing"}:
        return Unavailable("where sshd looks for authorized keys is unknown: sshd could not be asked; run as root")
    known_accounts = {account.name: account for account in accounts}
    seen = [account for account in section.accounts.values() if _counts(account, known_accounts.get(account.name))]
    keys = [key for seen_one in seen for key in _keys(seen_one, known_accounts.get(seen_one.name), zone, observed)]
    if len(keys) > MOST:
        return Unavailable(f"the host has more than {MOST} authorized keys, which is more than is looked at")
    known_places = "hidden" not in section.header  # whether AuthorizedKeysFile may stand where we cannot look
    read = tuple(
        account.name for account in seen if known_places and account.outcome == "read" and not _partly(account)
    )
    known = set(read)
    unread = dict.fromkeys(account.name for account in seen if account.name not in known)
    unread |= dict.fromkeys(account.name for account in accounts if account.can_login and account.name not in known)
    return AuthorizedKeys(
        keys=tuple(keys),
        accounts_read=read,
        accounts_unread=tuple(unread),
        unreadable=tuple(
            dict.fromkeys(path for account in seen for path in (*account.unreadable, *_too_long(account)))
        ),
        command=_command(seen),
        observed=observed,
        loose=tuple(dict.fromkeys(path for one in seen for path in _loose(section, one, known_accounts.get(one.name)))),
        paths_checked=not section.cut and all(whole(one) for one in seen),
    )


def _loose(section: SshSection, seen: AccountSsh, account: Account | None) -> Iterator[LoosePath]:
    return loose_paths(section, seen, account.uid) if account else iter(())


def _counts(seen: AccountSsh, account: Account | None) -> bool:
    """Whether the account can be opened by a key: one without a session only where there is a file of keys."""
    can_login = account is None or account.can_login
    return can_login or bool(seen.lines or seen.unreadable or seen.hidden)


def _partly(account: AccountSsh) -> bool:
    return bool(account.hidden or account.unreadable or any(_too_long(account)))


def _too_long(account: AccountSsh) -> Iterator[str]:
    return (path for path, _, line in account.lines if len(line) >= LONGEST)


def _command(accounts: Sequence[AccountSsh]) -> str:
    """The program of AuthorizedKeysCommand, without its arguments."""
    ways = (way for account in accounts for way in account.of.ways)
    values = (value for way in ways for name, value in way.options if name == "authorizedkeyscommand")
    return next((value.split()[0] for value in values if value.split() and value != "none"), "")


def _keys(account: AccountSsh, owner: Account | None, zone: tzinfo, now: datetime) -> Iterator[AuthorizedKey]:
    least = next((value for name, value in account.options if name == "requiredrsasize"), "")
    for path, number, line in account.lines:
        if len(line) >= LONGEST:
            continue
        found = key_line(line, zone, now, int(least) if least.isdecimal() and len(least) < 8 else 0)
        if found is not None:
            key, comment, options, dead = found
            yield AuthorizedKey(
                account=account.name,
                uid=owner.uid if owner else -1,
                path=path,
                line=number,
                type=key.type,
                bits=key.bits,
                fingerprint=key.fingerprint,
                comment=comment,
                options=harmless(options),
                dead=dead,
                public=key.public,
                can_login=owner is None or owner.can_login,
            )


def key_line(line: str, zone: tzinfo, now: datetime, least_rsa: int = 0) -> tuple[PublicKey, str, Options, str] | None:
    """One line as sshd reads it: key, comment, options, and why it is dead; None for a comment or a line without a key.

    A key first; where there is none, options up to a blank outside quotes and then a key (auth2-pubkeyfile.c).
    """
    text = line.strip(" \t\r\n")
    if not text or text.startswith("#"):
        return None
    options: Options = ()
    dead = ""
    try:
        found = _key_at(text)
        if found is None:
            end = end_of_options(text)
            found = _key_at(text[end:].strip(" \t"))
            if found is None:
                return None
            options = parse(text[:end])
    except UnusableLine as error:
        found, dead = found or _somewhere(text), str(error)
    if found is None:
        return None
    key, comment, broken = found
    return key, visible(comment), options, dead or broken or _denied(key, options, zone, now, least_rsa)


def _key_at(text: str) -> tuple[PublicKey, str, str] | None:
    """The key that the text begins with: key, comment, what is wrong with it. None when it does not begin with one."""
    declared, encoded, comment = (*re.split(r"[ \t]+", text, maxsplit=2), "", "")[:3]
    if not _TYPE.fullmatch(declared):
        return None
    try:
        return decode(declared, encoded), comment, ""
    except NotAKey as error:
        if not _KNOWN.fullmatch(declared):
            return None
        return PublicKey(declared, 0, ""), comment, str(error)


def _somewhere(text: str) -> tuple[PublicKey, str, str] | None:
    """The key on a line whose options cannot be read: reported as dead, so the first that looks like one will do."""
    match = _ANYWHERE.search(text)
    return _key_at(match[1]) if match else None


def _denied(key: PublicKey, options: Options, zone: tzinfo, now: datetime, least_rsa: int) -> str:
    """Why sshd refuses a login by this line although it can read it, empty when it does not."""
    names = {name for name, _ in options}
    end = expiry(options, zone)
    if end is not None and end <= now:
        return f"it expired at {end.isoformat()}"
    if "principals" in names and "cert-authority" not in names:
        return "principals= is only for certificate authorities"
    if key.type == "ssh-rsa" and key.bits < least_rsa:
        return f"RSA keys below RequiredRSASize {least_rsa} are refused"
    return ""
