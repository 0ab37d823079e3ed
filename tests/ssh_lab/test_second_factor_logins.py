"""Real logins by key, password and one-time code through the real PAM, held against the audit of the same machine."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ssh_lab import ssh_lab_machine
from ssh_lab.ssh_lab_machine import ADDRESS, CLIENT, NONCE, SECRET, Machine
from ssh_lab.ssh_lab_rows import INTERNET, Login

from checks.mfa.ssh_password_login import ssh_password_login
from checks.mfa.ssh_second_factor import ssh_second_factor
from posture.collect.host.capture import Capture
from posture.collect.host.collect import facts
from posture.facts.accounts import Accounts
from posture.facts.authorized_keys import AuthorizedKeys
from posture.facts.pam import PamStack
from posture.facts.sshd import SshAuthorities, SshServer
from posture.model.verdict import Outcome

SHARED = b"twenty bytes to share"[:20]  # of the one-time codes
UNIX = "auth required pam_unix.so nodelay\n"
GOOGLE = "auth required pam_google_authenticator.so\n"
REST = "account required pam_unix.so\nsession required pam_permit.so\n"
DIALOGUE = "PasswordAuthentication no\nKbdInteractiveAuthentication yes\n"
BOTH = f"{DIALOGUE}AuthenticationMethods publickey,keyboard-interactive:pam\n"
ALL = ("key", "password", "code")

CASES = {
    "key and code": (BOTH, GOOGLE),
    "code of who is enrolled": (BOTH, GOOGLE.replace(".so", ".so nullok") + "auth required pam_permit.so\n"),
    "code that nobody asks for": (DIALOGUE, UNIX + GOOGLE),
    "code where no key is taken": (f"{DIALOGUE}PubkeyAuthentication no\n", "@include inner\n"),
    "password before the code": (
        f"{DIALOGUE}AuthenticationMethods keyboard-interactive\n",
        UNIX.replace("required", "sufficient") + GOOGLE,
    ),
    "code but for bert": (
        BOTH,
        f"auth [success=1 default=ignore] pam_succeed_if.so quiet user = bert\n{GOOGLE}auth required pam_permit.so\n",
    ),
    "password method": ("PasswordAuthentication yes\nPubkeyAuthentication no\n", "auth substack inner\n"),
}


def code() -> str:
    """The one-time code of now (RFC 6238)."""
    digest = hmac.new(SHARED, int(time.time() // 30).to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


@dataclass
class Host(Machine):
    """Attempts with some of the factors; what is missing is answered wrongly."""

    def _attempt(self, login: Login, keys: Path) -> str:
        has = login.by.split("+")
        words = CLIENT.format(source=login.source, port=login.port, user=login.user, options=(
            "-o PreferredAuthentications=publickey,keyboard-interactive,password "
            + (f"-i {keys / 'key'}" if "key" in has else "-o PubkeyAuthentication=no")
        ))  # fmt: skip
        told = f"PASSWORD={SECRET.replace(' ', '_') if 'password' in has else 'wrong'} "
        told += f"CODE={code() if 'code' in has else '000000'}"
        asked = f"{told} SSH_ASKPASS={self.root / 'answer'} SSH_ASKPASS_REQUIRE=force"
        command = f"{asked} timeout 10 {words} {ADDRESS} true </dev/null 2>&1"
        return f"if {command} | grep -aq 'Sending command'; then echo yes; else echo no; fi"


def staged(root: Path, keys: Path, sshd: str, pam: str) -> Host:
    """Anna and Bert, each with a key and a password; Anna has a secret for codes."""
    root.mkdir()
    root.chmod(0o755)
    host = Host(root, f"UsePAM yes\nMaxStartups 100\n{sshd}")
    hashed = subprocess.run(
        ["openssl", "passwd", "-6", "-salt", "labsalt00", SECRET.replace(" ", "_")],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    for name, uid in (("anna", 1000), ("bert", 1001)):
        host.account(name, uid, hashed)
        host.authorize(name, (keys / "key.pub").read_text().strip())
    secret = base64.b32encode(SHARED).decode()
    host.write("home/anna/.google_authenticator", f'{secret}\n" WINDOW_SIZE 17\n" TOTP_AUTH\n', 0o600)
    host.write("etc/pam.d/sshd", pam + REST)
    host.write("etc/pam.d/inner", UNIX + GOOGLE)
    host.write("etc/pam.d/other", "auth required pam_deny.so\n")
    answer = '#!/bin/sh\ncase $1 in *erification*) echo "$CODE" ;; *) echo "$PASSWORD" ;; esac\n'
    host.write("answer", answer, 0o755)
    host.before = "mount --bind $0/etc/pam.d /etc/pam.d"
    return host


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with one key; skips where no machine can be staged."""
    found = [*Path("/").glob("*lib*/*/security/pam_google_authenticator.so"),
             *Path("/").glob("*lib*/security/pam_google_authenticator.so")]  # fmt: skip
    if not found or not shutil.which("sshd", path="/usr/sbin:/usr/bin"):
        pytest.skip("needs sshd and pam_google_authenticator (Debian: libpam-google-authenticator)")
    if subprocess.run(["unshare", "-m", "-n", "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs root and namespaces")
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o011)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", tmp_path / "key"], check=True)
    return tmp_path


@pytest.mark.parametrize("case", CASES)
def test_one_factor_is_enough_where_the_audit_says_so(case: str, keys: Path, monkeypatch) -> None:
    """Each factor is tried alone, and all together: who gets in with one fails, all others pass."""
    rest = re.compile(r"^section (?!(?:system|accounts|sockets|ssh|pam) )[a-z-]+ .*?^EOF\n", re.MULTILINE | re.DOTALL)
    monkeypatch.setattr(ssh_lab_machine, "REST", rest)
    tried = tuple(
        Login(user, by, opens=True, source=INTERNET) for user in ("anna", "bert") for by in (*ALL, "+".join(ALL))
    )
    output, opened = staged(keys / "stage", keys, *CASES[case]).output(tried, keys)
    if not any(user.opens and opened[user] for user in tried if user.user == "anna"):
        pytest.fail(f"nobody got in at all: {(keys / 'stage/sshd.log').read_text()[-2000:]}")
    assert base64.b32encode(SHARED) not in output
    capture = Capture(NONCE)
    capture.add(output)
    known = facts(capture.sections(), datetime.now(UTC))
    some = [known[kind] for kind in (SshServer, Accounts, AuthorizedKeys, SshAuthorities, PamStack)]
    second = {one.subject: one for one in ssh_second_factor.judge(*some)}
    first = {one.subject: one for one in ssh_password_login.judge(known[SshServer], known[Accounts], known[PamStack])}
    for user in ("anna", "bert"):
        alone = {login.by for login in tried if login.user == user and login.by in ALL and opened[login]}
        expected = Outcome.FAIL if alone else Outcome.PASS
        assert second[user].outcome is expected, (user, alone, second[user].summary)
        words = Outcome.FAIL if "password" in alone else Outcome.PASS
        assert first[user].outcome is words, (user, alone, first[user].summary)
