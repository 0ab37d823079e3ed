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
_PASSWORD = re.compile(r"<input\b[^>]{0,1000}?\btype\s{0,5}=\s{0,5}[\"']?password\b", re.IGNORECASE)
_LINK = re.compile(r"<a\b[^>]{0,500}?\bhref\s{0,5}=\s{0,5}[\"']?([^\"'>\s]{1,500})", re.IGNORECASE)
_LOGIN = re.compile(r"(?:^|[/_-])(?:log-?in|sign-?in|wp-login|anmelden|auth/login)(?:[./?_-]|$)", re.IGNORECASE)
_LISTING = re.compile(
    r"<title>\s{0,5}(?:Index of|Directory listing (?:for|of)|Listing directory)\b|\[To Parent Directory\]",
    re.IGNORECASE,
)
_PATH = re.compile(r"/[!-~]{0,1000}")  # what may stand in a request line
MOST_LINKS = 200


def title(page: str) -> str:
    """The page's title in one printable line, empty where it has none."""
    found = _TITLE.search(page)
    return visible(" ".join(html.unescape(found[1]).split()), 120) if found else ""


def asks_for_password(page: str) -> bool:
    """Whether it has a field for a password (HTML, 4.10.5.1.6), outside of comments."""
    return _PASSWORD.search(_COMMENT.sub("", page)) is not None


def lists_folder(page: str) -> bool:
    """Whether a web server made the page out of a folder: nginx, Apache, lighttpd, IIS and Python say so in it."""
    return _LISTING.search(page) is not None and _LINK.search(page) is not None


def entries(page: str) -> tuple[str, ...]:
    """The names that such a page lists, folders with a slash at their end."""
    names = (html.unescape(link) for link in _links(page))
    plain = (name for name in names if not name.startswith(("?", "/", "..", "#")) and "://" not in name)
    return tuple(dict.fromkeys(visible(name, 60) for name in plain))


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
