"""Real servers from Debian: what they serve to strangers is what they were configured for."""

import json
import shutil
import sys
import urllib.request

import pytest
import web_lab

from posture.facts.network import Login

# The bcrypt hash of a password that nobody knows, as htpasswd -B makes it.
HASH = "$2y$05$cPZpjGyPYQNmBVKfYBbGb.PxVjK1KYVvUGPBFWQbWQ7V2QWvNf4Fe"


def needs(program):
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")


def applications(port):
    sites, found = web_lab.look(port)
    assert not sites.not_looked_at
    return {one.name: one.login for one in found}


@pytest.fixture
def etcd(tmp_path):
    needs("etcd")
    port, peers = web_lab.free_port(), web_lab.free_port()
    at, among = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peers}"
    command = ["etcd", "--data-dir", tmp_path / "etcd", "--listen-client-urls", at, "--advertise-client-urls", at]
    command += ["--listen-peer-urls", among, "--initial-advertise-peer-urls", among]
    with web_lab.running([*command, "--initial-cluster", f"default={among}"], port, tmp_path):
        yield port


def told(port, path, **words):
    """Tell etcd's gateway something."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(words).encode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def test_etcd_without_and_with_users(etcd):
    """A range of keys is answered without a login until authentication is switched on."""
    assert applications(etcd) == {"etcd": Login.NOT_NEEDED}
    told(etcd, "/v3/auth/user/add", name="root", password="not-a-real-one")
    told(etcd, "/v3/auth/user/grant", user="root", role="root")
    told(etcd, "/v3/auth/enable")
    assert applications(etcd) == {"etcd": Login.REQUIRED}


def test_prometheus_without_and_with_users(tmp_path):
    """Its configuration is told to strangers, unless it has users: then nobody can tell that it is Prometheus."""
    needs("prometheus")
    (tmp_path / "prometheus.yml").write_text("global: {scrape_interval: 1h}\n")
    (tmp_path / "web.yml").write_text(f"basic_auth_users: {{admin: {HASH}}}\n")
    for more, expected in (((), {"prometheus": Login.NOT_NEEDED}), (("--web.config.file=web.yml",), {})):
        port = web_lab.free_port()
        command = ["prometheus", "--config.file=prometheus.yml", f"--storage.tsdb.path={tmp_path}/{port}"]
        with web_lab.running([*command, f"--web.listen-address=127.0.0.1:{port}", *more], port, tmp_path):
            web_lab.ready(port, "/-/ready")  # it listens before it serves
            assert applications(port) == expected


def test_registry_without_and_with_users(tmp_path):
    """The catalogue of images is told to strangers, unless there is a list of users."""
    needs("docker-registry")
    (tmp_path / "users").write_text(f"deploy:{HASH}\n")
    users = f"auth: {{htpasswd: {{realm: registry, path: {tmp_path}/users}}}}\n"
    for auth, login in (("", Login.NOT_NEEDED), (users, Login.REQUIRED)):
        port = web_lab.free_port()
        (tmp_path / "registry.yml").write_text(
            f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {tmp_path}/images}}}}\n"
            f'http: {{addr: "127.0.0.1:{port}"}}\n{auth}'
        )
        with web_lab.running(["docker-registry", "serve", "registry.yml"], port, tmp_path):
            assert applications(port) == {"docker-registry": login}


@pytest.mark.parametrize("server", ["caddy", "lighttpd", "python"])
def test_lists_of_folders(tmp_path, server):
    """A folder without a page is listed in each server's own words; a folder with a page is not."""
    port, folder = web_lab.free_port(), tmp_path / "www"
    (folder / "uploads").mkdir(parents=True)
    (folder / "backup").mkdir()
    (folder / "orders.sql").write_text("1\n")
    (folder / "uploads" / "a b.csv").write_text("1\n")
    (folder / "backup" / "index.html").write_text("<!DOCTYPE html><title>Index of bread</title><a href=x>x</a>")
    (tmp_path / "lighttpd.conf").write_text(
        f'server.document-root = "{folder}"\nserver.port = {port}\nserver.bind = "127.0.0.1"\n'
        'server.modules = ("mod_dirlisting")\ndir-listing.activate = "enable"\nindex-file.names = ("index.html")\n'
        'mimetype.assign = (".html" => "text/html")\n'
    )
    commands = {
        "caddy": ["caddy", "file-server", "--browse", "--root", folder, "--listen", f"127.0.0.1:{port}"],
        "lighttpd": ["lighttpd", "-D", "-f", "lighttpd.conf"],
        "python": [sys.executable, "-m", "http.server", "-b", "127.0.0.1", "-d", folder, str(port)],
    }
    needs(str(commands[server][0]))
    with web_lab.running(commands[server], port, tmp_path):
        site = web_lab.site(port)
    listed = {file.path: file.transcript.received.splitlines()[1] for file in site.exposed}
    assert listed.keys() == {"/", "/uploads/"}
    assert listed["/uploads/"] == "lists 1 name: a%20b.csv"
    assert "orders.sql" in listed["/"]
