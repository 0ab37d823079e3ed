"""From where a key was used, as far as the host's log tells."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from posture.sdk import AuthorizedKey, Evidence, KeyUse, SshLog, Unavailable

MOST_ADDRESSES = 16  # that a line is limited to; who comes from more has no fixed address


@dataclass(frozen=True, slots=True)
class Seen:
    """The logins with one key. `addresses` are safe to put into ``from=``, empty where there are none or too many."""

    times: int
    addresses: tuple[str, ...]
    changing: bool  # whether there are more addresses than a line can be limited to
    evidence: tuple[Evidence, ...]


def uses_of(key: AuthorizedKey, log: SshLog) -> tuple[KeyUse, ...]:
    """The logins of the key's account with it, those with a certificate left out."""
    return tuple(
        use
        for use in log.keys
        if (use.account, use.fingerprint) == (key.account, key.fingerprint) and key.fingerprint and not use.certificate
    )


def seen_in(key: AuthorizedKey, log: SshLog | Unavailable) -> Seen:
    """What the log says of a key; a log that was not read says nothing."""
    if isinstance(log, Unavailable):
        return Seen(0, (), changing=False, evidence=())
    uses = uses_of(key, log)
    valid = tuple(dict.fromkeys(text for use in uses for text in use.addresses if _is_address(text)))
    changing = len(valid) > MOST_ADDRESSES or any(use.more_addresses for use in uses)
    times = sum(use.times for use in uses)
    return Seen(times, () if changing else valid, changing, (_told(times, valid, uses, log),))


def span(log: SshLog) -> int:
    """How many whole days the log goes back."""
    return max(0, (log.until - log.since).days)


def _told(times: int, addresses: tuple[str, ...], uses: tuple[KeyUse, ...], log: SshLog) -> Evidence:
    where = f"{log.source or 'log'}, {log.since:%Y-%m-%d} to {log.until:%Y-%m-%d}"
    if not uses:
        return Evidence(where, "no login with this key", log.observed)
    more = "and more" if len(addresses) > MOST_ADDRESSES or any(use.more_addresses for use in uses) else ""
    last = max(use.last for use in uses)
    named = ", ".join(part for part in (*addresses[:MOST_ADDRESSES], more) if part)
    logins = "1 login" if times == 1 else f"{times} logins"
    return Evidence(where, f"{logins} with this key, the last at {last:%Y-%m-%d %H:%M}, from {named}", log.observed)


def _is_address(text: str) -> bool:
    try:
        return "%" not in text and bool(ip_address(text))
    except ValueError:
        return False
