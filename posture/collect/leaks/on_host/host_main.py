"""The search for secrets on a host. Nothing of a secret but its redacted form leaves the process that read it.

As root, one process with root's rights walks the system's folders, and one for each owner, with the owner's rights
alone, those that belong to somebody else. They are forks of this process that only change their identity: Linux lets
no account trace such a process or read its memory and environment, where the customer's key lies (prctl(2),
PR_SET_DUMPABLE). What a process says of an owner's folders is believed for paths below them only.
"""

from __future__ import annotations

import os
import re
import sys
import time
from typing import TYPE_CHECKING, Any

from posture.collect.leaks.core.plain import plain
from posture.collect.leaks.core.rule import rules_of
from posture.collect.leaks.on_host import heard
from posture.collect.leaks.on_host.apart import apart
from posture.collect.leaks.on_host.judge import Judge
from posture.collect.leaks.on_host.lines import encoded, record
from posture.collect.leaks.on_host.places import Place, places_of
from posture.collect.leaks.on_host.readers import Readers, accounts_of
from posture.collect.leaks.on_host.walk import Walk
from posture.collect.leaks.on_host.way import barred_mounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from posture.collect.leaks.on_host.apart import Tell, Work
    from posture.collect.leaks.on_host.readers import Account

_SECONDS = 50.0  # for all; the section has 60
_OWN_SECONDS = 30.0  # of them for the system's folders
_OWNER_SECONDS = 15.0
_MOST_OWNERS = 500
_MOST_BYTES = 900_000  # for all; the section has a MiB
_OWNER_BYTES = 200_000
_MOST_FOLDERS = 1000
_NOBODY = 65534


def main(plain_rules: Iterable[Mapping[str, Any]]) -> None:
    """Search this host, and tell it on standard output. The key comes in the environment, as POSTURE_KEY."""
    given = os.environ.pop("POSTURE_KEY", "")
    key = bytes.fromhex(given) if re.fullmatch(r"[0-9a-f]{64}", given) else b""
    rules = rules_of(plain_rules)
    passwd = _text("/etc/passwd")
    accounts = accounts_of(passwd, _text("/etc/group"))
    names = {account.uid: account.name for account in reversed(accounts)}
    names[0] = "root"
    judge = Judge(rules, plain(rules), key, Readers(accounts), names)
    search = _Search(judge, barred_mounts(_text("/proc/self/mountinfo")))
    search.say(record("R", rules.digest))
    if not key:
        search.gap("no key for fingerprints was given: contents were not looked at")
    search.all(places_of(passwd), {account.uid: account for account in reversed(accounts)})


