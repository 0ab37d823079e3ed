"""Root runs nothing that changes a path in somebody else's folder: a link there would lead it to another file."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from itertools import chain, combinations, product
from pathlib import Path

import pytest

from posture.report import markdown, remediation

ROOM = Path(__file__).parents[3] / "checks" / "keys"
ROOTS = "sudo_without_password"  # rules of sudo and doas are in files of root's only, or are not read
TEXTS = sorted(path.name for path in ROOM.glob("*.md") if not path.name.startswith(ROOTS))
KINDS = {"role": ("authorized", "private"), "problem": ("line",), "host_key": (False,)}
THEIRS = "/home/alex/it"
LOOKS = ("ls ", "stat ", "namei ", "ssh-keygen -lf ", "ssh-keygen -yf ", "sed -n ", "grep ")
SUDO = 'sudo() { if [ "$1" = -u ]; then shift 2; fi; "$@"; }\n'


def loaded(name: str) -> remediation.RemediationText:
    return remediation.load((ROOM / name).read_text(encoding="utf-8"), name)


def example(name: str) -> remediation.Example:
    """A translation has none of its own."""
    found = loaded(name.replace(".de.md", ".md")).example
    assert found is not None
    return found


def commands(name: str, **changed: object) -> list[str]:
    """What a text prints for its example, with these values changed."""
    shown = example(name)
    details = dict(shown.details)
    details |= {key: value for key, value in changed.items() if key in details}
    done = remediation.render(
        loaded(name), details=tuple(details.items()), system=shown.system, subject="it", resource="web1"
    )
    return [*markdown.commands(done.fix_md), *markdown.commands(done.verify_md)]


def cases(name: str) -> Iterator[dict[str, object]]:
    """What the file is there for, and the example with up to two of its switches the other way."""
    details = dict(example(name).details)
    kinds = {key: told for key, told in KINDS.items() if key in details}
    switches = [key for key, value in details.items() if isinstance(value, bool)]
    for values in product(*kinds.values()):
        for flipped in chain.from_iterable(combinations(switches, count) for count in range(3)):
            yield {key: not details[key] for key in flipped} | dict(zip(kinds, values, strict=True))


@pytest.mark.parametrize("name", TEXTS)
def test_root_only_looks_at_a_users_files(name) -> None:
    """Every fix, in every language; what belongs to a user is changed with that user's rights."""
    theirs = {"owner": "alex", "account": "alex", "path": THEIRS, "keys_file": THEIRS}
    for case in cases(name):
        for code in commands(name, **case | theirs):
            for line in re.split(r"\n|&&|\|", code.replace("\\\n", " ")):
                for command in re.findall(r"sudo (?!-u )(.*)", line):
                    assert THEIRS not in command or command.startswith(LOOKS), (case, command)


@pytest.mark.parametrize(
    "name",
    ["credential_file_readable.md", "secret_in_file.md", "password_hash_weak.md", "private_key_readable.md",
     "authorized_keys_writable.md"],
)  # fmt: skip
def test_roots_own_file_in_somebody_elses_folder_is_looked_at_first(name) -> None:
    """Whoever owns the folder can put a link in its place; below /etc and /root nobody can."""
    there = commands(name, owner="root", path="/srv/shop/it", keys_file="/srv/shop/it", history=False, leftover=False)
    namei = [place for place, code in enumerate(there) if "namei -l" in code]
    change = [place for place, code in enumerate(there) if "chmod" in code or "htpasswd -B" in code]
    assert namei
    assert namei[0] < change[0]
    if name != "authorized_keys_writable.md":
        assert "namei" not in "".join(commands(name, owner="root", path="/etc/it"))


@pytest.mark.parametrize("planted", ["link", "dangling", "nothing"])
def test_a_foreign_file_of_keys_is_replaced_without_following_a_planted_link(tmp_path, planted) -> None:
    """The copy is the account's own and closed; where somebody has put a link in its way, nothing is written."""
    keys, own, other = tmp_path / "keys", tmp_path / "keys.own", tmp_path / "other"
    keys.write_text("ssh-ed25519 AAAA\n")
    keys.chmod(0o666)
    before = keys.stat().st_ino
    if planted != "nothing":
        own.symlink_to(other)
    if planted == "link":
        other.write_text("precious")
    codes = commands("authorized_keys_writable.md", foreign=True, file=True, path=str(keys), keys_file=str(keys))
    (code,) = [code for code in codes if ".own" in code]
    done = subprocess.run(["sh"], input=SUDO + code, env={"PATH": os.environ["PATH"]}, text=True, check=False)
    assert keys.read_text() == "ssh-ed25519 AAAA\n"
    if planted == "nothing":
        assert done.returncode == 0
        assert keys.stat().st_mode & 0o777 == 0o600
        assert keys.stat().st_ino != before
    else:
        assert done.returncode
        assert keys.stat().st_ino == before
        assert other.exists() == (planted == "link")
        assert not other.exists() or other.read_text() == "precious"


def test_a_foreign_folder_is_moved_by_hand() -> None:
    """No command fits it: who may move it depends on the folder above."""
    assert not [code for code in commands("authorized_keys_writable.md", foreign=True, file=False) if ".own" in code]
