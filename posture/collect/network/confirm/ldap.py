"""LDAP: whether entries of the directory are readable without a login (RFC 4511; RFC 4513, section 5.1.1).

The root DSE, which tells what the server is, is readable nearly everywhere and proves nothing; Active Directory answers
all other anonymous searches with operationsError.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.collect.network.wire.ber import (
    BOOLEAN,
    ENUMERATED,
    OCTET_STRING,
    SEQUENCE,
    Element,
    element,
    integer,
)
from posture.collect.network.wire.cursor import Malformed
from posture.collect.network.wire.ldap import (
    EXTENDED_ANSWER,
    START_TLS,
    UNBIND,
    message,
    operations,
    result_code,
    until,
)
from posture.facts.network import Login
from posture.model.text import visible

BIND, BIND_ANSWER, SEARCH, ENTRY, DONE = 0x60, 0x61, 0x63, 0x64, 0x65
_PRESENT, _SIMPLE = 0x87, 0x80
_BASE, _ONE_LEVEL = 0, 1  # search scopes
_SECONDS, _MOST_CONTEXTS = 3, 3
_OK, _OPERATIONS_ERROR, _NO_SUCH_OBJECT, _TIME_LIMIT, _SIZE_LIMIT, _ADMIN_LIMIT = 0, 1, 32, 3, 4, 11
_WANTS_TLS = {8, 13}  # strongerAuthRequired, confidentialityRequired
# operationsError of Active Directory, inappropriateAuthentication, invalidCredentials, insufficientAccessRights,
# unwillingToPerform, and those above
_REFUSALS = {_OPERATIONS_ERROR, 8, 13, 48, 49, 50, 53}
_WANTED_TLS = "it wants TLS before any answer"
_ROOT = ("objectClass", "namingContexts", "defaultNamingContext", "vendorName", "vendorVersion", "supportedLDAPVersion")
_MOST = 32 * 1024


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search gave: entries with their attributes, by name in small letters, and its result code."""

    entries: tuple[tuple[str, dict[str, tuple[str, ...]]], ...]
    code: int | None


@dataclass(slots=True)
class _Requests:
    """Requests on one connection, which may be encrypted."""

    talk: Conversation
    tls: bool
    sent: int = 0

    def ask(self, operation: bytes, done: int, shown: str) -> tuple[Element, ...]:
        """The operations of the answers to this request, up to the one with the tag `done`."""
        self.sent += 1
        said = self.talk.ask(message(self.sent, operation), until(done), shown, _readable)
        return tuple(answer for number, answer in operations(said) if number == self.sent)

    def code_of(self, operation: bytes, done: int, shown: str) -> int | None:
        """The result code of a request; None where there is none."""
        return next((result_code(a) for a in self.ask(operation, done, shown) if a.tag == done), None)

    def search(self, base: str, scope: int, attributes: tuple[str, ...], shown: str) -> _Found:
        """Search with a limit of one entry."""
        answers = self.ask(search(base, scope, attributes), DONE, shown)
        entries = tuple(entry for answer in answers if answer.tag == ENTRY and (entry := _entry(answer)) is not None)
        return _Found(entries, next((result_code(answer) for answer in answers if answer.tag == DONE), None))


def anonymous_bind() -> bytes:
    """Version 3, no name, no password."""
    return element(BIND, integer(3), element(OCTET_STRING), element(_SIMPLE))


def search(base: str, scope: int, attributes: tuple[str, ...]) -> bytes:
    """Everything that has an object class, one entry at most."""
    return element(
        SEARCH,
        element(OCTET_STRING, base.encode()),
        integer(scope, ENUMERATED),
        integer(0, ENUMERATED),  # aliases are not followed
        integer(1),
        integer(_SECONDS),
        element(BOOLEAN, b"\0"),
        element(_PRESENT, b"objectClass"),
        element(SEQUENCE, *(element(OCTET_STRING, name.encode()) for name in attributes)),
    )


def confirm(approach: Approach) -> Confirmed:
    """Bind without a name, read the root DSE, and search for one entry below the naming contexts.

    A server that wants TLS first is connected to once more and asked after StartTLS.
    """
    roomy = replace(approach, most=_MOST)
    with roomy.open() as talk:
        asking = _Requests(talk, approach.tls)
        code = asking.code_of(anonymous_bind(), BIND_ANSWER, "bind without a name")
        if code is None:
            return unclear(talk, "asked to bind without a name", "LDAP")
        seen = _bound(asking, code)
        talk.say(message(asking.sent + 1, element(UNBIND)))
    if seen.reason == _WANTED_TLS:
        return _over_tls(roomy, seen)
    return seen


