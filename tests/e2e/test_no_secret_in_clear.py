"""Secrets of every form on a machine and in a repository: all are found, and none is in anything the program leaves."""

from __future__ import annotations

import base64
import html
import importlib.util
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest
from ahocorasick_rs import BytesAhoCorasick
from leak_cases.draw import Draw
from leak_cases.frames import FRAMES
from leak_cases.tokens import TOKENS

LOUD = """\
import logging, runpy, sys
shown = logging.basicConfig
logging.basicConfig = lambda **words: shown(**(words | {"level": logging.DEBUG}))
sys.argv[0] = "posture"
runpy.run_module("posture.cli.main", run_name="__main__", alter_sys=True)
"""
"""The program with all that it and its libraries may log."""

# A machine whose homes, services and web folders are the test's; no interface but loopback.
STAGE = """set -e
ip link set lo up
for place in /home /srv /var/www; do mkdir -p $place; mount -t tmpfs -o mode=755 none $place; done
cp -a "$SEEDED" /home/shop
cp -a "$SEEDED" /var/www/shop
exec "$@"
"""
INVENTORY = """\
customers:
  - id: bakery
    name: Example Bakery GmbH
    authorization: {reference: MSA-7.1, granted_by: Jane Doe, valid_until: 2099-03-02T00:00:00+01:00}
    networks: [198.51.100.0/28]
    resources: [{kind: repository, id: shop, url: "file://%s"}]
"""


@dataclass(frozen=True)
class Seed:
    """A file with a secret of twelve characters or more. `start`: what may be shown of it."""

    path: str
    data: bytes
    value: bytes

    @property
    def start(self) -> str:
        return self.value[:4].decode()

    @property
    def hidden(self) -> tuple[bytes, ...]:
        """What is nowhere: all but the shown beginning, and its end."""
        return self.value[4:], self.value[-10:]


def _seeds() -> Iterator[Seed]:
    """Each known file with its secret, then each token in a file of variables and in one of any kind."""
    parsers = Path(__file__).parents[1] / "unit/collect/leaks/test_file_parsers.py"
    spec = importlib.util.spec_from_file_location("parsers_of_files", parsers)
    assert spec is not None
    assert spec.loader is not None
    known = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(known)
    for number, (path, data, _, _, value) in enumerate(known.SECRETS):
        own = b"Tr%02d-vexil.Korb" % number
        if known.PW in data:  # else it stands there encoded
            data, value = data.replace(known.PW, own), value.replace(known.PW, own)  # noqa: PLW2901
        if "/.git/" not in path:  # which no search of a folder enters
            yield Seed(f"{number:03}/{path.lstrip('/')}", data.replace(b".test", b".internal"), value)
    for number, (_, _, make) in enumerate(TOKENS):
        token = make(Draw(f"canary-{number}")).removeprefix("https://").removeprefix("FlyV1 ")
        path, text, encoding = FRAMES[number % len(FRAMES)][1](token)
        yield Seed(f"t{number:03}/.env", f"CREDENTIAL={token}\n".encode(), token.encode())
        yield Seed(f"t{number:03}/{path}", text.encode(encoding), token.encode())


SEEDS = tuple(_seeds())
NAMED = Draw("canary of a name").crc("gh" + "p_")
IN_NAME = Seed(f"n/{NAMED}.d/{NAMED}.env", b"DB_PASSWORD=Kx83-vexil.Torb\n", NAMED.encode())
"""A token in the name of a file that holds another secret."""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files, open to everybody."""
    folder = tmp_path_factory.mktemp("seeded")
    for seed in (*SEEDS, IN_NAME):
        file = folder / seed.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(seed.data)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Path:
    """A repository with all of them, half of which are in older commits only."""
    folder = tmp_path_factory.mktemp("repository") / "shop"
    shutil.copytree(seeded, folder)
    plain = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*words: str) -> None:
        named = ("git", "-c", "user.name=a", "-c", "user.email=a@b", *words)
        subprocess.run(named, cwd=folder, check=True, env=plain, capture_output=True)

    git("init", "-q")
    git("add", "-f", ".")
    git("commit", "-qm", "all")
    git("rm", "-rqf", *(seed.path for seed in SEEDS[::2]))
    git("commit", "-qm", "half")
    return folder


@dataclass
class Told:
    """What the program left: its folder (database, reports, its data, what is left of temporary files), its streams."""

    folder: Path
    streams: bytes = b""

    def run(self, *words: str, before: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[bytes]:
        (self.folder / "tmp").mkdir(exist_ok=True)
        own = {"POSTURE_CACHE": "cache", "POSTURE_DATA": "data", "TMPDIR": "tmp"}
        own = {name: str(self.folder / path) for name, path in own.items()}
        done = subprocess.run(
            [*before, sys.executable, "-c", LOUD, "--debug", *words],
            cwd=self.folder, env=os.environ | own | {"NO_COLOR": "1", "POSTURE_APT_SOURCES": "/dev/null"} | environment,
            capture_output=True, timeout=300, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        self.streams += done.stdout + done.stderr
        assert done.returncode in {0, 1, 3}, done.stderr.decode()
        return done

    def report(self, customer: str) -> dict[str, Any]:
        (file,) = (self.folder / "audit").glob(f"{customer}*.json")
        return json.loads(file.read_text())

    def everything(self) -> bytes:
        """All of it, as it is and read as its readers read it."""
        parts = [self.streams]
        for file in (path for path in self.folder.rglob("*") if path.is_file()):
            raw = file.read_bytes()
            parts += [raw, str(file).encode()]
            if raw.startswith(b"SQLite format 3"):
                parts += _cells(file)
            elif raw.startswith(b"%PDF"):
                parts.append(subprocess.run(["pdftotext", file, "-"], capture_output=True, check=True).stdout)
        whole = b"\n".join(parts)
        text = whole.decode("utf-8", "replace")
        read = (html.unescape(text), re.sub(r"\\(.)", r"\1", text), re.sub(r"\s", "", text))
        return b"\n".join((whole, *(one.encode("utf-8", "replace") for one in read), unquote_to_bytes(whole)))


def _cells(file: Path) -> Iterator[bytes]:
    """Each cell of a database, decompressed where it is."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
            for row in database.execute(f'select * from "{table}"'):
                for cell in row:
                    yield cell if isinstance(cell, bytes) else str(cell).encode()
                    if isinstance(cell, bytes):
                        with suppress(zlib.error):
                            yield zlib.decompress(cell)


