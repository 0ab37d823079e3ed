"""A repository's own folder on this machine: where it lies, or a copy that is fetched under a permit."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from posture.collect.repository.git import STEP, GitFailed, command, end, environment, first_line
from posture.collect.repository.shape import require_plain
from posture.collect.scope import Permit, ScopeGate
from posture.collect.secrets import SecretError, resolve
from posture.model.secret import SecretRef
from posture.model.text import visible

PURPOSE = "repository searched for secrets"
MOST_BYTES = 8 << 30  # of a copy on this machine
_NAME = re.compile(r"(?:[A-Za-z0-9-]+\.)*[A-Za-z][A-Za-z0-9-]*")  # as curl spells it; what ends in a number is no name
_LEAST_GIT = (2, 37)  # http.curloptResolve
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
        folder = Path(unquote(parts.path))
        yield _by_itself(own_folder(folder), folder, over)
    elif parts.scheme in _PORTS:
        permit = gate.permit(parts.hostname or "", PURPOSE)
        with tempfile.TemporaryDirectory(prefix="posture-repository-") as copy:
            result = "failed"
            try:
                _fetch(url, token, permit, Path(copy) / "copy.git", lambda: over() or bool(gate.withdrawn()))
                result = "fetched"
            except GitFailed:
                gate.still(permit)  # an end of the authorization is told as such
                raise
            finally:
                gate.record(permit, PURPOSE, f"port {parts.port or _PORTS[parts.scheme]}/tcp", result)
            yield Path(copy) / "copy.git"
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


def _by_itself(folder: Path, named: Path, over: Callable[[], bool]) -> Path:
    """The folder, where it lies where the inventory says: whoever may write there must not have another one read by us.

    Raises:
        GitFailed: it leads elsewhere; the message names by what.
    """
    for part in (named, named / ".git"):
        if part.is_symlink():
            raise GitFailed(f"{part} is a link: name the place it leads to, or a mirror (git clone --mirror)")
    if folder not in {named, named / ".git"} or (named / ".git").is_file():
        raise GitFailed(f"{named / '.git'} leads to another place: name that one, or a mirror (git clone --mirror)")
    if os.path.lexists(folder / "commondir"):
        raise GitFailed(f"{folder / 'commondir'} leads to another place: name that, or a mirror (git clone --mirror)")
    require_plain(folder, over)
    return folder


def _fetch(url: str, token: SecretRef | None, permit: Permit, target: Path, over: Callable[[], bool]) -> None:
    """Clone without a working tree, from the permitted address alone: no other name, no redirect, no submodule."""
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    _refuse_unpinned(parts.hostname or "", permit)
    if token is not None and parts.scheme == "http":
        raise GitFailed("a token is not sent without encryption: give an https address")
    settings = {
        "http.followRedirects": "false",
        "http.proxy": "",
        "transfer.fsckObjects": "false",
        "core.compression": "0",
    }
    if str(permit.address) != (parts.hostname or "").strip("[]"):
        address = f"[{permit.address}]" if permit.address.version == 6 else str(permit.address)
        settings["http.curloptResolve"] = f"{parts.hostname}:{port}:{address}"
    if token is not None:
        settings["http.extraHeader"] = _authorization(token)
    _run(
        [*command(None, "clone"), "--mirror", "--reject-shallow", "--quiet", url, str(target)],
        settings,
        parts.scheme,
        target,
        over,
    )


def _refuse_unpinned(host: str, permit: Permit) -> None:
    """Where git would ask DNS itself, under a name that is spelt otherwise, it could be led to another address."""
    if host.strip("[]") == str(permit.address):
        return
    if not _NAME.fullmatch(host):
        raise GitFailed(f"git spells the name {visible(host)} otherwise: write its xn-- form, or the address as usual")
    try:
        asked = subprocess.run(command(None, "--version"), capture_output=True, text=True, timeout=10, check=False,
                               env=environment())  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitFailed("git does not tell its version") from error
    said = asked.stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < _LEAST_GIT:
        raise GitFailed("git is older than 2.37, which cannot be tied to the permitted address: keep a mirror here")


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
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
            env=environment(protocol, **pairs),
        )  # fmt: skip
        try:
            _watch(process, target, over)
        finally:
            end(process)
        if process.returncode:
            errors.seek(0)
            raise GitFailed(f"the repository could not be fetched: {first_line(errors.read(4096))}")


def _watch(process: subprocess.Popen[bytes], target: Path, over: Callable[[], bool]) -> None:
    while process.poll() is None:
        if over():
            raise GitFailed("the repository could not be fetched within the time; keep a mirror of it here")
        if _size(target) > MOST_BYTES or shutil.disk_usage(target.parent).free < 1 << 28:
            raise GitFailed(f"the repository is larger than {MOST_BYTES >> 30} GiB, or the disk is full")
        time.sleep(STEP)


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.lstat().st_size
    return total
