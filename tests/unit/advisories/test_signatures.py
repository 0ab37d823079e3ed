"""What counts as a good signature: of gpgv's answers, and of Alpine's keys."""

import subprocess
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from posture.advisories.errors import NoSources, Refused
from posture.advisories.indexes.apk import signed_file
from posture.advisories.indexes.apt.release_file import read_release
from posture.advisories.signature import signer


def _gpg(home: Path, *arguments: str) -> None:
    command = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--yes", "--passphrase", "", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def _signed(folder: Path, *, made: tuple[str, ...] = (), lasts: str = "1y", sign: tuple[str, ...] = ()):
    home = folder / "home"
    home.mkdir(mode=0o700)
    data = folder / "repomd.xml"
    data.write_text("<repomd/>")
    try:
        _gpg(home, *made, "--quick-gen-key", "A <a@example.test>", "rsa2048", "sign", lasts)
        _gpg(home, *made, *sign, "--output", str(folder / "sig"), "--detach-sign", str(data))
        _gpg(home, "--output", str(folder / "key.gpg"), "--export")
    finally:
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, capture_output=True)
    return data, folder / "sig", [folder / "key.gpg"], time.monotonic() + 60


def test_a_good_signature_names_its_key(tmp_path) -> None:
    """By its whole fingerprint."""
    assert len(signer(*_signed(tmp_path))) == 40


def test_a_key_that_has_expired_signs_nothing(tmp_path) -> None:
    """gpgv ends with 0 and says VALIDSIG: only GOODSIG tells."""
    parts = _signed(tmp_path, made=("--faked-system-time", "20200101T000000"), lasts="1d")
    with pytest.raises(Refused, match="has expired"):
        signer(*parts)


def test_a_signature_over_sha1_is_none(tmp_path) -> None:
    """SHA-1 can be forged."""
    with pytest.raises(Refused):
        signer(*_signed(tmp_path, sign=("--digest-algo", "SHA1")))


def test_one_good_signature_does_not_carry_a_bad_one(tmp_path) -> None:
    """gpgv says GOODSIG and VALIDSIG of the first, and ends with an error."""
    data, good, keys, until = _signed(tmp_path)
    (tmp_path / "b").mkdir()
    _, stranger, _, _ = _signed(tmp_path / "b")
    good.write_bytes(good.read_bytes() + stranger.read_bytes())
    with pytest.raises(Refused):
        signer(data, good, keys, until)


def test_a_short_rsa_key_is_none(tmp_path) -> None:
    """1024 bits are within reach of whoever would sign in Alpine's name."""
    key = rsa.generate_private_key(65537, 1024).public_key()
    (tmp_path / "short.rsa.pub").write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(NoSources, match="at least 2048"):
        signed_file.load_keys([tmp_path / "short.rsa.pub"])


def test_every_signature_of_a_known_key_must_fit(tmp_path) -> None:
    """One that fits does not carry another of the same key that does not."""
    private = rsa.generate_private_key(65537, 2048)
    index = tmp_path / "index"
    index.write_bytes(b"packages")
    good = signed_file.Signature("k", hashes.SHA256(), private.sign(b"packages", PKCS1v15(), hashes.SHA256()))
    bad = signed_file.Signature("k", hashes.SHA1(), private.sign(b"others", PKCS1v15(), hashes.SHA1()))
    with pytest.raises(Refused, match="does not fit"):
        signed_file.signer(index, signed_file.Head((good, bad), 0), {"k": private.public_key()})


def test_only_what_is_signed_is_read(tmp_path) -> None:
    """Of an InRelease file: neither the armour's headers nor what follows the signature."""
    path = tmp_path / "InRelease"
    path.write_text(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\nOrigin: Ubuntu\n\n"
        "Origin: Debian\nCodename: bookworm\nDate: Mon, 02 Mar 2026 10:00:00 UTC\n"
        "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\nArchitectures: amd64\n"
    )
    read = read_release(path)
    assert (read.origin, read.architectures) == ("Debian", frozenset())
