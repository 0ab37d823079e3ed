"""When releases end, by endoflife.date: its repository's products (Markdown with YAML front matter) or its API.

Read are ``products/NAME.md``, the API's first form (``api/NAME.json``: a list of cycles) and its second
(``api/v1/products/NAME``, ``api/v1/products/full``), as https://endoflife.date/docs/api and the repository's
HACKING.md describe them. ``eol`` ends the security support that everyone gets. ``eoes`` ends an extended one, which is
paid for except where `_FREE_EXTENSION` says so. ``eoas`` ends the corrections of ordinary faults: no phase of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import PurePosixPath
from typing import Any

from posture.advisories.feeds.formats.reading import (
    Malformed,
    a_list,
    an_object,
    day,
    instant,
    json_value,
    name,
    shown,
    word,
    yaml_value,
)
from posture.advisories.feeds.records import Cycle, Dated, Record, Refusal
from posture.facts.packages import Support
from posture.model.text import visible

# What the program can meet on a host: releases of systems, web applications, servers, interpreters.
_SYSTEMS = """
    almalinux alpine-linux amazon-linux centos centos-stream debian devuan fedora opensuse oracle-linux proxmox-ve rhel
    rocky-linux sles suse-linux-micro ubuntu
"""
_APPLICATIONS = """
    concrete-cms contao craft-cms discourse drupal forgejo gitlab grafana jenkins joomla keycloak magento mastodon
    matomo mattermost mautic mediawiki moodle nextcloud phpbb phpmyadmin plesk privatebin redmine roundcube shopware
    silverstripe sonarqube-server statamic typo3 umbraco wordpress zabbix
"""
_SERVERS = """
    apache-activemq apache-airflow apache-cassandra apache-couchdb apache-http-server apache-kafka caddy clickhouse
    consul docker-engine dovecot elasticsearch envoy etcd exim haproxy hashicorp-vault influxdb kibana kubernetes
    mariadb memcached mongodb mssqlserver mysql neo4j nginx opensearch openssl postfix postgresql proftpd prometheus
    rabbitmq redis solr squid tomcat traefik valkey vinyl-cache zookeeper
"""
_INTERPRETERS = "deno dotnet go nodejs perl php python ruby"
PRODUCTS = frozenset(f"{_SYSTEMS} {_APPLICATIONS} {_SERVERS} {_INTERPRETERS}".split())

_FREE_EXTENSION = frozenset({"debian"})  # its LTS team's updates come from the same archive
_FRONT_MATTER = re.compile(rb"---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Life:
    """What one cycle says. The end of a phase is a date, True (past, no date) or False (no end set); None: no phase."""

    cycle: str
    latest: str
    released: date | None
    eol: date | bool | None
    eoes: date | bool | None
    updated: date | None  # the day of its newest version


def _end(value: object, what: str) -> date | bool | None:
    if value is None or isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    return day(value, what)


def _first_form(row: Mapping[str, Any]) -> _Life:
    """A cycle of the repository's files, and of the API's first form, which names some fields otherwise."""
    cycle = row.get("releaseCycle", row.get("cycle"))
    latest = row.get("latest")
    return _Life(
        cycle=name(cycle, "the cycle", 64),
        latest=name(latest, "latest", 64) if latest else "",
        released=day(row.get("releaseDate"), "releaseDate"),
        eol=_end(row.get("eol"), "eol"),
        eoes=_end(row.get("eoes", row.get("extendedSupport")), "eoes"),
        updated=day(row.get("latestReleaseDate"), "latestReleaseDate"),
    )


def _second_form(row: Mapping[str, Any]) -> _Life:
    newest = an_object(row.get("latest"), "latest")
    latest = newest.get("name")
    ends = {each: _end(row.get(f"{each}From") or row.get(f"is{each.capitalize()}"), each) for each in ("eol", "eoes")}
    return _Life(
        cycle=name(row.get("name"), "the cycle", 64),
        latest=name(latest, "latest", 64) if latest else "",
        released=day(row.get("releaseDate"), "releaseDate"),
        eol=ends["eol"],
        eoes=ends["eoes"],
        updated=day(newest.get("date"), "the date of latest"),
    )


def _phases(product: str, life: _Life) -> Iterator[Cycle]:
    """A cycle's phases; ENDED without a day where the regular one is over since an unknown day."""
    extension = Support.LTS if product in _FREE_EXTENSION else Support.PAID
    for phase, end in ((Support.REGULAR, life.eol), (extension, life.eoes)):
        if end is not None and end is not True:
            until = end if isinstance(end, date) else None
            yield Cycle(product, life.cycle, phase, until, life.latest, life.released)
    if life.eol is True:
        yield Cycle(product, life.cycle, Support.ENDED, None, life.latest, life.released)


def _cycles(product: str, rows: object, second: bool) -> Iterator[Record | Refusal]:
    """The cycles; what is told of the newest version released dates the whole."""
    updated: list[date] = []
    for value in a_list(rows, "the releases"):
        label = product
        try:
            row = an_object(value, "a release")
            label = f"{product} {shown(row.get('name') or row.get('releaseCycle') or row.get('cycle'))}"
            life = (_second_form if second else _first_form)(row)
            updated += [life.updated] if life.updated else []
            phases = tuple(_phases(product, life))
            yield from phases or (Refusal(label, "no end of support is given, not even that none is set"),)
        except Malformed as error:
            yield Refusal(label, str(error))
    if updated:
        yield Dated(datetime.combine(max(updated), time(), UTC))


def _markdown(data: bytes, product: str) -> Iterator[Record | Refusal]:
    matter = _FRONT_MATTER.match(data.removeprefix(b"\xef\xbb\xbf"))
    if not matter:
        raise Malformed("no YAML between two lines of ---")
    document = an_object(yaml_value(matter[1]), "the front matter")
    if not document.get("releases"):
        raise Malformed("no releases")
    yield from _cycles(product, document["releases"], second=False)


def _json(data: bytes, product: str) -> Iterator[Record | Refusal]:
    document = json_value(data)
    if isinstance(document, list):
        if product in PRODUCTS:
            yield from _cycles(product, document, second=False)
        return
    document = an_object(document, "the document")
    result = document.get("result")
    if not result:
        raise Malformed("no result")
    for value in result if isinstance(result, list) else [result]:
        described = an_object(value, "a product")
        if word(described.get("name"), "the product's name", 64) in PRODUCTS:
            yield from _cycles(described["name"], described.get("releases"), second=True)
    if at := instant(document.get("last_modified") or document.get("generated_at"), "generated_at"):
        yield Dated(at)


def read(files: Iterable[tuple[str, bytes]], ecosystems: frozenset[str]) -> Iterator[Record | Refusal]:  # noqa: ARG001
    """The cycles of the products in `PRODUCTS`; those of others, and files of other kinds, are passed over.

    The data is as new as the newest version it knows, or as the API says.
    """
    for file, data in files:
        path = PurePosixPath(file)
        try:
            if path.suffix == ".md":
                if path.stem in PRODUCTS:
                    yield from _markdown(data, path.stem)
            elif data.lstrip()[:1] in (b"{", b"["):
                yield from _json(data, path.stem)
        except Malformed as error:
            yield Refusal(visible(file, 120), str(error))
