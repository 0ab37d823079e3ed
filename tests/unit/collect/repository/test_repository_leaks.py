"""Secrets in repositories made by a real git: every corner of a history, and repositories that mean harm."""

import os
import subprocess
import time
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from posture.collect.leaks.core.plain import plain
from posture.collect.leaks.core.rule import rules_of
from posture.collect.leaks.detector import Detector
from posture.collect.repository import git as git_module
from posture.collect.repository import history as history_module
from posture.collect.repository.collect import leaks_of
from posture.collect.repository.git import GitFailed, OutOfTime, first_line, running
from posture.collect.repository.place import own_folder

NOW = datetime(2026, 11, 23, 3, 4, tzinfo=UTC)
VALUE, OTHER = ("tkn_" + sha256(word).hexdigest()[:27] for word in (b"one", b"other"))  # of a form made for these tests
RULES = rules_of(
    [
        {
            "id": "made-up-token",
            "title": "Made-up token",
            "severity": "high",
            "forms": [{"anchors": ["tkn_"], "confirm": r"(?P<value>tkn_[A-Za-z0-9]{27})(?![A-Za-z0-9])"}],
        }
    ]
)
DETECTOR = Detector(RULES, plain(RULES), b"k" * 32)
ENVIRONMENT = {
    **os.environ, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


class Work:
    """A working tree."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commits = 0
        folder.mkdir()
        self.git("init", "-q", "-b", "main")
        self.commit("README", "nothing here\n")

    def git(self, *words: str) -> str:
        when = f"2026-01-{self.commits % 28 + 1:02}T00:00:00Z"
        environment = {**ENVIRONMENT, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        done = subprocess.run(
            ["git", *words], cwd=self.folder, check=True, capture_output=True, text=True, env=environment, timeout=60
        )
        return done.stdout.strip()

    def commit(self, path: str, text: str | bytes | None, message: str = "work") -> str:
        self.commits += 1
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            file.unlink()
        else:
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def work(tmp_path) -> Work:
    return Work(tmp_path / "work")


def searched(folder: Path, over=lambda: False):
    return leaks_of(own_folder(folder), DETECTOR, NOW, over)


def test_a_secret_that_was_removed_is_still_there(work):
    """The first commit that had it is told, its date, and that the newest one has it no more."""
    first = work.commit("conf/app.ini", f"a\nkey = {VALUE}\n")
    work.commit("conf/app.ini", f"more\nlines\nkey = {VALUE}\n")
    work.commit("conf/app.ini", "key =\n")
    (secret,) = searched(work.folder).secrets
    assert (secret.rule, secret.path, secret.commit, secret.current) == ("made-up-token", "conf/app.ini", first, False)
    assert secret.author_date == datetime(2026, 1, 3, tzinfo=UTC)
    assert secret.start == VALUE[:4]


def test_the_line_is_that_of_the_file_as_it_is_now(work):
    """A secret that has moved within its file is told where it stands today."""
    first = work.commit("app.ini", f"{VALUE}\n")
    work.commit("app.ini", f"1\n2\n3\n{VALUE}\n")
    (secret,) = searched(work.folder).secrets
    assert (secret.line, secret.commit, secret.current) == (4, first, True)


@pytest.mark.parametrize("corner", ["branch", "tag", "stash", "amended", "dropped", "merge", "message", "tag message"])
def test_every_corner_of_a_history(work, corner):
    """What only a branch, a tag, a stash, a merge, an amended or thrown away commit or a message has is found."""
    match corner:
        case "branch":
            work.git("checkout", "-q", "-b", "side")
            work.commit("x", VALUE)
            work.git("checkout", "-q", "main")
        case "tag":
            work.git("checkout", "-q", "--detach")
            work.commit("x", VALUE)
            work.git("tag", "v1")
            work.git("checkout", "-q", "main")
        case "stash":
            (work.folder / "README").write_text(VALUE)
            work.git("stash", "-q")
        case "amended":
            work.commit("x", VALUE)
            (work.folder / "x").write_text("harmless")
            work.git("commit", "-q", "-a", "--amend", "-m", "work")
        case "dropped":
            work.commit("x", VALUE)
            work.git("reset", "-q", "--hard", "HEAD~1")
            work.git("reflog", "expire", "--expire=now", "--all")
        case "merge":
            work.git("checkout", "-q", "-b", "side")
            work.commit("side", "side")
            work.git("checkout", "-q", "main")
            work.commit("main", "main")
            work.git("merge", "-q", "--no-commit", "side")
            work.commit("only-in-the-merge", VALUE)
        case "message":
            work.commit("x", "x", f"deploy with {VALUE}")
        case "tag message":
            work.git("tag", "-a", "v1", "-m", f"signed with {VALUE}")
    (secret,) = searched(work.folder).secrets
    assert secret.rule == "made-up-token"
    assert (secret.path == "commit message") == ("message" in corner)


def test_equal_secrets_have_equal_fingerprints_and_no_value_is_kept(work):
    """The same value in two files is recognised; what is kept of it is four characters and a keyed hash."""
    work.commit("a", VALUE)
    work.commit("b", f"{OTHER} {VALUE}\n")
    found = searched(work.folder)
    assert len({secret.fingerprint for secret in found.secrets}) == 2
    assert [secret.path for secret in found.secrets] == ["a", "b", "b"]
    assert VALUE not in repr(found)
    assert VALUE not in repr(DETECTOR.seen("a", VALUE.encode(), NOW))


def test_a_bare_repository_packed_and_a_shallow_look(work, tmp_path):
    """Packed objects of a bare clone are read as loose ones are."""
    work.commit("x", VALUE)
    work.git("gc", "-q")
    work.git("clone", "-q", "--bare", str(work.folder), str(tmp_path / "bare.git"))
    assert len(searched(tmp_path / "bare.git").secrets) == 1


def test_what_is_no_text_or_too_large_is_counted(work):
    """A binary file has no secrets that are told; a huge one is a gap and no pass."""
    work.commit("image", b"\0\1\2" + VALUE.encode())
    work.commit("dump.sql", "x" * (5 << 20) + VALUE)
    found = searched(work.folder)
    assert not found.secrets
    assert "larger than what is read" in found.gaps[0]


def test_the_time_is_over(work):
    """What could not be read in the time is told, and what was found before stays."""
    work.commit("x", VALUE)
    looks = iter(range(100))
    found = searched(work.folder, over=lambda: next(looks) > 1)
    assert "the reading ended after" in found.gaps[0]


def test_a_repository_that_means_harm_runs_nothing(work, tmp_path):
    """Programs that a repository's own configuration names are not started, and no promised object is fetched."""
    work.commit("x", VALUE)
    mark = tmp_path / "ran"
    script = tmp_path / "harm"
    script.write_text(f"#!/bin/sh\ntouch {mark}\n")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "diff.external", "gpg.program",
                "log.showSignature", "core.alternateRefsCommand", "credential.helper", "filter.x.smudge",
                "diff.x.textconv", "uploadpack.packObjectsHook", "trace2.normalTarget"):  # fmt: skip
        work.git("config", key, "true" if key == "log.showSignature" else str(script))
    work.git("config", "extensions.partialClone", "origin")
    work.git("config", "remote.origin.url", f"ext::{script}")
    work.git("config", "remote.origin.promisor", "true")
    (work.folder / ".git/info/attributes").write_text("* diff=x filter=x\n")
    for hook in ("post-checkout", "reference-transaction", "pre-auto-gc"):
        (work.folder / ".git/hooks" / hook).write_text(script.read_text())
        (work.folder / ".git/hooks" / hook).chmod(0o755)
    assert len(searched(work.folder).secrets) == 1
    assert not mark.exists()


