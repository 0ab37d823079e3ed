"""The accounts of a source of the inventory, as a fact, or why they are not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from posture.collect.accounts.asked import Asked, SourceFault
from posture.collect.accounts.csv_file import read_csv
from posture.collect.accounts.entra import read_entra
from posture.collect.accounts.github import read_github
from posture.collect.accounts.gitlab import read_gitlab
from posture.collect.accounts.google import read_google
from posture.collect.accounts.http import NoAnswer
from posture.collect.accounts.keycloak import read_keycloak
from posture.collect.accounts.keystone import read_keystone
from posture.collect.accounts.okta import read_okta
from posture.collect.accounts.proxmox import read_proxmox
from posture.collect.accounts.scim import read_scim
from posture.collect.accounts.whm import read_whm
from posture.collect.scope import ScopeError, ScopeGate
from posture.collect.secrets import SecretError
from posture.facts.factset import Facts
from posture.facts.people import DirectoryAccount, DirectoryAccounts
from posture.facts.unavailable import Unavailable
from posture.model.resource import Resource
from posture.model.text import visible

Reader = Callable[[Asked], DirectoryAccounts]

READERS: Final[Mapping[str, Reader]] = {
    "csv": read_csv,
    "keycloak": read_keycloak,
    "github-org": read_github,
    "gitlab": read_gitlab,
    "google-workspace": read_google,
    "entra": read_entra,
    "okta": read_okta,
    "scim": read_scim,
    "whm": read_whm,
    "proxmox": read_proxmox,
    "keystone": read_keystone,
}


def collect_accounts(
    resource: Resource, gate: ScopeGate, clock: Callable[[], datetime], deadline: datetime, agent: str
) -> Facts:
    """What a source says of its accounts; one fact, or why there is none."""
    settings = dict(resource.settings)
    asked = Asked(resource.id, settings, gate, clock, deadline, agent)
    source = settings.get("source", "")
    try:
        return {DirectoryAccounts: _marked(_read(source, asked), asked)}
    except (ScopeError, SecretError, SourceFault, NoAnswer) as error:
        return {DirectoryAccounts: Unavailable(f"{visible(source)}: {error}")}
    finally:
        for api in asked.apis:
            api.close()


def _read(source: str, asked: Asked) -> DirectoryAccounts:
    if source not in READERS:
        raise SourceFault("no reader of this version knows this source")
    found = READERS[source](asked)
    if not found.accounts:
        more = "".join(f"; {gap}" for gap in found.gaps[:3])
        raise SourceFault(f"the list is empty, which no source in use is; look at the rights of the login{more}")
    return found


def _marked(found: DirectoryAccounts, asked: Asked) -> DirectoryAccounts:
    """The accounts by name, with what only the inventory knows of them; two of one name are a gap."""
    service, glass = asked.names("service_accounts"), asked.names("break_glass")
    services, glasses = {name.casefold() for name in service}, {name.casefold() for name in glass}
    accounts: dict[str, DirectoryAccount] = {}
    for one in filter(lambda each: each.name, found.accounts):
        key = one.name.casefold()
        accounts.setdefault(
            one.name,
            replace(one, service=one.service or key in services, break_glass=one.break_glass or key in glasses),
        )
    gaps = list(found.gaps)
    if nameless := sum(not one.name for one in found.accounts):
        gaps.append(f"{nameless} accounts have no name: the answer is not of the documented form")
    twice = [name for name, times in Counter(one.name for one in dict.fromkeys(found.accounts)).items() if times > 1]
    if twice:
        gaps.append(f"{len(twice)} names stand for more than one account, first {twice[0]}: only one of each is judged")
    known = {name.casefold() for name in accounts}
    gaps += [
        f"the inventory names {visible(name)} in break_glass, and there is no such account: correct it"
        for name in glass
        if name.casefold() not in known
    ]
    ordered = tuple(accounts[name] for name in sorted(accounts))
    return replace(found, accounts=ordered, gaps=tuple(gaps))
