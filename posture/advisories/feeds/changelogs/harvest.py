"""Read the changelogs of a security pocket's new uploads: fresh CVE names, straight from the signed archive.

An advisory list may lag behind the archive by days; the changelog is there with the package. Off unless a feed of the
format ``debian-changelogs`` is configured, since it costs one small download for each new upload.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from posture.advisories.errors import NoSources, RefreshError, Refused, Unreachable
from posture.advisories.feeds.changelogs.changelog import Entry, entries
from posture.advisories.feeds.changelogs.debian_tar import Unreadable, changelog_of
from posture.advisories.feeds.changelogs.memory import Memory, keep, recall, with_changelog, with_failure
from posture.advisories.feeds.changelogs.sources_file import Packaging, read_sources
from posture.advisories.feeds.formats.debian_releases import ecosystem_of
from posture.advisories.feeds.records import Refusal
from posture.advisories.indexes.apt.private_state import NotThere, run_apt_get, write_state
from posture.advisories.indexes.apt.release_file import read_release
from posture.advisories.indexes.apt.sources import ArchiveEntry

_IN_MEMORY = ("-o", "pkgCacheFile::Generate=true")  # apt-get looks a source up in its cache, written nowhere
_LOST = 10  # files in a row that did not come: the mirror is away
_BATCH = 20  # sources that one call of apt-get downloads


@dataclass(frozen=True, slots=True)
class Limits:
    """What one update of one suite may cost; what is over stays for the next one."""

    sources: int = 200
    all_bytes: int = 64 << 20
    one_file: int = 32 << 20  # a packaging part that is larger is never read


@dataclass(frozen=True, slots=True)
class Harvest:
    """What an update has read. `left` new uploads wait for the next one; `refused` could not be read, and why."""

    suite: str
    read: int
    left: int
    refused: tuple[Refusal, ...]


@dataclass(slots=True)
class _Work:
    """An update under way."""

    entry: ArchiveEntry
    configuration: Path
    folder: Path
    until: float
    codename: str
    sources: Mapping[str, object]
    read: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def refuse(self, packaging: Packaging, why: str) -> None:
        self.refused.append(Refusal(f"{packaging.source} {packaging.version}", why))

    def fail(self, packaging: Packaging, error: RefreshError) -> None:
        self.refuse(packaging, str(error))
        self.sources = with_failure(self.sources, packaging.source, packaging.version)


def _of_release(uploads: Sequence[Entry], codename: str) -> list[Entry]:
    """The uploads to a release itself: what came before it from elsewhere was never offered as its update."""
    pockets = {codename, *(f"{codename}-{pocket}" for pocket in ("security", "updates", "proposed-updates", "lts"))}
    return [each for each in uploads if pockets & set(each.suites)]


def _wanted(
    sources: Mapping[str, Packaging], known: Memory, limits: Limits, work: _Work
) -> tuple[list[Packaging], int]:
    """The new uploads to read now, and how many are left over: small ones first, what failed the last time last."""
    new = sorted(
        (p for p in sources.values() if known.version(p.source) != p.version),
        key=lambda p: (known.failed(p.source) == p.version, p.size, p.source),
    )
    chosen: list[Packaging] = []
    left = total = 0
    for each in new:
        if not each.file:
            work.refuse(each, "it has no debian.tar that could be fetched alone (native, or source format 1.0)")
        elif each.size > limits.one_file:
            work.refuse(each, f"its packaging part is larger than {limits.one_file >> 20} MiB")
        elif len(chosen) == limits.sources or total + each.size > limits.all_bytes:
            left += 1
        else:
            chosen.append(each)
            total += each.size
    return chosen, left


def _read(work: _Work, packaging: Packaging, target: Path) -> None:
    """Read one downloaded changelog; whatever comes of it, this version is not fetched again."""
    uploads: list[Entry] = []
    try:
        found = list(entries(changelog_of(target / packaging.file).splitlines()))
        if not found or (found[0].source, found[0].version) != (packaging.source, packaging.version):
            work.refuse(packaging, "its changelog does not begin with this version")
        uploads = _of_release(found, work.codename)
    except Unreadable as error:
        work.refuse(packaging, str(error))
    work.sources = with_changelog(work.sources, packaging.source, packaging.version, uploads)
    work.read += 1


def _batches(chosen: Sequence[Packaging]) -> Iterator[Sequence[Packaging]]:
    for start in range(0, len(chosen), _BATCH):
        yield chosen[start : start + _BATCH]


def _fetch(work: _Work, batch: Sequence[Packaging]) -> None:
    """Download the packaging parts of some sources, verified by apt-get, and read them.

    The folder is closed to others, so that nobody swaps a file once it is verified; as root, apt-get then downloads as
    root.
    """
    with tempfile.TemporaryDirectory(dir=work.folder, prefix="download-") as name:
        target = Path(name)
        names = [f"{each.source}={each.version}" for each in batch]
        arguments = [*_IN_MEMORY, "source", "--download-only", "--diff-only", "--only-source", *names]
        run_apt_get(work.configuration, work.entry, arguments, work.until, target)
        for each in batch:
            _read(work, each, target)


def _fetch_each(work: _Work, batch: Sequence[Packaging]) -> None:
    """All in one call; one by one where apt-get fails, so that a file that is damaged or missing holds up no other."""
    try:
        _fetch(work, batch)
    except (Refused, Unreachable):
        lost = 0
        for each in batch:
            try:
                _fetch(work, [each])
                lost = 0
            except NotThere:
                work.fail(each, NotThere("the mirror does not have it"))
            except Refused as error:
                work.fail(each, error)
            except Unreachable as error:
                lost += 1
                if lost == _LOST:
                    raise
                work.fail(each, error)


def _check_any(work: _Work, known: Memory, chosen: Sequence[Packaging]) -> None:
    """A mirror may carry the index of sources without the sources themselves: then none was ever read."""
    if chosen and not work.read and not any(map(known.version, known.sources)):
        why = work.refused[-1].why
        raise Unreachable(f"{work.entry.suite}: none of {len(chosen)} source packages came. {why}")


def _signed(folder: Path, entry: ArchiveEntry, known: Memory) -> tuple[datetime, dict[str, Packaging]]:
    """The date of the signed head that apt-get has fetched, and the sources it lists."""
    heads = [*folder.glob("lists/*_InRelease"), *folder.glob("lists/*_Release")]
    lists = sorted(folder.glob("lists/*_Sources"))
    if len(heads) != 1 or not lists:
        raise NoSources(f"{entry.suite}: the archive offers no index of source packages")
    date = read_release(heads[0]).date
    if known.date and date < known.date:
        raise Refused(
            f"the index of {entry.suite} is dated {date:%Y-%m-%d %H:%M} UTC, older than the one of "
            f"{known.date:%Y-%m-%d %H:%M} UTC seen before: the mirror lags or somebody plays back an old one"
        )
    sources: dict[str, Packaging] = {}
    for path in lists:
        sources |= read_sources(path)
    return date, sources


def harvest(folder: Path, entry: ArchiveEntry, until: float, limits: Limits = Limits()) -> Harvest:
    """Read what is new in a security pocket of Debian (``bookworm-security``) into its file in `folder`.

    Ends at `until`, an instant of time.monotonic(). What was read before a failure is kept. A source that does not fit
    its hash, or is missing on the mirror, is refused by itself.

    Raises:
        NoSources: the suite is no security pocket of a release of Debian, or has no index of source packages.
        Unreachable: the index did not come, or several sources in a row did not.
        Refused: the index is not signed by a trusted key, is out of date, or older than the one seen before.
        NotWritten: the file could not be stored.
    """
    codename = entry.suite.removesuffix("-security")
    ecosystem = ecosystem_of(codename)
    if codename == entry.suite or ecosystem is None:
        raise NoSources(f"{entry.suite} is no security pocket of a release of Debian")
    known = recall(folder, entry.suite)
    with tempfile.TemporaryDirectory(prefix="posture-changelogs-", ignore_cleanup_errors=True) as name:
        state = Path(name)
        state.chmod(0o755)
        configuration = write_state(state, entry, "deb-src", "amd64", "Sources")
        run_apt_get(configuration, entry, ["update"], until)
        date, sources = _signed(state, entry, known)
        work = _Work(entry, configuration, state, until, codename, known.sources)
        chosen, left = _wanted(sources, known, limits, work)
        try:
            for batch in _batches(chosen):
                _fetch_each(work, batch)
            _check_any(work, known, chosen)
        finally:
            keep(folder, entry.suite, ecosystem, Memory(work.sources, date if work.read or not chosen else known.date))
    return Harvest(entry.suite, work.read, left, tuple(work.refused))
