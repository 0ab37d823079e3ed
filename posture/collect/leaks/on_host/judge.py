"""The lines of one file: its secrets, redacted, and that it is open to others though made for credentials."""

from __future__ import annotations

import stat
import time
from typing import TYPE_CHECKING, NamedTuple

from posture.collect.leaks.core.file_name import without_tokens
from posture.collect.leaks.core.leak import redact
from posture.collect.leaks.core.scan import scan
from posture.collect.leaks.on_host.lines import record

if TYPE_CHECKING:
    from posture.collect.leaks.core.rule import Rules
    from posture.collect.leaks.core.scan import Candidates
    from posture.collect.leaks.on_host.readers import Readers
    from posture.collect.leaks.on_host.walk import Opened

_MOST_IN_FILE = 200


class Judge(NamedTuple):
    """What is needed to judge a file and to say who can read it. Without `key` contents are not looked at."""

    rules: Rules
    candidates: Candidates
    key: bytes
    readers: Readers
    names: dict[int, str]

    def lines(self, opened: Opened) -> list[bytes]:
        """Its lines: ``L`` first, then one ``S`` for each secret.

        Raises:
            ArithmeticError, LookupError, MemoryError, RecursionError, ValueError: its contents cannot be judged.
        """
        place = self._place(opened)
        lines = []
        if opened.kind and place[3] not in ("-", "?"):
            lines.append(record("L", *self._shown(place), opened.kind))
        if opened.data is None:
            return lines
        now = int(time.time())
        leaks = scan(opened.path, opened.data, self.rules, self.candidates)[:_MOST_IN_FILE]
        shown = self._shown(place) if leaks else place
        for leak in leaks:
            seen = redact(leak, self.rules.severity(leak.rule), self.key, now)
            ended = "" if seen.expired is None else str(seen.expired)
            told = (
                seen.rule,
                str(seen.line),
                seen.start,
                seen.fingerprint,
                seen.severity,
                ended,
                seen.proof,
                seen.note,
            )
            lines.append(record("S", *shown, *told))
        return lines

    def _shown(self, place: tuple[str, str, str, str]) -> tuple[str, str, str, str]:
        path, owner, mode, who = place
        return without_tokens(path, self.rules, self.candidates), owner, mode, who

    def _place(self, opened: Opened) -> tuple[str, str, str, str]:
        readers = self.readers.of(opened.path, opened.status, opened.extended)
        who = "?" if readers is None else ",".join(readers) or "-"
        uid, mode = opened.status.st_uid, stat.S_IMODE(opened.status.st_mode)
        return opened.path, self.names.get(uid, str(uid)), f"{mode:o}", who
