"""A better DMARC record made from the present one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from posture.sdk import DmarcPolicy

POLICIES = ("none", "quarantine", "reject")  # from the weakest on
_TAGS = ("v", "p", "sp", "np", "adkim", "aspf", "fo", "psd", "rua", "ruf", "t", "pct", "rf", "ri")
_GONE = frozenset({"pct", "rf", "ri"})  # since RFC 9989
MOST_ADDRESSES = 5
_ADDRESS = re.compile(r"(?:mailto:)?([A-Za-z0-9._+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{1,63})")


def where(domain: str) -> str:
    """The name that the domain's record stands at."""
    return f"_dmarc.{domain}"


def inbox(domain: str) -> str:
    """An address of the domain's own for reports."""
    return f"mailto:dmarc-reports@{domain}"


def is_mailbox(address: str) -> bool:
    """Whether it is the address of a mailbox without a scheme in front."""
    return ":" not in address and bool(_ADDRESS.fullmatch(address))


def strength(policy: str) -> int:
    """How strict a policy is, from 0 on."""
    return POLICIES.index(policy) if policy in POLICIES else 0


def record(tags: Iterable[tuple[str, str]]) -> str:
    """The text of these tags, v first, without empty ones and without those that RFC 9989 dropped."""
    kept = {name: value for name, value in tags if value and name not in _GONE}
    kept = {"v": "DMARC1", "p": kept.get("p", "none"), **kept}
    return "; ".join(f"{name}={value}" for name, value in {**kept, "v": "DMARC1"}.items())


def changed(dmarc: DmarcPolicy, **changes: str) -> str:
    """The record that applies, as the domain's own, with other values; an empty one takes a tag out.

    What a parent's record says of its subdomains does not belong into it.
    """
    tags = dict(dmarc.tags)
    if dmarc.found_at != dmarc.domain:
        tags = {name: value for name, value in tags.items() if name not in {"sp", "np", "psd"}} | {"p": dmarc.policy}
    return record((tags | changes).items())


def repaired(texts: Iterable[str], reports: str) -> str:
    """One record of what these texts seem to mean: the weakest policies in them, so that no mail is lost by it.

    Args:
        texts: the records, broken as they are.
        reports: where reports go if no text says so; may be empty.
    """
    every = [tag for text in texts for tag in _tags(text)]
    merged = dict(reversed(every))
    for name in ("p", "sp", "np"):
        meant = [_meant(value) for tag, value in every if tag == name]
        merged[name] = min(meant, key=strength, default="")
    for name in ("rua", "ruf"):
        found = [address for tag, value in every if tag == name for address in _ADDRESS.findall(value)]
        merged[name] = ",".join(f"mailto:{address}" for address in dict.fromkeys(found[:MOST_ADDRESSES]))
    merged["p"], merged["rua"] = merged["p"] or "none", merged["rua"] or reports
    short = {"adkim": "rs", "aspf": "rs", "t": "yn", "psd": "ynu", "fo": "01ds"}
    return record((name, merged.get(name, "")) for name in _TAGS if _fits(merged.get(name, ""), short.get(name)))


def _fits(value: str, letters: str | None) -> bool:
    return letters is None or (len(value) == 1 and value in letters)


def _tags(text: str) -> list[tuple[str, str]]:
    """The tags that DMARC has, wherever they stand."""
    parts = (piece.partition("=") for piece in re.split(r"[;\"'“”]", text))
    found = [(name.strip().lower(), value.strip()) for name, equals, value in parts if equals]
    return [(name, value) for name, value in found if name in _TAGS]


def _meant(policy: str) -> str:
    return next(iter(get_close_matches(policy.lower(), POLICIES, 1)), "none")