@pytest.mark.parametrize("name", ["new\nline", "tab\there", "\x1b[31mred", "ü", "\udcff", "x" * 200])
def test_names_that_mean_harm(work, name):
    """A path with control characters is shown harmlessly."""
    work.commit(name, VALUE)
    (secret,) = searched(work.folder).secrets
    assert secret.path.isprintable()


def test_what_is_no_repository(tmp_path):
    """A folder that is none, and a damaged one, say so."""
    with pytest.raises(GitFailed, match="no git repository"):
        searched(tmp_path)
    work = Work(tmp_path / "damaged")
    work.commit("x", VALUE)
    for file in (work.folder / ".git/objects").glob("??/*"):
        file.chmod(0o600)
        file.write_bytes(b"nothing")
    with pytest.raises(GitFailed):
        searched(work.folder)


@pytest.mark.parametrize("cut", ["shallow", "grafts", "partial", "lost"])
def test_a_copy_that_is_not_whole_is_no_pass(work, tmp_path, cut):
    """A secret of the part of the history that is not here was not looked for, and that is told."""
    work.commit("x", VALUE)
    work.commit("x", "gone")
    work.git("config", "uploadpack.allowFilter", "true")
    match cut:
        case "shallow":
            work.git("clone", "-q", "--bare", "--depth", "1", f"file://{work.folder}", str(tmp_path / "copy.git"))
        case "grafts":
            work.git("clone", "-q", "--bare", str(work.folder), str(tmp_path / "copy.git"))
            (tmp_path / "copy.git/info/grafts").write_text(work.git("rev-parse", "HEAD") + "\n")
        case "partial":
            place = str(tmp_path / "copy.git")
            work.git("clone", "-q", "--bare", "--filter=blob:none", f"file://{work.folder}", place)
        case "lost":
            name = work.git("rev-parse", "HEAD~1:x")
            (work.folder / f".git/objects/{name[:2]}/{name[2:]}").unlink()
    found = searched(work.folder if cut == "lost" else tmp_path / "copy.git")
    assert bool(found.secrets) == (cut == "grafts")
    assert "whole one" in found.gaps[0]


