"""A signed archive of real source packages, built by dpkg-source."""

import hashlib
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from repository import open_folder

from posture.advisories.indexes.apt.sources import ArchiveEntry

ENTRY = """{source} ({version}) {suite}; urgency=high

  * {text}

 -- Jane Doe <jane@example.test>  Mon, 02 Nov 2026 10:00:00 +0100

"""


class SourceArchive:
    """The security pocket of bookworm in a folder, by `file:`."""

    suite = "bookworm-security"

    def __init__(self, folder, key) -> None:
        self.folder, self.key = folder, key
        self.pool = folder / "pool"
        self.pool.mkdir()
        self.entry = ArchiveEntry(f"file:{folder}", self.suite, ("main",), str(key.public))

    def upload(self, source, version, *uploads, native=False) -> None:
        """Add a source package; `uploads` are (version, suite, text), newest first."""
        upstream = version.split(":")[-1].split("-")[0]
        work = self.folder / "work" / f"{source}-{upstream}"
        (work / "debian/source").mkdir(parents=True)
        changelog = "".join(ENTRY.format(source=source, version=v, suite=s, text=t) for v, s, t in uploads)
        (work / "debian/changelog").write_text(changelog)
        (work / "debian/source/format").write_text("3.0 (native)\n" if native else "3.0 (quilt)\n")
        control = (
            f"Source: {source}\nMaintainer: Jane Doe <jane@example.test>\n\nPackage: {source}\nArchitecture: all\n"
        )
        (work / "debian/control").write_text(control)
        if not native:
            orig = self.pool / f"{source}_{upstream}.orig.tar.gz"
            subprocess.run(["tar", "-czf", orig, "--exclude=debian", work.name], cwd=work.parent, check=True)
            shutil.copy(orig, work.parent)
        subprocess.run(["dpkg-source", "-b", work], cwd=work.parent, check=True, capture_output=True)
        for file in work.parent.glob(f"{source}_*"):
            shutil.move(file, self.pool / file.name)
        shutil.rmtree(work.parent)

    def publish(self, age=timedelta(hours=1)) -> None:
        """Write and sign the index of all that was uploaded."""
        command = ["dpkg-scansources", "pool"]
        listing = subprocess.run(command, cwd=self.folder, check=True, capture_output=True).stdout
        source = self.folder / "dists" / self.suite / "main/source"
        source.mkdir(parents=True, exist_ok=True)
        (source / "Sources").write_bytes(listing)
        date = datetime.now(UTC) - age
        digest = hashlib.sha256(listing).hexdigest()
        head = (
            f"Origin: Debian\nLabel: Debian-Security\nSuite: stable-security\nCodename: {self.suite}\n"
            f"Date: {_date(date)}\nValid-Until: {_date(date + timedelta(days=7))}\nArchitectures: amd64\n"
            f"Components: main\nSHA256:\n {digest} {len(listing)} main/source/Sources\n"
        )
        (source.parents[1] / "InRelease").write_bytes(self.key.clearsigned(head))
        subprocess.run(["chmod", "-R", "a+rX", self.folder], check=True)


def _date(at) -> str:
    return format_datetime(at, usegmt=True).replace("GMT", "UTC")


@pytest.fixture
def sources(keys) -> Iterator[SourceArchive]:
    """An empty archive of sources."""
    missing = [program for program in ("dpkg-source", "dpkg-scansources") if not shutil.which(program)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: source packages are built with them")
    with open_folder() as folder:
        yield SourceArchive(folder, keys())


@pytest.fixture
def soon() -> Callable[[], float]:
    """A minute from now, as fetching counts time."""
    return lambda: time.monotonic() + 60
