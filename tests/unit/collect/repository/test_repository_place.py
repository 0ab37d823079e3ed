"""Repositories that are fetched: from the permitted address alone, and from this machine where they lie."""

import functools
import http.server
import os
import socket
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from posture.collect.repository.git import GitFailed
from posture.collect.repository.place import repository_folder
from posture.collect.scope import OutOfScope, ScopeGate
from posture.model.action import Action
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.secret import SecretRef

NOW = datetime(2026, 11, 23, 3, 4, tzinfo=UTC)
PLAIN = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class Log(list[Action]):
    def record(self, action: Action) -> None:
        self.append(action)


class Files(http.server.SimpleHTTPRequestHandler):
    """What git calls a dumb server: files (gitprotocol-http(5)). Notes who asked for what."""

    asked: list[tuple[str, str, str]]

    def do_GET(self) -> None:
        self.asked.append((self.headers["Host"], self.path, self.headers.get("Authorization", "")))
        if self.path.startswith("/moved.git/"):
            self.send_response(302)
            self.send_header("Location", self.path.replace("/moved.git/", "/shop.git/"))
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def server(tmp_path):
    served = tmp_path / "served"
    work = tmp_path / "work"
    git = functools.partial(subprocess.run, check=True, capture_output=True, env=PLAIN)
    git(["git", "init", "-q", "-b", "main", str(work)])
    (work / "README").write_text("x")
    git(["git", "-C", str(work), "add", "."])
    git(["git", "-C", str(work), "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"])
    git(["git", "clone", "-q", "--bare", str(work), str(served / "shop.git")])
    git(["git", f"--git-dir={served / 'shop.git'}", "update-server-info"])
    handler = type("Handler", (Files,), {"asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(served))) as http_:
        http_.asked = handler.asked
        thread = threading.Thread(target=http_.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield http_
        http_.shutdown()
        thread.join()


def gate(log: Log, *, network: str = "127.0.0.0/8") -> ScopeGate:
    grant = Authorization(AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", NOW - timedelta(1), NOW + timedelta(1))
    bakery = Customer("bakery", "Bakery", grant, networks=(ip_network(network),))
    return ScopeGate(bakery, "run-1", lambda: NOW, log, lambda _: (ip_address("127.0.0.1"),))


def test_a_repository_is_fetched_from_the_address_that_was_permitted(server):
    """The name is asked of nobody else: it is tied to the address in scope; the copy is gone afterwards."""
    log = Log()
    url = f"http://code.bakery.example:{server.server_port}/shop.git"
    with repository_folder(url, None, gate(log), lambda: False) as folder:
        assert (folder / "HEAD").is_file()
    assert not folder.exists()
    assert {host for host, _, _ in server.asked} == {f"code.bakery.example:{server.server_port}"}
    assert [(action.target, action.result) for action in log if action.result == "fetched"]


def test_an_address_out_of_scope_is_not_contacted(server):
    """A repository at a stranger's server is not fetched."""
    url = f"http://code.bakery.example:{server.server_port}/shop.git"
    with pytest.raises(OutOfScope), repository_folder(url, None, gate(Log(), network="198.51.100.0/28"), lambda: False):
        pass
    assert not server.asked


def test_a_redirect_is_not_followed(server):
    """It could lead anywhere."""
    url = f"http://code.bakery.example:{server.server_port}/moved.git"
    with pytest.raises(GitFailed), repository_folder(url, None, gate(Log()), lambda: False):
        pass
    assert not [path for _, path, _ in server.asked if path.startswith("/shop.git")]


def test_a_token_is_not_sent_without_encryption(server, tmp_path):
    """Over plain http nothing is sent at all, and the message says nothing of the token."""
    token = tmp_path / "token"
    token.write_text("s3cr3t-of-the-bakery")
    token.chmod(0o600)
    url = f"http://code.bakery.example:{server.server_port}/shop.git"
    reference = SecretRef.parse(f"file:{token}")
    with (
        pytest.raises(GitFailed, match="without encryption") as raised,
        repository_folder(url, reference, gate(Log()), lambda: False),
    ):
        pass
    assert not server.asked
    assert "s3cr3t" not in str(raised.value)


@pytest.mark.parametrize(
    "host", ["b\u00fccher.example", "re%70o.example", "repo\u3002example", "0x7f.1", "code.example."]
)
def test_a_name_that_git_spells_otherwise_is_refused(server, host):
    """git would ask DNS for another spelling, and could be led to an address that nobody permitted."""
    url = f"http://{host}:{server.server_port}/shop.git"
    with pytest.raises(GitFailed, match="xn--"), repository_folder(url, None, gate(Log()), lambda: False):
        pass
    assert not server.asked


def test_an_address_instead_of_a_name(server):
    """A literal address needs nobody to resolve it."""
    url = f"http://127.0.0.1:{server.server_port}/shop.git"
    with repository_folder(url, None, gate(Log()), lambda: False) as folder:
        assert (folder / "HEAD").is_file()


@pytest.mark.parametrize("way", ["gitdir", "commondir", "alternates", "link", "include", "pipe"])
def test_a_repository_that_leads_elsewhere_is_refused(server, tmp_path, way):
    """Whoever may write the folder must not have other repositories and files of this machine read."""
    bare, own = tmp_path / "served/shop.git", tmp_path / "work/.git"
    match way:
        case "gitdir":
            (tmp_path / "lure").mkdir()
            (tmp_path / "lure/.git").write_text(f"gitdir: {own}\n")
            bare = tmp_path / "lure"
        case "commondir":
            (bare / "commondir").write_text(f"{own}\n")
        case "alternates":
            (bare / "objects/info/alternates").write_text(f"{own / 'objects'}\n")
        case "link":
            (bare / "objects").rename(bare / "moved")
            (bare / "objects").symlink_to(own / "objects")
        case "include":
            (bare / "config").write_text("[core]\n\tbare = true\n[ include ]\n\tpath = /etc/shadow\n")
        case "pipe":
            (bare / "packed-refs").unlink(missing_ok=True)
            os.mkfifo(bare / "packed-refs")
    with (
        pytest.raises(GitFailed, match="mirror"),
        repository_folder(f"file://{bare}", None, gate(Log()), lambda: False),
    ):
        pass


def test_an_ipv6_address_instead_of_a_name():
    """It is not tied to anything: there is no name that could be led elsewhere."""

    class Six(http.server.ThreadingHTTPServer):
        address_family = socket.AF_INET6

    asked: list[tuple[str, str, str]] = []
    try:
        six = Six(("::1", 0), type("Handler", (Files,), {"asked": asked}))
    except OSError as error:
        pytest.skip(f"no IPv6 on loopback: {error}")
    with six:
        thread = threading.Thread(target=six.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        url = f"http://[::1]:{six.server_port}/none.git"
        with pytest.raises(GitFailed), repository_folder(url, None, gate(Log(), network="::1/128"), lambda: False):
            pass
        six.shutdown()
        thread.join()
    assert asked[0][0] == f"[::1]:{six.server_port}"


def test_a_git_that_cannot_be_tied_to_the_address_fetches_nothing(server, tmp_path, monkeypatch):
    """Before 2.37 it would ask DNS itself."""
    old = tmp_path / "bin/git"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho git version 2.36.6\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}:{os.environ['PATH']}")
    url = f"http://code.bakery.example:{server.server_port}/shop.git"
    with pytest.raises(GitFailed, match=r"2\.37"), repository_folder(url, None, gate(Log()), lambda: False):
        pass
    assert not server.asked


def test_what_takes_too_long_is_ended(server):
    """A server that dribbles does not hold up the night; nothing stays on the disk."""
    url = f"http://code.bakery.example:{server.server_port}/shop.git"
    with pytest.raises(GitFailed, match="within the time"), repository_folder(url, None, gate(Log()), lambda: True):
        pass


@pytest.mark.parametrize(
    "url", ["ssh://git@code.bakery.example/shop.git", "ext::sh -c x", "git://code.bakery.example/x"]
)
def test_other_ways_are_refused_with_the_next_step(url):
    """What git would do with other addresses is not tried."""
    with pytest.raises(GitFailed, match="git clone --mirror"), repository_folder(url, None, gate(Log()), lambda: False):
        pass


def test_a_repository_of_this_machine_is_read_where_it_lies(server, tmp_path):
    """A working tree and a bare repository, by path; nothing is copied."""
    with repository_folder(f"file://{tmp_path}/work", None, gate(Log()), lambda: False) as folder:
        assert folder == tmp_path / "work/.git"
    with repository_folder(f"file://{tmp_path}/served/shop.git", None, gate(Log()), lambda: False) as folder:
        assert folder == Path(f"{tmp_path}/served/shop.git")
