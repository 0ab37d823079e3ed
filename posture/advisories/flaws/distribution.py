"""Installed packages of a distribution against its advisories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from posture.advisories.feeds.records import Scheme
from posture.advisories.flaws.installed import KERNEL_NAMES, newest_only, source_of
from posture.advisories.flaws.ranges import Advisories, Known, Range
from posture.advisories.flaws.shelf import FeedFile
from posture.advisories.versions.order import NotComparable, key
from posture.facts.packages import InstalledPackages, Package

NO_STREAM = "?"  # a modular row whose stream the feed does not tell
_ANY_ARCHITECTURE = frozenset({"noarch", "all"})
_AT_ONCE = 500  # advisories in one query
_KEYS_KEPT = 20_000  # versions of this ecosystem; hosts share most
_KEPT = 4096  # names with flaws whose outcome is kept for the next host


@dataclass(frozen=True, slots=True)
class Hit:
    """An advisory's line that holds an installed version; `binary`: it goes by the binary package, not the source."""

    feed: FeedFile
    scheme: Scheme
    line: Range
    binary: bool


@dataclass(slots=True)
class Matches:
    """What was found on one host.

    `sources` are by (source, its version), `binaries` by installed package. `packages` are those with a hit of either
    kind; `unclear` ones could not be compared.
    """

    sources: dict[tuple[str, str], tuple[Hit, ...]] = field(default_factory=dict)
    binaries: dict[Package, tuple[Hit, ...]] = field(default_factory=dict)
    packages: dict[Package, None] = field(default_factory=dict)
    unclear: set[str] = field(default_factory=set)
    compared: int = 0

    def of(self, package: Package) -> tuple[Hit, ...]:
        """All hits of an installed package."""
        return (*self.sources.get(source_of(package), ()), *self.binaries.get(package, ()))


def key_or_none(scheme: Scheme, version: str) -> bytes | None:
    """The version's key; None when it does not parse."""
    try:
        return key(scheme, version)
    except NotComparable:
        return None


_About = list[tuple[Advisories, Known]]  # what each ecosystem says of one name
_UNKNOWN = b""  # the key of a version that does not parse, or was not met yet: below all others
_NEVER = b"\xff" * 256  # above every key


def _by_name(books: Iterable[tuple[Advisories, Mapping[str, Known]]]) -> dict[str, _About]:
    found: dict[str, _About] = {}
    for book, names in books:
        for name, known in names.items():
            found.setdefault(name, []).append((book, known))
    return found


def _harmless(about: _About) -> bytes:
    """The key from which on no advisory holds a version."""
    return max(_NEVER if known.harmless is None else known.harmless for _, known in about)


