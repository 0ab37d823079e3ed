"""One web server, looked at: its first page, what it should not serve, and the applications behind it."""

from __future__ import annotations

import secrets
from collections.abc import Generator
from datetime import datetime

from posture.collect.network.confirm.http import wants_tls
from posture.collect.network.web.answer import Answer, Reply, Request, Silence
from posture.collect.network.web.client import Client
from posture.collect.network.web.description import Entrance, Found, Place, described, followed, locked
from posture.collect.network.web.exchange import WANTS_CERTIFICATE
from posture.collect.network.web.files import FIRST_FETCHED, FOLDERS, GIT_HEAD, LEAKS, listed, proven, repository
from posture.collect.network.web.fingerprint import judged, suspects
from posture.collect.network.web.fingerprints import EVERY
from posture.collect.network.web.rounds import in_rounds
from posture.facts.network import Application
from posture.facts.web import ExposedFile, WebSite

_FIRST = Request("/")


class NotLookedAt(Exception):
    """There was no answer to the first request. The message says why, for the customer."""


class WantsTls(NotLookedAt):
    """It speaks HTTP over TLS only."""


def look(client: Client, place: Place, observed: datetime) -> tuple[WebSite, tuple[Application, ...]]:
    """Look at one web server.

    First its first page and one that does not exist; then, side by side, the applications that these or the port let
    expect; then, unless an application has the whole port, what may be below any web server. Where everything seems to
    be sent on to TLS, only the files that are fetched most often are tried.

    Raises:
        NotLookedAt: it did not answer.
        WantsTls: it answered that it wants TLS.
    """
    first = client.ask(_FIRST)
    if isinstance(first, Silence):
        if first.reason == WANTS_CERTIFICATE:
            return locked(place, observed), ()
        raise NotLookedAt(f"asked for its first page, it {first.reason}")
    if place.scheme == "http" and wants_tls(first.body):
        raise WantsTls("it wants TLS before HTTP, and TLS with it was not to be had")
    canary = client.ask(Request(f"/{secrets.token_hex(8)}"))
    entrance = Entrance(first, followed(client, place, first), canary)
    if entrance.sends_all_away(place):
        found = _in_spite(client, entrance)
    else:
        found = _own(client, place.port, entrance)
        if not found.applications and not entrance.locks_all():
            found = _below(client, entrance)
    return described(client, place, entrance, found, observed), found.applications


def _in_spite(client: Client, entrance: Entrance) -> Found:
    """What is most often fetched, where everything else seems to be sent to TLS: a rule may leave files out."""
    canary = entrance.canary
    exposed = in_rounds(client, (repository(canary), *(proven(leak, canary) for leak in FIRST_FETCHED)))
    tried = (GIT_HEAD, *FIRST_FETCHED)
    return Found((), exposed, tuple(one.path for one in tried if isinstance(client.ask(one.request), Answer)))


def _own(client: Client, port: int, entrance: Entrance) -> Found:
    """The applications that have a port to themselves."""
    chosen = (one for one in suspects(EVERY, port, (entrance.first, entrance.last)) if not one.anywhere)
    return Found(in_rounds(client, (judged(one, entrance.canary) for one in chosen)))


def _below(client: Client, entrance: Entrance) -> Found:
    """What may be below the first page of any web server: applications, files and folders."""
    canary = entrance.canary
    inquiries: list[Generator[Request, Reply, Application | ExposedFile | None]] = [
        *(judged(one, canary) for one in EVERY if one.anywhere),
        repository(canary),
        *(proven(leak, canary) for leak in LEAKS),
        *(listed(path, canary) for path in ("/", *FOLDERS)),
    ]
    every = in_rounds(client, inquiries)
    tried = ("/", GIT_HEAD.path, *(leak.path for leak in LEAKS), *FOLDERS)
    answered = {request.path for request, reply in client.replies.items() if isinstance(reply, Answer)}
    return Found(
        tuple(one for one in every if isinstance(one, Application)),
        tuple(one for one in every if isinstance(one, ExposedFile)),
        tuple(path for path in tried if path in answered),
    )
