"""A client for JSON over HTTPS: every question bounded, no redirect followed, the certificate verified.

Bytes and HTTP/1.1 are those of posture.collect.network.web.exchange; the connection is made by the scope gate alone.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlencode

import h11

from posture.collect.network.conversation import Conversation
from posture.collect.network.web.answer import Answer, Request
from posture.collect.network.web.exchange import Failed, HungUp, Line
from posture.collect.scope import Connection, ScopeError
from posture.model.text import visible

MOST_BYTES = 8 * 1024 * 1024  # of one answer
MOST_QUESTIONS = 100_000  # to one source in one look
SECONDS = 30.0  # of one question
TRIES = 4
LONGEST_WAIT = 60.0  # seconds that a server may ask to wait
_BUSY = frozenset({429, 500, 502, 503, 504})
_CODE = re.compile(r"[\w .,:'/()-]{1,120}")

Query = tuple[tuple[str, str], ...]


class NoAnswer(Exception):
    """A question was not answered. The message says which and why; `status` is HTTP's, 0 where there was none.

    `code` is the error's own name as the server gave it (``invalid_client``), empty where it gave none.
    """

    def __init__(self, words: str, status: int = 0, code: str = "") -> None:
        super().__init__(words)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: its JSON, and the headers by their names in lower case."""

    data: Any
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Server:
    """Where an API is: `prefix` is the path that all its paths begin with, without a slash at its end."""

    scheme: str
    host: str
    port: int
    prefix: str = ""

    @property
    def authority(self) -> str:
        """As the Host header has it (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port (RFC 6454)."""
        return f"{self.scheme}://{self.authority}"


@dataclass(slots=True)
class JsonApi:
    """One API, asked one question after the other over a connection that is kept.

    `dial` opens a connection within so many seconds; `trust` verifies the certificate, None is without TLS. `login` are
    the headers that log in, `renew` logs in again where logins do not last long. `close` ends it.
    """

    server: Server
    dial: Callable[[float], Connection]
    trust: ssl.SSLContext | None
    agent: str
    clock: Callable[[], datetime]
    deadline: datetime
    login: dict[str, str] = field(default_factory=dict, repr=False)
    renew: Callable[[], None] | None = None
    asked: int = 0
    _line: Line | None = None

    def get(self, path: str, query: Query = ()) -> Told:
        """The JSON behind a path of the API.

        Raises:
            NoAnswer: there is none, or no answer of status 2xx.
        """
        try:
            return self._get(path, query)
        except NoAnswer as error:
            renew, self.renew = self.renew, None
            if error.status != 401 or renew is None:
                self.renew = renew
                raise
        renew()
        self.renew = renew
        return self._get(path, query)

    def post(self, path: str, fields: Mapping[str, str] | None = None, body: Any = None) -> Told:
        """Send a form, or JSON; only logins are sent so.

        Raises:
            NoAnswer: there is none, or no answer of status 2xx.
        """
        raw = urlencode(fields).encode() if fields is not None else json.dumps(body).encode()
        kind = "application/x-www-form-urlencoded" if fields is not None else "application/json"
        headers = (*self._headers(), ("Content-Type", kind))
        return self._told(Request(self._target(path, ()), "POST", raw, MOST_BYTES, headers=headers))

    def local(self, link: str) -> str:
        """The path below the prefix that a link of an answer leads to; as it is where it leads elsewhere.

        What leads elsewhere is not asked by `get`: the login would go with it.
        """
        for beginning in (f"{self.server.origin}{self.server.prefix}/", f"{self.server.prefix}/"):
            if link.startswith(beginning):
                return f"/{link.removeprefix(beginning)}"
        return link

    def close(self) -> None:
        """End the connection."""
        if self._line is not None:
            self._line.talk.close()
            self._line = None

    def _get(self, path: str, query: Query) -> Told:
        return self._told(Request(self._target(path, query), most=MOST_BYTES, headers=self._headers()))

    def _headers(self) -> tuple[tuple[str, str], ...]:
        return (("Accept", "application/json"), *self.login.items())

    def _target(self, path: str, query: Query) -> str:
        if not path.startswith("/") or path.startswith("//"):
            raise NoAnswer("its next page is at another server, which is not asked")
        sign = "&" if "?" in path else "?"
        target = f"{self.server.prefix}{path}{sign + urlencode(query) if query else ''}"
        if not re.fullmatch(r"/[!-~]{0,8000}", target):
            raise NoAnswer("its next page has an address that is none")
        return target

    def _told(self, request: Request) -> Told:
        shown = f"{request.method} {visible(request.path.partition('?')[0], 120)}"
        for left in range(TRIES - 1, -1, -1):
            answer = self._answer(request, shown)
            headers = dict(reversed(answer.headers))
            wait = _wait(answer, headers, self.clock())
            if wait is None or not left or wait > LONGEST_WAIT or self._left() <= wait:
                break
            sleep(wait)
        if not 200 <= answer.status < 300:
            raise NoAnswer(_refusal(shown, answer), answer.status, _code(answer))
        if answer.cut:
            raise NoAnswer(f"{shown}: the answer broke off, or is larger than {MOST_BYTES} bytes", answer.status)
        return Told(_json(answer, shown), headers)

    def _answer(self, request: Request, shown: str) -> Answer:
        """One try; a kept connection that grew old is opened again once.

        Raises:
            NoAnswer: nothing came.
        """
        self.asked += 1
        if self.asked > MOST_QUESTIONS:
            raise NoAnswer(f"{shown}: not asked, for {MOST_QUESTIONS} questions were asked before it")
        try:
            if self._line is not None:
                with suppress(HungUp):
                    return self._over(self._line, request)
                self.close()
            return self._over(self._opened(), request)
        except ScopeError as refusal:
            raise NoAnswer(f"{shown}: {refusal}") from None
        except Failed as error:
            raise NoAnswer(f"{shown}: it {error}") from None
        except ssl.SSLCertVerificationError as error:
            raise NoAnswer(
                f"{shown}: its certificate cannot be verified ({visible(error.verify_message, 120)}); nothing "
                "was sent. Give it one for its name, or name its authority's certificate in the field ca"
            ) from None
        except TimeoutError:
            raise NoAnswer(f"{shown}: no answer within the time") from None
        except OSError as error:
            raise NoAnswer(f"{shown}: could not be asked: {visible(str(error), 120)}") from None
        except (h11.LocalProtocolError, UnicodeEncodeError):  # neither is told: its text holds the header
            raise NoAnswer(f"{shown}: a secret of the login has a character that no header can hold") from None

    def _over(self, line: Line, request: Request) -> Answer:
        line.talk.end, line.talk.limit = monotonic() + self._seconds(), SECONDS
        try:
            return line.ask(request)
        finally:
            if not line.kept:
                self.close()

    def _opened(self) -> Line:
        seconds = self._seconds()
        connection = self.dial(seconds)
        if self.trust is not None:
            try:
                connection = self.trust.wrap_socket(connection, server_hostname=self.server.host)
            except BaseException:
                connection.close()
                raise
        talk = Conversation(connection, self.clock, monotonic() + seconds, limit=seconds, most=MOST_BYTES)
        self._line = Line(talk, self.server.authority, self.agent, self.clock, wire=2 * MOST_BYTES)
        return self._line

    def _seconds(self) -> float:
        left = self._left()
        if left <= 0:
            raise TimeoutError
        return min(SECONDS, left)

    def _left(self) -> float:
        return (self.deadline - self.clock()).total_seconds()


