"""Whose signatures count: as ssh-keygen decides it, from the same files."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.signatures.signing import NoSigningKey, new_key, signing_key
from posture.signatures.sshsig import SignatureError, signers
from posture.signatures.trust import NoSigner, Trusted, trusted

KEY = signing_key(new_key())
OTHER = signing_key(new_key())
NAME = "posture-report"
MESSAGE = b"what was signed\n"
_PEM = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
NOW = datetime.now(UTC)  # ssh-keygen asks the machine's clock


def stamp(days: int) -> str:
    return (NOW + timedelta(days=days)).strftime("%Y%m%d%H%MZ")


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="there is no ssh-keygen (openssh-client)")
@pytest.mark.parametrize(
    "line",
    [
        f"who {KEY.public}",
        f'who namespaces="{NAME}" {KEY.public} a comment',
        f'who namespaces="git,posture-*" {KEY.public}',
        f'who namespaces="git" {KEY.public}',
        f"who {OTHER.public}",
        f'who valid-after="{stamp(-2)}",valid-before="{stamp(2)}" {KEY.public}',
        f'who valid-before="{stamp(-2)}" {KEY.public}',
        f'who valid-after="{stamp(2)}",namespaces="{NAME}" {KEY.public}',
        f"who cert-authority {KEY.public}",
        f"# who {KEY.public}",
    ],
    ids=range(10),
)
def test_it_decides_as_openssh_does(tmp_path: Path, line: str) -> None:
    """The real ssh-keygen and posture read the same line, and say the same."""
    (tmp_path / "allowed").write_text(f"# ours\n{line}\nelse {OTHER.public}\n")
    (tmp_path / "sig").write_bytes(KEY.signature(MESSAGE, NAME))
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "who", "-n", NAME, "-s", "sig"]
    real = subprocess.run(command, cwd=tmp_path, input=MESSAGE, capture_output=True, check=False)
    by = signers(MESSAGE, KEY.signature(MESSAGE, NAME), NAME)
    ours = trusted((tmp_path / "allowed").read_text()).believed(by, NAME, NOW)
    assert bool(ours) == (real.returncode == 0)


def test_what_limits_a_key_is_never_lost() -> None:
    """An option that is not understood ends it, as OpenSSH does; so does a time that is none."""
    for option in ("never-heard-of", 'valid-before="soon"', 'namespaces=""'):
        with pytest.raises(NoSigner):
            trusted(f"who {option} {KEY.public}")


def test_a_key_by_itself_or_its_fingerprint_will_do() -> None:
    """What ssh-keygen -l prints; one that is cut short is no fingerprint."""
    for text in (KEY.public, f"{KEY.public} comment\n", KEY.fingerprint, f"{KEY.fingerprint}="):
        assert trusted(text).believed((KEY.fingerprint,), NAME, NOW) == (KEY.fingerprint,)
    for text in ("", "ssh-ed25519", "ssh-ed25519 !!!", KEY.fingerprint[:-3], "-----BEGIN OPENSSH PRIVATE KEY-----"):
        with pytest.raises(NoSigner):
            trusted(text)
    assert Trusted().believed((KEY.fingerprint,), NAME, NOW) == ()


@given(st.text())
def test_no_file_of_signers_breaks_it(text: str) -> None:
    """It is read, or said to be none."""
    with contextlib.suppress(NoSigner):
        trusted(f"who {text} {KEY.public}\n{text}")


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_no_changed_signature_holds_or_breaks_it(place: int, value: int) -> None:
    """One byte anywhere."""
    good = KEY.signature(MESSAGE, NAME)
    changed = bytearray(good)
    changed[place % len(good)] = value
    try:
        assert signers(MESSAGE, bytes(changed), NAME) == (KEY.fingerprint,)
        assert bytes(changed).replace(b"\n", b"") == good.replace(b"\n", b"")
    except SignatureError:
        assert bytes(changed) != good


@pytest.mark.parametrize("text", ["", "x" * 9_000, f"{_PEM}AAAA\n{_PEM.replace('BEGIN', 'END')}"])
def test_what_is_no_private_key_is_refused_and_never_repeated(text: str) -> None:
    """The message may land in a log."""
    with pytest.raises(NoSigningKey) as told:
        signing_key(text)
    assert not text or text not in str(told.value)
