"""A collector that stays on the host: what an older one does not know, and who it listens to."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from posture.collect.host.program import installed
from posture.collect.host.sections import Section, cut
from posture.facts.unavailable import Unavailable

N = "ab" * 16


def test_what_an_older_collector_does_not_know_is_not_assessed_and_it_may_cut_earlier() -> None:
    """The reason names its version and how to renew it; a section as long as its own limit is cut."""
    output = (
        f"\n{N} begin system\ncollector\t0.0.9\tabc\tinstalled\n{N} end system 0 65536\n"
        f"\n{N} begin packages\n12345\n{N} end packages 0 5\n\n{N} done 2\n"
    )
    sections = cut(output.encode(), N, "")
    missing = sections.get("private-keys")
    assert isinstance(missing, Unavailable)
    assert "version 0.0.9, which has no section private-keys" in missing.reason
    assert "posture access setup" in missing.reason
    packages = sections.get("packages")
    assert isinstance(packages, Section)
    assert packages.truncated


@pytest.mark.parametrize(
    "said",
    [
        "",
        "id\n",
        "#posture 1 $(id) x\n",
        f"#posture 1 {N} short\n",
        f"#posture 2 {N} {N * 2}\n",
        "#posture 1 " + "\n" * 200,
    ],
)
def test_it_runs_for_nobody_who_does_not_say_the_first_line(tmp_path: Path, said: str) -> None:
    """Not for a person who logs in, nor for a line of another form; it says so and ends."""
    file = tmp_path / "posture-collect"
    file.write_text(installed())
    done = subprocess.run(["sh", file], input=said.encode(), capture_output=True, check=False, timeout=20)
    assert (done.returncode, done.stdout) == (64, b"")
    assert b"only runs the collector" in done.stderr
