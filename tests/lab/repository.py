"""Signed package archives of one's own, laid out as Debian's: what apt-get fetches, verifies and refuses in tests.

    key = SigningKey(folder / "key")
    archive = Archive(folder / "archive", key, "bookworm")
    archive.publish("bookworm", [Deb("hello", "1.0")], date=now)
    archive.publish("bookworm-security", [Deb("hello", "1.0+deb12u1")], date=now)
    sources = archive.sources(folder / "test.sources")

The folder has to be open to all: as root, apt-get reads archives as another user.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder every user may read, with a path short enough for gpg-agent's sockets."""
    with tempfile.TemporaryDirectory(prefix="archive-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@dataclass
class SigningKey:
    """A new key that may sign archives; `close` ends its agent."""

    home: Path

    def __post_init__(self) -> None:
        self.home.mkdir(mode=0o700)
        self._gpg("--passphrase", "", "--quick-gen-key", "Test archive <archive@example.test>", "ed25519", "sign", "1y")
        self.public = self.home.with_suffix(".gpg")
        self.public.write_bytes(self._gpg("--export"))
        self.public.chmod(0o644)

    def clearsigned(self, text: str) -> bytes:
        """The text with its signature, as in an InRelease file."""
        return self._gpg("--digest-algo", "SHA256", "--clearsign", data=text.encode())

    def close(self) -> None:
        """End the agent that gpg has started."""
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], check=False, capture_output=True)

    def _gpg(self, *arguments: str, data: bytes = b"") -> bytes:
        command = ["gpg", "--homedir", str(self.home), "--batch", "--quiet", "--no-tty", *arguments]
        return subprocess.run(command, input=data, check=True, capture_output=True).stdout


@dataclass(frozen=True)
class Deb:
    """A package on offer; no file behind it is needed to learn of it."""

    name: str
    version: str
    architecture: str = "amd64"
    fields: dict[str, str] = field(default_factory=dict)

    def stanza(self) -> str:
        """Its paragraph in a Packages file."""
        lines = {
            "Package": self.name,
            "Version": self.version,
            "Architecture": self.architecture,
            "Filename": f"pool/{self.name}.deb",
            "Size": "1",
            "SHA256": "0" * 64,
            "Description": "test\n with a second line:\n .\n Version: 99",
        } | self.fields
        return "".join(f"{name}: {value}\n" for name, value in lines.items()) + "\n"


@dataclass
class Archive:
    """An archive in a folder, reached by a ``file:`` address."""

    folder: Path
    key: SigningKey
    codename: str
    origin: str = "Debian"
    architecture: str = "amd64"

    def publish(
        self,
        pocket: str,
        packages: Iterable[Deb] = (),
        *,
        date: datetime | None = None,
        valid_for: timedelta | None = timedelta(days=7),
        key: SigningKey | None = None,
        signed: bool = True,
        **head: str,
    ) -> Path:
        """Write one pocket anew, signed on `date` (an hour ago); `head` replaces fields. Returns its folder."""
        date = date or datetime.now(UTC) - timedelta(hours=1)
        suite = self.folder / "dists" / pocket
        binary = suite / "main" / f"binary-{self.architecture}"
        binary.mkdir(parents=True, exist_ok=True)
        content = "".join(deb.stanza() for deb in packages).encode()
        (binary / "Packages").write_bytes(content)
        fields = {
            "Origin": self.origin,
            "Label": self.origin,
            "Suite": pocket if self.origin == "Ubuntu" else pocket.replace(self.codename, "stable"),
            "Codename": self.codename if self.origin == "Ubuntu" else pocket,
            "Date": _date(date),
            **({"Valid-Until": _date(date + valid_for)} if valid_for else {}),
            "Architectures": self.architecture,
            "Components": "main",
        } | head
        listing = f" {hashlib.sha256(content).hexdigest()} {len(content)} main/binary-{self.architecture}/Packages\n"
        text = "".join(f"{name}: {value}\n" for name, value in fields.items()) + "SHA256:\n" + listing
        for name in ("InRelease", "Release"):
            (suite / name).unlink(missing_ok=True)
        if signed:
            (suite / "InRelease").write_bytes((key or self.key).clearsigned(text))
        else:
            (suite / "Release").write_text(text)
        return suite

    def sources(self, path: Path, pockets: tuple[str, ...] = ("", "-updates", "-security")) -> Path:
        """Write the archive list that names these pockets."""
        suites = " ".join(self.codename + suffix for suffix in pockets)
        path.write_text(
            f"Types: deb\nURIs: file:{self.folder}\nSuites: {suites}\nComponents: main\nSigned-By: {self.key.public}\n"
        )
        return path


def _date(time: datetime) -> str:
    return format_datetime(time.astimezone(UTC), usegmt=True).replace("GMT", "UTC")
