"""The collector's section on the SSH server, account by account, before anything is concluded from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from posture.collect.host.sections import Section, tagged
from posture.model.text import visible

LEFT_OUT = "not asked: only the first 500 accounts are, and only those with a plain name"
MOST = 1000  # accounts: the collector looks at no more
MOST_DAEMONS = 1000
MOST_WAYS = 200  # ways in: the collector asks about no more
_MOST_PATHS = 41  # a file and the folders above it


Line = tuple[str, int, str]  # path, line number, line


@dataclass(frozen=True, slots=True)
class WayIn:
    """A class of addresses that logins come from, and the port and address of the host they go to.

    `options` are what sshd printed for it; `port` is 0 and `local` empty where they make no difference.
    """

    origin: str
    address: str
    port: int
    local: str
    options: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class AccountClass:
    """Accounts that no Match line tells apart: what sshd does for them, the internet first."""

    ways: list[WayIn] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    outcome: str = "cut"  # "read", "failed" (sshd -T did), or the output ended before its end


@dataclass(frozen=True, slots=True)
class PathRights:
    """Who owns a file or folder, and who may write there."""

    path: str
    mode: int
    uid: int
    owner: str
    gid: int
    group: str


@dataclass(slots=True)
class AccountSsh:
    """The lines of an account's authorized_keys files that hold a key, and what stands above them."""

    name: str
    of: AccountClass = field(default_factory=AccountClass)
    lines: list[Line] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)  # behind a folder that cannot be entered
    chains: dict[str, list[PathRights | None]] = field(default_factory=dict)  # by file; None at the end of a whole one
    principals: dict[str, list[str]] = field(default_factory=dict)  # lines by file
    outcome: str = "cut"  # "read", "failed" (sshd -T did), "unasked", or the output ended before its end

    @property
    def options(self) -> list[tuple[str, str]]:
        """What sshd does for it when it comes from the internet."""
        return self.of.ways[0].options if self.of.ways else []