@pytest.mark.parametrize("what", ["pipe", "link", "alternates", "include", "reftable"])
def test_what_leads_out_of_a_repository_is_not_opened(work, tmp_path, what):
    """Nor is a pipe waited for: git would open each with the rights of whoever searches."""
    git = work.folder / ".git"
    match what:
        case "pipe":
            os.mkfifo(git / "packed-refs")
        case "link":
            (git / "objects/pack/pack-x.pack").symlink_to(tmp_path / "other.pack")
        case "alternates":
            (git / "objects/info/alternates").write_text("/srv/git/other.git/objects\n")
        case "include":
            (git / "config").write_text('[core]\n[IncludeIf "gitdir:/"]\npath = /etc/shadow\n')
        case "reftable":
            (git / "reftable").mkdir()
    with pytest.raises(GitFailed, match="git clone --mirror"):
        searched(work.folder)


def test_a_git_that_waits_is_ended(work, tmp_path):
    """Whatever it waits for: the time ends it, though nothing of its output ever comes."""
    os.mkfifo(tmp_path / "pipe")
    with (
        pytest.raises(OutOfTime),
        running(work.folder, "hash-object", str(tmp_path / "pipe"), over=lambda: True) as git,
    ):
        assert not git.output.read()


def bomb(work: Work, levels: int) -> None:
    """A commit of ten folders in ten folders: 10 ** levels files, of a few hundred bytes."""
    tree = work.git("rev-parse", "HEAD^{tree}")
    for _ in range(levels):
        lines = "".join(f"040000 tree {tree}\td{number}\n" for number in range(10))
        tree = subprocess.run(
            ["git", "mktree"], input=lines, cwd=work.folder, capture_output=True, text=True, check=True, env=ENVIRONMENT
        ).stdout.strip()
    work.git("update-ref", "refs/heads/main", work.git("commit-tree", tree, "-m", "bomb"))


def test_a_tree_that_names_itself_a_billion_times(work):
    """Two kilobytes do not take the machine: the time ends it, and the gap is told."""
    bomb(work, 9)
    until = time.monotonic() + 0.5
    assert searched(work.folder, over=lambda: time.monotonic() > until).gaps
    assert time.monotonic() < until + 10


def test_git_gets_no_more_memory_than_the_bound(work, monkeypatch):
    """What it could not follow is a gap; the contents are read all the same, and what they hold is told."""
    monkeypatch.setattr(git_module, "MOST_MEMORY", 128 << 20)
    work.commit("x", VALUE)
    bomb(work, 9)
    found = searched(work.folder)
    assert len(found.secrets) == 1
    assert "could not be followed to the end" in found.gaps[0]


