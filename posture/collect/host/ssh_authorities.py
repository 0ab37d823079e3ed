"""Who signs certificates for logins, and the server's own keys (sshd_config(5))."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import datetime

from posture.collect.host.key_container import container
from posture.collect.host.key_options import UnusableLine, end_of_options, harmless, parse
from posture.collect.host.public_key import NotAKey, PublicKey, decode
from posture.collect.host.ssh_section import AccountSsh, SshSection
from posture.facts.sshd import CaKey, Principals, ServerKey, ServerKeys, SshAuthorities
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

_MOST_NAMES = 1000  # principals of an account


def authorities(section: SshSection, observed: datetime) -> SshAuthorities | Unavailable:
    """The lines of TrustedUserCAKeys and AuthorizedPrincipalsFile, of all ways in that sshd was asked about."""
    if reason := _unknown(section):
        return Unavailable(reason)
    asked = [account for account in section.accounts.values() if account.outcome == "read"]
    trusted = section.files.authorities
    unread = [visible(path) for path, lines in trusted.items() if lines is None]
    unread += [path for account in asked for path in (*account.unreadable, *account.hidden) if _is_principals(account)]
    return SshAuthorities(
        authorities=tuple(key for path, lines in trusted.items() for key in _keys(path, lines or ())),
        principals=tuple(one for account in asked for one in _principals(account)) if trusted else (),
        revoked=_first(asked, "revokedkeys"),
        command=_first(asked, "authorizedprincipalscommand").partition(" ")[0],
        unreadable=tuple(dict.fromkeys(unread)),
        observed=observed,
    )


def server_keys(section: SshSection, observed: datetime) -> ServerKeys | Unavailable:
    """The host keys that sshd names, from their own public heads where those can be read."""
    if reason := _unknown(section):
        return Unavailable(reason)
    found: list[ServerKey] = []
    unreadable: list[str] = []
    for path, told in section.files.host_keys.items():
        key = _server_key(told)
        if key is None:
            unreadable.append(visible(path))
        else:
            found.append(ServerKey(visible(path), key.type, key.bits, key.fingerprint, key.public))
    return ServerKeys(tuple(found), tuple(unreadable), observed)


def _unknown(section: SshSection) -> str:
    binary = section.header.get("binary", "")
    if binary == "unusable":
        return "sshd cannot be run by this account, so its effective configuration is unknown; run as root"
    if binary not in {"found", "missing"}:
        return f"the SSH server could not be asked: {section.cut or 'the answer is empty'}"
    if hidden := section.header.get("hidden"):
        return f"sshd's configuration includes files in {hidden}, which this account may not look into; run as root"
    if section.cut:
        return f"what the collector says of the SSH server is not whole: {section.cut}"
    if section.accounts and binary == "found" and not any(one.of.ways for one in section.accounts.values()):
        return "sshd -T failed for every account"
    return ""


def _first(accounts: list[AccountSsh], keyword: str) -> str:
    """The first value of a keyword, on any way in, that sets something."""
    values = (
        value
        for account in accounts
        for way in account.of.ways
        for name, value in way.options
        if name == keyword and value and value != "none"
    )
    return next(values, "")


def _keys(path: str, lines: list[tuple[int, str]] | tuple[()]) -> Iterator[CaKey]:
    for number, line in lines:
        kind, encoded, comment = (*line.split(maxsplit=2), "", "")[:3]
        try:
            key = decode(kind, encoded)
        except NotAKey:
            continue  # sshd passes over it, too
        yield CaKey(visible(path), number, key.type, key.bits, key.fingerprint, visible(comment), key.public)


def _is_principals(account: AccountSsh) -> bool:
    files = [value for way in account.of.ways for name, value in way.options if name == "authorizedprincipalsfile"]
    return any(value != "none" for value in files)


def _principals(account: AccountSsh) -> Iterator[Principals]:
    if not _is_principals(account):
        yield Principals(account.name, "", ())
    for path, lines in account.principals.items():
        names = tuple(name for line in lines[:_MOST_NAMES] if (name := _principal(line)) is not None)
        yield Principals(account.name, path, names)


def _principal(line: str) -> tuple[str, str] | None:
    """Name and options of a line (auth2-pubkeyfile.c): the last word is the name. None where sshd ignores it."""
    text = line.strip(" \t\r")
    name = text.split()[-1] if text.split() else ""
    written = text[: len(text) - len(name)].strip(" \t")
    if not name:
        return None
    try:
        if end_of_options(written) != len(written):
            return None
        options = harmless(parse(written))
    except UnusableLine:
        return None
    return visible(name), ",".join(f'{key}="{value}"' if value else key for key, value in options)


def _server_key(told: tuple[str, str] | None) -> PublicKey | None:
    if told is None:
        return None
    tag, text = told
    if tag == "HO":
        try:
            return container(base64.b64decode(text, validate=True)).key
        except (binascii.Error, ValueError):
            return None
    kind, encoded = (*text.split(maxsplit=2), "", "")[:2]
    try:
        return decode(kind, encoded)
    except NotAKey:
        return None
