"""Every public key that a host tells of, and where it stands."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from posture.engine.key_gaps import key_gaps
from posture.facts.authorized_keys import AuthorizedKeys
from posture.facts.factset import Facts
from posture.facts.key_flaws import KeyInPlace, KeyStand
from posture.facts.private_keys import PrivateKeys
from posture.facts.sshd import ServerKeys, SshAuthorities
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
    """What could not be seen, by the kind of place, each with the reason."""
    return (
        *((gap.role, gap.why) for gap in key_gaps(facts)),
        *((KeyRole.PRIVATE, why) for why in _without_half(facts)),
    )


def _without_half(facts: Facts) -> Iterator[str]:
    """SSH's private keys whose public half is not told: an old form of file, with a passphrase."""
    private = facts[PrivateKeys]
    for file in private.keys if isinstance(private, PrivateKeys) else ():
        if file.of_ssh and not file.public:
            again = f"ssh-keygen -p -f {shlex.quote(file.path)}"
            yield f"the public half of {file.path} is not told by the file; `{again}` writes it in a form that tells it"


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
            for file in (one for one in fact.keys if one.public):  # the others: `unseen`, as far as they are SSH's
                at = KeyStand(role, file.owner, file.path)
                yield KeyInPlace(file.type, file.bits, file.fingerprint, file.public, at)
        case SshAuthorities():
            for signer in fact.authorities:
                at = KeyStand(role, "", f"{signer.path}:{signer.line}")
                yield KeyInPlace(signer.type, signer.bits, signer.fingerprint, signer.public, at)
