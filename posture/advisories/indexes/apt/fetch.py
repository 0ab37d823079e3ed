"""Fetch a suite of an archive with the distribution's own client into a private directory.

apt-get verifies the signature, the hashes and the validity dates (apt-secure(8)); nothing of the machine's own apt
state is read or written, and no root is needed. What the machine's configuration says of proxies and credentials holds.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from posture.advisories.errors import RefreshError, Refused, Unreachable
from posture.advisories.indexes.apt.release_file import ReleaseFile, read_release
from posture.advisories.indexes.apt.sources import ArchiveEntry
from posture.model.text import decoded, visible

TIME_LIMIT = timedelta(minutes=10)  # for one suite, all components
MESSAGE_LIMIT = 400

# Read after the machine's own configuration, so that it has the last word (apt.conf(5)).
_CONFIGURATION = """
Dir::State::lists "{folder}/lists/";
Dir::State::status "/dev/null";
Dir::Cache "{folder}/cache/";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc::sourcelist "{folder}/archive.sources";
Dir::Etc::sourceparts "-";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear AptCli::Hooks;
APT::Update::Error-Mode "any";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Check-Date "true";
Acquire::Check-Valid-Until "true";
Acquire::Min-ValidTime "0";
Acquire::GzipIndexes "false";
Acquire::PDiffs "false";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
pkgCacheFile::Generate "false";
"""

# Failures of the way to the mirror. Everything else that fails counts as refused, which is the safe side.
_UNREACHABLE = re.compile(
    r"Could not (resolve|connect)|Temporary failure|Unable to connect|Cannot initiate the connection|"
    r"[Cc]onnection (failed|timed out|refused)|[Tt]imed? ?out|File not found|"
    r"does not have a Release file|40[34]  |50[0-9]  "
)
_DISTRUST = re.compile(r"GPG error|NO_PUBKEY|BADSIG|EXPKEYSIG|is not signed|Hash Sum mismatch|is expired|not valid yet")
_BESIDE_THE_POINT = ("Download is performed unsandboxed", "Some index files failed to download")
_CREDENTIALS = re.compile(r"//[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class FetchedSuite:
    """One verified suite. `packages` are its uncompressed Packages files, none when only its head was asked for."""

    entry: ArchiveEntry
    release: ReleaseFile
    packages: tuple[Path, ...]


def _write_configuration(folder: Path, entry: ArchiveEntry, architecture: str, target: str) -> Path:
    (folder / "lists/partial").mkdir(parents=True)
    (folder / "cache/archives/partial").mkdir(parents=True)
    fields = {
        "Types": "deb",
        "URIs": entry.uri,
        "Suites": entry.suite,
        "Components": " ".join(entry.components),
        "Architectures": architecture,
        "Targets": target,
    } | ({"Signed-By": entry.signed_by} if entry.signed_by else {})
    sources = folder / "archive.sources"
    sources.touch(mode=0o600)  # the address may carry the machine's credentials
    sources.write_text("".join(f"{name}: {value}\n" for name, value in fields.items()), encoding="utf-8")
    configuration = folder / "apt.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder), encoding="utf-8")
    return configuration


def _failure(output: bytes, entry: ArchiveEntry) -> RefreshError:
    """The error for what apt-get said, in apt-get's own words."""
    said = [line[3:].strip().rstrip(".") for line in decoded(output).splitlines() if line.startswith(("E: ", "W: "))]
    said = [line for line in said if not line.startswith(_BESIDE_THE_POINT)]
    text = "; ".join(dict.fromkeys(said)) or "apt-get failed without a word"
    message = visible(_CREDENTIALS.sub("//", f"{entry.suite}: {text}"), MESSAGE_LIMIT)
    lost = _UNREACHABLE.search(text) and not _DISTRUST.search(text)
    return Unreachable(message) if lost else Refused(message)


def _update(configuration: Path, entry: ArchiveEntry, until: float) -> None:
    left = min(TIME_LIMIT.total_seconds(), until - time.monotonic())
    if left <= 0:
        raise Unreachable(f"{entry.suite}: no time was left to fetch it")
    environment = os.environ | {"LC_ALL": "C", "LANGUAGE": "C"}
    try:
        done = subprocess.run(
            ["apt-get", "--config-file", str(configuration), "-q", "update"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=left,
            env=environment,
            check=False,
        )
    except FileNotFoundError as error:
        raise Unreachable("apt-get is not installed here: it fetches and verifies the index") from error
    except subprocess.TimeoutExpired as error:
        raise Unreachable(f"{entry.suite}: not fetched within {math.ceil(left)} seconds") from error
    if done.returncode:
        raise _failure(done.stderr, entry)


@contextmanager
def fetched(entry: ArchiveEntry, architecture: str, until: float, *, packages: bool) -> Iterator[FetchedSuite]:
    """Fetch a suite's signed head, and its Packages files for the architecture when `packages`; gone on leaving.

    apt-get is ended at `until`, an instant of time.monotonic(), or at its own limit.

    The directory lies among the temporary files, not in the cache: as root, apt-get works as another user, to whom
    root's folders are closed.

    Raises:
        Unreachable: nothing came.
        Refused: what came is not signed by a trusted key, does not fit its hashes, or is out of date.
    """
    with tempfile.TemporaryDirectory(prefix="posture-index-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        # A target that does not exist leaves the head alone (sources.list(5), "Targets").
        configuration = _write_configuration(folder, entry, architecture, "Packages" if packages else "head-only")
        _update(configuration, entry, until)
        heads = [*folder.glob("lists/*_InRelease"), *folder.glob("lists/*_Release")]
        if len(heads) != 1:
            raise Refused(f"{entry.suite}: apt-get left {len(heads)} signed heads where one was expected")
        yield FetchedSuite(entry, read_release(heads[0]), tuple(sorted(folder.glob("lists/*_Packages"))))