class _Search:
    """The search as a whole: its limits, and what it has told."""

    def __init__(self, judge: Judge, barred: dict[str, str]) -> None:
        self._judge, self._barred = judge, barred
        self._until = time.monotonic() + _SECONDS
        self._root = os.geteuid() == 0
        self._files, self._bytes = 0, 0
        self._gaps: list[str] = []
        self._foreign: dict[int, list[heard.Owned]] = {}

    def say(self, line: bytes) -> None:
        """Tell a line, where there is room for it."""
        self._bytes += len(line)
        if self._bytes > _MOST_BYTES:
            self.gap("more was found than there is room to tell")
        else:
            sys.stdout.buffer.write(line)

    def gap(self, words: str) -> None:
        """Remember what was not looked at, once."""
        if words not in self._gaps and len(self._gaps) < 200:
            self._gaps.append(words)

    def all(self, places: list[Place], accounts: Mapping[int, Account]) -> None:
        """Search these places, first with our own rights, then what belongs to others with theirs."""
        whose = "the system's folders" if self._root else "the folders that this account can open"
        self._hear(whose, self._walks(places, self._root), None, _OWN_SECONDS)
        owners = sorted(self._foreign)
        for count, uid in enumerate(owners):
            left = self._until - time.monotonic()
            if left < 1 or count >= _MOST_OWNERS:
                self.gap(f"the folders of {len(owners) - count} accounts were not looked at: a limit ended the search")
                break
            seconds = min(_OWNER_SECONDS, max(2.0, 2 * left / (len(owners) - count)), left)
            self._as_owner(uid, accounts.get(uid), seconds)
        self._end()

    def _as_owner(self, uid: int, account: Account | None, seconds: float) -> None:
        folders = self._foreign[uid][:_MOST_FOLDERS]
        gid = account.gid if account else folders[0].gid or _NOBODY
        walks = self._walks([Place(folder.path, folder.dots) for folder in folders], False)
        whose = folders[0].path + (f" and {len(folders) - 1} more folders of its owner" if len(folders) > 1 else "")
        if len(self._foreign[uid]) > len(folders):
            self.gap(f"only {_MOST_FOLDERS} folders of the owner of {folders[0].path} were looked at")

        def with_their_rights(tell: Tell, until: float) -> None:
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            walks(tell, until)

        self._hear(whose, with_their_rights, [encoded(folder.path) + b"/" for folder in folders], seconds)

    def _walks(self, places: list[Place], as_root: bool) -> Work:
        def walks(tell: Tell, until: float) -> None:
            walk = Walk(self._judge.key != b"", as_root, self._barred, until)
            for place in places:
                entered = walk.entered(place.path)
                if entered is not None:
                    tell(record("B", entered[1]))
                    self._tell_below(walk, entered, place.dots, tell)
            for folder in walk.owned:
                tell(record("H", str(folder.uid), str(folder.gid), str(int(folder.dots)), folder.path))
            for words in walk.passed_by[:50]:
                tell(record("P", words))
            counts = (walk.files, walk.denied, walk.longer, walk.failed)
            tell(record("E", *map(str, counts), walk.limit))

        return walks

    def _tell_below(self, walk: Walk, entered: tuple[int, str], dots: bool, tell: Tell) -> None:
        for opened in walk.below(entered[0], entered[1], dots):
            try:
                lines = self._judge.lines(opened)
            except (ArithmeticError, LookupError, MemoryError, RecursionError, ValueError):
                walk.failed += 1
                continue
            for line in lines:
                tell(line)

    def _hear(self, whose: str, work: Work, below: list[bytes] | None, seconds: float) -> None:
        """Let a process of its own do the work; what it says of paths below these is believed, None: all."""
        ended = False
        for line in apart(work, seconds, _OWNER_BYTES if below else _MOST_BYTES).split(b"\n")[:-1]:
            if heard.found(line, below) or (below is None and heard.place(line)):
                self.say(line + b"\n")
                continue
            last, folder = heard.end(line), heard.owned(line)
            if last is not None:
                ended = True
                self._ended(whose, last)
            elif folder is not None and below is None:
                self._foreign.setdefault(folder.uid, []).append(folder)
            elif heard.passed_by(line):
                self.gap(heard.passed_by(line))
            elif not heard.place(line):
                self.gap(f"what the search through {whose} told of other places was not believed")
        if not ended:
            self.gap(f"the search through {whose} did not come to its end")

    def _ended(self, whose: str, last: heard.End) -> None:
        self._files += last.files
        if last.denied:
            rights = "" if self._root else ", which root could"
            self.gap(f"{whose}: {last.denied} files or folders could not be opened{rights}")
        if last.longer:
            self.gap(f"{whose}: {last.longer} files are longer than 256 KiB, of which only the beginning was looked at")
        if last.failed:
            self.gap(f"{whose}: {last.failed} files could not be judged")
        if last.limit:
            self.gap(f"the search through {whose} ended early: {last.limit}")

    def _end(self) -> None:
        out = sys.stdout.buffer
        out.write(record("N", str(self._files)))
        for words in self._gaps:
            out.write(record("G", words[:400]))
        out.write(b"Z\n")
        out.flush()


def _text(path: str) -> str:
    """A file of the system, at most 8 MiB; empty where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.read(8 << 20))
    except OSError:
        return ""
