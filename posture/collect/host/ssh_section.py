"""The collector's section on the SSH server, account by account, before anything is concluded from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from posture.collect.host.sections import Section, tagged
from posture.model.text import visible

LEFT_OUT = "not asked: only the first 50 accounts are, and only those with a plain name"
MOST = 50  # accounts: the collector asks for no more
MOST_DAEMONS = 1000


@dataclass(slots=True)
class AccountSsh:
    """What sshd does for one account, and the lines of its authorized_keys files that hold a key."""

    name: str
    options: list[tuple[str, str]] = field(default_factory=list)
    lines: list[tuple[str, int, str]] = field(default_factory=list)  # path, line number, line
    unreadable: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)  # behind a folder that cannot be entered
    messages: list[str] = field(default_factory=list)
    differing: list[int] = field(default_factory=list)  # ports on which settings that matter differ
    outcome: str = "cut"  # "read", "failed" (sshd -T did), or the output ended before its end


@dataclass(frozen=True, slots=True)
class Daemon:
    """A listening sshd: the real user id it runs with, and the file behind its option -f, empty without."""

    uid: str
    configuration: str


@dataclass(frozen=True, slots=True)
class SshSection:
    """The section, parsed.

    `header` has the keys via, uid, binary, version, cgroup, pid, unit, hidden, port, ports and more-ports where they
    are known. `daemons` are by process number, `held` the ports that systemd holds for an SSH server, with the unit.
    """

    header: Mapping[str, str]
    accounts: Mapping[str, AccountSsh]
    cut: str
    daemons: Mapping[int, Daemon] = field(default_factory=dict)
    held: Mapping[int, str] = field(default_factory=dict)

    @property
    def ports(self) -> frozenset[int]:
        """The ports of the server that was asked."""
        return frozenset(int(word) for word in self.header.get("ports", "").split() if is_port(word))


def parsed(section: Section) -> SshSection:
    """Read the section; lines in a wrong place or form are left out."""
    header: dict[str, str] = {}
    accounts: dict[str, AccountSsh] = {}
    account, path = AccountSsh(""), ""
    for tag, text in tagged(section.body):
        match tag:
            case "H":
                key, _, value = text.partition("\t")
                if len(header) < 20:
                    header[key[:20]] = visible(value)
            case "A":
                account, path = accounts.get(text) or AccountSsh(visible(text)), ""
                if len(accounts) < MOST:
                    accounts[text] = account
            case "F":
                path = visible(text)
            case "L":
                number, _, line = text.partition(":")
                if number.isdecimal() and len(number) < 8:
                    account.lines.append((path, int(number), line))
            case _:
                _note(account, tag, text)
    return SshSection(header, accounts, section.cut or ("it ended early" if section.status else ""), *_servers(section))


def is_port(text: str) -> bool:
    """Whether it is a number as short as a port's."""
    return text.isascii() and text.isdecimal() and len(text) < 6


def _servers(section: Section) -> tuple[dict[int, Daemon], dict[int, str]]:
    daemons: dict[int, Daemon] = {}
    held: dict[int, str] = {}
    for tag, text in tagged(section.body):
        if tag == "W":
            number, uid, configuration = (*text.split("\t", 2), "", "")[:3]
            if number.isdecimal() and len(number) < 11 and len(daemons) < MOST_DAEMONS:
                daemons[int(number)] = Daemon(visible(uid, 10), visible(configuration, 200))
        elif tag == "V":
            unit, _, port = text.partition("\t")
            if is_port(port):
                held[int(port)] = visible(unit, 64)
    return daemons, held


def _note(account: AccountSsh, tag: str, text: str) -> None:
    match tag:
        case "O":
            keyword, _, value = text.partition(" ")
            account.options.append((visible(keyword.lower(), 64), visible(value, 2000)))
        case "M":
            account.messages.append(visible(text))
        case "D":
            if is_port(text) and len(account.differing) < 8:
                account.differing.append(int(text))
        case "X":
            account.unreadable.append(visible(text))
        case "Y":
            account.hidden.append(visible(text))
        case "Z":
            name, _, outcome = text.partition("\t")
            if visible(name) == account.name:
                account.outcome = outcome
