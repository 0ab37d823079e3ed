"""Web servers as facts: a typical site, applications, and for each check of web servers facts on which it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from posture.sdk import (
    Application,
    ExposedFile,
    Login,
    Process,
    Reach,
    Service,
    Services,
    Transcript,
    WebSite,
    WebSites,
)

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
SEEN = Transcript("GET /", "HTTP 200, text/html", AT)
SITE = WebSite(
    address="198.51.100.2", port=80, scheme="http", host="198.51.100.2", status=200, server="nginx/1.22.1",
    title="Bakery", location="", page=True, to_https=False, hsts="", login_form="", basic_auth="", soft_404=False,
    exposed=(), paths_asked=("/", "/.git/HEAD", "/.env"), transcript=(SEEN,), reason="", observed=AT,
)  # fmt: skip
NGINX = Process(
    71, "nginx", "/usr/sbin/nginx", "root", "nginx.service", "nginx", "1.22.1-9", ("/etc/nginx/nginx.conf",)
)
APACHE = Process(72, "apache2", "/usr/sbin/apache2", "root", "apache2.service", "apache2", "2.4.57-2")
DOCKER_PROXY = Process(9, "docker-proxy", unit="docker.service")


def sites(*found: WebSite, not_looked_at: tuple[tuple[int, str], ...] = ()) -> WebSites:
    return WebSites(found, not_looked_at, AT)


def application(name: str, login: Login = Login.NOT_NEEDED, **changes: Any) -> Application:
    return replace(Application(name, "/x", login, transcript=(Transcript("GET /x", "HTTP 200", AT),)), **changes)


def served(like: Callable[..., Service], *applications: Application, **changes: Any) -> Services:
    """The services of a host with one web server that serves these."""
    web = {"name": "http", "port": 80, "login": Login.UNKNOWN, "process": NGINX, "product": "", "version": ""}
    return Services((like(**{**web, "applications": applications, **changes}),), "", AT)


def exposed(kind: str, path: str = "/.env") -> ExposedFile:
    return ExposedFile(kind, path, Transcript(f"GET {path}", "HTTP 200", AT))


def failures(
    like: Callable[..., Service], interfaces: tuple[str, ...], containers: tuple[str, ...], kinds: tuple[str, ...]
) -> dict[str, tuple[tuple[Any, ...], ...]]:
    """For every check of web servers facts on which it fails, chosen to reach each branch of its text."""
    plain, tls = replace(SITE), replace(SITE, port=443, scheme="https")
    ways: tuple[dict[str, Any], ...] = (
        {}, {"process": APACHE}, {"process": DOCKER_PROXY}, {"process": None, "reach": Reach.SAME_MACHINE},
        {"address": "2001:db8::2"},
    )  # fmt: skip
    both = (like(name="http", port=80, process=NGINX), like(name="http", port=443, tls=True, process=NGINX))
    apache = tuple(replace(one, process=APACHE) for one in both)
    docker = tuple(replace(one, process=DOCKER_PROXY) for one in both)
    login = replace(SITE, login_form="/login")
    return {
        "exposure.container-api-open": tuple(
            (served(like, application(name), **way), sites(SITE)) for name in containers for way in ways[:3]
        ),
        "exposure.web-admin-open": (
            *((served(like, application(name), process=None), sites(SITE)) for name in interfaces),
            *((served(like, application(name), **way), sites(SITE)) for name in interfaces[:1] for way in ways),
            (served(like, application("phpmyadmin", Login.REQUIRED)), sites()),
        ),
        "exposure.web-files-exposed": (
            *((served(like), sites(replace(SITE, exposed=(exposed(kind),)))) for kind in kinds),
            *((served(like, **way), sites(replace(SITE, exposed=(exposed("env"),)))) for way in ways),
        ),
        "exposure.plain-http-login": (
            *((served(like, **way), sites(login)) for way in ways),
            (served(like), sites(replace(SITE, basic_auth="/private/"))),
        ),
        "exposure.https-missing-hsts": tuple((served(like, port=443, tls=True, **way), sites(tls)) for way in ways),
        "exposure.http-without-redirect": tuple(
            (Services(some, "", AT), sites(plain, tls)) for some in (both, apache, docker)
        ),
    }
