"""SPF in small invented worlds: against an evaluator by the book, and whatever a record says."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv4Address, ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from posture.collect.email.spf.check_host import Evaluation
from posture.collect.email.spf.names import Found
from posture.collect.email.spf.record import SpfSyntax, is_spf, parse
from posture.collect.email.spf.walk import holds_everyone, message_of, of_strangers, passing, records_of, walked
from posture.facts.email.spf import SpfResult

NAMES = ("a.example", "b.example", "c.example", "d.example")
NETWORKS = ("192.0.2.0/25", "192.0.2.128/25", "198.51.100.0/24", "0.0.0.0/1", "128.0.0.0/1")
QUALIFIERS = ("", "+", "-", "~", "?")
RESULTS = {"": "pass", "+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}

terms = st.one_of(
    st.builds(lambda q, n: f"{q}ip4:{n}", st.sampled_from(QUALIFIERS), st.sampled_from(NETWORKS)),
    st.builds(lambda q, n: f"{q}include:{n}", st.sampled_from(QUALIFIERS), st.sampled_from(NAMES)),
    st.builds(lambda q: f"{q}all", st.sampled_from(QUALIFIERS)),
)
records = st.builds(
    lambda body, led: " ".join(["v=spf1", *body, *led]),
    st.lists(terms, max_size=4),
    st.one_of(st.just([]), st.builds(lambda name: [f"redirect={name}"], st.sampled_from(NAMES))),
)
worlds = st.dictionaries(st.sampled_from(NAMES), records)


def asking(world: dict[str, str]):
    return lambda name, kind: Found((world[name],) if kind == "TXT" and name in world else ())


class Error(Exception):
    """permerror"""


class Book:
    """RFC 7208, 4.6 and 5, word by word, for records of ip4, include, all and redirect."""

    def __init__(self, world: dict[str, str], address: str) -> None:
        self.world, self.address, self.lookups = world, ip_address(address), 0

    def result(self, name: str) -> str:
        try:
            return self.check(name)
        except Error:
            return "permerror"

    def check(self, name: str) -> str:
        if name not in self.world:
            return "none"
        redirect = ""
        for term in self.world[name].split()[1:]:
            if term.startswith("redirect="):
                redirect = term.removeprefix("redirect=")
                continue
            qualifier = term[0] if term[0] in "+-~?" else ""
            if self.matches(term.removeprefix(qualifier)):
                return RESULTS[qualifier]
        if not redirect:
            return "neutral"
        self.count()
        led = self.check(redirect)
        if led == "none":
            raise Error
        return led

    def matches(self, mechanism: str) -> bool:
        if mechanism == "all":
            return True
        kind, _, value = mechanism.partition(":")
        if kind == "ip4":
            return self.address in ip_network(value)
        self.count()
        inner = self.check(value)
        if inner == "none":
            raise Error
        return inner == "pass"

    def count(self) -> None:
        self.lookups += 1
        if self.lookups > 10:
            raise Error


@given(worlds, st.sampled_from(("192.0.2.1", "192.0.2.200", "198.51.100.7", "203.0.113.9")))
def test_the_evaluator_agrees_with_the_book(world: dict[str, str], address: str):
    """Result and number of questions, in circles and dead ends too."""
    book, run = Book(world, address), Evaluation(asking(world), message_of(IPv4Address(address), NAMES[0]))
    assert run.result(NAMES[0]).value == book.result(NAMES[0])
    assert run.lookups == book.lookups


@given(worlds)
def test_whoever_passes_is_in_the_networks_that_are_told(world: dict[str, str]):
    """A stranger passes exactly where the record lets pass by all, or names everybody's networks."""
    ask = asking(world)
    tree = walked(ask, NAMES[0])
    networks = passing(tree.visits)
    result, run = of_strangers(ask, NAMES[0], networks)
    if result is SpfResult.PASS and not holds_everyone(networks):
        assert any("all" in record.text for record in records_of(tree.visits)) or networks
    assert run.lookups <= 11
    assert len(tuple(records_of(tree.visits))) <= len(NAMES)


@given(st.text(max_size=300).map(lambda text: f"v=spf1 {text}"))
def test_no_text_breaks_the_parser(text: str):
    """Whatever stands in the DNS, it is terms or a named mistake."""
    assert is_spf(text)
    with suppress(SpfSyntax):
        parse(text)


@given(st.lists(st.sampled_from([*NETWORKS, "10.0.0.0/8"]), unique=True))
def test_halves_are_a_whole(networks: list[str]):
    """Two halves of the internet are everybody, one too; small networks are not."""
    told = holds_everyone(map(ip_network, networks))
    assert told == bool({"0.0.0.0/1", "128.0.0.0/1"} & set(networks))


def test_a_hundred_includes_are_not_followed():
    """A record made to keep receivers busy is left after the limit, and the walk a little later."""
    world = {
        f"n{n}.example": f"v=spf1 include:n{2 * n}.example include:n{2 * n + 1}.example -all" for n in range(1, 4096)
    }
    asked: list[str] = []

    def ask(name: str, kind: str) -> Found:
        asked.append(name)
        return asking(world)(name, kind)

    assert walked(ask, "n1.example").lookups <= 42
    assert of_strangers(ask, "n1.example", ())[0] is SpfResult.PERMERROR
    assert len(asked) < 100
