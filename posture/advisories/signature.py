"""A detached OpenPGP signature (repomd.xml.asc) against given keys and no others, checked by gpgv."""

from __future__ import annotations

import base64
import binascii
import re
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from posture.advisories.errors import Refused, Unreachable
from posture.model.text import decoded, visible

_BLOCK = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(?:[A-Za-z]+: [^\n]*\n)*\s*\n(.*?)\n=[A-Za-z0-9+/]{4}\s*\n"
    rb"-----END PGP PUBLIC KEY BLOCK-----|"
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(?:[A-Za-z]+: [^\n]*\n)*\s*\n(.*?)\n-----END PGP PUBLIC KEY BLOCK-----",
    re.DOTALL,
)
_TIME_LIMIT = 60.0  # seconds
# gpgv's status lines (GnuPG, doc/DETAILS). GOODSIG is given only where neither key nor signature has expired, nor
# the key been revoked; those have words of their own.
_GOOD = re.compile(r"^\[GNUPG:\] GOODSIG ", re.MULTILINE)
_VALID = re.compile(r"^\[GNUPG:\] VALIDSIG (?:\S+ ){9}([0-9A-F]{40,64})$", re.MULTILINE)
_WHY = {
    "NO_PUBKEY": "it is signed by a key that is not among those configured",
    "EXPKEYSIG": "the key it is signed with has expired",
    "REVKEYSIG": "the key it is signed with was revoked",
    "EXPSIG": "its signature has expired",
    "BADSIG": "its signature does not fit its content",
}


def signer(data: Path, signature: Path, keys: Iterable[Path], until: float) -> str:
    """Verify a file; answers with the fingerprint of the key that signed it.

    `keys` are files with public keys, armoured or not; `until` is an instant of time.monotonic().

    Raises:
        Refused: no good signature of one of the keys.
        Unreachable: gpgv is not there, or there was no time left.
    """
    with tempfile.TemporaryDirectory(prefix="posture-keys-") as folder:
        ring = Path(folder) / "keys.gpg"
        ring.write_bytes(b"".join(map(_binary, keys)))
        return _verified(folder, ring, data, signature, until)


def _binary(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Refused(f"its key {path} cannot be read: {error.strerror}") from error
    if not content.lstrip().startswith(b"-----BEGIN"):
        return content
    try:
        blocks = [
            base64.b64decode(b"".join((one or other).split()), validate=True) for one, other in _BLOCK.findall(content)
        ]
    except binascii.Error as error:
        raise Refused(f"the key file {path} is damaged: {error}") from error
    if not blocks:
        raise Refused(f"the key file {path} holds no public key")
    return b"".join(blocks)


def _verified(folder: str, ring: Path, data: Path, signature: Path, until: float) -> str:
    # SHA-1 can be forged; gpgv itself takes it from old keys.
    command = ["gpgv", "--homedir", folder, "--status-fd", "1", "--weak-digest", "SHA1", "--keyring", str(ring)]
    left = min(_TIME_LIMIT, until - time.monotonic())
    try:
        done = subprocess.run(
            [*command, str(signature), str(data)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=max(left, 0.01),
            check=False,
        )
    except FileNotFoundError as error:
        raise Unreachable("gpgv is not installed here: it verifies the repository") from error
    except subprocess.TimeoutExpired as error:
        raise Unreachable("no time was left to verify its signature") from error
    said = decoded(done.stdout)
    valid = _VALID.search(said)
    if done.returncode == 0 and valid and _GOOD.search(said):
        return valid[1]
    why = next((text for word, text in _WHY.items() if f"[GNUPG:] {word} " in said), "")
    first = decoded(done.stderr).strip().partition("\n")[0]
    raise Refused(
        why or f"its signature is none that gpgv can read ({visible(first, 200)}): check its address and `keys`"
    )
