"""A host with several sites on one address: a real nginx is looked at under each name that the inventory gives."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace

import pytest
import web_lab

from checks.exposure.tls_certificate import tls_certificate
from checks.exposure.web_files_exposed import web_files_exposed
from posture.collect.network.tls.look import look_at_tls
from posture.collect.network.web.look import look_at_web
from posture.facts.network import OpenPort
from posture.sdk import Evidence, Login, Outcome, Reach, Service, Services

NAMES = ("www.bakery.example", "shop.bakery.example", "bakery.example")


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """One port with TLS and two server blocks: the first answers every name, the other its own, with a leak in it."""
    for program in ("nginx", "openssl"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    folder = tmp_path_factory.mktemp("sites")
    port = web_lab.free_port()
    blocks = []
    for name, flags, files in (
        ("www.bakery.example", " default_server", {"index.html": "<title>Bread</title>"}),
        ("shop.bakery.example", "", {"index.html": "<title>Shop</title>", ".git/HEAD": "ref: refs/heads/main\n"}),
    ):
        root = folder / name
        for file, content in files.items():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text(content)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
             f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", root.with_suffix(".key"), "-out",
             root.with_suffix(".crt")],
            check=True, capture_output=True,
        )  # fmt: skip
        tls = f"ssl_certificate {root.with_suffix('.crt')}; ssl_certificate_key {root.with_suffix('.key')};"
        blocks.append(f"server {{ listen 127.0.0.1:{port} ssl{flags}; server_name {name}; {tls} root {root}; }}")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr error; {user} events {{}}\n"
        f"http {{ access_log off; {temporary} {' '.join(blocks)} }}"
    )
    with web_lab.running(["nginx", "-e", "stderr", "-c", folder / "nginx.conf"], port, folder):
        yield port


@pytest.fixture(scope="module")
def looked(port):
    """The sites and the TLS of the port, under the bare address and three names; and what was contacted."""
    log = web_lab.Logged()
    target = replace(web_lab.target(log=log), site_names=NAMES)
    ports = [OpenPort(web_lab.HERE, port, "http", tls=True)]
    return look_at_web(target, ports)[0], look_at_tls(target, ports), log.actions


def services(port):
    seen = (Evidence("connect", "open", web_lab.now()),)
    of = Service(
        web_lab.HERE, port, "tcp", "http", "nginx", "", Reach.OUTSIDE, Login.UNKNOWN, "", "seen", None, seen, tls=True
    )
    return Services((of,), "", web_lab.now())


def test_each_site_is_looked_at_by_its_name(looked):
    """The bare address shows the first site; a name that leads to a site seen already is noted there."""
    web, _, _ = looked
    assert [(site.host, site.title, site.further, site.same_as) for site in web.sites] == [
        (web_lab.HERE, "Bread", False, ("www.bakery.example", "bakery.example")),
        ("shop.bakery.example", "Shop", True, ()),
    ]
    assert [file.path for site in web.sites for file in site.exposed] == ["/.git/HEAD"]


def test_each_name_is_shown_its_certificate(looked):
    """By SNI, as visitors come; what the bare address gets stays the port's own."""
    _, tls, _ = looked
    (endpoint,) = tls.endpoints
    assert endpoint.name_asked == ""
    assert endpoint.certificate.names == ("www.bakery.example",)
    shown = {one.name: one.certificate.names for one in endpoint.named}
    assert shown == {
        "www.bakery.example": ("www.bakery.example",),
        "shop.bakery.example": ("shop.bakery.example",),
        "bakery.example": ("www.bakery.example",),
    }


def test_no_other_address_is_contacted(looked):
    """The names are asked for, and never resolved."""
    _, _, actions = looked
    assert {action.target.split()[0] for action in actions} == {web_lab.HERE}


def test_a_finding_names_the_site_that_it_is_about(port, looked):
    """A leak of one site is not told of the other, and a certificate is judged for each name that visitors use."""
    web, tls, _ = looked
    here = services(port)
    leaks = [one for one in web_files_exposed.judge(here, web) if one.outcome is Outcome.FAIL]
    assert [one.subject for one in leaks] == [f"{web_lab.HERE}:{port}/tcp shop.bakery.example/.git/HEAD"]
    assert "shop.bakery.example" in leaks[0].summary
    certificates = {one.subject.partition(" ")[2]: one for one in tls_certificate.judge(here, tls)}
    assert certificates[""].outcome is Outcome.PASS
    assert "is self-signed" in certificates["shop.bakery.example"].summary
    assert "is not for bakery.example" in certificates["bakery.example"].summary
