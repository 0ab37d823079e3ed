"""Addresses that many share: what stands in front of them is nobody's own, and is left alone."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from ipaddress import ip_network

from posture.model.customer import IPAddress, IPNetwork


@dataclass(frozen=True, slots=True)
class _Operator:
    """One that passes requests on for many: its networks, the names it gives its customers, and its headers.

    A header is a name, or a name and the beginning of its value in lower case.
    """

    name: str
    networks: tuple[IPNetwork, ...]
    suffixes: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]


def operator_of(address: IPAddress) -> str:
    """Who shares the address among its customers; empty where nobody is known to."""
    return next((one.name for one in _operators() if any(address in network for network in one.networks)), "")


def operator_of_network(network: IPNetwork) -> str:
    """Who shares some of its addresses among its customers; empty where nobody is known to."""
    return next((one.name for one in _operators() if any(network.overlaps(other) for other in one.networks)), "")


def operator_of_name(name: str) -> str:
    """Whose customers have such a name as alias (``d111111abcdef8.cloudfront.net``); empty where it is nobody's."""
    dotted = f".{name.removesuffix('.').lower()}"
    return next((one.name for one in _operators() if dotted.endswith(one.suffixes)), "")


def operator_in_headers(headers: Iterable[tuple[str, str]]) -> str:
    """Who says in an answer that it passed it on; empty where nobody does."""
    known = [(name, value.lower()) for name, value in headers]
    for one in _operators():
        for name, beginning in one.headers:
            if any(name == given and value.startswith(beginning) for given, value in known):
                return one.name
    return ""


@cache
def _operators() -> tuple[_Operator, ...]:
    text = files("posture.collect.proof").joinpath("shared_addresses.toml").read_text(encoding="utf-8")
    return tuple(
        _Operator(
            entry["name"],
            tuple(map(ip_network, entry.get("networks", ()))),
            tuple(f".{suffix}" for suffix in entry.get("names", ())),
            tuple(_header(line) for line in entry.get("headers", ())),
        )
        for entry in tomllib.loads(text)["operator"]
    )


def _header(line: str) -> tuple[str, str]:
    name, _, beginning = line.partition(":")
    return name.strip(), beginning.strip()
