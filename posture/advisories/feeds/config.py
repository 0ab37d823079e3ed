"""Which feeds are kept and where they and the distributions' repositories come from: a TOML file, merged by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from pathlib import Path

from posture.advisories.feeds.toml_file import ConfigError, Entry, TomlFile, read_toml
from posture.advisories.fetch import is_ambiguous

__all__ = ["ConfigError", "Feed", "Feeds", "Mirror", "load_feeds"]

FORMATS = (
    "alpine-secdb", "badkeys", "debian-changelogs", "debian-list", "debian-support", "endoflife", "epss", "kev", "osv",
)  # fmt: skip
DEFAULT = Path(str(resources.files("posture.advisories").joinpath("data", "feeds.toml")))
# Days since the newest entry after which a feed of a format is out of date, where its settings say nothing. Debian's
# list of packages without support may be as silent as Debian is.
SILENCE = {
    "alpine-secdb": 90, "debian-changelogs": 30, "debian-list": 30, "endoflife": 90, "epss": 7, "kev": 30, "osv": 30,
}  # fmt: skip
APT_POCKETS = {"release": "", "updates": "-updates", "security": "-security"}  # a mirror's name -> its suite's ending
CHANGELOGS = "debian-changelogs"  # its locations are releases of Debian, apt:bookworm
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,60}")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_FIELD = re.compile(r"\{([^}]*)\}")
_NEW_FEED = f"to add a feed of your own give format (one of {', '.join(FORMATS)}) and location"
MOST_MIB = 64 << 10
_FEED_KEYS = frozenset(
    (
        *("format", "location", "locations", "ecosystems", "max_age", "max_silence", "sha256", "signature", "keys"),
        *("most_mib", "most_unpacked_mib", "enabled"),
    )
)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed and where it comes from.

    Each of `locations` is a URL (http, https, file), a file or a folder. `ecosystems` are those to keep, as OSV names
    them, empty for all. It is out of date when it was not confirmed for `max_age`, or when its newest entry is older
    than `max_silence` (by default that of SILENCE; None: it may be silent for ever). `sha256` pins the one location's
    content. `signature` is where its detached OpenPGP signature lies; `keys` are key rings or armoured keys to
    verify it with. `most_bytes` bounds each location as it is fetched, `most_unpacked` the bytes that it holds.
    """

    name: str
    format: str
    locations: tuple[str, ...]
    ecosystems: frozenset[str] = frozenset()
    max_age: timedelta = timedelta(days=7)
    max_silence: timedelta | None = None
    sha256: str = ""
    signature: str = ""
    keys: tuple[Path, ...] = ()
    most_bytes: int = 512 << 20
    most_unpacked: int = 8 << 30
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Mirror:
    """Where the signed indexes of some releases of a distribution come from.

    `repositories` are a name each and the URL it is fetched from, in which {release}, {arch} and {branch} stand for the
    host's. `keys` are the keys to verify with, empty for those that come with posture; `signed` is false where the
    mirror is taken without a signature. Those of Debian and Ubuntu are named by their pocket: release, updates,
    security.
    """

    name: str
    distribution: str  # os-release's ID
    releases: tuple[str, ...]  # empty: all
    repositories: Mapping[str, str]
    keys: tuple[Path, ...] = ()
    signed: bool = True
    architectures: tuple[str, ...] = ()  # in the distribution's words; empty: all

    def addresses(self, *, release: str, arch: str, branch: str = "") -> dict[str, str]:
        """The repositories' addresses for a host: name -> URL."""
        values = {"release": release, "arch": arch, "branch": branch}
        return {
            name: _FIELD.sub(lambda field: values[field[1]], template) for name, template in self.repositories.items()
        }


@dataclass(frozen=True, slots=True)
class Feeds:
    """All that is configured, in the order of the files."""

    feeds: tuple[Feed, ...]
    mirrors: tuple[Mirror, ...]

    def mirror(self, distribution: str, release: str, architecture: str = "") -> Mirror | None:
        """The mirror for a release: one that names it goes before one for all, so does one that names the architecture.

        The last one of the files wins among equals.
        """
        fitting = [
            mirror
            for mirror in reversed(self.mirrors)
            if mirror.distribution == distribution
            and (not mirror.releases or release in mirror.releases)
            and (not mirror.architectures or architecture in mirror.architectures)
        ]
        return max(fitting, key=lambda mirror: (bool(mirror.releases), bool(mirror.architectures)), default=None)


def load_feeds(file: Path | None = None) -> Feeds:
    """The feeds and mirrors that come with posture, changed by `file`.

    An entry of a known name changes only the keys that it gives; one of a new name is added. With ``defaults = false``
    the file stands alone. Relative paths are those from the file's folder.

    Raises:
        ConfigError: the file cannot be read or is wrong; the message names line, key and what to write instead.
    """
    files = [read_toml(path) for path in ((DEFAULT, file) if file else (DEFAULT,))]
    for each in files:
        each.allow("", {"feed", "mirror", "defaults"})
    if files[-1].tables.get("defaults", True) is False:
        files = files[-1:]
    return Feeds(
        tuple(_feed(name, entry) for name, entry in _merged(files, "feed").items()),
        tuple(_mirror(name, entry) for name, entry in _merged(files, "mirror").items()),
    )


