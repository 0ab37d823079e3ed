"""A repository of 10,000 commits, searched whole: beside git that only prints every content of it."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from posture.collect.leaks.detector import own_detector
from posture.collect.repository.collect import leaks_of
from posture.collect.repository.git import environment

COMMITS, FILES, LINES = 10_000, 600, 120
MOST_TIMES_GIT = 6.0  # CPU, ours with git's beside git's alone


def program(chance: random.Random, lines: int) -> list[str]:
    words = ["value", "token", "self.key", "password = os.environ['DB_PASSWORD']", "return", "import json", "x = 17"]
    return [f"    {chance.choice(words)}  # {chance.getrandbits(64):x} {chance.choice(words)}" for _ in range(lines)]


def stream(chance: random.Random, secret: str) -> bytes:
    """For git fast-import: each commit changes some lines of one to three files; one in the middle brings a secret."""
    texts = [program(chance, LINES) for _ in range(FILES)]
    out = []
    for number in range(COMMITS):
        message = f"change {number}\n"
        out.append(f"commit refs/heads/main\ncommitter a <a@example.com> {1_700_000_000 + number} +0000\n")
        out.append(f"data {len(message)}\n{message}")
        for _ in range(chance.randint(1, 3)):
            file = chance.randrange(FILES)
            texts[file][chance.randrange(LINES)] = program(chance, 1)[0]
            lines = list(texts[file])
            if number == COMMITS // 2:
                lines.append(secret)
            text = "\n".join(lines) + "\n"
            out.append(f"M 100644 inline src/module{file}.py\ndata {len(text)}\n{text}\n")
    return "".join(out).encode()


def cpu() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("history") / "large.git"
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True, env=environment())
    password = "postgres" + "://shop:" + "Vq8wZ3nT4xR9" + "@10.0.0.5/shop"
    subprocess.run(
        ["git", f"--git-dir={folder}", "fast-import", "--quiet"],
        input=stream(random.Random(7), password), check=True, env=environment(),
    )  # fmt: skip
    return folder


def test_ten_thousand_commits(repository, capsys) -> None:
    """The one secret of the middle is found; CPU and memory stand beside git that prints every content to nowhere."""
    began, used = time.monotonic(), cpu()
    found = leaks_of(repository, own_detector(b"k" * 32), datetime(2026, 11, 23, tzinfo=UTC), lambda: False)
    seconds, ours = time.monotonic() - began, cpu() - used
    used = cpu()
    with Path(os.devnull).open("wb") as nowhere:
        subprocess.run(
            ["git", f"--git-dir={repository}", "cat-file", "--batch", "--batch-all-objects", "--unordered", "--buffer"],
            check=True, stdout=nowhere, env=environment(),
        )  # fmt: skip
    alone = cpu() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with capsys.disabled():
        print(
            f"\n{found.commits:,} commits, {found.blobs:,} contents: {seconds:.1f} s, {ours:.1f} s CPU "
            f"({ours / alone:.1f}x git cat-file alone, {alone:.1f} s), peak {peak:.0f} MiB"
        )
    assert {(one.rule, one.current) for one in found.secrets} == {("url-password", False)}
    assert found.commits == COMMITS
    assert not found.gaps
    assert ours / alone <= MOST_TIMES_GIT