def spellings(value: bytes) -> set[bytes]:
    """Ways in which a program may write it."""
    text = value.decode()
    coded = (base64.b64encode(b"\0" * before + value) for before in range(3))
    return {
        value, value[::-1], value.hex().encode(), value.hex().upper().encode(), repr(value)[2:-1].encode(),
        quote(text, safe="").encode(), json.dumps(text)[1:-1].encode(), html.escape(text).encode(),
        *(code[4:].rstrip(b"=")[:-1] for code in coded),
    }  # fmt: skip


@cache
def _sought() -> tuple[BytesAhoCorasick, list[str]]:
    forms = {form: seed.path for seed in (*SEEDS, IN_NAME) for hidden in seed.hidden for form in spellings(hidden)}
    return BytesAhoCorasick(list(forms)), list(forms.values())


def in_clear(everything: bytes) -> set[str]:
    """The files whose secret stands in it."""
    automaton, paths = _sought()
    return {paths[form] for form, _, _ in automaton.find_matches_as_indexes(everything)}


def test_the_search_finds_what_it_should() -> None:
    """A value in any of the forms is seen."""
    value = SEEDS[0].value
    for form in (value, base64.b64encode(b"password=" + value), quote(value).encode(), value[::-1]):
        assert in_clear(b"x" + form + b"x")
    assert not in_clear(value[:4])


def test_scan(seeded: Path, tmp_path: Path) -> None:
    """Each is found, with its first characters and at its place; in neither form of output it is in clear."""
    told = Told(tmp_path)
    told.run("secrets", "scan", str(seeded), "--no-history")
    told.run("secrets", "scan", str(seeded), "--no-history", "--write-baseline", "known.json")
    found = json.loads(told.run("secrets", "scan", str(seeded), "--no-history", "--json").stdout)["secrets"]
    shown = {(one["path"], one["start"]) for one in found}
    assert not [seed.path for seed in SEEDS if (seed.path, seed.start) not in shown]
    assert ("n/ghp_***.d/ghp_***.env", "Kx83") in shown
    assert not in_clear(told.everything())
    assert not list((tmp_path / "tmp").iterdir())


def test_repository(seeded: Path, repository: Path, tmp_path: Path) -> None:
    """An audit of a repository: database, reports, evidence, debug logs, lists of findings, stored facts once more."""
    told = Told(tmp_path)
    (tmp_path / "customers.yaml").write_text(INVENTORY % repository)
    told.run("audit", "--inventory", "customers.yaml", "bakery")
    told.run("nightly", "--format", "json", "--metrics", "night.prom", POSTURE_LOG_FORMAT="json")
    for words in (
        ("nights", "--json"),
        ("findings", "--json"),
        ("log", "--json"),
        ("replay", told.report("bakery")["run"]["id"], "--json"),
    ):
        told.run(*words)
    for number, finding in enumerate(told.report("bakery")["findings"][:3]):
        told.run("evidence", finding["id"], "--out", f"{number}.zip")
    scan = ("secrets", "scan", str(seeded), "--no-history", "--customer", "bakery", "--json")
    prints = {one["fingerprint"]: one["start"] for one in json.loads(told.run(*scan).stdout)["secrets"]}
    text = json.dumps(told.report("bakery"))
    lost = [print_ for print_ in prints if print_ not in text]
    assert len(prints) > 100
    assert not lost
    assert f"begins with {SEEDS[0].start}" in text
    assert not in_clear(told.everything())
    assert not list((tmp_path / "tmp").iterdir())


def test_machine(seeded: Path, tmp_path: Path) -> None:
    """An audit of a machine whose homes and web folders hold them, with rights to read all."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "-n", "true"], check=False).returncode:
        pytest.skip("needs root and namespaces")
    told = Told(tmp_path)
    stage = ("unshare", "-m", "-n", "sh", "-c", STAGE, "stage")
    told.run("audit", "--local", "--check", "keys.*", before=stage, SEEDED=str(seeded))
    text = json.dumps(told.report("this-machine"))
    scan = ("secrets", "scan", str(seeded), "--no-history", "--json")
    known = [one for one in json.loads(told.run(*scan).stdout)["secrets"] if one["rule"] != "password-hash"]
    assert len(known) > 200
    assert not [one["path"] for one in known if one["fingerprint"] not in text]
    assert "/home/shop/n/ghp_***.d/ghp_***.env" in text
    assert "holds passwords in a weak form (SHA-1 without salt)" in text
    assert f"begins with {SEEDS[0].start}" in text
    assert not in_clear(told.everything())
    assert not list((tmp_path / "tmp").iterdir())
