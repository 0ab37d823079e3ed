"""The signature of APKINDEX.tar.gz, and what it covers.

The file is two gzip streams, one behind the other. The first holds a tar segment with a file for each signature, named
``.SIGN.RSA.KEY`` (over SHA-1) or ``.SIGN.RSA256.KEY`` (over SHA-256), where KEY is the file name of the public key in
/etc/apk/keys. The second holds the index; the signatures, RSA with PKCS #1 v1.5 padding (RFC 8017, section 8.2), are
over its bytes as they stand, compressed (apk-tools, src/package.c and abuild-sign). Alpine itself signs over SHA-1:
that keeps strangers from making an index that fits a signature, but not the holder of the key from making two that
share one.
"""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from posture.advisories.errors import NoSources, Refused
from posture.model.text import visible

BROKEN_TAR = (tarfile.TarError, ValueError, OverflowError, EOFError, RecursionError)
_PIECE = 1 << 16
_MOST_HEAD = 1 << 16  # bytes of the signatures' segment, unpacked
_MOST_SIGNATURES = 16
_MOST_SIGNATURE = 1 << 12  # bytes; a member may lie about its size
_SIGNATURE = ".SIGN."
_LEAST_BITS = 2048


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: the name of the key it says it is by, and over which hash."""

    key: str
    hash: hashes.HashAlgorithm
    value: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The signatures of a file, none where it has none, and where what they cover begins."""

    signatures: tuple[Signature, ...]
    covered_from: int


def read_head(path: Path) -> Head:
    """Read the signatures.

    Raises:
        Refused: the file does not begin as one does.
    """
    with path.open("rb") as file:
        content, end = _first_stream(file)
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as segment:
            found = tuple(_signatures(segment))
    except BROKEN_TAR as error:
        raise Refused(f"its signatures cannot be read: {visible(str(error), 100)}") from error
    return Head(found, end if found else 0)


def load_keys(paths: Sequence[Path]) -> Mapping[str, RSAPublicKey]:
    """The public keys by file name, which is what a signature calls them.

    Raises:
        NoSources: a file is no such key.
    """
    keys: dict[str, RSAPublicKey] = {}
    for path in paths:
        try:
            key = load_pem_public_key(path.read_bytes())
        except (OSError, ValueError) as error:
            raise NoSources(f"{path} cannot be read as a public key: {error}") from error
        if not isinstance(key, RSAPublicKey) or key.key_size < _LEAST_BITS:
            raise NoSources(f"{path} is no RSA key of at least {_LEAST_BITS} bits")
        keys[path.name] = key
    return keys


def signer(path: Path, head: Head, keys: Mapping[str, RSAPublicKey]) -> str:
    """Verify a file; answers with the name of the key that signed it. The name chooses among `keys`, nothing else does.

    Raises:
        Refused: it is not signed by any of the keys, or a signature does not fit.
    """
    ours = [signature for signature in head.signatures if signature.key in keys]
    if not head.signatures:
        raise Refused("it is not signed. If it is not meant to be, say `signed = false` with the mirror")
    if not ours:
        named = ", ".join(sorted({visible(signature.key, 80) for signature in head.signatures}))
        raise Refused(f"it is signed by {named}, which is not among the keys configured")
    for signature in ours:
        try:
            keys[signature.key].verify(
                signature.value, _digest(path, head.covered_from, signature.hash), PKCS1v15(), Prehashed(signature.hash)
            )
        except InvalidSignature as error:
            raise Refused(f"its signature by {visible(signature.key, 80)} does not fit its content") from error
    return ours[0].key


def _first_stream(file: BinaryIO) -> tuple[bytes, int]:
    """What the first gzip stream of a file holds, as far as signatures may reach, and where it ends."""
    unpacker = zlib.decompressobj(31)
    content = b""
    try:
        while not unpacker.eof:
            data = unpacker.unconsumed_tail or file.read(_PIECE)
            if not data:
                raise Refused("it is cut short")
            content += unpacker.decompress(data, _MOST_HEAD + 1 - len(content))
            if len(content) > _MOST_HEAD:
                return content, 0  # too long for signatures: the index itself, unsigned
    except zlib.error as error:
        raise Refused(f"it cannot be unpacked: {error}") from error
    return content, file.tell() - len(unpacker.unused_data)


def _signatures(segment: tarfile.TarFile) -> Iterator[Signature]:
    """Those over a hash that is still used; of other kinds, apk, too, takes no notice."""
    for count, member in enumerate(segment):
        if not member.name.startswith(_SIGNATURE) or not member.isreg():
            return
        if count >= _MOST_SIGNATURES:
            raise Refused(f"it has more than {_MOST_SIGNATURES} signatures")
        kind, _, key = member.name.removeprefix(_SIGNATURE).partition(".")
        content = segment.extractfile(member)
        over: hashes.HashAlgorithm | None = None
        if kind == "RSA":
            over = hashes.SHA1()  # noqa: S303  what Alpine signs with
        elif kind == "RSA256":
            over = hashes.SHA256()
        if over and content:
            yield Signature(key, over, content.read(_MOST_SIGNATURE))


def _digest(path: Path, begin: int, over: hashes.HashAlgorithm) -> bytes:
    digest = hashes.Hash(over)
    with path.open("rb") as file:
        file.seek(begin)
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.finalize()
