"""Real servers from Debian: what they serve to strangers is what they were configured for."""

import json
import shutil
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
