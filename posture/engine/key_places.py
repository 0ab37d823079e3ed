"""Every public key that a host tells of, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator

from posture.facts.authorized_keys import AuthorizedKeys
from posture.facts.factset import Facts
from posture.facts.key_flaws import KeyInPlace, KeyStand
from posture.facts.private_keys import PrivateKeys
from posture.facts.sshd import ServerKeys, SshAuthorities
from posture.facts.unavailable import Unavailable
from posture.model.sighting import KeyRole

FACTS = {
    KeyRole.AUTHORIZED: AuthorizedKeys,
    KeyRole.HOST: ServerKeys,
    KeyRole.PRIVATE: PrivateKeys,
    KeyRole.AUTHORITY: SshAuthorities,
}


def keys_in_place(facts: Facts) -> tuple[KeyInPlace, ...]:
    """The keys of the facts that are there; a key as often as it has places. `public` is empty where it is not told."""
    return tuple(key for role, fact in FACTS.items() for key in _keys(role, facts[fact]))


def unseen(facts: Facts) -> tuple[tuple[KeyRole, str], ...]:
    """The kinds of places that could not be seen, or whose logins not all could, each with the reason."""
    missing = ((role, facts[fact]) for role, fact in FACTS.items())
    whole = tuple((role, fact.reason) for role, fact in missing if isinstance(fact, Unavailable))
    authorized = facts[AuthorizedKeys]
    if isinstance(authorized, Unavailable) or not (unread := (*authorized.accounts_unread, *authorized.unreadable)):
        return whole
    more = " and more" if len(unread) > 3 else ""
    return (*whole, (KeyRole.AUTHORIZED, f"those of {', '.join(unread[:3])}{more} could not be read"))


def _keys(role: KeyRole, fact: object) -> Iterator[KeyInPlace]:
    match fact:
        case AuthorizedKeys():
            for key in fact.keys:
                does = KeyRole.AUTHORITY if key.has("cert-authority") else role
                at = KeyStand(does, key.account, f"{key.path}:{key.line}", dead=bool(key.dead))
                if key.public or not key.dead:
                    yield KeyInPlace(key.type, key.bits, key.fingerprint, key.public, at)
        case ServerKeys():
            for shown in fact.keys:
                yield KeyInPlace(
                    shown.type, shown.bits, shown.fingerprint, shown.public, KeyStand(role, "", shown.path)
                )
        case PrivateKeys():
            for file in fact.keys:
                at = KeyStand(role, file.owner, file.path)
                yield KeyInPlace(file.type, file.bits, file.fingerprint, file.public, at)
        case SshAuthorities():
            for signer in fact.authorities:
                at = KeyStand(role, "", f"{signer.path}:{signer.line}")
                yield KeyInPlace(signer.type, signer.bits, signer.fingerprint, signer.public, at)
