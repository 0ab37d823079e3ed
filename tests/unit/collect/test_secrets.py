"""Secrets come from where the reference says, and never show in an error."""

from __future__ import annotations

import importlib.util
import os

import pytest

from posture.collect.secrets import SecretError, resolve
from posture.model.secret import SecretRef


def test_environment(monkeypatch):
    monkeypatch.setenv("BAKERY_TOKEN", "s3cret\n")
    assert resolve(SecretRef.parse("env:BAKERY_TOKEN")) == "s3cret"


def test_file(tmp_path):
    file = tmp_path / "key"
    file.write_text("line 1\nline 2\n")
    file.chmod(0o600)
    assert resolve(SecretRef.parse(f"file:{file}")) == "line 1\nline 2"


def test_command_runs_without_a_shell():
    assert resolve(SecretRef.parse("command:printf '%s' '$HOME; a b'")) == "$HOME; a b"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("env:NO_SUCH_VARIABLE", "not set"),
        ("file:/no/such/file", "No such file"),
        ("file:/dev/zero", "not a regular file"),
        ("command:false hunter2", "status 1"),
        ("command:/no/such/program hunter2", "cannot be run"),
        ("command:true", "is empty"),
        ("command:head -c 70000 /dev/zero", "more than"),
        ("command:printf '\\377'", "not text"),
        ("command:echo 'hunter2", "quote"),
        ("keyring:service", "service/user"),
    ],
)
def test_what_cannot_be_had_says_why_and_nothing_else(reference, expected):
    with pytest.raises(SecretError, match=expected) as caught:
        resolve(SecretRef.parse(reference))
    assert "hunter2" not in str(caught.value)


def test_a_file_that_everybody_can_read_is_refused(tmp_path):
    file = tmp_path / "key"
    file.write_text("s3cret")
    file.chmod(0o644)
    with pytest.raises(SecretError, match="chmod 600") as caught:
        resolve(SecretRef.parse(f"file:{file}"))
    assert "s3cret" not in str(caught.value)


def test_a_pipe_does_not_hold_up_the_run(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(SecretError, match="regular"):
        resolve(SecretRef.parse(f"file:{tmp_path / 'pipe'}"))


@pytest.mark.skipif(importlib.util.find_spec("keyring") is not None, reason="keyring is installed here")
def test_a_keyring_that_is_not_installed_says_so():
    with pytest.raises(SecretError, match="install it"):
        resolve(SecretRef.parse("keyring:posture/bakery"))
