"""Archives of one's own, hosts with given packages, and an advisor between them."""

import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from posture.advisories.indexes.advisor import IndexAdvisor
from posture.facts.packages import InstalledPackages, Package

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lab"))  # repository.py serves the lab as well

from repository import Archive, Deb, SigningKey, open_folder
from rpm_repository import RpmRepository
from small_alma import BASE, NOTICES, UPDATES


@pytest.fixture
def now() -> datetime:
    """apt-get reads the real clock, so the archives' dates must be real ones."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="session")
def keys(tmp_path_factory) -> Iterator[Callable]:
    """Makes signing keys by name."""
    missing = [program for program in ("gpg", "gpgconf", "apt-get") if not shutil.which(program)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: an archive is signed and fetched with them")
    made = {}
    with open_folder() as folder:

        def key(name="ours"):
            if name not in made:
                made[name] = SigningKey(folder / name)
            return made[name]

        yield key
        for each in made.values():
            each.close()


@pytest.fixture
def archive(keys) -> Iterator:
    """An archive of bookworm with `hello`: 1.0 in the release, 1.0+deb12u1 in -security; no -updates."""
    with open_folder() as folder:
        made = Archive(folder, keys(), "bookworm")
        made.publish("bookworm", [Deb("hello", "1.0"), Deb("base", "2:1.0", "all")])
        made.publish("bookworm-security", [Deb("hello", "1.0+deb12u1")])
        yield made


@pytest.fixture
def advisor(archive, tmp_path) -> IndexAdvisor:
    """An advisor that reads that archive and has no index yet."""
    return IndexAdvisor(tmp_path / "cache", archive.sources(tmp_path / "test.sources", ("", "-security")))


@pytest.fixture
def host(now) -> Callable[..., InstalledPackages]:
    """Makes a host's packages from name=version; a name in `held` is held."""

    def make(*packages: Package, held: tuple[str, ...] = (), **versions: str) -> InstalledPackages:
        plain = [
            Package(name, "amd64", version, name, version, name in held)
            for name, version in {"dpkg": "1.21", **versions}.items()
        ]
        return InstalledPackages("dpkg", (*plain, *packages), (), now)

    return make


@pytest.fixture(scope="session")
def repositories(keys) -> Iterator[list[RpmRepository]]:
    """BaseOS and updates, made once; tests that change them get a copy."""
    with open_folder() as folder:
        yield [
            RpmRepository(folder / "BaseOS", keys()).add(*BASE),
            RpmRepository(folder / "updates", keys()).add(*UPDATES),
        ]


@pytest.fixture
def base(repositories, tmp_path, now) -> RpmRepository:
    """A copy of BaseOS, signed an hour ago."""
    made = RpmRepository(tmp_path / "made", repositories[0].key)
    shutil.copytree(repositories[0].folder, made.folder, dirs_exist_ok=True)
    made.rpms = repositories[0].rpms
    made.publish(now - timedelta(hours=1), NOTICES)
    return made
