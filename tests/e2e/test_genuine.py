"""Whether a report is genuine, told by posture and by OpenSSH and coreutils without it."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import fleet
import pytest

from posture.store import open_store

pytestmark = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="there is no ssh-keygen (openssh-client)")


@pytest.fixture
def signed(posture, tmp_path: Path) -> Path:
    """A folder with a report, its manifest, and the line that customers have."""
    with open_store(f"sqlite:///{tmp_path}/posture.db") as store:
        fleet.audit(store, fleet.customers(1, 2), run="run-1")
    made = posture("signing", "new", "sign.key")
    assert made.returncode == 0, made.stderr
    (tmp_path / "allowed_signers").write_text(made.stdout)
    for kind in ("csv", "json"):
        done = posture("report", "c0", "--format", kind, "--sign-key", "file:sign.key", "--out", f"c0.{kind}")
        assert done.returncode == 0, done.stderr
    return tmp_path


def by_openssh(folder: Path, *, namespace: str = "posture-report") -> int:
    identity = (folder / "allowed_signers").read_text().split()[0]
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", identity, "-n", namespace]
    with (folder / "c0.sha256").open("rb") as manifest:
        return subprocess.run(
            [*command, "-s", "c0.sha256.sig"], cwd=folder, stdin=manifest, capture_output=True, check=False
        ).returncode


def test_openssh_and_coreutils_tell_it_without_posture(signed):
    """A customer needs nothing of ours, and a signature for reports is none for evidence."""
    assert by_openssh(signed) == 0
    assert by_openssh(signed, namespace="posture-evidence") != 0
    told = subprocess.run(["sha256sum", "-c", "c0.sha256"], cwd=signed, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, "c0.csv: OK\nc0.json: OK\n")


def test_a_genuine_report_and_what_is_not(signed, posture):
    """One changed letter, another's key, a file that no manifest names, no signature, nobody to trust."""
    genuine = posture("verify", "c0.json", "--signer", "allowed_signers")
    assert (genuine.returncode, "run: run-1" in genuine.stdout) == (0, True)
    assert posture("verify", "c0.sha256", "--signer", "allowed_signers").returncode == 0
    assert posture("verify", "c0.csv", "--signer", "allowed_signers").returncode == 0
    (signed / "c1.csv").write_text("id")
    assert posture("verify", "c1.csv", "--signer", "allowed_signers").returncode == 3
    assert posture("verify", "c0.json").returncode == 3
    posture("signing", "new", "other.key")
    other = posture("signing", "show", "--sign-key", "file:other.key")
    (signed / "others").write_text(other.stdout)
    stranger = posture("verify", "c0.json", "--signer", "others")
    assert (stranger.returncode, "whom you do not trust" in stranger.stdout) == (1, True)
    with (signed / "c0.json").open("ab") as file:
        file.write(b" ")
    changed = posture("verify", "c0.json", "--signer", "allowed_signers")
    assert (changed.returncode, "c0.json: is not what it was" in changed.stdout) == (1, True)


def test_a_manifest_that_was_made_again_without_the_key_is_no_proof(signed, posture):
    """Whoever changes a report can change its digest, and not the signature."""
    content = (signed / "c0.json").read_bytes() + b" "
    (signed / "c0.json").write_bytes(content)
    digest = subprocess.run(["sha256sum", "c0.json"], cwd=signed, capture_output=True, text=True, check=True).stdout
    head = [line for line in (signed / "c0.sha256").read_text().splitlines() if line.startswith("#")]
    (signed / "c0.sha256").write_text("\n".join([*head, digest]))
    forged = posture("verify", "c0.json", "--signer", "allowed_signers")
    assert (forged.returncode, "does not fit" in forged.stdout) == (1, True)
    (signed / "c0.sha256.sig").unlink()
    unsigned = posture("verify", "c0.json", "--signer", "allowed_signers")
    assert (unsigned.returncode, "not signed" in unsigned.stdout) == (3, True)


@pytest.mark.parametrize(
    "content", [b"", b"#\n", b"../../etc/passwd\n", b"a" * 64 + b"  ../../etc/passwd\n", b"\xff\n" * 9, b"x" * 99_999]
)
def test_a_file_that_is_no_manifest_is_said_to_be_none(signed, posture, content):
    """And no file elsewhere is opened because one says so."""
    (signed / "c9.sha256").write_bytes(content)
    said = posture("verify", "c9.sha256", "--signer", "allowed_signers")
    assert said.returncode == 1, said.stderr
    assert "root:" not in said.stdout


def test_a_bundle_that_unpacks_to_everything_is_refused(tmp_path: Path, posture):
    """Bounded before anything is believed."""
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("MANIFEST.sha256", b"0" * 64 + b"  big\n")
        with bundle.open("big", "w", force_zip64=True) as big:
            for _ in range(600):
                big.write(bytes(1 << 20))
    said = posture("verify", "bomb.zip")
    assert said.returncode == 1
    assert "more than" in said.stdout


def test_a_private_key_is_its_owners_alone_and_is_never_overwritten(signed, posture):
    """The key of last year's reports is still needed; and a key with a passphrase is refused by name."""
    assert (signed / "sign.key").stat().st_mode & 0o077 == 0
    assert posture("signing", "new", "sign.key").returncode == 2
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "hunter22", "-f", "locked"], cwd=signed, check=True, timeout=20
    )
    said = posture("signing", "show", "--sign-key", "file:locked")
    assert (said.returncode, "passphrase" in said.stderr) == (2, True)
