"""From the facts of one host to the keys on it, in the one form in which hosts are compared."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from posture.engine.key_gaps import key_gaps
from posture.facts.accounts import Accounts
from posture.facts.authorized_keys import AuthorizedKey, AuthorizedKeys
from posture.facts.factset import Facts
from posture.facts.host import OsRelease
from posture.facts.private_keys import PrivateKeys
from posture.facts.ssh_offers import SshOffers
from posture.facts.ssh_trust import SshHostTrust
from posture.facts.sshd import ServerKeys, SshAuthorities
from posture.model.resource import Resource, ResourceKind
from posture.model.sighting import KeyGap, KeyRole, KeySighting, KeysSeen

MOST = 5_000  # of one host; more than that is no set of keys that people manage
MOST_MODULUS = 2_048  # bytes: the largest number that OpenSSH takes, 16,384 bits (sshbuf.h, SSHBUF_MAX_BIGNUM)


def keys_seen(resource: Resource, facts: Facts) -> KeysSeen | None:
    """The keys on a host; None for what is no host."""
    if resource.kind is not ResourceKind.HOST:
        return None
    hosts = tuple(_host_keys(facts))
    own = {key.fingerprint for key in hosts}
    every = (
        *hosts,
        *_authorized(resource, facts),
        *_authorities(resource, facts),
        # A host key's private half is told by the host key.
        *(key for key in _private(facts) if key.fingerprint not in own),
    )
    ordered = sorted(set(every), key=lambda key: (key.role, key.fingerprint, key.account, key.place, key.comment))
    release = facts.get(OsRelease)
    return KeysSeen(
        tuple(ordered[:MOST]),
        (*_gaps(facts), *_too_many(len(ordered))),
        release.hostname if isinstance(release, OsRelease) else "",
        release.machine if isinstance(release, OsRelease) else "",
    )


def _authorized(resource: Resource, facts: Facts) -> Iterator[KeySighting]:
    fact = facts.get(AuthorizedKeys)
    if not isinstance(fact, AuthorizedKeys):
        return
    admins = _admins(facts)
    trust = facts.get(SshHostTrust)
    login = trust.login if isinstance(trust, SshHostTrust) else ""
    for key in fact.keys:
        if key.fingerprint and not _auditors(key, fact, resource, login):
            yield KeySighting(
                KeyRole.AUTHORITY if key.has("cert-authority") else KeyRole.AUTHORIZED,
                key.fingerprint,
                key.type,
                key.bits,
                key.account,
                f"{key.path}:{key.line}",
                key.comment,
                admin=key.uid == 0 or key.account in admins,
                dead=bool(key.dead),
                options=tuple(name for name, _ in key.options),
                modulus=modulus(key.public),
            )


def _auditors(key: AuthorizedKey, keys: AuthorizedKeys, resource: Resource, login: str) -> bool:
    """Whether the audit itself logs in with this key, which the provider gave to all its customers' hosts.

    Surely where it has just let us in, and in facts that do not tell, where it is the only one of the account that is
    logged in to, or may run one command only there.
    """
    if resource.ssh is None or resource.ssh.key is None or key.account != resource.ssh.user:
        return False
    if login:
        return key.fingerprint == login
    alive = {other.fingerprint for other in keys.keys if other.account == key.account and not other.dead}
    return alive == {key.fingerprint} or key.has("command")


def _admins(facts: Facts) -> frozenset[str]:
    accounts = facts.get(Accounts)
    return (
        frozenset(one.name for one in accounts.accounts if one.admin) if isinstance(accounts, Accounts) else frozenset()
    )


def _authorities(resource: Resource, facts: Facts) -> Iterator[KeySighting]:
    fact = facts.get(SshAuthorities)
    if isinstance(fact, SshAuthorities):
        # Where the audit logs in by certificate and there is one authority, it is the provider's, on all hosts alike.
        ours = resource.ssh is not None and resource.ssh.authority is not None
        alone = len({key.fingerprint for key in fact.authorities}) == 1
        for key in fact.authorities:
            if key.fingerprint and not (ours and alone):
                # It signs for whatever account the certificate names, root among them.
                yield KeySighting(
                    KeyRole.AUTHORITY, key.fingerprint, key.type, key.bits, "", f"{key.path}:{key.line}", key.comment,
                    admin=True, modulus=modulus(key.public),
                )  # fmt: skip


def _host_keys(facts: Facts) -> Iterator[KeySighting]:
    """As the server's files have them, and those that only the network has shown."""
    told: set[str] = set()
    inside, outside = facts.get(ServerKeys), facts.get(SshOffers)
    if isinstance(inside, ServerKeys):
        for key in inside.keys:
            if key.fingerprint:
                told.add(key.fingerprint)
                place, numbers = key.path, modulus(key.public)
                yield KeySighting(KeyRole.HOST, key.fingerprint, key.type, key.bits, "", place, modulus=numbers)
    if isinstance(outside, SshOffers):
        for offer in outside.offers:
            for shown in offer.keys:
                if shown.fingerprint and shown.fingerprint not in told:
                    told.add(shown.fingerprint)
                    place = f"port {offer.port}"
                    yield KeySighting(KeyRole.HOST, shown.fingerprint, shown.type, shown.bits, "", place)


def _private(facts: Facts) -> Iterator[KeySighting]:
    fact = facts.get(PrivateKeys)
    if isinstance(fact, PrivateKeys):
        admins = _admins(facts)
        for key in fact.keys:
            if key.fingerprint:
                yield KeySighting(
                    KeyRole.PRIVATE, key.fingerprint, key.type, key.bits, key.owner, key.path,
                    admin=key.owner == "root" or key.owner in admins, encrypted=key.encrypted, readers=key.readers,
                    modulus=modulus(key.public),
                )  # fmt: skip


def _gaps(facts: Facts) -> Iterator[KeyGap]:
    """Host keys that the network has shown are known, whatever the host's files tell."""
    outside = facts.get(SshOffers)
    shown = isinstance(outside, SshOffers) and any(offer.keys for offer in outside.offers)
    return (gap for gap in key_gaps(facts) if not (shown and gap.whole and gap.role is KeyRole.HOST))


def _too_many(count: int) -> Iterator[KeyGap]:
    if count > MOST:
        for role in KeyRole:
            yield KeyGap(role, f"it has {count:,} keys, of which {MOST:,} were looked at", whole=False)


def modulus(public: str) -> str:
    """The modulus of an RSA key in SSH's wire format (RFC 4253, 6.6) in base64, as hexadecimal; empty for all else.

    One that no sshd takes is none: all are held against each other, and the time for that grows with their length.
    """
    try:
        blob = base64.b64decode(public, validate=True)
    except (binascii.Error, ValueError):
        return ""
    parts: list[bytes] = []
    while blob and len(parts) < 3:
        length = int.from_bytes(blob[:4])
        parts.append(blob[4 : 4 + length])
        if len(blob) < 4 + length:
            return ""
        blob = blob[4 + length :]
    if len(parts) < 3 or parts[0] != b"ssh-rsa":
        return ""
    number = parts[2].lstrip(b"\0")
    return number.hex() if len(number) <= MOST_MODULUS else ""
