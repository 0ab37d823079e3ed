"""What is read out of pages and links of strangers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.collect.network.web import page

BASE = "http://shop.example:8080/a/b"


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("/login", "/login"),
        ("c?d=e#f", "/a/c?d=e"),
        ("//shop.example:8080", "/"),
        ("HTTP://SHOP.example:8080/x", "/x"),
        ("https://shop.example:8080/x", ""),
        ("http://shop.example/x", ""),
        ("http://other.example:8080/x", ""),
        ("//user@other.example/x", ""),
        ("http://shop.example:8080@other.example/", ""),
        ("http://shop.example:99999/x", ""),
        ("/a b", ""),
        ("/\r\nHost: other", ""),
        ("javascript:alert(1)", ""),
        ("http://[bad/", ""),
    ],
)
def test_only_links_to_the_same_server_are_followed(link, path):
    """Scheme, host and port must be the same, and the path must fit a request line."""
    assert page.on_same_server(link, BASE) == path


@given(st.text(max_size=60))
def test_no_link_leads_elsewhere_or_breaks_a_request(link):
    """Whatever a page holds."""
    path = page.on_same_server(link, BASE)
    assert path == "" or (path.startswith("/") and path.isascii() and path.isprintable() and " " not in path)


@pytest.mark.parametrize(
    ("markup", "asks"),
    [
        ('<input name="p" TYPE = "Password">', True),
        ("<input type=password>", True),
        ('<input type="text" placeholder="password">', False),
        ('<!-- <input type="password"> -->', False),
        ("<p>type=password</p>", False),
    ],
)
def test_a_password_field_is_a_field(markup, asks):
    """Not a word in a comment or in the text."""
    assert page.asks_for_password(markup) is asks


@pytest.mark.parametrize("piece", ["<title", "<input ", "<a ", "<!--", '<input type="', "<a href=", "<title>"])
def test_pages_made_to_be_slow_are_read_all_the_same(piece):
    """64 KiB of openings that are never closed: bounded patterns, so this test ends."""
    text = piece * (65_536 // len(piece))
    page.title(text)
    page.asks_for_password(text)
    page.login_link(text, BASE)
    page.lists_folder(text + "<title>Index of /")