def _over_tls(approach: Approach, before: Confirmed) -> Confirmed:
    """The same after StartTLS; what was seen before stays where that fails."""
    try:
        with approach.open() as talk:
            asking = _Requests(talk, tls=False)
            if asking.code_of(START_TLS, EXTENDED_ANSWER, "StartTLS") != _OK:
                return replace(before, transcript=(*before.transcript, *talk.transcript))
            talk.start_tls()
            asking.tls = True
            code = asking.code_of(anonymous_bind(), BIND_ANSWER, "bind without a name")
            if code is None:
                return before
            seen = _bound(asking, code)
    except OSError as error:
        return replace(before, reason=f"{_WANTED_TLS}, and TLS with it failed: {error}")
    return replace(seen, transcript=(*before.transcript, *seen.transcript))


def _bound(asking: _Requests, code: int) -> Confirmed:
    """What may be read after the bind; some servers refuse the bind and answer searches all the same."""
    root = asking.search("", _BASE, _ROOT, "search: the root DSE")
    told = root.entries[0][1] if root.entries else {}
    login, reason = _by_searching(asking, _contexts(told), root, code)
    product, version = _identity(told)
    return Confirmed(login, reason, tuple(asking.talk.transcript), product=product, version=version)


def _contexts(told: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    every = (*told.get("defaultnamingcontext", ()), *told.get("namingcontexts", ()))
    return tuple(dict.fromkeys(name for name in every if name))[:_MOST_CONTEXTS]


def _by_searching(asking: _Requests, contexts: tuple[str, ...], root: _Found, bound: int) -> tuple[Login, str]:
    codes: list[int | None] = []
    for context in contexts:
        below = asking.search(context, _ONE_LEVEL, ("1.1",), f"search: one entry below {visible(context, 60)}")
        if below.entries:
            return Login.NOT_NEEDED, ""
        codes.append(below.code)
    if not asking.tls and _WANTS_TLS & {bound, root.code, *codes}:
        return Login.UNKNOWN, _WANTED_TLS
    if not contexts:
        if {bound, root.code} & _REFUSALS:
            return Login.REQUIRED, "it turns strangers down before any answer"
        return Login.UNKNOWN, "it names no part of its directory to strangers, so none could be searched"
    if None in codes:
        return Login.UNKNOWN, f"asked for one entry, it {asking.talk.ended()}"
    if any(code in {_TIME_LIMIT, _SIZE_LIMIT, _ADMIN_LIMIT} for code in codes):
        return Login.UNKNOWN, f"asked for one entry, it gave up with result {codes[0]}"
    if all(code in {_OK, _NO_SUCH_OBJECT, *_REFUSALS} for code in codes):
        return Login.REQUIRED, f"strangers see no entry below {visible(contexts[0], 60)}"
    return Login.UNKNOWN, f"asked for one entry, it answered with result {codes[0]}"


def _identity(told: dict[str, tuple[str, ...]]) -> tuple[str, str]:
    """Product and version, as far as the root DSE tells them."""
    if "OpenLDAProotDSE" in told.get("objectclass", ()):
        return "OpenLDAP", ""
    if "defaultnamingcontext" in told and "vendorname" not in told:
        return "Active Directory", ""
    product, version = (visible(next(iter(told.get(name, ())), ""), 60) for name in ("vendorname", "vendorversion"))
    return product, version


def _readable(said: bytes) -> bytes:
    """Entries with their attributes, and results, a line each; what is no answer as it is."""
    lines: list[str] = []
    for _, answer in operations(said):
        entry, code = (_entry(answer), None) if answer.tag == ENTRY else (None, result_code(answer))
        if entry is not None:
            told = (f"{kind}: {value}" for kind, values in entry[1].items() for value in values)
            lines += [f"entry {entry[0]!r}", *told]
        elif code is not None:
            lines.append(f"result {code}")
    return "\n".join(lines).encode("utf-8", "backslashreplace") or said


def _entry(answer: Element) -> tuple[str, dict[str, tuple[str, ...]]] | None:
    """Name and attributes of an entry."""
    try:
        name, attributes = answer.inside()[:2]
        found = {}
        for attribute in attributes.inside():
            kind, values = attribute.inside()[:2]
            found[_text(kind).lower()] = tuple(map(_text, values.inside()))
    except (Malformed, ValueError):  # ValueError: fewer than two elements
        return None
    return _text(name), found


def _text(value: Element) -> str:
    return value.content.decode("utf-8", "backslashreplace")


PROTOCOL = Protocol(
    "ldap",
    (389, 3268),
    "a bind without a name, a search for the root DSE, one for one entry below each naming context; StartTLS if wanted",
    confirm,
    tls_ports=(636, 3269),
)
