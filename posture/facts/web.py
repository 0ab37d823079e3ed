"""What web servers serve to a stranger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.network import Transcript


@dataclass(frozen=True, slots=True)
class ExposedFile:
    """Something a web server should not serve, proven by its content and not by the status alone.

    `kind`: ``git``, ``git-credentials`` (its configuration holds a password), ``svn``, ``env``, ``config``, ``dump``,
    ``backup``, ``key``, ``cloud-key``, ``passwords``, ``listing``, ``phpinfo``, ``folder-view``. `transcript` shows
    enough of the content to prove it; values that may be secrets are not in it.
    """

    kind: str
    path: str
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class WebSite:
    """One port that speaks HTTP, asked for one host name.

    `scheme` is ``http`` or ``https``. `status` and `location` are of the first answer to ``GET /``; `status` is 0 where
    a TLS client certificate is asked for before any answer. `page` is whether the first page led, on this server, to a
    page for people. `hsts` is the value of Strict-Transport-Security (RFC 6797), empty
    where it is not sent. `login_form` is the path of a page with a password field, `basic_auth` one that was answered
    by a Basic challenge (RFC 7617), each empty where none was seen. `to_https` is whether plain HTTP redirects to
    https. `paths_asked` were tried for `exposed`; it is empty where everything needs a login, or is an
    application's. `soft_404` tells that pages which do not exist are answered with 200: then only content proves
    anything. `reason` says why less was looked at than meant, empty if nothing is missing. `further`: it was asked for
    under a further name of the inventory, and is another site than the port's first; `same_as` are further names that
    show this very site.
    """

    address: str
    port: int
    scheme: str
    host: str
    status: int
    server: str
    title: str
    location: str
    page: bool
    to_https: bool
    hsts: str
    login_form: str
    basic_auth: str
    soft_404: bool
    exposed: tuple[ExposedFile, ...]
    paths_asked: tuple[str, ...]
    transcript: tuple[Transcript, ...]
    reason: str
    observed: datetime
    further: bool = False
    same_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WebSites:
    """All web servers of a host; a port may have several sites, the first of which is that of the bare address.

    `not_looked_at` are (port, why) where it was meant to be tried.
    """

    sites: tuple[WebSite, ...]
    not_looked_at: tuple[tuple[int, str], ...]
    observed: datetime
