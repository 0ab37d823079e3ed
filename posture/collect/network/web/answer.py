"""What a web server answered: as much of it as was read, its headers by name, its body unpacked."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from posture.collect.network.web.page import place_only
from posture.facts.network import Transcript
from posture.model.text import decoded, visible

BODY_LIMIT = 65_536  # bytes of a body that are read, and that it may unpack to
SHOWN = 160  # characters of a matched piece in the evidence


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for; `most` are the bytes of the body that are worth reading.

    `led` tells that a page led there: what follows its path may be a token, and is not shown. `headers` are sent beside
    the usual ones, or instead of them.
    """

    path: str
    method: str = "GET"
    body: bytes = b""
    most: int = BODY_LIMIT
    led: bool = field(default=False, compare=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def place(self) -> str:
        """The path as customers may read it."""
        return place_only(self.path) if self.led else visible(self.path, 200)

    @property
    def shown(self) -> str:
        """As the evidence names it."""
        words = f"{self.method} {self.place}"
        return visible(f"{words} {decoded(self.body)}" if self.body else words)


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer to a request, and why: words that follow "it"."""

    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: header names in lower case, `cut` tells that the body goes on or could not be unpacked."""

    request: Request
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    cut: bool
    at: datetime

    def header(self, name: str) -> str:
        """The value of a header, the first where there are several, empty where there is none."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def text(self) -> str:
        """The body as text; what is not UTF-8 is shown by escapes."""
        return decoded(self.body)

    @property
    def html(self) -> bool:
        """Whether it is a page for people, by what it says or by how it begins."""
        begins = self.body[:512].lstrip().lower()
        return self.header("content-type").lower().startswith("text/html") or begins.startswith(
            (b"<!doctype", b"<html")
        )

    def evidence(self, *lines: str) -> Transcript:
        """This exchange as evidence: the status and the given lines, none of them longer than a page is wide."""
        kind = self.header("content-type")
        head = f"HTTP {self.status}" + (f", {kind}" if kind else "")
        shown = [visible(line, SHOWN) for line in (head, *lines) if line]
        return Transcript(self.request.shown, "\n".join(shown), self.at)


Reply = Answer | Silence


@dataclass(frozen=True, slots=True)
class Sign:
    """What an answer must show, all of it: one of the statuses, patterns in the body, a pattern in a header.

    The patterns are ours, so that what they match may be shown as evidence: they take in no value that may be secret.
    """

    statuses: tuple[int, ...] = (200,)
    body: str = ""
    header: tuple[str, str] | None = None
    also: str = ""

    def shown_by(self, reply: Reply) -> bool:
        """Whether an answer shows it."""
        if not isinstance(reply, Answer) or (self.statuses and reply.status not in self.statuses):
            return False
        if self.header and not _compiled(self.header[1]).search(reply.header(self.header[0])):
            return False
        return all(_compiled(pattern).search(reply.text) for pattern in (self.body, self.also) if pattern)

    def proof(self, answer: Answer) -> Transcript:
        """The answer as evidence: only what the patterns matched."""
        name, pattern = self.header or ("", "")
        found = _compiled(pattern).search(answer.header(name)) if name else None
        matched = _compiled(self.body).search(answer.text) if self.body else None
        words = " ".join(matched[0].split()) if matched else ""
        words = "a JSON list" if words == "[" else words
        return answer.evidence(f"{name}: {found[0]}" if found and found[0] else "", words)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE)


def unpacked(body: bytes, encoding: str, most: int) -> bytes | None:
    """The content behind a Content-Encoding (RFC 9110, 8.4.1), at most so many bytes; None if it cannot be read.

    No encoding was asked for; a server that packs all the same may send a bomb.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            return _inflated(body, most, 16 + zlib.MAX_WBITS)
        case "deflate":  # zlib by the RFC, raw by habit
            whole = _inflated(body, most, zlib.MAX_WBITS)
            return whole if whole is not None else _inflated(body, most, -zlib.MAX_WBITS)
        case _:
            return None


def _inflated(body: bytes, most: int, window: int) -> bytes | None:
    try:
        return zlib.decompressobj(window).decompress(body, most)
    except zlib.error:
        return None
