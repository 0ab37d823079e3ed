"""Samples of real feeds, and what a parser makes of them."""

import importlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from posture.advisories.feeds.records import Refusal

DATA = Path(__file__).resolve().parents[3] / "data/advisories"


def _parsed(format_name, files, ecosystems=frozenset()):
    parser = importlib.import_module(f"posture.advisories.feeds.formats.{format_name}")
    every = list(parser.read(files, frozenset(ecosystems)))
    return [each for each in every if not isinstance(each, Refusal)], [e for e in every if isinstance(e, Refusal)]


@pytest.fixture
def sample() -> Callable:
    """Parses files of the samples: (records, refusals)."""

    def parse(format_name, *paths, ecosystems=()):
        return _parsed(format_name, [(path, (DATA / path).read_bytes()) for path in paths], ecosystems)

    return parse


@pytest.fixture
def parsed() -> Callable:
    """Parses bytes under a file name, or a value as JSON: (records, refusals)."""

    def parse(format_name, content, name="feed.json", ecosystems=()):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        return _parsed(format_name, [(name, data)], ecosystems)

    return parse


@pytest.fixture
def parsed_files() -> Callable:
    """Parses several files, names and bytes: (records, refusals)."""
    return _parsed


@pytest.fixture
def osv(parsed) -> Callable:
    """Parses an OSV record of one package, of the fields given: (records, refusals)."""

    def parse(ecosystem="npm", package="left", ranges=None, identity="GHSA-1", specific=None, **fields):
        affected = {"package": {"ecosystem": ecosystem, "name": package}}
        affected |= {"ecosystem_specific": specific} if specific else {}
        affected |= {"ranges": [{"type": "ECOSYSTEM", "events": ranges}]} if ranges is not None else {}
        affected |= {key: fields.pop(key) for key in ("versions",) if key in fields}
        return parsed("osv", {"id": identity, "affected": [affected], **fields})

    return parse
