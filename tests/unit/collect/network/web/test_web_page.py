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


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://shop.example:8443/a/b.git", "https://shop.example:8443/a/b.git"),
        ("https://u:S3CRET@git.example/a", "https://…@git.example/a"),
        ("https://u:S3@CRET@[2001:db8::1]:8/a", "https://…@[2001:db8::1]:8/a"),
        ("//S3CRET@git.example", "//…@git.example"),
        ("https://git.example/a?t=S3CRET", "https://git.example/a"),
        ("https://git.example/a;sid=S3CRET#S3CRET", "https://git.example/a"),
        ("https://git.example/a?t=x@S3CRET", "https://…"),
        ("https://u:pa/ss@S3CRET", "https://…"),
        ("https://u:S3CRET?x@git.example/", "https://…"),
        ("https://u:12/S3CRET@git.example/", "https://…"),
        ("https:\\\\u:S3CRET@git.example/", "…"),
        ("git@git.example:a/b.git", "…@git.example:a/b.git"),
        ("u:S3CRET@git.example:a/b.git", "…"),
        ("/@alice/x?y=S3CRET", "/@alice/x"),
        ("c/d?S3CRET", "c/d"),
        ("", ""),
    ],
)
def test_a_link_is_shown_without_what_may_be_secret(link, shown):
    """Passwords to the last @, queries, fragments and parameters; where it is unclear, all of it."""
    assert page.place_only(link) == shown


@pytest.mark.parametrize(
    ("markup", "path", "names"),
    [
        # Go 1.22, http.FileServer, and before 1.23
        ('<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n<a href="a/">a/</a>\n</pre>\n',
         "/", ("a/",)),
        ('<pre>\n<a href="a.sql">a.sql</a>\n<a href="b">b</a>\n</pre>\n', "/", ("a.sql", "b")),
        # IIS: whole paths
        ('<title>192.0.2.1 - /</title></head><body><H1>192.0.2.1 - /</H1><hr>\r\n<pre><A HREF="/old/">old</A><br>',
         "/", ("old/",)),
        ('<pre><A HREF="/">[To Parent Directory]</A><br><A HREF="/old/a.sql">a.sql</A><br></pre>', "/old/", ("a.sql",)),
        # Apache: the columns sort by queries, and the folder above is a whole path
        ('<title>Index of /old</title><a href="?C=N;O=D">Name</a><a href="/">Parent Directory</a><a href="a">a</a>',
         "/old/", ("a",)),
        # Tomcat
        ('<title>Directory Listing For [/old/] - Up To [/]</title><a href="/old/a.sql"><tt>a.sql</tt></a>',
         "/old/", ("a.sql",)),
        ('<title>Index of /old/</title><a href="../">../</a>', "/old/", ()),
    ],
)  # fmt: skip
def test_a_list_of_a_folder_is_known_by_the_words_of_its_server(markup, path, names):
    """An empty folder is one that at least leads to the one above."""
    assert page.lists_folder(markup, path)
    assert page.entries(markup, path) == names


@pytest.mark.parametrize(
    "markup",
    [
        '<title>Index of Economic Freedom</title><a href="ranking">Ranking</a>',
        '<title>Directory listing for bakers</title><a href="ranking">Ranking</a>',
        '<title>Index of /</title><a href="https://bakery.example/">Bakery</a><a href="mailto:a@b.example">Mail</a>',
        '<!doctype html><pre>\n<a href="x">x</a> is how a link is written</pre>',
        "<pre>\n</pre>\n",
        '<title>Bakery - / bread</title></head><body><h1>Bread</h1><a href="x">x</a>',
    ],
)
def test_a_page_with_links_is_no_list_of_a_folder(markup):
    """Neither by a title that only begins like one, nor without a file in it."""
    assert not page.lists_folder(markup, "/")


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
    page.lists_folder(text + "<title>Index of /", "/")
    page.place_only(text)
