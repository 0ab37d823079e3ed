"""An SPF record as its terms, by the grammar of RFC 7208, 12: pure, no DNS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_network
from typing import Final

from posture.collect.email.spf.macros import has_macro, is_domain_spec, is_macro_string
from posture.model.customer import IPNetwork
from posture.model.text import visible

VERSION: Final = "v=spf1"
MECHANISMS: Final = frozenset({"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"})
ASKING: Final = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
"""Terms that cost a DNS question (RFC 7208, 4.6.4); `exp` does not count."""
MOST_TERMS: Final = 500

_DIRECTIVE = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9_.-]*)([:/].*)?", re.DOTALL)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)
_LENGTH = re.compile(r"0|[1-9][0-9]{0,2}")
_DUAL_CIDR = re.compile(r"(.*?)(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?", re.DOTALL)


class SpfSyntax(ValueError):
    """The record is no SPF record that can be evaluated: a permanent error (RFC 7208, 4.6)."""


@dataclass(frozen=True, slots=True)
class Term:
    """A mechanism, or a modifier where `qualifier` is empty.

    `target` is the domain-spec with its macros, empty where there is none: then the domain itself is meant. `network`
    is that of ip4 and ip6; `prefix4` and `prefix6` are the lengths for a and mx.
    """

    text: str
    name: str
    qualifier: str = ""
    target: str = ""
    network: IPNetwork | None = None
    prefix4: int = 32
    prefix6: int = 128


def is_spf(text: str) -> bool:
    """Whether a TXT record is one of SPF: the version alone, or a space behind it (RFC 7208, 4.5)."""
    return text[: len(VERSION)].lower() == VERSION and text[len(VERSION) : len(VERSION) + 1] in {"", " "}


def parse(text: str) -> tuple[Term, ...]:
    """The terms in their order.

    Raises:
        SpfSyntax: one of them is wrong, or a modifier stands twice; receivers then give up, whatever else there is.
    """
    words = [word for word in text[len(VERSION) :].split(" ") if word]
    if len(words) > MOST_TERMS:
        raise SpfSyntax(f"it has {len(words)} terms")
    terms = tuple(map(_term, words))
    for name in ("redirect", "exp"):
        if sum(term.name == name and not term.qualifier for term in terms) > 1:
            raise SpfSyntax(f"{name}= stands there twice (RFC 7208, 6)")
    return terms


def _term(word: str) -> Term:
    modifier = _MODIFIER.fullmatch(word)
    if modifier:
        return _modifier(word, modifier[1].lower(), modifier[2])
    directive = _DIRECTIVE.fullmatch(word)
    if not directive:
        raise SpfSyntax(f"{visible(word, 80)} is no mechanism and no modifier")
    qualifier, name, rest = directive[1] or "+", directive[2].lower(), directive[3] or ""
    if name not in MECHANISMS:
        raise SpfSyntax(f"there is no mechanism called {visible(name, 80)}")
    if name in {"ip4", "ip6"}:
        return Term(word, name, qualifier, network=_network(name, rest))
    if name in {"a", "mx"}:
        return _with_prefixes(word, name, qualifier, rest)
    if name == "all":
        if rest:
            raise SpfSyntax(f"{visible(word, 80)}: nothing may stand behind all")
        return Term(word, name, qualifier)
    if rest.startswith("/") or (not rest and name != "ptr"):
        raise SpfSyntax(f"{visible(word, 80)} needs a domain")
    return Term(word, name, qualifier, _target(word, rest[1:]) if rest else "")


def _modifier(word: str, name: str, value: str) -> Term:
    if name in {"redirect", "exp"}:
        return Term(word, name, target=_target(word, value))
    if not is_macro_string(value):
        raise SpfSyntax(f"{visible(word, 80)} holds a macro that is none")
    return Term(word, name)


def _with_prefixes(word: str, name: str, qualifier: str, rest: str) -> Term:
    """``a``, ``a:mail.example.com``, ``a/24``, ``a:mail.example.com/24//64``."""
    parts = _DUAL_CIDR.fullmatch(rest)
    spec = parts[1] if parts else rest
    four, six = (int(parts[at]) if parts and parts[at] else most for at, most in ((2, 32), (3, 128)))
    if four > 32 or six > 128:
        raise SpfSyntax(f"{visible(word, 80)}: there is no such prefix length")
    if spec and not spec.startswith(":"):
        raise SpfSyntax(f"{visible(word, 80)}: the prefix length is wrong")
    return Term(word, name, qualifier, _target(word, spec[1:]) if spec else "", prefix4=four, prefix6=six)


def _target(word: str, spec: str) -> str:
    if not is_domain_spec(spec):
        reason = "holds a macro that is none" if has_macro(spec) else "names no domain"
        raise SpfSyntax(f"{visible(word, 80)} {reason}")
    return spec


def _network(name: str, rest: str) -> IPNetwork:
    text, slash, length = rest[1:].partition("/")
    try:
        address = IPv4Address(text) if name == "ip4" else IPv6Address(text)
    except AddressValueError as error:
        raise SpfSyntax(f"{name}{visible(rest, 80)} is no address of that kind") from error
    if slash and not (_LENGTH.fullmatch(length) and int(length) <= address.max_prefixlen):
        raise SpfSyntax(f"{name}{visible(rest, 80)}: the prefix length is wrong")
    return ip_network((address, int(length) if slash else address.max_prefixlen), strict=False)
