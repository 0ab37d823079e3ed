"""Secrets, looked up at the last moment from where the inventory says they are kept."""

from __future__ import annotations

import importlib.util
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

from posture.model.secret import SecretRef, SecretScheme
from posture.model.text import visible

LIMIT = 65_536  # bytes of a secret
SECONDS = 20.0  # a command may take


class SecretError(Exception):
    """The secret cannot be had. The message names its place and what to do, never any part of it."""


def resolve(reference: SecretRef) -> str:
    """The secret behind a reference, without the line break at its end.

    Raises:
        SecretError: it is not there, empty, not text, or open to every user of this machine.
    """
    match reference.scheme:
        case SecretScheme.ENV:
            raw = os.environb.get(os.fsencode(reference.locator))
            if raw is None:
                raise SecretError(f"the environment variable {visible(reference.locator)} is not set")
        case SecretScheme.FILE:
            raw = _file(Path(reference.locator))
        case SecretScheme.COMMAND:
            raw = _command(_words(reference.locator))
        case SecretScheme.KEYRING:
            raw = _keyring(reference.locator)
    return _text(raw, _place(reference))


def _place(reference: SecretRef) -> str:
    """Where the secret is, for messages; of a command the program only, since arguments may be secret too."""
    if reference.scheme is SecretScheme.COMMAND:
        return f"command:{visible(_words(reference.locator)[0])}"
    return visible(str(reference))


def _text(raw: bytes, place: str) -> str:
    if len(raw) > LIMIT:
        raise SecretError(f"{place} gives more than {LIMIT} bytes, which no secret has")
    try:
        text = raw.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise SecretError(f"{place} is not text") from error
    if not text.strip():
        raise SecretError(f"{place} is empty")
    return text


def _file(path: Path) -> bytes:
    shown = visible(str(path))
    try:
        # Without O_NONBLOCK a named pipe would hold up the run.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SecretError(f"{shown} is not a regular file")
            if status.st_mode & stat.S_IROTH:
                raise SecretError(f"{shown} can be read by every user of this machine; run: chmod 600 {shown}")
            return file.read(LIMIT + 1)
    except OSError as error:
        raise SecretError(f"{shown} cannot be read: {error.strerror}") from error


def _words(locator: str) -> list[str]:
    try:
        words = shlex.split(locator)
    except ValueError as error:
        raise SecretError("the command of a command: reference has a quote that is not closed") from error
    if not words:
        raise SecretError("the command of a command: reference is empty")
    return words


def _command(words: list[str]) -> bytes:
    """Run a program, without a shell, and take what it prints; what it says on standard error is not repeated."""
    program = visible(words[0])
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )  # fmt: skip
    except OSError as error:
        raise SecretError(f"the command {program} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise SecretError(f"the command {program} gave no answer within {SECONDS:.0f} seconds") from error
    except ValueError as error:
        raise SecretError(f"the command {program} has a NUL in it") from error
    if done.returncode != 0:
        raise SecretError(f"the command {program} ended with status {done.returncode}; run it by hand to see why")
    return done.stdout


def _keyring(locator: str) -> bytes:
    service, slash, user = locator.partition("/")
    if not slash or not service or not user:
        raise SecretError("a keyring reference has the form keyring:service/user")
    if importlib.util.find_spec("keyring") is None:
        raise SecretError("keyring: references need the Python package keyring; install it or use file: instead")
    return _command([sys.executable, "-m", "keyring", "get", service, user])
