"""How PAM proves who logs in over SSH (pam.d(5))."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PamEntry:
    """One line of the stack, in the order in which modules are asked.

    `control` is (return value, action) pairs, those that are not named under ``default``: ``required`` is
    ``(("success", "ok"), ("new_authtok_reqd", "ok"), ("ignore", "ignore"), ("default", "bad"))``. An action is ``ok``,
    ``done``, ``bad``, ``die``, ``ignore``, ``reset`` or a number of modules to jump over. `module` is its name without
    folder and ``.so``, empty for the line that opens a substack, whose own lines follow with a `level` one higher.
    `options` are those that matter; values that may be secret were left out on the host.
    """

    control: tuple[tuple[str, str], ...]
    module: str
    options: tuple[str, ...]
    path: str
    line: int
    level: int = 0

    def option(self, name: str) -> str:
        """The value of ``name=value``, empty where it is not there."""
        found = (value for key, _, value in (one.partition("=") for one in self.options) if key == name)
        return next(found, "")


@dataclass(frozen=True, slots=True)
class PamEnrolment:
    """Whether a module knows an account's second factor; None where that could not be seen.

    `place` is the value of the module's option that names the file (``secret=``, ``usersfile=``, ``authfile=``), empty
    for its default.
    """

    account: str
    module: str
    place: str
    enrolled: bool | None


@dataclass(frozen=True, slots=True)
class PamStack:
    """The stack ``auth`` of the service sshd, with all that it includes.

    `gaps` say in words which part of it is not known, empty when all is: `entries` are then not to be relied on.
    `settings` are values of modules' own files, by ``MODULE.NAME`` (``pam_duo.failmode``). `keytab` is whether sshd has
    a key for Kerberos tickets, None where that is not known.
    """

    entries: tuple[PamEntry, ...]
    gaps: tuple[str, ...]
    enrolments: tuple[PamEnrolment, ...]
    settings: tuple[tuple[str, str], ...]
    keytab: bool | None
    observed: datetime

    def enrolled(self, account: str, module: str, place: str) -> bool | None:
        """Whether the account is enrolled, None where that is not known."""
        for one in self.enrolments:
            if (one.account, one.module, one.place) == (account, module, place):
                return one.enrolled
        return None
