"""Which protocol versions and weak suites a port agrees to: few hellos, and no answer is never a no."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from posture.collect.network.conversation import Ending
from posture.collect.network.tls.answer import Answer, Kind, answer_in, ssl2_answer_in
from posture.collect.network.tls.hello import client_hello, ssl2_hello
from posture.collect.network.tls.place import Place
from posture.collect.network.tls.starttls import NotReached
from posture.collect.network.tls.suites import SSL2, SSL3, TLS12, VERSIONS, WEAK, every_suite, family_of, of_families
from posture.facts.tls import WeakSuite
from posture.model.text import visible

AT_ONCE = 3  # connections to one port
TRIES = 2
PURPOSE = "ask for TLS versions and suites"
_FIRST = ("TLSv1.2", "TLSv1.3")  # a port that answers neither of these is not asked for the others
_NEVER_ASKED = Answer(Kind.NOTHING, words="was not asked")

Reading = Callable[[bytes], Answer | None]


@dataclass(frozen=True, slots=True)
class Agreements:
    """What came of the hellos; the fields are those of :class:`posture.facts.tls.TlsEndpoint`.

    `silent` says why the port is not to be taken for one that speaks TLS with us, empty where it agreed to a version.
    """

    accepted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    reason: str = ""
    weak: tuple[WeakSuite, ...] = ()
    weak_reason: str = ""
    silent: str = ""


def agreements(place: Place) -> Agreements:
    """Ask a port for all versions, then for the weak suites of those below TLS 1.3.

    A server that hangs up on a hello (as SChannel does) has turned that one down if it agrees to another one after
    that; if it does not, nothing is known.

    Raises:
        ScopeError: no permit.
        NotOffered: there is no TLS on this port.
    """
    versions = _versions(place)
    accepted = tuple(name for name, answer in versions.items() if _agreed(name, answer))
    if not accepted:
        return Agreements(silent=_why_silent(place, versions))
    weak = _Weak(place)
    for name in reversed(accepted):
        if SSL2 < VERSIONS[name] <= TLS12:
            weak.ask(name)
    unclear = any(answer.kind is Kind.TURNED_DOWN for answer in (*versions.values(), *weak.ends))
    well = unclear and _agreed(accepted[-1], _hello(place, accepted[-1], every_suite(VERSIONS[accepted[-1]])))
    refused = tuple(name for name, answer in versions.items() if name not in accepted and _is_no(answer, well))
    unknown = tuple(name for name in versions if name not in accepted and name not in refused)
    return Agreements(
        accepted,
        refused,
        unknown,
        _why(versions[name] for name in unknown),
        tuple(weak.found),
        _why(answer for answer in weak.ends if not _is_no(answer, well)),
    )


def _versions(place: Place) -> dict[str, Answer]:
    def asked(name: str) -> Answer:
        if name == "SSLv2":
            return _exchange(place, ssl2_hello(), ssl2_answer_in)
        return _hello(place, name, every_suite(VERSIONS[name]))

    answers = dict.fromkeys(VERSIONS, _NEVER_ASKED)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers |= zip(_FIRST, pool.map(asked, _FIRST), strict=True)
        if all(answers[name].kind is Kind.NOTHING for name in _FIRST):
            return answers
        others = [name for name in VERSIONS if name not in _FIRST]
        return answers | dict(zip(others, pool.map(asked, others), strict=True))


@dataclass(slots=True)
class _Weak:
    """The weak families found so far, and the answers at which the search in a version ended."""

    place: Place
    found: list[WeakSuite] = field(default_factory=list)
    ends: list[Answer] = field(default_factory=list)

    def ask(self, version: str) -> None:
        """Offer all families not found yet, take away what it picks, and again until it picks nothing."""
        number = VERSIONS[version]
        while left := tuple(family for family in WEAK if family not in {suite.family for suite in self.found}):
            answer = _hello(self.place, version, of_families(left, number))
            family = family_of(answer.suite)
            if not _agreed(version, answer):
                refused = Answer(Kind.REFUSED) if answer.kind is Kind.AGREED else answer
                return self.ends.append(refused)
            if family not in left:
                return self.ends.append(Answer(Kind.NOTHING, words="picked a suite that was not offered"))
            self.found.append(WeakSuite(version, family, WEAK[family][answer.suite]))
        return None


def _hello(place: Place, version: str, suites: tuple[int, ...]) -> Answer:
    number = VERSIONS[version]
    return _exchange(place, client_hello(number, suites, place.name if number > SSL3 else ""), answer_in)


def _exchange(place: Place, hello: bytes, reading: Reading) -> Answer:
    answer = _NEVER_ASKED
    for _ in range(TRIES):
        answer = _once(place, hello, reading)
        if answer.kind in {Kind.AGREED, Kind.REFUSED}:
            break
    return answer


def _once(place: Place, hello: bytes, reading: Reading) -> Answer:
    try:
        with place.open(PURPOSE) as talk:
            said = talk.ask(hello, lambda said: reading(said) is not None, "ClientHello")
            hung_up = Kind.TURNED_DOWN if not said and talk.ending is Ending.CLOSED else Kind.NOTHING
            return reading(said) or Answer(hung_up, words=talk.ended())
    except NotReached as error:
        return Answer(Kind.NOTHING, words=str(error))
    except OSError as error:
        return Answer(Kind.NOTHING, words=f"took no connection: {error}")


def _agreed(version: str, answer: Answer) -> bool:
    return answer.kind is Kind.AGREED and answer.version == VERSIONS[version]


def _is_no(answer: Answer, well: bool) -> bool:
    """A ServerHello with another version is a no as well."""
    return answer.kind in {Kind.AGREED, Kind.REFUSED} or (answer.kind is Kind.TURNED_DOWN and well)


def _why(answers: Iterable[Answer]) -> str:
    """The reasons, each once, as a clause that begins with "it"."""
    every = dict.fromkeys(answer.words for answer in answers if answer.words)
    return visible("; ".join(f"it {words}" for words in every))


def _why_silent(place: Place, versions: dict[str, Answer]) -> str:
    asked = [answer for answer in versions.values() if answer is not _NEVER_ASKED]
    if all(answer.kind is Kind.NOTHING for answer in asked):
        return f"asked for TLS, {_why(asked)}"
    hint = "" if place.name else "; it may want to be asked by a name, and none is known"
    return f"it agreed to no version and suite that we asked for: {_why(asked)}{hint}"
