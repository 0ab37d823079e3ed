"""Hold public keys against the lists of known ones, and against what mathematics can do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from posture.advisories.flaws.shelf import FeedFile
from posture.advisories.weak_keys.key import KeyMaterial, NotJudged, material
from posture.advisories.weak_keys.known_keys import hash_of, shipped, shipped_lists
from posture.advisories.weak_keys.rsa import flaw_of
from posture.facts.key_flaws import KeyFlaw, KeyFlaws, KeyInPlace
from posture.model.sighting import KeyRole
from posture.model.text import visible

PUBLISHED = "Its private half is known to the world: it is on the list of {}"


def judged(keys: Sequence[KeyInPlace], feeds: Sequence[FeedFile], now: datetime) -> KeyFlaws:
    """The flaws of all keys, each told once with all its places, ordered by fingerprint.

    Args:
        keys: a key as often as it has places; those without a public half are gaps.
        feeds: further lists of known keys.
        now: when the keys were seen.
    """
    places: dict[str, list[KeyInPlace]] = defaultdict(list)
    gaps: list[tuple[KeyRole, str]] = []
    for key in keys:
        if key.public:
            places[key.fingerprint].append(key)
        else:
            gaps.append((key.at.role, f"the public half of {key.at.place} is not known"))
    flaws, count = [], 0
    for fingerprint in sorted(places):
        standing = places[fingerprint]
        first = standing[0]
        try:
            found = _flaw(material(first.type, first.public), feeds)
        except (NotJudged, ArithmeticError, ValueError) as error:  # one odd key must not hide the others
            if not first.type.startswith("sk-"):
                gaps += [(key.at.role, f"{key.at.place}: {error}") for key in standing]
            continue
        count += 1
        if found:
            kind, source, detail = found
            at = tuple(dict.fromkeys(key.at for key in standing))
            flaws.append(KeyFlaw(fingerprint, first.type, first.bits, kind, source, detail, at))
    return KeyFlaws(tuple(flaws), count, _lists(feeds), tuple(dict.fromkeys(gaps)), now)


def _flaw(key: KeyMaterial, feeds: Iterable[FeedFile]) -> tuple[str, str, str] | None:
    if name := _known(hash_of(key.value), feeds):
        return "published", name, PUBLISHED.format(name)
    found = flaw_of(key.rsa) if key.rsa else None
    return (found[0], "", found[1]) if found else None


def _known(wanted: bytes, feeds: Iterable[FeedFile]) -> str:
    if name := shipped(wanted):
        return name
    query = "SELECT list FROM known_key WHERE hash = ?"
    return next((visible(name, 60) for feed in feeds for (name,) in feed.rows(query, (wanted,))), "")


def _lists(feeds: Iterable[FeedFile]) -> tuple[tuple[str, int], ...]:
    counted = []
    for feed in feeds:
        rows = feed.rows("SELECT list, count(*) FROM known_key GROUP BY list ORDER BY list")
        counted += [(visible(name, 60), number) for name, number in rows]
    return (*shipped_lists(), *counted)
