"""What a page of HTML says: its title, where it leads, whether it asks for a password or lists a folder.

Pages of strangers are read with patterns of bounded length, not parsed: nothing in them is believed beyond that.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urljoin, urlsplit

from posture.model.text import visible

_TITLE = re.compile(r"<title\b[^>]{0,200}>([^<]{0,300})", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_PASSWORD = re.compile(r"<input\b[^<>]{0,1000}?\btype\s{0,5}=\s{0,5}[\"']?password\b", re.IGNORECASE)
_LINK = re.compile(r"<a\b[^<>]{0,500}?\bhref\s{0,5}=\s{0,5}[\"']?([^\"'>\s]{1,500})", re.IGNORECASE)
_LOGIN = re.compile(r"(?:^|[/_-])(?:log-?in|sign-?in|wp-login|anmelden|auth/login)(?:[./?_-]|$)", re.IGNORECASE)
_LISTING = re.compile(  # nginx, Apache, lighttpd, Python, Tomcat, Jetty, serve-index; IIS; Caddy; Go's http.FileServer
    r"<title>\s{0,5}(?:Index of|Directory listing (?:for|of)|Directory:|Listing directory)\s{1,5}\[?\.?/"
    r"|\[To Parent Directory\]|<title>[^<]{1,255} - /[^<]{0,300}</title></head><body><h1>[^<]{1,255} - /"
    r"|<a\s{1,99}href=\"\?sort=name(?:dirfirst)?&(?:amp;)?order="
    r"|\A(?:<!doctype html>\s{0,5}<meta name=\"viewport\"[^<>]{0,100}>\s{0,5})?<pre>\n<a href=\"[^\"<>]{1,500}\">"
    r"[^<]{1,500}</a>\n(?:<a |</pre>)",
    re.IGNORECASE,
)
_ABSOLUTE = re.compile(  # a host must look like one: what is left of a password that holds a slash does not
    r"((?:[a-z][a-z0-9+.-]{0,20}:)?//)([^/?#\\]{0,2000}@)?"
    r"([^\s/?#@:;\[\]\\]{1,255}(?::\d{0,5})?|\[[0-9a-f:.]{2,45}\](?::\d{0,5})?)(/[^?#;@]{0,2000})?(?:[?#;][^@]{0,2000})?",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"(/(?![/\\])[^?#;]{0,2000}|[^/?#;:@\\]{0,2000}(?:/[^?#;:@]{0,2000})?)(?:[?#;].{0,2000})?", re.DOTALL
)
_SSH = re.compile(r"[\w.-]{1,64}@([\w.-]{1,255}:[^?#;@]{0,500})")  # git's short form
_PATH = re.compile(r"/[!-~]{0,1000}")  # what may stand in a request line
_ELSEWHERE = re.compile(r"/|\.\.|[a-z][a-z0-9+.-]{0,20}:", re.IGNORECASE)
MOST_LINKS = 200


def title(page: str) -> str:
    """The page's title in one printable line, empty where it has none."""
    found = _TITLE.search(page)
    return visible(" ".join(html.unescape(found[1]).split()), 120) if found else ""


def asks_for_password(page: str) -> bool:
    """Whether it has a field for a password (HTML, 4.10.5.1.6), outside of comments."""
    return _PASSWORD.search(_COMMENT.sub("", page)) is not None


def lists_folder(page: str, path: str) -> bool:
    """Whether a web server made the page out of the folder `path`.

    Web servers say so in it, each in its own words; and it names files, or at least leads to the folder above.
    """
    if _LISTING.search(page) is None:
        return False
    above = {"..", "../"} | ({path.rstrip("/").rpartition("/")[0] + "/"} if path != "/" else set())
    return bool(entries(page, path)) or any(html.unescape(link) in above for link in _links(page))


def entries(page: str, path: str) -> tuple[str, ...]:
    """The names that such a page lists, folders with a slash at their end."""
    links = (html.unescape(link) for link in _links(page))
    below = (link.removeprefix(path) if link.startswith(path) else link.removeprefix("./") for link in links)
    names = (link.partition("?")[0].partition("#")[0] for link in below)
    return tuple(dict.fromkeys(visible(name, 60) for name in names if name and not _ELSEWHERE.match(name)))


def place_only(link: str) -> str:
    """A link without what may be secret: user and password, query, fragment and parameters of its path.

    Where it is not clear where the password ends, nothing but the scheme is left.
    """
    if found := _ABSOLUTE.fullmatch(link):
        return visible(f"{found[1]}{'…@' if found[2] else ''}{found[3]}{found[4] or ''}", 200)
    if found := _SSH.fullmatch(link):
        return visible(f"…@{found[1]}", 200)
    if found := _RELATIVE.fullmatch(link):
        return visible(found[1], 200)
    scheme, slashes, _ = link[:30].partition("://")
    return f"{visible(scheme)}://…" if slashes and scheme.isalnum() else "…"


def login_link(page: str, base: str) -> str:
    """The path of the first link of the same server that leads to a login, empty where there is none."""
    for link in _links(_COMMENT.sub("", page)):
        path = on_same_server(html.unescape(link), base)
        if path and _LOGIN.search(path):
            return path
    return ""


def on_same_server(link: str, base: str) -> str:
    """The path and query that a link leads to, if it stays on the server of `base`; empty otherwise.

    Args:
        link: as it stands in a page or a Location header (RFC 9110, 10.2.2).
        base: the absolute URL that it was found at.
    """
    there, here = _split(link, base), _split(base, base)
    if there is None or here is None or _origin(there) != _origin(here):
        return ""
    path = f"{there.path or '/'}?{there.query}" if there.query else there.path or "/"
    return path if _PATH.fullmatch(path) else ""


def leads_to_https(link: str, base: str) -> bool:
    """Whether a link leads to a page over TLS."""
    there = _split(link, base)
    return there is not None and there.scheme == "https" and bool(there.hostname)


def _links(page: str) -> Iterator[str]:
    for number, found in enumerate(_LINK.finditer(page)):
        if number >= MOST_LINKS:
            return
        yield found[1]


def _split(link: str, base: str) -> SplitResult | None:
    try:
        parts = urlsplit(urljoin(base, link[:2000]))
        _ = parts.port
    except ValueError:
        return None
    return parts


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, host and port (RFC 6454)."""
    usual = {"http": 80, "https": 443}.get(parts.scheme, 0)
    return parts.scheme, (parts.hostname or "").lower().rstrip("."), parts.port or usual
