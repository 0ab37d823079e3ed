"""The stack ``auth`` of the service sshd, from PAM's files (pam.d(5), pam.conf(5); pam_handlers.c of Linux-PAM)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from posture.collect.host.sections import Section, tagged
from posture.facts.pam import PamEnrolment, PamEntry, PamStack
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

SERVICE = "sshd"
_OTHER = "other"  # whose lines count where a service has none of the type
_MOST_FILES = 32
_MOST_LINES = 2000
_MOST_ENTRIES = 300
_MOST_DEPTH = 16  # of files that include files; Linux-PAM has the same bound
_MOST_ENROLMENTS = 4000
_MOST_GAPS = 20
_RAISED = (("success", "ok"), ("new_authtok_reqd", "ok"))

CONTROLS = {
    "required": (*_RAISED, ("ignore", "ignore"), ("default", "bad")),
    "requisite": (*_RAISED, ("ignore", "ignore"), ("default", "die")),
    "sufficient": (("success", "done"), ("new_authtok_reqd", "done"), ("default", "ignore")),
    "optional": (*_RAISED, ("default", "ignore")),
}
"""The words for a control, as the values and actions that they stand for (pam.conf(5))."""

RETURNED = frozenset({
    "success", "open_err", "symbol_err", "service_err", "system_err", "buf_err", "perm_denied", "auth_err",
    "cred_insufficient", "authinfo_unavail", "user_unknown", "maxtries", "new_authtok_reqd", "acct_expired",
    "session_err", "cred_unavail", "cred_expired", "cred_err", "no_module_data", "conv_err", "authtok_err",
    "authtok_recover_err", "authtok_recovery_err", "authtok_lock_busy", "authtok_disable_aging", "try_again", "ignore",
    "abort", "authtok_expired", "module_unknown", "bad_item", "conv_again", "incomplete", "default",
})  # fmt: skip
_ACTIONS = frozenset({"ok", "done", "bad", "die", "ignore", "reset"})
_BAD = (("default", "bad"),)  # what Linux-PAM makes of a control that it does not understand


@dataclass(slots=True)
class _Told:
    files: dict[str, tuple[str, list[tuple[int, str]]]] = field(default_factory=dict)  # by name: path, lines
    missing: set[str] = field(default_factory=set)
    gaps: list[str] = field(default_factory=list)
    enrolments: list[PamEnrolment] = field(default_factory=list)
    settings: list[tuple[str, str]] = field(default_factory=list)
    keytab: bool | None = None
    current: list[tuple[int, str]] = field(default_factory=list)
    lines: int = 0
    ended: bool = False

    def read(self, tag: str, text: str) -> None:
        """Take one line; what is in a wrong place or form is left out."""
        match tag:
            case "F" if len(self.files) < _MOST_FILES:
                name, _, path = text.partition("\t")
                self.current = []
                self.files[name] = (visible(path, 200), self.current)
            case "L":
                self._line(text)
            case "MF" if len(self.missing) < _MOST_FILES:
                self.missing.add(text)
            case "X":
                self.gaps.append(f"{visible(text, 200)} could not be read")
            case "T":
                self.gaps.append("more files are included than are read, or one with an unusual name")
            case "EN" if len(self.enrolments) < _MOST_ENROLMENTS:
                account, module, place, answer = (*text.split("\t"), "", "", "", "")[:4]
                known = {"yes": True, "no": False}.get(answer)
                self.enrolments.append(
                    PamEnrolment(visible(account, 64), visible(module, 64), visible(place, 200), known)
                )
            case "D" if len(self.settings) < 20:
                name, _, value = text.partition("\t")
                self.settings.append((visible(name, 64), visible(value, 200)))
            case "KT":
                self.keytab = {"yes": True, "no": False}.get(text)
            case "Z":
                self.ended = True

    def _line(self, text: str) -> None:
        number, colon, line = text.partition(":")
        if not colon or not (number.isascii() and number.isdecimal() and len(number) < 8):
            return
        self.lines += 1
        if self.lines <= _MOST_LINES:
            self.current.append((int(number), line))
        elif self.lines == _MOST_LINES + 1:
            self.gaps.append(f"the files have more than {_MOST_LINES} lines")


def pam_stack(section: Section, observed: datetime) -> PamStack | Unavailable:
    """The resolved stack, or why it is not known at all."""
    told = _Told()
    for tag, text in tagged(section.body):
        told.read(tag, text)
    if not told.files and not told.ended:
        return Unavailable(f"PAM's files were not read: {section.cut or 'the answer is empty'}")
    if not told.ended:
        told.gaps.append(f"PAM's files were not read to their end: {section.cut or 'the answer ended early'}")
    entries: list[PamEntry] = []
    if SERVICE in told.files:
        entries = _resolved(SERVICE, told)
    if not entries and not told.gaps:
        entries = _resolved(_OTHER, told)
    if not entries and not told.gaps:
        told.gaps.append("no line of the type auth was found")
    return PamStack(
        entries=tuple(entries),
        gaps=tuple(dict.fromkeys(told.gaps))[:_MOST_GAPS],
        enrolments=tuple(told.enrolments),
        settings=tuple(told.settings),
        keytab=told.keytab,
        observed=observed,
    )


def _resolved(service: str, told: _Told) -> list[PamEntry]:
    entries: list[PamEntry] = []
    for entry in _entries(service, told, (), 0):
        entries.append(entry)
        if len(entries) >= _MOST_ENTRIES:
            told.gaps.append(f"the stack has more than {_MOST_ENTRIES} lines")
            break
    return entries


def _entries(name: str, told: _Told, above: tuple[str, ...], level: int) -> Iterator[PamEntry]:
    """The lines of a file, those of the files that it includes in their places."""
    if name in above or len(above) >= _MOST_DEPTH:
        told.gaps.append(f"{visible(name, 100)} includes itself" if name in above else "files are included too deeply")
        return
    if name not in told.files:
        if name in told.missing or not told.gaps:
            told.gaps.append(f"{visible(name, 100)} is included, and was not found")
        return
    path, lines = told.files[name]
    for number, line in lines:
        if len(told.gaps) > _MOST_GAPS:
            return
        first, _, rest = line.partition(" ")
        if first == "@include":
            yield from _entries(rest.strip(), told, (*above, name), level)
            continue
        entry = _entry(rest, path, number, level) if first == "auth" else None
        if entry is None:
            told.gaps.append(f"{path}:{number} cannot be understood")
        elif entry.control:
            yield entry
        elif entry.options == ("substack",):
            yield replace(entry, module="", options=())
            yield from _entries(entry.module, told, (*above, name), level + 1)
        else:
            yield from _entries(entry.module, told, (*above, name), level)


def _entry(text: str, path: str, line: int, level: int) -> PamEntry | None:
    """Control, module and options; without a control a line that includes the file `module`, and how in `options`."""
    if text.startswith("["):
        control, bracket, rest = text[1:].partition("]")
        values = _control(control)
    else:
        word, bracket, rest = text.partition(" ")
        word = word.lower()
        if word in {"include", "substack"}:
            return PamEntry((), rest.strip(), (word,), path, line, level)
        values = CONTROLS.get(word, _BAD)
    words = rest.split()
    if not bracket or not words:
        return None
    module = words[0].rpartition("/")[2].removesuffix(".so")
    return PamEntry(values, visible(module, 64), tuple(visible(one, 200) for one in words[1:51]), path, line, level)


def _control(text: str) -> tuple[tuple[str, str], ...]:
    """``success=1 default=ignore``; values that are not named are bad (pam_handlers.c)."""
    values: dict[str, str] = {}
    for value, action in _pairs(text):
        number = action.isascii() and action.isdecimal() and len(action) < 6 and int(action) > 0
        if value not in RETURNED or not (action in _ACTIONS or number):
            return _BAD
        if value != "default" or value not in values:
            values[value] = str(int(action)) if number else action
    default = values.pop("default", "bad")
    return (*values.items(), ("default", default))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for word in " ".join(text.replace("=", " = ").split()).replace(" = ", "=").split():
        value, _, action = word.partition("=")
        yield value, action
