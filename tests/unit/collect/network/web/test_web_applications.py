"""Applications on web servers: what lets strangers in is told from its twin that asks for a login."""

from dataclasses import replace
from functools import partial

import pytest
import web_lab

from posture.collect.network.web.fingerprints import EVERY
from posture.facts.network import Login

SERVERS = web_lab.emulated()
NAMES = sorted(SERVERS.APPLICATIONS)
# With a login these answer every path alike, or say nothing that only they say: there is no telling what is behind it.
NAMELESS = {
    "hadoop-yarn", "hadoop-hdfs", "spark", "druid", "prometheus", "alertmanager", "node-exporter", "traefik",
    "server-status", "nginx-status",
}  # fmt: skip


def seen(name: str, *, login: bool):
    with web_lab.answering(partial(SERVERS.served, application=SERVERS.APPLICATIONS[name], login=login)) as port:
        return web_lab.look(port)


def test_every_application_has_its_twins():
    """What can be recognised is tried, and under the name that checks ask for."""
    assert sorted({fingerprint.name for fingerprint in EVERY}) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_one_that_lets_strangers_in_is_proven(name):
    """On a port that says nothing of what is there, a read-only request shows data or control without a login."""
    sites, found = seen(name, login=False)
    assert [(one.name, one.login) for one in found] == [(name, Login.NOT_NEEDED)]
    assert found[0].transcript[-1].received.startswith(("HTTP 200", "HTTP 404", "HTTP 501"))
    assert not sites.not_looked_at
    assert sites.sites[0].exposed == ()


@pytest.mark.parametrize("name", NAMES)
def test_its_twin_with_a_login_is_not_taken_for_open(name):
    """A look-alike that asks for a password is told to do so, or is not recognised at all."""
    _, found = seen(name, login=True)
    expected = [] if name in NAMELESS else [(name, Login.REQUIRED)]
    assert [(one.name, one.login) for one in found] == expected


@pytest.mark.parametrize(("name", "path"), [("phpmyadmin", "/phpmyadmin/"), ("adminer", "/adminer.php")])
@pytest.mark.parametrize("login", [False, True])
def test_one_that_has_the_whole_server_is_found_at_its_first_page(name, path, login):
    """As in the official images of phpMyAdmin and Adminer."""
    lab = SERVERS.APPLICATIONS[name]
    whole = replace(lab, pages={"/": lab.pages[path]}, locked={"/": lab.locked[path]})
    with web_lab.answering(partial(SERVERS.served, application=whole, login=login)) as port:
        _, found = web_lab.look(port)
    assert [(one.name, one.path) for one in found] == [(name, "/")]
    assert found[0].login is (Login.REQUIRED if login else Login.NOT_NEEDED)


def test_a_page_about_phpmyadmin_is_not_phpmyadmin():
    """It names its title and its links, in text."""
    page = SERVERS.Page("<title>How to install phpMyAdmin</title>Open index.php?route=/server/databases in phpMyAdmin.")
    blog = SERVERS.Application({"/": page}, {})
    with web_lab.answering(partial(SERVERS.served, application=blog, login=False)) as port:
        assert web_lab.look(port)[1] == ()


def test_evidence_holds_no_data_of_the_application():
    """Docker tells the command lines of containers, with passwords in them: only that it answered is kept."""
    sites, (docker,) = seen("docker", login=False)
    assert docker.transcript[-1].received == "HTTP 200, application/json\na JSON list"
    assert "secret" not in repr((sites, docker))


@pytest.mark.parametrize("page", ["[]", '{"kind":"PodList","status":"success"}', "404 page not found\n"])
def test_a_server_that_answers_every_path_alike_is_no_application(page):
    """The page of a path that does not exist proves nothing, though it looks like an application's."""
    other = SERVERS.Page(page)
    echo = SERVERS.Application({}, {}, (("Api-Version", "1.41"), ("Server", "TornadoServer/6")), other)
    with web_lab.answering(partial(SERVERS.served, application=echo, login=False)) as port:
        sites, found = web_lab.look(port)
    assert Login.NOT_NEEDED not in {one.login for one in found}
    assert sites.sites[0].soft_404


def test_an_application_that_stops_answering_is_unknown_with_a_reason():
    """Recognised, then silent where it would show whether it needs a login."""
    docker = SERVERS.APPLICATIONS["docker"]

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        if b" /containers" not in head:
            page = SERVERS.answer(docker, head.split(b" ")[1].decode(), login=False)
            body = page.encoded()
            writer.write(b"HTTP/1.1 %d -\r\nApi-Version: 1.41\r\nContent-Length: %d\r\n" % (page.status, len(body)))
            writer.write(b"Connection: close\r\n\r\n" + body)
        writer.close()

    with web_lab.answering(serve) as port:
        sites, (found,) = web_lab.look(port)
    reason = "asked for /containers/json?limit=1, it closed the connection without a word"
    assert (found.login, found.login_reason) == (Login.UNKNOWN, reason)
    assert reason in sites.sites[0].reason


def test_few_requests_are_sent():
    """An ordinary web server is asked for fewer than 45 pages, one with an application of its own for fewer than 10."""
    for name, most in (("nginx-status", 45), ("docker", 10), ("grafana", 10)):
        asked = []

        async def count(reader, writer, asked=asked, name=name):
            async def head():
                words = await type(reader).readuntil(reader, b"\r\n\r\n")
                asked.append(words)
                return words

            reader.readuntil = lambda _end: head()
            await SERVERS.served(reader, writer, SERVERS.APPLICATIONS[name], login=False)

        with web_lab.answering(count) as port:
            web_lab.look(port)
        assert len(asked) < most, (name, len(asked))
        assert len({words.split(b" ")[1] for words in asked}) == len(asked)
        assert all(b"\r\nUser-Agent: Posture/" in words for words in asked)
