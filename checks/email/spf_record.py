"""A better SPF record made from the present one."""

from __future__ import annotations

from collections.abc import Iterable

from posture.sdk import Evidence, SpfPolicy, SpfRecord, SpfTerm

VERSION = "v=spf1"
_OWN = frozenset({"a", "mx"})


def published(spf: SpfPolicy) -> list[Evidence]:
    """The record as the DNS gave it."""
    text = spf.texts[0] if spf.texts else "no text begins with v=spf1"
    return [Evidence(f"TXT of {spf.domain}", text, spf.observed)]


def own_record(spf: SpfPolicy) -> SpfRecord | None:
    """The domain's own record; None where it has none, or several."""
    return next((record for record in spf.records if record.depth == 0), None)


def ending(spf: SpfPolicy) -> str:
    """How the record ends for who is not named: ``-all``, ``~all``, ``?all``, ``+all``, or empty without an all."""
    record = own_record(spf)
    terms = record.terms if record else ()
    last = next((term for term in terms if term.name == "all"), None)
    return f"{last.qualifier}all" if last else ""


def ending_in(text: str, end: str) -> str:
    """The record with another end: every `all` and redirect is taken out."""
    words = [word for word in text.split(" ") if word]
    kept = [word for word in words if word.lower().lstrip("+-~?") != "all" and not word.lower().startswith("redirect=")]
    return " ".join([*kept, end])


def merged(texts: Iterable[str], end: str) -> str:
    """One record of several: every mechanism once, in the order they stand."""
    words = [word for text in texts for word in ending_in(text, "").split(" ")[1:] if word]
    return " ".join([VERSION, *dict.fromkeys(words), end])


def flattened(record: SpfRecord, end: str) -> str:
    """The record with the addresses in place of its own names (``a``, ``mx``): each saves a question."""
    words = [word for term in record.terms if term.name != "all" for word in _flat(term)]
    return " ".join([VERSION, *dict.fromkeys(words), end])


def without_ptr(record: SpfRecord, end: str) -> str:
    """The record with the domain's own names (``a mx``) in place of ptr."""
    words = [term.text for term in record.terms if term.name not in {"all", "ptr"}]
    return " ".join([VERSION, *dict.fromkeys([*words, *([] if words else ["a", "mx"])]), end])


def _flat(term: SpfTerm) -> list[str]:
    if term.name not in _OWN or term.qualifier != "+" or not term.networks:
        return [term.text]
    return [f"ip{6 if ':' in network else 4}:{_short(network)}" for network in term.networks]


def _short(network: str) -> str:
    return network.removesuffix("/128" if ":" in network else "/32")


def costs(record: SpfRecord) -> tuple[str, ...]:
    """Which terms ask the DNS, and how often with all that they lead to, the dearest first."""
    asking = sorted((term for term in record.terms if term.lookups), key=lambda term: -term.lookups)
    return tuple(f"{term.text}: {term.lookups}" for term in asking)
