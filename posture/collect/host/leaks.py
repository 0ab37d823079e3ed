"""Secrets in the files of a host, as its own search tells them: redacted there, and not believed beyond their form.

Tab between fields, one record a line, its tag first. Bytes of a text that are no printable ASCII stand as ``%XX``,
and so does ``%``::

    R digest of the rules      B place searched      N files read      G gap in words      Z (the end)
    S path owner mode readers rule line start fingerprint severity expired proof note
    L path owner mode readers kind

Readers are ``*``, accounts between commas, ``-`` (nobody) or ``?`` (not known). A host that lies may name secrets that
it does not have; it cannot put a value in the place of what may be shown of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes

from posture.collect.host.sections import Section, tagged
from posture.collect.leaks.core.rule import Rules
from posture.collect.leaks.ruleset import own_rules
from posture.facts.leaks import HostLeaks, LeakedSecret, LooseFile
from posture.facts.unavailable import Unavailable
from posture.model.severity import Severity
from posture.model.text import decoded, visible

MOST_SECRETS, MOST_LOOSE = 2_000, 5_000
_PLACES, _GAPS, _READERS = 500, 40, 32
_OWNER, _KIND, _TOLD, _GAP = 64, 80, 200, 400  # characters of a field
_MODE = re.compile(r"[0-7]{1,4}")
_NUMBER = re.compile(r"[0-9]{1,9}")
_SECONDS = re.compile(r"-?[0-9]{1,11}")
_START = re.compile(r"[ -~]{0,4}")
_FINGERPRINT = re.compile(r"hmac:[0-9a-f]{32}")
_DIGEST = re.compile(r"[0-9a-f]{8,64}")
_SECRET_FIELDS, _LOOSE_FIELDS = 12, 5


class _WrongFormError(ValueError):
    """A field is not what it has to be; the record is left out."""


@dataclass(slots=True)
class _Told:
    """What was understood so far. The records of a host count once each, in its order."""

    secrets: dict[LeakedSecret, None] = field(default_factory=dict)
    loose: dict[LooseFile, None] = field(default_factory=dict)
    places: dict[str, None] = field(default_factory=dict)
    gaps: dict[str, None] = field(default_factory=dict)
    rules: str = ""
    files: int = 0
    wrong: int = 0
    unknown: int = 0  # of a kind that no rule has
    more_secrets: int = 0
    more_loose: int = 0
    more_gaps: int = 0
    ended: bool = False


def host_leaks(section: Section, observed: datetime) -> HostLeaks | Unavailable:
    """What the search found, and what it did not look at. Records of wrong form are left out and told as a gap."""
    told, rules = _Told(), own_rules()
    for tag, text in tagged(section.body):
        try:
            _record(told, tag, text, rules, observed)
        except _WrongFormError:
            told.wrong += 1
    told.ended = section.body.rstrip(b"\n\t").endswith(b"\nZ")
    if not (told.places or told.rules or told.gaps):
        return Unavailable(f"the search for secrets did not run: {section.cut or 'its answer is empty'}")
    return HostLeaks(
        tuple(told.secrets), tuple(told.loose), tuple(told.places), told.files,
        (*told.gaps, *_left_out(told, section)), told.rules, observed,
    )  # fmt: skip


def _left_out(told: _Told, section: Section) -> list[str]:
    left = []
    if section.cut or not told.ended:
        left.append(f"the search for secrets is not whole: {section.cut or 'it ended early'}")
    if told.more_gaps:
        left.append(f"further reasons why not everything was looked at: {told.more_gaps}")
    if told.wrong:
        left.append(f"records that are not of the form they must have are left out: {told.wrong}")
    if told.unknown:
        left.append(f"secrets of kinds that are not known here are left out: {told.unknown}")
    if told.more_secrets:
        left.append(f"secrets beyond the {MOST_SECRETS:,} that are kept: {told.more_secrets}")
    if told.more_loose:
        left.append(f"files made for passwords beyond the {MOST_LOOSE:,} that are kept: {told.more_loose}")
    return left


def _record(told: _Told, tag: str, text: str, rules: Rules, observed: datetime) -> None:
    match tag:
        case "R":
            told.rules = _matched(_DIGEST, text)
        case "N":
            told.files = int(_matched(_NUMBER, text))
        case "B" if len(told.places) < _PLACES:
            told.places[_path(text)] = None
        case "G":
            _gap(told, _text(text, _GAP))
        case "S":
            _secret(told, text.split("\t"), rules, observed)
        case "L":
            _loose(told, text.split("\t"))
        case "B":
            _gap(told, f"more than {_PLACES} places are told")
        case "Z":
            pass
        case _:
            raise _WrongFormError


def _gap(told: _Told, words: str) -> None:
    if len(told.gaps) < _GAPS:
        told.gaps[words] = None
    else:
        told.more_gaps += 1


def _secret(told: _Told, fields: list[str], rules: Rules, observed: datetime) -> None:
    if len(fields) != _SECRET_FIELDS:
        raise _WrongFormError
    path, owner, mode, readers, rule, line, start, print_, weight, ends, proof, note = fields
    if rule not in rules.kinds:
        told.unknown += 1
        return
    expired, severity = _weighed(weight, ends, rules.severity(rule), observed)
    one = LeakedSecret(
        rule=rule,
        kind=rules.title(rule),
        severity=severity,
        path=_path(path),
        line=int(_matched(_NUMBER, line)),
        start=_matched(_START, _plain(start)),
        fingerprint=_matched(_FINGERPRINT, print_),
        proof=_text(proof, _TOLD),
        note=_text(note, _TOLD),
        expired=expired,
        owner=_text(owner, _OWNER),
        mode=int(_matched(_MODE, mode), 8),
        readers=_readers(readers),
    )
    if len(told.secrets) < MOST_SECRETS or one in told.secrets:
        told.secrets[one] = None
    else:
        told.more_secrets += 1


def _loose(told: _Told, fields: list[str]) -> None:
    if len(fields) != _LOOSE_FIELDS:
        raise _WrongFormError
    path, owner, mode, readers, kind = fields
    who = _readers(readers)
    if not who:
        raise _WrongFormError
    one = LooseFile(_path(path), _text(kind, _KIND), _text(owner, _OWNER), int(_matched(_MODE, mode), 8), who)
    if len(told.loose) < MOST_LOOSE or one in told.loose:
        told.loose[one] = None
    else:
        told.more_loose += 1


def _weighed(weight: str, ends: str, own: str, observed: datetime) -> tuple[datetime | None, Severity]:
    """When it ended, and how bad it is. What ends only later by this clock has not ended, whatever the host's says."""
    word = weight if weight in {one.word for one in Severity} else own
    if not ends:
        return None, Severity.parse(word)
    end = datetime.fromtimestamp(max(0, int(_matched(_SECONDS, ends))), UTC)
    return (end, Severity.INFO) if end <= observed else (None, Severity.parse(own))


def _readers(text: str) -> tuple[str, ...] | None:
    if text == "?":
        return None
    if text == "-":
        return ()
    names = tuple(dict.fromkeys(_text(name, _OWNER) for name in text.split(",") if name))
    if not names:
        raise _WrongFormError
    return ("*",) if "*" in names else names[:_READERS]


def _path(text: str) -> str:
    path = _text(text)
    if not path.startswith("/"):
        raise _WrongFormError
    return path


def _text(text: str, limit: int = 512) -> str:
    return visible(_plain(text[: limit * 12]), limit)  # a character takes four bytes at most, each of three letters


def _plain(text: str) -> str:
    return decoded(unquote_to_bytes(text))


def _matched(form: re.Pattern[str], text: str) -> str:
    if not form.fullmatch(text):
        raise _WrongFormError
    return text
