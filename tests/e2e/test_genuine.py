"""Whether a report is genuine, told by posture and by OpenSSH and coreutils without it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import fleet
import pytest

from posture.cli.reports import report_of, write_all
from posture.cli.verified import trusted_of, verified
from posture.report.genuine.verdict import VerdictOn
from posture.signatures.signing import new_key, signing_key
from posture.signatures.trust import Trusted
from posture.store import open_store

pytestmark = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="there is no ssh-keygen (openssh-client)")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with a report, its manifest, and the line that customers have."""
    folder = tmp_path_factory.mktemp("signed")
    with open_store(f"sqlite:///{folder}/posture.db") as store:
        fleet.audit(store, fleet.customers(1, 2), run="run-1")
        report = report_of(store.customer_view("c0", fleet.default_policy()))
    (folder / "sign.key").touch(0o600)
    (folder / "sign.key").write_text(new_key())
    key = signing_key((folder / "sign.key").read_text())
    write_all([report], ["csv"], folder, key)
    write_all([report], ["json"], folder, key)
    (folder / "allowed_signers").write_text(f'abuse@coma.example namespaces="posture-report" {key.public}\n')
    return folder


@pytest.fixture
def signed(made: Path, tmp_path: Path) -> Path:
    """The same, in the folder where the program runs."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


def by_openssh(folder: Path, *, namespace: str = "posture-report") -> int:
    identity = (folder / "allowed_signers").read_text().split()[0]
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", identity, "-n", namespace]
    with (folder / "c0.sha256").open("rb") as manifest:
        return subprocess.run(
            [*command, "-s", "c0.sha256.sig"], cwd=folder, stdin=manifest, capture_output=True, check=False
        ).returncode


def test_openssh_and_coreutils_tell_it_without_posture(made):
    """A customer needs nothing of ours, and a signature for reports is none for evidence."""
    assert by_openssh(made) == 0
    assert by_openssh(made, namespace="posture-evidence") != 0
    told = subprocess.run(
        ["sha256sum", "-c", "--strict", "c0.sha256"], cwd=made, capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout) == (0, "c0.csv: OK\nc0.json: OK\n")


def test_a_genuine_report_and_what_is_not(signed, posture):
    """One changed letter, another's key, a file that no manifest names, no signature, nobody to trust."""
    genuine = posture("verify", "c0.json", "--signer", "allowed_signers")
    assert (genuine.returncode, "run: run-1" in genuine.stdout) == (0, True)
    assert "c0.json is as the manifest says" in genuine.stdout
    whole = posture("verify", "c0.sha256", "--signer", "allowed_signers")
    assert (whole.returncode, "2 files are as the manifest says" in whole.stdout) == (0, True)
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
def test_a_file_that_is_no_manifest_is_said_to_be_none(tmp_path: Path, content):
    """And no file elsewhere is opened because one says so."""
    (tmp_path / "c9.sha256").write_bytes(content)
    said = verified(tmp_path / "c9.sha256", Trusted())
    assert said.verdict is VerdictOn.FALSE
    assert "root:" not in " ".join(said.said)


def test_the_manifest_is_found_among_those_of_many_customers(signed):
    """A folder holds the reports of thousands; and of two that name a file, its own counts."""
    line = (signed / "c0.sha256").read_text().splitlines()[-1]
    for number in range(1_500):
        (signed / f"a{number}.sha256").write_text(f"{line.replace('c0', f'a{number}')}\n")
    (signed / "a.sha256").write_text(f"{'0' * 64}  c0.json\n")
    trust = trusted_of(str(signed / "allowed_signers"))
    assert verified(signed / "c0.json", trust).verdict is VerdictOn.GENUINE
    (signed / "c0.json").rename(signed / "mine.json")
    assert verified(signed / "mine.json", trust).verdict is VerdictOn.UNKNOWN


def test_what_is_attached_to_the_pdf_is_held_against_the_manifest(made: Path, tmp_path: Path):
    """Also where the PDF itself was changed on its way: the findings in it may still be those that were signed."""
    with open_store(f"sqlite:///{made}/posture.db") as store:
        report = report_of(store.customer_view("c0", fleet.default_policy()))
    key = signing_key((made / "sign.key").read_text())
    files, failed = write_all([report], ["pdf", "json"], tmp_path, key)
    assert failed is None
    trust = trusted_of(key.public)
    whole = verified(tmp_path / "c0.pdf", trust)
    assert whole.verdict is VerdictOn.GENUINE
    assert "c0.pdf: the findings attached to it are c0.json, byte for byte" in whole.said
    with (tmp_path / "c0.pdf").open("ab") as file:
        file.write(b"\n% scanned by a mail gateway\n")
    changed = verified(tmp_path / "c0.pdf", trust)
    assert changed.verdict is VerdictOn.FALSE
    assert "c0.pdf: the findings attached to it are c0.json, byte for byte" in changed.said
    assert len(files) == 4


