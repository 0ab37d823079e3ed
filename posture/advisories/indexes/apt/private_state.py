"""A private state for the distribution's own client: nothing of the machine's own apt state is read or written.

apt-get verifies the signature, the hashes and the validity dates (apt-secure(8)), and needs no root for it. What the
machine's configuration says of proxies and credentials holds.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
import time
from datetime import timedelta
from pathlib import Path

from posture.advisories.errors import RefreshError, Refused, Unreachable
from posture.advisories.indexes.apt.sources import ArchiveEntry
from posture.model.text import decoded, visible

TIME_LIMIT = timedelta(minutes=10)  # for one call of apt-get
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
_NOT_THERE = re.compile(r"404  |File not found")
_DISTRUST = re.compile(r"GPG error|NO_PUBKEY|BADSIG|EXPKEYSIG|is not signed|Hash Sum mismatch|is expired|not valid yet")
_BESIDE_THE_POINT = ("Download is performed unsandboxed", "Some index files failed to download")
_CREDENTIALS = re.compile(r"//[^/@\s]+@")


class NotThere(Unreachable):
    """The mirror answers, and does not have it."""


def write_state(folder: Path, entry: ArchiveEntry, kind: str, architecture: str, target: str) -> Path:
    """Make an empty state in `folder` for one suite, ``deb`` or ``deb-src``, of which `target` is fetched.

    A target that does not exist leaves the signed head alone (sources.list(5), "Targets"). Returns apt's configuration.
    """
    (folder / "lists/partial").mkdir(parents=True)
    (folder / "cache/archives/partial").mkdir(parents=True)
    fields = {
        "Types": kind,
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
    if not lost:
        return Refused(message)
    return NotThere(message) if _NOT_THERE.search(text) else Unreachable(message)


def run_apt_get(
    configuration: Path, entry: ArchiveEntry, arguments: list[str], until: float, folder: Path | None = None
) -> None:
    """Run apt-get with a private state, in `folder`, to `until`, an instant of time.monotonic(), or its own limit.

    Raises:
        Unreachable: nothing came.
        Refused: what came is not signed by a trusted key, does not fit its hashes, or is out of date.
    """
    left = min(TIME_LIMIT.total_seconds(), until - time.monotonic())
    if left <= 0:
        raise Unreachable(f"{entry.suite}: no time was left to fetch it")
    environment = os.environ | {"LC_ALL": "C", "LANGUAGE": "C"}
    try:
        done = subprocess.run(
            ["apt-get", "--config-file", str(configuration), "-q", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=left,
            env=environment,
            cwd=folder,
            check=False,
        )
    except FileNotFoundError as error:
        raise Unreachable("apt-get is not installed here: it fetches and verifies the index") from error
    except subprocess.TimeoutExpired as error:
        raise Unreachable(f"{entry.suite}: not fetched within {math.ceil(left)} seconds") from error
    if done.returncode:
        raise _failure(done.stderr, entry)