class Matcher:
    """Holds hosts against the advisories of their ecosystems; keeps what was found for the hosts that follow."""

    def __init__(self, books: Sequence[Advisories]) -> None:
        self._scheme = books[0].scheme
        self._sources = _by_name((book, book.sources) for book in books)
        self._binaries = _by_name((book, book.binaries) for book in books)
        self._safe_sources = {name: _harmless(about) for name, about in self._sources.items()}
        self._safe_binaries = {name: _harmless(about) for name, about in self._binaries.items()}
        self._keys: dict[str, bytes] = {}
        self._found: dict[tuple[str, str, str, str, bool], tuple[tuple[Hit, ...], bool]] = {}

    def match(self, packages: InstalledPackages) -> Matches:
        """Every advisory that holds the installed version of a package; of several kernels, of the newest one."""
        found = Matches(compared=len(packages.packages))
        sources, binaries, keys = self._safe_sources, self._safe_binaries, self._keys
        beginning = KERNEL_NAMES.get(packages.manager, "\0")
        kernels: list[Package] = []
        # Thousands of hosts come by here: what no advisory holds costs a look-up or two.
        for package in packages.packages:
            if package.name.startswith(beginning):
                kernels.append(package)
                continue
            safe = sources.get(package.source)
            if safe is not None and keys.get(package.source_version, _UNKNOWN) < safe:
                self._source(package, (package.source, package.source_version), found)
            safe = binaries.get(package.name)
            if safe is not None and keys.get(package.version, _UNKNOWN) < safe:
                self._binary(package, found)
        newest = tuple(newest_only(kernels, packages.manager, self._key))
        found.compared -= len(kernels) - len(newest)
        for package in newest:
            self._source(package, source_of(package), found)
            self._binary(package, found)
        return found

    def _key(self, version: str) -> bytes | None:
        found = self._keys.get(version)
        if found is None:
            found = key_or_none(self._scheme, version) or _UNKNOWN
            if len(self._keys) < _KEYS_KEPT:
                self._keys[version] = found
        return found or None

    def _binary(self, package: Package, found: Matches) -> None:
        known = self._binaries.get(package.name, [])
        hits, clear = self._hits(known, package.name, package.version, package, binary=True)
        if hits:
            found.binaries[package] = hits
            found.packages[package] = None
        if not clear:
            found.unclear.add(package.name)

    def _source(self, package: Package, named: tuple[str, str], found: Matches) -> None:
        known = self._sources.get(named[0], [])
        hits, clear = self._hits(known, *named, package, binary=False)
        if hits:
            found.sources[named] = hits
            found.packages[package] = None
        if not clear:
            found.unclear.add(package.name)

    def _hits(
        self, known: _About, name: str, version: str, package: Package, *, binary: bool
    ) -> tuple[tuple[Hit, ...], bool]:
        """The hits, and whether all that is known of the name could be compared."""
        if not known:
            return (), True
        installed = self._key(version)
        if installed is None:
            return (), False
        if all(k.harmless is not None and installed >= k.harmless for _, k in known):
            return (), True
        about = name, version, package.module, package.architecture, binary
        kept = self._found.get(about)
        if kept is None:
            hits, clear = _judge(known, installed, package, binary=binary)
            kept = tuple(_not_mended_elsewhere(hits, known, installed) if len(known) > 1 else hits), clear
            if len(self._found) < _KEPT:
                self._found[about] = kept
        return kept


def _judge(
    known: Iterable[tuple[Advisories, Known]], installed: bytes, package: Package, *, binary: bool
) -> tuple[list[Hit], bool]:
    hits: list[Hit] = []
    clear = True
    for book, about in known:
        for line in about.ranges:
            if line.architectures and not _same_architecture(line, package):
                continue
            if line.module == NO_STREAM:
                # Without its stream nobody can say that it is about this package: never a flaw, never in silence.
                clear = clear and not (package.module and (line.broken or line.holds(installed)))
            elif line.module != package.module:
                continue
            elif line.broken:
                clear = False
            elif line.holds(installed):
                hits.append(Hit(book.feed, book.scheme, line, binary))
    return hits, clear


def _same_architecture(line: Range, package: Package) -> bool:
    return package.architecture in _ANY_ARCHITECTURE or package.architecture in line.architectures.split()


def _not_mended_elsewhere(
    hits: Iterable[Hit], known: Iterable[tuple[Advisories, Known]], installed: bytes
) -> Iterator[Hit]:
    """Without the flaws that one feed still calls unfixed and another's fix for them is installed."""
    open_hits = [hit for hit in hits if hit.line.unfixed]
    if not open_hits:
        yield from hits
        return
    mended: set[str] = set()
    for book, about in known:
        done = {line.advisory for line in about.ranges if line.fixed is not None and line.fixed <= installed}
        mended.update(*_cves(book.feed, done).values())
    for hit in hits:
        named = _cves(hit.feed, {hit.line.advisory}).get(hit.line.advisory, frozenset()) if hit.line.unfixed else None
        if not named or not named <= mended:
            yield hit


def _cves(feed: FeedFile, advisories: Iterable[int]) -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    numbers = sorted(advisories)
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        rows = feed.rows(f"SELECT number, cves FROM advisory WHERE number IN ({marks})", some)  # noqa: S608
        found.update((number, frozenset(cves.split())) for number, cves in rows)
    return found