def _wait(answer: Answer, headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait before the same question may be asked again; None where that is of no use.

    Retry-After (RFC 9110, 10.2.3); the time when the rate begins anew as GitHub and Okta give it.
    """
    spent = answer.status == 403 and headers.get("x-ratelimit-remaining") == "0"
    if answer.status not in _BUSY and not spent:
        return None
    if (after := headers.get("retry-after", "")).isdecimal() and len(after) < 6:
        return float(after)
    reset = headers.get("x-ratelimit-reset") or headers.get("x-rate-limit-reset") or ""
    if reset.isdecimal() and len(reset) < 12:
        return max(1.0, float(reset) - now.timestamp() + 1)
    return 0.5


def _refusal(shown: str, answer: Answer) -> str:
    code = _code(answer)
    said = f" ({code})" if code else ""
    words = {
        401: "the login was refused; check the secret that the inventory refers to",
        403: "not permitted; see docs/accounts.md for the rights that this source takes",
        429: "it refused for the rate of questions, also after several tries; audit again",
    }
    if 300 <= answer.status < 400:
        return f"{shown}: it sends elsewhere (status {answer.status}), which is not followed; correct the url"
    return f"{shown}: {words.get(answer.status, 'it failed')} (status {answer.status}){said}"


def _code(answer: Answer) -> str:
    """The error's name, where it looks like one: what else an answer says may be a secret."""
    with suppress(ValueError, RecursionError):
        said = json.loads(answer.body)
        if isinstance(said, Mapping):
            error = said.get("error") or said.get("errorCode") or said.get("message")
            if isinstance(error, Mapping):
                error = error.get("code") or error.get("status")
            if isinstance(error, str) and _CODE.fullmatch(error):
                return error
    return ""


def _json(answer: Answer, shown: str) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise NoAnswer(f"{shown}: the answer is no JSON", answer.status) from None
