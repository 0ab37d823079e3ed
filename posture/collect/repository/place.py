"""A repository's own folder on this machine: where it lies, or a copy that is fetched under a permit."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from posture.collect.repository.git import GitFailed, command, environment, first_line
from posture.collect.scope import Permit, ScopeGate
from posture.collect.secrets import SecretError, resolve
from posture.model.secret import SecretRef

PURPOSE = "repository searched for secrets"
MOST_BYTES = 8 << 30  # of a copy on this machine
_STEP = 0.2  # seconds between looks at the clock and the size
_PORTS = {"https": 443, "http": 80}
_OTHER = (
    "repositories are read from this machine (file:) or fetched over https: {} is neither; keep a mirror of it here "
    "(git clone --mirror) and give its path"
)


@contextmanager
def repository_folder(url: str, token: SecretRef | None, gate: ScopeGate, over: Callable[[], bool]) -> Iterator[Path]:
    """The repository's own folder. A fetched copy is gone at the end.

    Raises:
        GitFailed: there is none, or it could not be fetched.
        ScopeError: its server may not be contacted; nothing was sent.
    """
    parts = urlsplit(url)
    if parts.scheme in {"", "file"}:
        yield own_folder(Path(unquote(parts.path)))
    elif parts.scheme in _PORTS:
        permit = gate.permit(parts.hostname or "", PURPOSE)
        with tempfile.TemporaryDirectory(prefix="posture-repository-") as folder:
            result = "failed"
            try:
                _fetch(url, token, permit, Path(folder) / "copy.git", over)
                result = "fetched"
            finally:
                gate.record(permit, PURPOSE, f"port {parts.port or _PORTS[parts.scheme]}/tcp", result)
            yield Path(folder) / "copy.git"
    else:
        raise GitFailed(_OTHER.format(f"{parts.scheme}:"))


def own_folder(path: Path) -> Path:
    """``.git`` of a working tree, or the path itself where it is a bare repository.

    Raises:
        GitFailed: it is neither.
    """
    inner = path / ".git"
    if inner.is_file():  # a worktree or a submodule names the place (gitrepository-layout(5))
        with suppress(OSError, UnicodeDecodeError), inner.open(encoding="utf-8") as file:
            inner = (path / file.read(4096).removeprefix("gitdir:").strip()).resolve()
    for folder in (inner, path):
        if (folder / "HEAD").is_file() and ((folder / "objects").is_dir() or (folder / "commondir").is_file()):
            return folder
    reason = "there is none" if path.is_dir() else "there is no such folder on the auditor's machine"
    raise GitFailed(f"{path} is no git repository: {reason}; correct url in the inventory")


def _fetch(url: str, token: SecretRef | None, permit: Permit, target: Path, over: Callable[[], bool]) -> None:
    """Clone without a working tree, from the permitted address alone: no other name, no redirect, no submodule."""
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    address = f"[{permit.address}]" if permit.address.version == 6 else str(permit.address)
    settings = {
        "http.curloptResolve": f"{parts.hostname}:{port}:{address}",
        "http.followRedirects": "false",
        "http.proxy": "",
        "transfer.fsckObjects": "false",
        "core.compression": "0",
    }
    if token is not None:
        settings["http.extraHeader"] = _authorization(token)
    _run([*command(target, "clone"), "--mirror", "--quiet", url, str(target)], settings, parts.scheme, target, over)


def _authorization(token: SecretRef) -> str:
    """As a password beside any user, which GitHub, GitLab, Gitea and Bitbucket take; by the environment, not argv."""
    try:
        login = f"x-access-token:{resolve(token)}".encode()
    except SecretError as error:
        raise GitFailed(f"the token for the repository is not available: {error}") from error
    return f"Authorization: Basic {base64.b64encode(login).decode()}"


def _run(
    words: list[str], settings: dict[str, str], protocol: str, target: Path, over: Callable[[], bool]
) -> None:  # fmt: skip
    pairs = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, value) in enumerate(settings.items()):
        pairs |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    # --git-dir is for work on a repository; clone names its own folder.
    words = [word for word in words if not word.startswith("--git-dir=")]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
            env=environment(protocol, **pairs),
        )  # fmt: skip
        try:
            _watch(process, target, over)
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if process.returncode:
            errors.seek(0)
            raise GitFailed(f"the repository could not be fetched: {first_line(errors.read(4096))}")


def _watch(process: subprocess.Popen[bytes], target: Path, over: Callable[[], bool]) -> None:
    while process.poll() is None:
        if over():
            raise GitFailed("the repository could not be fetched within the time; keep a mirror of it here")
        if _size(target) > MOST_BYTES or shutil.disk_usage(target.parent).free < 1 << 28:
            raise GitFailed(f"the repository is larger than {MOST_BYTES >> 30} GiB, or the disk is full")
        time.sleep(_STEP)


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.lstat().st_size
    return total