def _merged(files: list[TomlFile], kind: str) -> dict[str, Entry]:
    merged: dict[str, Entry] = {}
    for file in files:
        for name, entry in file.entries(kind).items():
            if not _NAME.fullmatch(name):
                raise entry.wrong("", "a name has lower-case letters, digits, dots and dashes")
            merged[name] = merged[name].changed_by(entry) if name in merged else entry
    return merged


def _feed(name: str, entry: Entry) -> Feed:
    entry.allow(_FEED_KEYS)
    if not entry.has("format"):
        raise entry.wrong("", f"no feed of this name comes with posture (see `posture feeds list`); {_NEW_FEED}")
    format_ = entry.choice("format", FORMATS)
    locations = _locations(entry)
    silence = entry.number("max_silence", SILENCE.get(format_, 0), 1 if entry.has("max_silence") else 0, 3650)
    feed = Feed(
        name=name,
        format=format_,
        locations=locations,
        ecosystems=frozenset(entry.texts("ecosystems")),
        max_age=timedelta(days=entry.number("max_age", 7, 1, 3650)),
        max_silence=timedelta(days=silence) if silence else None,
        sha256=entry.text("sha256").lower(),
        signature=_place(entry, "signature", entry.text("signature")),
        keys=_keys(entry),
        most_bytes=entry.number("most_mib", 512, 1, MOST_MIB) << 20,
        most_unpacked=entry.number("most_unpacked_mib", 8192, 1, MOST_MIB) << 20,
        enabled=entry.flag("enabled", default=True),
    )
    _check_trust(feed, entry)
    return feed


def _locations(entry: Entry) -> tuple[str, ...]:
    if entry.has("location") and entry.has("locations"):
        raise entry.wrong("location", "give either location or locations")
    key = "location" if entry.has("location") else "locations"
    given = [entry.text(key)] if key == "location" else entry.texts(key)
    if not given or not all(given):
        raise entry.wrong(key, 'name where it comes from: location = "https://…", a file or a folder')
    return tuple(_place(entry, key, place) for place in given)


def _place(entry: Entry, key: str, place: str) -> str:
    """A location with a relative path made one from the folder of the file that names it."""
    if not place:
        return place
    if place.startswith("apt:") and entry.text("format") == CHANGELOGS:
        return place
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", place):
        return str(entry.path(key, place))
    if place.partition(":")[0].lower() not in ("http", "https", "file"):
        raise entry.wrong(key, "an address begins with https:, http: or file:, or is a path")
    _check_login(entry, key, place)
    return place


def _check_login(entry: Entry, key: str, place: str) -> None:
    """The message leaves the address out: it holds a password."""
    if is_ambiguous(place):
        raise entry.wrong(key, "behind the host there is an @: in a login write / as %2F, ? as %3F, # as %23, @ as %40")


def _keys(entry: Entry) -> tuple[Path, ...]:
    keys = tuple(entry.path("keys", key) for key in entry.texts("keys"))
    for key in keys:
        if not key.is_file():
            raise entry.wrong("keys", f"there is no file {key}")
    return keys


def _check_trust(feed: Feed, entry: Entry) -> None:
    if feed.sha256 and not _SHA256.fullmatch(feed.sha256):
        raise entry.wrong("sha256", "give 64 hexadecimal digits, as sha256sum prints them")
    if (feed.sha256 or feed.signature) and len(feed.locations) > 1:
        raise entry.wrong("locations", "a pinned hash or a signature is that of one location; make a feed of each")
    if feed.signature and not feed.keys:
        raise entry.wrong("signature", 'name the keys to verify it with: keys = ["publisher.asc"]')
    if feed.keys and not feed.signature:
        raise entry.wrong("keys", 'name where its detached signature is: signature = "https://….sig"')


def _mirror(name: str, entry: Entry) -> Mirror:
    entry.allow({"distribution", "releases", "architectures", "repositories", "keys", "signed"})
    distribution = entry.text("distribution")
    if not distribution:
        raise entry.wrong("distribution", 'name the distribution by its ID in os-release: distribution = "almalinux"')
    repositories = entry.table("repositories")
    for repository, template in repositories.items():
        unknown = set(_FIELD.findall(template)) - {"release", "arch", "branch"}
        if unknown or not re.match(r"(https?|file):", template):
            raise entry.wrong(
                "repositories", f"{repository}: give a URL; {{release}}, {{arch}} and {{branch}} are known"
            )
        _check_login(entry, "repositories", template)
    if not repositories:
        raise entry.wrong("repositories", 'name at least one: repositories = {BaseOS = "https://…/{release}/{arch}/"}')
    mirror = Mirror(
        name,
        distribution,
        tuple(entry.texts("releases")),
        repositories,
        _keys(entry),
        entry.flag("signed", default=True),
        tuple(entry.texts("architectures")),
    )
    if distribution in {"debian", "ubuntu"}:
        _check_pockets(mirror, entry)
    return mirror


def _check_pockets(mirror: Mirror, entry: Entry) -> None:
    """What apt needs of a mirror."""
    pockets = set(mirror.repositories)
    if not pockets <= set(APT_POCKETS) or not {"release", "security"} <= pockets:
        raise entry.wrong("repositories", "name release, updates and security, each with the URL of its archive")
    if not mirror.signed:
        raise entry.wrong("signed", "apt takes no archive without a signature: name its keys")
