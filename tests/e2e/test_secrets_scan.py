"""posture secrets scan, as somebody uses it at a terminal and in a pipeline."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

VALUE = "k" + sha256(b"of the shop").hexdigest()[:24]
LINE = f"DB_HOST=db\nDB_PASSWORD={VALUE}\n"


@pytest.fixture
def shop(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / ".env").write_text(LINE)
    return folder


def test_a_folder(posture, shop):
    """One line a secret with its place, exit code 1, and the value nowhere."""
    done = posture("secrets", "scan", "shop")
    assert done.returncode == 1, done.stderr
    assert ".env:2" in done.stdout
    assert "Database password" in done.stdout
    assert VALUE not in done.stdout + done.stderr


def test_a_baseline_leaves_what_is_new(posture, shop, tmp_path):
    """Known ones are left out by their fingerprints, a new one is told; the file holds no value."""
    written = posture("secrets", "scan", "shop", "--write-baseline", "known.json")
    assert written.returncode == 0
    assert "Written: known.json, 1 secret\n" in written.stderr
    assert VALUE not in (tmp_path / "known.json").read_text()
    again = posture("secrets", "scan", "shop", "--baseline", "known.json")
    assert again.returncode == 0
    assert "1 more is in the baseline" in again.stderr
    (shop / "new.env").write_text(f"MAIL_PASSWORD=m{sha256(b'mail').hexdigest()[:20]}\n")
    done = posture("secrets", "scan", "shop", "--baseline", "known.json", "--json")
    assert done.returncode == 1
    (found,) = json.loads(done.stdout)["secrets"]
    assert found["path"] == "new.env"


def test_a_repository_is_searched_through_its_history(posture, shop):
    """A secret that was removed is told by default, and not with --no-history."""
    plain = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*words):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=shop, check=True, env=plain)

    git("init", "-q")
    git("add", "-f", ".env")
    git("commit", "-qm", "x")
    (shop / ".env").write_text("DB_HOST=db\n")
    git("commit", "-qam", "y")
    done = posture("secrets", "scan", "shop")
    assert (done.returncode, "removed later" in done.stdout) == (1, True)
    assert posture("secrets", "scan", "shop", "--no-history").returncode == 0


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "other"}'])
def test_a_wrong_baseline_is_refused(posture, shop, tmp_path, text):
    """Nothing is left out on the word of a file that is no baseline."""
    (tmp_path / "known.json").write_text(text)
    done = posture("secrets", "scan", "shop", "--baseline", "known.json")
    assert done.returncode == 2
    assert "--write-baseline" in done.stderr


def test_what_could_not_be_read_is_no_clean_answer(posture, tmp_path):
    """A file too large to be read leaves exit code 3."""
    folder = tmp_path / "big"
    folder.mkdir()
    with (folder / "dump.sql").open("wb") as file:
        file.truncate(5 << 20)
    done = posture("secrets", "scan", "big")
    assert done.returncode == 3
    assert "larger than what is read" in done.stderr


@pytest.mark.parametrize("what", ["pipe", "link"])
def test_an_allow_list_that_is_no_file_excuses_nothing(posture, shop, tmp_path, what):
    """A pipe is not waited for, a link not followed; both are told."""
    if what == "pipe":
        os.mkfifo(shop / ".posture-secrets.toml")
    else:
        (tmp_path / "list").write_text('[[allow]]\npath = ".env"\nreason = "x"\nuntil = 2026-12-01\n')
        (shop / ".posture-secrets.toml").symlink_to(tmp_path / "list")
    done = posture("secrets", "scan", "shop", "--no-history")
    assert done.returncode == 1
    assert "excuses nothing" in done.stderr


def test_a_file_named_by_a_link_is_searched(posture, shop, tmp_path):
    """Nobody names a file to have it left out."""
    (tmp_path / "here.env").symlink_to(shop / ".env")
    assert posture("secrets", "scan", "here.env").returncode == 1


def test_fingerprints_of_an_allow_list_are_a_customers(posture, shop):
    """Whoever leaves out --customer learns why what the report shows does not fit."""
    (found,) = json.loads(posture("secrets", "scan", "shop", "--customer", "bakery", "--json").stdout)["secrets"]
    until = datetime.now(UTC) + timedelta(days=30)
    (shop / ".posture-secrets.toml").write_text(
        f'[[allow]]\nfingerprint = "{found["fingerprint"]}"\nreason = "known"\nuntil = {until:%Y-%m-%d}\n'
    )
    named = posture("secrets", "scan", "shop", "--customer", "bakery")
    assert named.returncode == 0
    assert "1 more is excused" in named.stderr
    assert "--customer" not in named.stderr
    unnamed = posture("secrets", "scan", "shop")
    assert unnamed.returncode == 1
    assert unnamed.stderr.count("without --customer they are this machine's own and fit no report") == 1
