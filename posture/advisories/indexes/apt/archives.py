"""Which archives of Debian and Ubuntu are asked: a provider's list, this machine's own, or configured mirrors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from posture.advisories.errors import NoSources
from posture.advisories.feeds.config import Feeds
from posture.advisories.indexes.apt.machine import machine_release
from posture.advisories.indexes.apt.mirrors import from_mirror
from posture.advisories.indexes.apt.sources import ArchiveEntry, from_file, from_machine, machine_entries
from posture.advisories.indexes.name import IndexName

ETC_APT = Path("/etc/apt")
_NO_FEEDS = Feeds((), ())


@dataclass(frozen=True, slots=True)
class Archives:
    """`sources_file` (``.list`` or ``.sources``, sources.list(5)) stands for everything else.

    Without one, this machine's apt configuration in `etc_apt` tells the archives of its own distribution, and the
    mirrors of `feeds` those of another, or of its own where its configuration names none.
    """

    sources_file: Path | None = None
    etc_apt: Path = ETC_APT
    feeds: Feeds = _NO_FEEDS

    def of(self, name: IndexName) -> tuple[ArchiveEntry, ...]:
        """The archives of a release.

        Raises:
            NoSources: none is known.
        """
        if self.sources_file:
            return from_file(self.sources_file, name)
        mirrored = from_mirror(self.feeds, name)
        own = machine_release()
        if mirrored and own[0] != name.distribution:
            return mirrored
        try:
            return from_machine(machine_entries(self.etc_apt), own, name)
        except NoSources:
            if mirrored:
                return mirrored
            raise
