"""What web servers serve to a stranger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.network import Transcript


@dataclass(frozen=True, slots=True)
class ExposedFile:
    """Something a web server should not serve, proven by its content and not by the status alone.

    `kind`: ``git``, ``svn``, ``env``, ``backup``, ``dump``, ``listing``, ``key``, ``status`` and the like. `transcript`
    shows enough of the content to prove it; values that may be secrets are masked.
    """

    kind: str
    path: str
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class WebSite:
    """One port that speaks HTTP, asked for one host name.

    `scheme` is ``http`` or ``https``. `status` and `location` are of the first answer to ``GET /``. `hsts` is the value
    of Strict-Transport-Security (RFC 6797), empty where it is not sent. `login_form` is the path of a page with a
    password field, empty where none was seen; `basic_auth` whether a request was answered by a Basic challenge
    (RFC 7617). `to_https` is whether plain HTTP redirects to https on the same host. `paths_asked` were tried for
    `exposed`. `soft_404` tells that pages which do not exist are answered with 200: then only content proves anything.
    `reason` says why less was looked at than meant, empty if nothing is missing.
    """

    address: str
    port: int
    scheme: str
    host: str
    status: int
    server: str
    title: str
    location: str
    to_https: bool
    hsts: str
    login_form: str
    basic_auth: bool
    soft_404: bool
    exposed: tuple[ExposedFile, ...]
    paths_asked: tuple[str, ...]
    transcript: tuple[Transcript, ...]
    reason: str
    observed: datetime


@dataclass(frozen=True, slots=True)
class WebSites:
    """All web servers of a host. `not_looked_at` are (port, why) where it was meant to be tried."""

    sites: tuple[WebSite, ...]
    not_looked_at: tuple[tuple[int, str], ...]
    observed: datetime
