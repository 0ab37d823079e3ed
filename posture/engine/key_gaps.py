"""What of a host's keys could not be looked at, by what they do: one answer for all that judges keys."""

from __future__ import annotations

from collections.abc import Iterator

from posture.facts.accounts import Accounts
from posture.facts.authorized_keys import AuthorizedKeys
from posture.facts.factset import Facts
from posture.facts.private_keys import PrivateKeys
from posture.facts.sshd import ServerKeys, SshAuthorities, SshServer
from posture.facts.unavailable import Unavailable
from posture.model.sighting import KeyGap, KeyRole

_NO_REASON = "it was not looked at"


def key_gaps(facts: Facts) -> tuple[KeyGap, ...]:
    """The kinds of places that the host's own files did not tell of, whole or in part, each with the reason."""
    return (*_authorized(facts), *_private(facts), *_authorities(facts), *_host_keys(facts), *_servers(facts))


def _authorized(facts: Facts) -> Iterator[KeyGap]:
    keys, accounts = facts.get(AuthorizedKeys), facts.get(Accounts)
    if not isinstance(keys, AuthorizedKeys):
        yield KeyGap(KeyRole.AUTHORIZED, _reason(keys), whole=True)
        return
    if unread := (*keys.accounts_unread, *keys.unreadable):
        more = " and more" if len(unread) > 3 else ""
        why = f"authorized keys of {', '.join(unread[:3])}{more} could not be read"
        yield KeyGap(KeyRole.AUTHORIZED, why, whole=False)
    if keys.command not in {"", "none"}:
        yield KeyGap(KeyRole.AUTHORIZED, f"keys also come from the command {keys.command}", whole=False)
    if isinstance(accounts, Accounts) and accounts.elsewhere:
        named = " and ".join(dict.fromkeys(accounts.elsewhere))
        why = f"accounts also come from {named} (nsswitch.conf) and were not looked at"
        yield KeyGap(KeyRole.AUTHORIZED, why, whole=False)


def _private(facts: Facts) -> Iterator[KeyGap]:
    keys = facts.get(PrivateKeys)
    if not isinstance(keys, PrivateKeys):
        yield KeyGap(KeyRole.PRIVATE, _reason(keys), whole=True)
    elif not keys.complete:
        yield KeyGap(KeyRole.PRIVATE, "the search for private keys was ended by its limit", whole=False)
    elif keys.unreadable:
        yield KeyGap(KeyRole.PRIVATE, "not all places of private keys could be looked at", whole=False)


def _authorities(facts: Facts) -> Iterator[KeyGap]:
    keys = facts.get(SshAuthorities)
    if not isinstance(keys, SshAuthorities):
        yield KeyGap(KeyRole.AUTHORITY, _reason(keys), whole=True)
    elif keys.unreadable:
        yield KeyGap(KeyRole.AUTHORITY, f"{keys.unreadable[0]} could not be read", whole=False)


def _host_keys(facts: Facts) -> Iterator[KeyGap]:
    keys = facts.get(ServerKeys)
    if not isinstance(keys, ServerKeys):
        yield KeyGap(KeyRole.HOST, _reason(keys), whole=True)
    elif keys.unreadable:
        yield KeyGap(KeyRole.HOST, f"the host key {keys.unreadable[0]} could not be read", whole=False)


def _servers(facts: Facts) -> Iterator[KeyGap]:
    """A server, or a way in, that was not asked about may take its keys from other files, and show others."""
    server = facts.get(SshServer)
    if not isinstance(server, SshServer):
        return
    if server.others:
        why = f"SSH servers listen whose settings were not asked for: {server.others}"
        yield from (KeyGap(role, why, whole=False) for role in (KeyRole.AUTHORIZED, KeyRole.AUTHORITY, KeyRole.HOST))
    if server.unasked:
        why = f"sshd was not asked about every way in: {server.unasked}"
        yield from (KeyGap(role, why, whole=False) for role in (KeyRole.AUTHORIZED, KeyRole.AUTHORITY))


def _reason(fact: object) -> str:
    return fact.reason if isinstance(fact, Unavailable) else _NO_REASON
