"""The way to an authorized_keys file, held against sshd's StrictModes (misc.c, safe_path)."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collect.host.ssh_section import AccountSsh, PathRights, SshSection
from posture.facts.authorized_keys import LoosePath


def loose_paths(section: SshSection, account: AccountSsh, uid: int) -> Iterator[LoosePath]:
    """Files and folders on the way that somebody besides the account and root may change.

    Debian's sshd lets a group write whose only member is the account itself (its patch user-group-modes, on
    secure_permissions); everywhere else a folder that a group may write is refused whoever is in the group.
    """
    private = {gid for gid, members in section.members.items() if members == {str(uid)}}
    allowed = private if "debian" in section.header else set()
    for file, chain in account.chains.items():
        for step in chain:
            if step is not None and (by := _by(step, uid, allowed)):
                yield LoosePath(account.name, file, step.path, step.owner, step.mode, by)


def whole(account: AccountSsh) -> bool:
    """Whether all that stands above each of the account's files was seen, to the end."""
    return all(chain and chain[-1] is None and None not in chain[:-1] for chain in account.chains.values())


def _by(step: PathRights, uid: int, private: set[int]) -> str:
    if step.uid not in {0, uid}:
        return step.owner
    if step.mode & 0o002:
        return "everyone"
    return f"group {step.group}" if step.mode & 0o020 and step.gid not in private else ""