def test_a_signed_document_that_breaks_its_own_schema_is_not_called_genuine(signed):
    """Whatever signed it; fields of a newer version are no fault."""
    key = signing_key((signed / "sign.key").read_text())
    for change, verdict in (({"run": 7}, VerdictOn.FALSE), ({"added_later": 7}, VerdictOn.GENUINE)):
        content = json.dumps(json.loads((signed / "c0.json").read_text()) | change).encode()
        (signed / "c5.json").write_bytes(content)
        listed = f"{hashlib.sha256(content).hexdigest()}  c5.json\n".encode()
        (signed / "c5.sha256").write_bytes(listed)
        (signed / "c5.sha256.sig").write_bytes(key.signature(listed, "posture-report"))
        assert verified(signed / "c5.json", trusted_of(key.fingerprint)).verdict is verdict


def test_a_bundle_that_unpacks_to_everything_is_refused(tmp_path: Path, posture):
    """Bounded before anything is believed."""
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("MANIFEST.sha256", b"0" * 64 + b"  big\n")
        bundle.writestr("big", bytes(8 << 20))
    said = posture("verify", "bomb.zip")
    assert said.returncode == 1
    assert "more than 200 times" in said.stdout


def test_a_private_key_is_its_owners_alone_and_is_never_overwritten(posture, tmp_path: Path):
    """The key of last year's reports is still needed; and a key with a passphrase is refused by name."""
    told = posture("signing", "new", "sign.key")
    assert told.returncode == 0, told.stderr
    identity, options, kind, _ = told.stdout.split()
    assert (identity, kind) == ("security@comacloud.example", "ssh-ed25519")
    assert options == 'namespaces="posture-report,posture-evidence"'
    assert (tmp_path / "sign.key").stat().st_mode & 0o077 == 0
    assert posture("signing", "new", "sign.key").returncode == 2
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "hunter22", "-f", "locked"], cwd=tmp_path, check=True, timeout=20
    )
    said = posture("signing", "show", "--sign-key", "file:locked")
    assert (said.returncode, "passphrase" in said.stderr) == (2, True)


def test_a_report_and_the_evidence_are_signed_where_a_key_is_named(signed, posture):
    """The whole way: the environment names the key, OpenSSH, coreutils and unzip tell it."""
    key = signing_key((signed / "sign.key").read_text())
    done = posture("report", "c0", "--format", "junit", "--out", "c0.junit.xml", POSTURE_SIGN_KEY="file:sign.key")
    assert done.returncode == 0, done.stderr
    assert by_openssh(signed) == 0
    listed = (signed / "c0.sha256").read_text()
    assert f"# signature: {key.fingerprint}\n" in listed
    assert all(f"  c0.{kind}\n" in listed for kind in ("csv", "json", "junit.xml"))
    with open_store(f"sqlite:///{signed}/posture.db") as store:
        finding = store.findings("c0")[0].id
    done = posture("evidence", finding, "--out", "case.zip", "--sign-key", "file:sign.key")
    assert done.returncode == 0, done.stderr
    subprocess.run(["unzip", "-q", "case.zip", "-d", "case"], cwd=signed, check=True)
    subprocess.run(["sha256sum", "-c", "--quiet", "--strict", "MANIFEST.sha256"], cwd=signed / "case", check=True)
    with (signed / "case" / "MANIFEST.sha256").open("rb") as manifest:
        subprocess.run(
            ["ssh-keygen", "-Y", "check-novalidate", "-n", "posture-evidence", "-s", "case/MANIFEST.sha256.sig"],
            cwd=signed, stdin=manifest, check=True, capture_output=True,
        )  # fmt: skip
    assert posture("verify", "case.zip", "--signer", key.public).returncode == 0
    refused = posture("verify", "case.zip", "--signer", "allowed_signers")
    assert (refused.returncode, "do not trust for posture-evidence" in refused.stdout) == (1, True)


def test_a_report_that_is_written_again_without_the_key_is_no_forgery(signed, posture):
    """Its manifest is made again, says that it is not signed, and the old signature does not stay behind."""
    done = posture("report", "c0", "--format", "csv", "--out", "c0.csv", POSTURE_SIGN_KEY="")
    assert "not signed" in done.stderr
    assert not (signed / "c0.sha256.sig").exists()
    assert "# signature: none\n" in (signed / "c0.sha256").read_text()
    assert verified(signed / "c0.csv", Trusted()).verdict is VerdictOn.UNKNOWN