def test_too_many_changes_are_a_gap(work, monkeypatch):
    """A history that git can follow, but that tells of billions of files, ends."""
    monkeypatch.setattr(history_module, "MOST_CHANGES", 500)
    bomb(work, 3)
    assert "change more than 500 files" in searched(work.folder).gaps[0]


@pytest.mark.parametrize("folder", [":x", "\x01x"])
def test_a_path_that_looks_like_a_line_of_git(work, folder):
    """It is a path: a file's kind is known by its name."""
    work.commit(f"{folder}/app.ini", VALUE)
    (secret,) = searched(work.folder).secrets
    assert secret.path.endswith("x/app.ini")


def test_an_error_of_git_shows_no_login():
    """git names the address that it failed on, whole."""
    said = first_line(b"fatal: unable to access 'https://bot:hunter2@code.example/x.git/': it is down\n")
    assert "code.example" in said
    assert "hunter2" not in said
    assert "bot" not in said


class TestAllowList:
    """The owner's own excuses."""

    @staticmethod
    def allowed(work: Work, text: str):
        work.commit("tests/data/x", VALUE)
        work.commit("deploy", OTHER)
        work.commit(".posture-secrets.toml", text)
        return searched(work.folder)

    def test_an_excuse_with_reason_and_end_counts(self, work):
        """By path or by fingerprint, and only for what it names."""
        found = self.allowed(work, '[[allow]]\npath = "tests/*"\nreason = "made up"\nuntil = 2027-01-31\n')
        assert [secret.path for secret in found.secrets] == ["deploy"]
        (excused,) = found.allowed
        assert (excused.path, excused.reason, excused.until.date()) == ("tests/data/x", "made up", date(2027, 1, 31))
        (secret,) = found.secrets
        more = f'[[allow]]\nfingerprint = "{secret.fingerprint}"\nreason = "gone"\nuntil = 2027-01-31T00:00:00Z\n'
        assert [one.path for one in self.allowed(work, more).secrets] == ["tests/data/x"]

    def test_an_excuse_ends(self, work):
        """After its end the secret is told again, and that it was excused."""
        found = self.allowed(work, '[[allow]]\npath = "tests/*"\nreason = "x"\nuntil = 2026-11-22\n')
        assert (len(found.secrets), len(found.allowed), len(found.expired_allowances)) == (2, 0, 1)

    @pytest.mark.parametrize(
        ("entry", "why"),
        [
            ('path = "*"\nuntil = 2027-01-31', "no reason"),
            ('path = "*"\nreason = "x"', "no end"),
            (f'path = "*"\nreason = "x"\nuntil = {(NOW + timedelta(days=400)).date()}', "more than a year"),
            ('path = "*"\nreason = "x"\nuntil = 2027-01-31', "excuses too much"),
            ('path = "commit message"\nreason = "x"\nuntil = 2027-01-31', "excuses too much"),
            ('path = "t*"\nreason = "x"\nuntil = 2027-01-31', "excuses too much"),
            ('path = "**/x"\nreason = "x"\nuntil = 2027-01-31', "excuses too much"),
            ('reason = "x"\nuntil = 2027-01-31', "neither fingerprint nor path"),
            ('fingerprint = "secret"\nreason = "x"\nuntil = 2027-01-31', "32 hexadecimal digits"),
        ],
    )
    def test_a_careless_excuse_does_not_count(self, work, entry, why):
        """Without reason, end or object, or for ever: it excuses nothing, and the report says why."""
        found = self.allowed(work, f"[[allow]]\n{entry}\n")
        assert len(found.secrets) == 2
        assert why in found.gaps[0]

    def test_only_the_newest_commit_excuses(self, work):
        """An allow list on another branch, or one that was removed, counts no more."""
        self.allowed(work, '[[allow]]\npath = "tests/*"\nreason = "x"\nuntil = 2027-01-31\n')
        work.commit(".posture-secrets.toml", None)
        assert len(searched(work.folder).secrets) == 2
