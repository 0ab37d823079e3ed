"""The section ``software``: what was found on disk, without what a package manager owns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from posture.collect.host.sections import Section, tagged
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

MOST = 20_000  # packages, and applications
_SYSTEM = ("/usr/", "/opt/", "/var/lib/gems/")  # where package managers install, too
_OWNER = re.compile(r"(?P<path>/[^\t]*)\t(?P<id>-1|[1-9][0-9]{0,9})\t(?P<name>[^\t]*)")
_ACCOUNT = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")
_TABLE = re.compile(r"<<'TABLE'\n(.*?)^TABLE$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Software:
    """What was found: a letter for the kind, and the fields, of which the first is a path. Nothing is neutralised yet.

    `complete` is False when a limit of time, count or size ended the search. `owners` are what is not root's alone, by
    path: the user's id (-1 where others may change what is root's) and name; below `roots` all else is root's.
    """

    found: tuple[tuple[str, tuple[str, ...]], ...]
    places: tuple[str, ...]
    unreadable: int
    complete: bool
    owners: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    roots: tuple[str, ...] = ()

    def owner_of(self, path: str) -> str:
        """Who can change what stands at a path: the first on the way to it who is not root, else ``root``.

        A name, or ``#`` and the id where there is no plain one, as sudo takes both; empty when not known. An owner
        further down does not count: who owns a folder above it could put something else in its place.
        """
        way = [path[:end] for end, character in enumerate(path) if character == "/" and end] + [path]
        told = [self.owners[folder] for folder in way if folder in self.owners]
        for number, name in told:
            if number > 0:
                return name if _ACCOUNT.fullmatch(name) and name not in {"root", "UNKNOWN"} else f"#{number}"
        return "root" if not told and path.startswith(self.roots) and self.roots else ""

    def of(self, kind: str) -> Iterator[tuple[str, ...]]:
        """The fields of what is of that kind, up to a limit; `full` tells whether it was reached."""
        yield from [fields for letter, fields in self.found if letter == kind][:MOST]

    def full(self, kinds: str) -> bool:
        """Whether there was more of one of these kinds than is looked at."""
        return any(sum(letter == kind for letter, _ in self.found) > MOST for kind in kinds)


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the table in ``applications.sh``: `whole` when it brings its libraries along."""

    name: str
    whole: bool


@cache
def products() -> dict[str, Product]:
    """The web applications that are looked for, by name."""
    text = (resources.files(__package__) / "collector" / "applications.sh").read_text("utf-8")
    table = _TABLE.search(text)
    rows = [line.split() for line in table[1].splitlines()] if table else []
    return {name: Product(name, brings == "whole") for name, brings, *_ in rows}


def software(section: Section) -> Software | Unavailable:
    """Read the section. Where the package manager could not be asked, what lies in its folders is left out."""
    found: list[tuple[str, tuple[str, ...]]] = []
    places: list[str] = []
    owned: set[str] = set()
    owners: dict[str, tuple[int, str]] = {}
    roots: list[str] = []
    unreadable = 0
    whole = not section.cut and section.body.rstrip(b"\n").endswith(b"\nZ")
    asked = b"\nO\n" in section.body
    complete = whole and asked
    for tag, text in tagged(section.body):
        match tag:
            case "B":
                places.append(visible(text))
            case "U" if text.isdecimal():
                unreadable += int(text[:9])
            case "T":
                complete = False
            case "D":
                owned.add(text)
            case "R":
                roots.append(text)
            case "o" if match := _OWNER.fullmatch(text):
                owners[match["path"]] = int(match["id"]), match["name"]
            case "y" | "g" | "n" | "c" | "a" if text.startswith("/"):
                found.append((tag, tuple(text.split("\t"))))
    if not places and not complete:
        return Unavailable(f"the search for software did not run: {section.cut or 'its answer is empty'}")
    kept = tuple(
        (kind, fields) for kind, fields in dict.fromkeys(found)
        if fields[0] not in owned and (asked or not fields[0].startswith(_SYSTEM))
    )  # fmt: skip
    return Software(kept, tuple(dict.fromkeys(places)), unreadable, complete, owners, tuple(roots))
