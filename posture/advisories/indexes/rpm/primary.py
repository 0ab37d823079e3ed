"""primary.xml: the packages that a repository offers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from posture.advisories.feeds.records import Scheme
from posture.advisories.indexes.offers import Offer
from posture.advisories.indexes.rpm.xml import Element, records
from posture.advisories.versions.errors import NotComparable
from posture.advisories.versions.order import key

_LEAVE = (
    *("description", "summary", "packager", "url", "checksum", "license", "group", "buildhost", "header-range", "file"),
    *("provides", "requires", "conflicts", "obsoletes", "suggests", "recommends", "supplements", "enhances"),
)
_SOURCES = {"src", "nosrc"}


def evr(epoch: str, version: str, release: str) -> str:
    """A version as rpm writes it, without an epoch of 0."""
    return f"{version}-{release}" if epoch in {"", "0"} else f"{epoch}:{version}-{release}"


def evr_key(version: str) -> bytes | None:
    """Its key; None when it does not parse."""
    try:
        return key(Scheme.RPM, version)
    except NotComparable:
        return None


def read_offers(chunks: Iterable[bytes], streams: Mapping[str, str]) -> Iterator[Offer]:
    """The binary packages, one at a time; `streams` are those of the modular ones (modules.read_streams).

    Raises:
        Refused: it is no such file, or built to hurt.
    """
    for package in records(chunks, "metadata", "package", leave=_LEAVE):
        name, architecture = package.said("name"), package.said("arch")
        version = package.first("version")
        if not name or version is None or architecture in _SOURCES:
            continue
        epoch, number, release = (version.attributes.get(part, "") for part in ("epoch", "ver", "rel"))
        full = evr(epoch, number, release)
        stream = streams.get(f"{name}-{epoch or '0'}:{number}-{release}.{architecture}", "")
        yield Offer(name, architecture, full, _source(package) or name, evr_key(full), stream)


def _source(package: Element) -> str:
    """The name in ``bash-5.1.8-9.el9.src.rpm``."""
    return package.said("format", "sourcerpm").rsplit("-", 2)[0]
