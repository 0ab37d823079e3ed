"""Repositories of apk, made byte by byte as abuild-sign and ``apk index`` do, with a key of their own."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_BLOCK = 512


@dataclass(frozen=True)
class Apk:
    """One package in an index."""

    name: str
    version: str
    origin: str = ""
    built: timedelta = timedelta(hours=5)  # before the index
    architecture: str = "x86_64"

    def record(self, at: datetime) -> str:
        """As ``apk index`` writes it."""
        fields = {
            "C": "Q1p78yvTLG094tHE1+dToJGbmYzQE=",
            "P": self.name,
            "V": self.version,
            "A": self.architecture,
            "S": "1024",
            "T": "made for a test",
            "o": self.origin or self.name,
            "t": str(int((at - self.built).timestamp())),
            "D": "so:libc.musl-x86_64.so.1",
        }
        return "".join(f"{name}:{value}\n" for name, value in fields.items()) + "\n"


@dataclass(frozen=True)
class Builder:
    """A key of a builder, which signatures call by the name of its public key's file."""

    folder: Path
    name: str = "builder@example.org-4d07755e.rsa.pub"
    private: RSAPrivateKey = field(default_factory=lambda: generate_private_key(65537, 2048))

    @property
    def public(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / self.name
        key = self.private.public_key()
        path.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return path

    def signature(self, data: bytes, kind: str = "RSA") -> bytes:
        """The first segment of a signed file: a gzip stream of a tar archive without its end."""
        over = {"RSA": hashes.SHA1(), "RSA256": hashes.SHA256()}[kind]
        value = self.private.sign(data, PKCS1v15(), over)
        return gzip.compress(member(f".SIGN.{kind}.{self.name}", value), mtime=0)


def member(name: str, content: bytes) -> bytes:
    """One file of a tar archive: header, content, padding."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    return info.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % _BLOCK)


def index(text: str, description: str) -> bytes:
    """The second segment."""
    whole = io.BytesIO()
    whole.write(
        member("DESCRIPTION", description.encode()) + member("APKINDEX", text.encode("utf-8", "surrogateescape"))
    )
    whole.write(bytes(2 * _BLOCK))
    return gzip.compress(whole.getvalue(), mtime=0)


@dataclass(frozen=True)
class Repository:
    """A repository's folder."""

    folder: Path
    builder: Builder

    @property
    def file(self) -> Path:
        return self.folder / "APKINDEX.tar.gz"

    def publish(
        self,
        at: datetime,
        packages: Iterable[Apk],
        *,
        kind: str = "RSA",
        description: str = "v3.20.3-102-g1c2d3e4f5a6",
        builder: Builder | None = None,
    ) -> None:
        """Put an index in its place."""
        packed = index("".join(package.record(at) for package in packages), description)
        self.put((builder or self.builder).signature(packed, kind) + packed)

    def put(self, data: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(data)
