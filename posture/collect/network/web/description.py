"""What was seen of a web server, put into one fact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.collect.network.web import page
from posture.collect.network.web.answer import Answer, Reply, Request, Silence
from posture.collect.network.web.client import Client
from posture.collect.network.web.turned_away import in_words, turned_away
from posture.facts.network import Application, Transcript
from posture.facts.web import ExposedFile, WebSite
from posture.model.text import visible

MOST_REDIRECTS = 3
MOST_SHOWN = 4  # exchanges of a site in the evidence
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a web server is, and by which name it is asked."""

    address: str
    port: int
    scheme: str
    host: str

    @property
    def authority(self) -> str:
        """As the Host header has it (RFC 9110, 7.2): the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"

    def url(self, path: str) -> str:
        """The URL of one of its paths."""
        return f"{self.scheme}://{self.authority}{path}"


@dataclass(frozen=True, slots=True)
class Entrance:
    """The first page and where it led, and the page that does not exist."""

    first: Answer
    last: Answer
    canary: Reply

    @property
    def soft_404(self) -> bool:
        """Whether pages that do not exist are answered like those that do."""
        return isinstance(self.canary, Answer) and self.canary.status == 200

    def sends_all_away(self, place: Place) -> bool:
        """Whether the first page and one that does not exist are both redirected from plain HTTP to TLS."""
        return _to_https(self.first, place) and isinstance(self.canary, Answer) and _to_https(self.canary, place)

    def locks_all(self) -> bool:
        """Whether the first page and one that does not exist both need a login."""
        return self.first.status == 401 and isinstance(self.canary, Answer) and self.canary.status == 401


@dataclass(frozen=True, slots=True)
class Found:
    """What is behind the entrance: applications, files, and the paths that were asked for files."""

    applications: tuple[Application, ...] = ()
    exposed: tuple[ExposedFile, ...] = ()
    paths: tuple[str, ...] = ()


def described(client: Client, place: Place, entrance: Entrance, found: Found, observed: datetime) -> WebSite:
    """The site as a fact; a login is looked for here, as it may be on any page that was seen."""
    first, last = entrance.first, entrance.last
    form, challenge = _login_form(client, place, entrance), _challenge(client, entrance)
    away = turned_away(client.replies, recognised=bool(found.applications))
    untold = {answer.request.path for answer in away}
    shown = (_evidence(one) for one in (first, last, form, challenge) if one is not None)
    return WebSite(
        address=place.address,
        port=place.port,
        scheme=place.scheme,
        host=place.host,
        status=first.status,
        server=visible(first.header("server"), 120),
        title=page.title(last.text) if _page(last) else "",
        location=page.place_only(first.header("location")) if _moved(first) else "",
        page=_page(last),
        to_https=_to_https(first, place),
        hsts=visible(first.header("strict-transport-security"), 200) if place.scheme == "https" else "",
        login_form=_path(form),
        basic_auth=_path(challenge),
        soft_404=entrance.soft_404,
        exposed=found.exposed,
        paths_asked=tuple(path for path in found.paths if path not in untold),
        transcript=tuple(dict.fromkeys(shown))[:MOST_SHOWN],
        reason=visible("; ".join(filter(None, (_missing(client), in_words(away, len(client.replies)))))),
        observed=observed,
    )


def locked(place: Place, observed: datetime) -> WebSite:
    """A site that asks for a TLS client certificate before it answers anything."""
    return WebSite(
        address=place.address,
        port=place.port,
        scheme=place.scheme,
        host=place.host,
        status=0,
        server="",
        title="",
        location="",
        page=False,
        to_https=False,
        hsts="",
        login_form="",
        basic_auth="",
        soft_404=False,
        exposed=(),
        paths_asked=(),
        transcript=(Transcript("GET /", "TLS alert: a client certificate is required", observed),),
        reason="",
        observed=observed,
    )


def followed(client: Client, place: Place, first: Answer) -> Answer:
    """Where redirects lead on the same server; they are followed nowhere else."""
    last = first
    for _ in range(MOST_REDIRECTS):
        path = page.on_same_server(last.header("location"), place.url(last.request.path)) if _moved(last) else ""
        reply = client.ask(Request(path, led=True)) if path else None
        if not isinstance(reply, Answer) or reply is last:
            return last
        last = reply
    return last


def _login_form(client: Client, place: Place, entrance: Entrance) -> Answer | None:
    """A page with a password field: the first one, where its login link leads, or any other that was seen."""
    last = entrance.last
    if _asks(last):
        return last
    link = page.login_link(last.text, place.url(last.request.path)) if _page(last) else ""
    reply = client.ask(Request(link, led=True)) if link else None
    if isinstance(reply, Answer) and _asks(there := followed(client, place, reply)):
        return there
    if entrance.soft_404:
        return None
    return next((reply for reply in client.replies.values() if isinstance(reply, Answer) and _asks(reply)), None)


def _challenge(client: Client, entrance: Entrance) -> Answer | None:
    """An answer that asks for name and password in the Basic scheme."""
    for reply in client.replies.values():
        if not isinstance(reply, Answer) or reply.status != 401 or reply is entrance.canary:
            continue
        if any(name == "www-authenticate" and value.lower().startswith("basic") for name, value in reply.headers):
            return reply
    return None


def _evidence(answer: Answer) -> Transcript:
    """What is judged of a page: where it leads, what it asks for, its title."""
    lines = [f"location: {page.place_only(answer.header('location'))}"] if _moved(answer) else []
    for name in ("server", "strict-transport-security", "www-authenticate"):
        lines += [f"{name}: {answer.header(name)}"] if answer.header(name) else []
    if _page(answer):
        lines += [f"title: {page.title(answer.text)}"]
        lines += ["has a field for a password"] if page.asks_for_password(answer.text) else []
    return answer.evidence(*lines)


def _missing(client: Client) -> str:
    """Which requests had no answer, and why, in words for the customer; empty where all had one."""
    silent = [(request, reply) for request, reply in client.replies.items() if isinstance(reply, Silence)]
    if not silent:
        return ""
    request, reply = silent[0]
    count = f"{len(silent)} of {len(client.replies)} requests had no answer"
    return f"{count}: asked for {request.place}, it {reply.reason}"


def _asks(answer: Answer) -> bool:
    return _page(answer) and page.asks_for_password(answer.text)


def _page(answer: Answer) -> bool:
    return answer.status == 200 and answer.html


def _moved(answer: Answer) -> bool:
    return answer.status in _MOVED


def _to_https(answer: Answer, place: Place) -> bool:
    link = answer.header("location")
    return place.scheme == "http" and _moved(answer) and page.leads_to_https(link, place.url("/"))


def _path(answer: Answer | None) -> str:
    return page.place_only(answer.request.path) if answer is not None else ""