@dataclass(slots=True)
class Files:
    """The server's own key files: text by file, None where it could not be read."""

    host_keys: dict[str, tuple[str, str] | None] = field(default_factory=dict)  # "HO" or "HP", text
    authorities: dict[str, list[tuple[int, str]] | None] = field(default_factory=dict)  # line number, line


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
    `unasked` are ways in that sshd was not asked about, in words. `members` are the user ids of a group's members.
    """

    header: Mapping[str, str]
    accounts: Mapping[str, AccountSsh]
    cut: str
    daemons: Mapping[int, Daemon] = field(default_factory=dict)
    held: Mapping[int, str] = field(default_factory=dict)
    files: Files = field(default_factory=Files)
    unasked: tuple[str, ...] = ()
    members: Mapping[int, frozenset[str]] = field(default_factory=dict)

    @property
    def ports(self) -> frozenset[int]:
        """The ports of the server that was asked."""
        return frozenset(int(word) for word in self.header.get("ports", "").split() if is_port(word))


@dataclass(slots=True)
class _Reader:
    """The section, line after line."""

    header: dict[str, str] = field(default_factory=dict)
    classes: dict[str, AccountClass] = field(default_factory=dict)
    accounts: dict[str, AccountSsh] = field(default_factory=dict)
    files: Files = field(default_factory=Files)
    unasked: dict[str, None] = field(default_factory=dict)
    members: dict[int, frozenset[str]] = field(default_factory=dict)
    account: AccountSsh = field(default_factory=lambda: AccountSsh(""))
    current: AccountClass = field(default_factory=AccountClass)
    path: str = ""
    ways: int = 0

    def read(self, tag: str, text: str) -> None:
        """Take one line; what is in a wrong place or form is left out."""
        match tag:
            case "H":
                key, _, value = text.partition("\t")
                if len(self.header) < 20:
                    self.header[key[:20]] = visible(value)
            case "N" if len(self.unasked) < 20:
                self.unasked[visible(text, 400)] = None
            case "GM" if len(self.members) < 2000:
                gid, _, uids = text.partition("\t")
                if _is_number(gid):
                    self.members[int(gid)] = frozenset(uids.split()[:1000])
            case "C" | "Q" | "O" | "M" | "E":
                self._class(tag, text)
            case "A" | "X" | "Y" | "Z":
                self._account(tag, text)
            case "F" | "L" | "S" | "PF" | "PL":
                self._lines(tag, text)
            case "HK" | "HO" | "HP" | "CF" | "CL" | "CX":
                self._file(tag, text)

    def _class(self, tag: str, text: str) -> None:
        match tag:
            case "C":
                self.current = AccountClass()
                if len(self.classes) < MOST_WAYS:
                    self.classes[text] = self.current
            case "Q":
                self.ways += 1
                way = _way(text)
                if self.ways <= MOST_WAYS and way:
                    self.current.ways.append(way)
            case "O" if self.current.ways:
                keyword, _, value = text.partition(" ")
                self.current.ways[-1].options.append((visible(keyword.lower(), 64), visible(value, 2000)))
            case "M" if len(self.current.messages) < 10:
                self.current.messages.append(visible(text))
            case "E":
                self.current.outcome = text.rpartition("\t")[2]

    def _account(self, tag: str, text: str) -> None:
        account = self.account
        match tag:
            case "A":
                name, _, number = text.partition("\t")
                self.path = ""
                self.account = self.accounts.get(name) or AccountSsh(visible(name))
                self.account.of = self.classes.get(number, self.account.of)
                if len(self.accounts) < MOST:
                    self.accounts[name] = self.account
            case "X":
                account.unreadable.append(visible(text))
            case "Y":
                account.hidden.append(visible(text))
            case "Z":
                name, _, outcome = text.partition("\t")
                if visible(name) == account.name:
                    account.outcome = outcome

    def _lines(self, tag: str, text: str) -> None:
        account = self.account
        match tag:
            case "F":
                self.path = visible(text)
                account.chains.setdefault(self.path, [])
            case "L":
                number, _, line = text.partition(":")
                if _is_number(number):
                    account.lines.append((self.path, int(number), line))
            case "S" if self.path in account.chains and len(account.chains[self.path]) <= _MOST_PATHS:
                account.chains[self.path].append(_rights(text))
            case "PF":
                self.path = visible(text)
                account.principals.setdefault(self.path, [])
            case "PL" if self.path in account.principals:
                account.principals[self.path].append(text)

    def _file(self, tag: str, text: str) -> None:
        files = self.files
        match tag:
            case "HK" if len(files.host_keys) < 32:
                self.path = text
                files.host_keys[text] = None
            case "HO" | "HP" if self.path in files.host_keys:
                files.host_keys[self.path] = (tag, text)
            case "CF" if len(files.authorities) < 32:
                self.path = text
                files.authorities[text] = []
            case "CX" if len(files.authorities) < 32:
                files.authorities[text] = None
            case "CL":
                number, _, line = text.partition(":")
                lines = files.authorities.get(self.path)
                if lines is not None and _is_number(number):
                    lines.append((int(number), line))


def parsed(section: Section) -> SshSection:
    """Read the section; lines in a wrong place or form are left out."""
    reader = _Reader()
    for tag, text in tagged(section.body):
        reader.read(tag, text)
    daemons, held = _servers(section)
    return SshSection(
        header=reader.header,
        accounts=reader.accounts,
        cut=section.cut or ("it ended early" if section.status else ""),
        daemons=daemons,
        held=held,
        files=reader.files,
        unasked=tuple(reader.unasked),
        members=reader.members,
    )


def _way(text: str) -> WayIn | None:
    origin, address, port, local = (*text.split("\t"), "", "", "", "")[:4]
    return WayIn(visible(origin, 100), visible(address, 100), int(port), visible(local, 100)) if is_port(port) else None


def _rights(text: str) -> PathRights | None:
    mode, uid, owner, gid, group, path = (*text.split(":", 5), "", "", "", "", "", "")[:6]
    octal = 1 <= len(mode) <= 4 and set(mode) <= set("01234567")
    if not (path and octal and _is_number(uid) and _is_number(gid)):
        return None
    return PathRights(visible(path), int(mode, 8), int(uid), visible(owner, 64), int(gid), visible(group, 64))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 11


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
